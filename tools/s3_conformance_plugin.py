"""Records the conformance suite's tests, their marks and their outcomes as JSON.

pytest loads it in the suite's own interpreter, so it needs only the standard library and the suite's boto3.
The environment names the file to write (TRIGPOINT_CONFORMANCE_REPORT) and the file with the names of the
tests to leave out (TRIGPOINT_CONFORMANCE_LEFT_OUT).

Many tests of other things create their bucket with a public ACL, which Trigpoint refuses, as AWS's new
buckets do. Their clients leave that ACL out, so that the test gets to what it checks.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import boto3

PUBLIC = ("public-read", "public-read-write", "authenticated-read")

_report = os.environ.get("TRIGPOINT_CONFORMANCE_REPORT", "")
_left_out = os.environ.get("TRIGPOINT_CONFORMANCE_LEFT_OUT", "")
_tests: dict[str, dict[str, Any]] = {}


def pytest_configure() -> None:
    """Makes every later client of the suite leave out public ACLs."""
    boto3.setup_default_session()
    for operation in ("CreateBucket", "PutObject", "CreateMultipartUpload", "CopyObject"):
        boto3.DEFAULT_SESSION.events.register(f"provide-client-params.s3.{operation}", _leave_out_acl)


def _leave_out_acl(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {
        name: value for name, value in params.items() if (name, value) not in [("ACL", acl) for acl in PUBLIC]
    }


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Records every test and deselects those to leave out."""
    left_out = set(Path(_left_out).read_text().split()) if _left_out else set()
    for item in items:
        marks = sorted({mark.name for mark in item.iter_markers()})
        _tests[item.name] = {"file": item.path.name, "marks": marks, "outcome": "", "why": ""}
    items[:] = [item for item in items if item.name not in left_out]


def pytest_runtest_logreport(report: Any) -> None:
    """Records how a test ended. A failed teardown counts only if nothing else failed."""
    test = _tests.setdefault(
        report.nodeid.rpartition("::")[2], {"file": "", "marks": [], "outcome": "", "why": ""}
    )
    if report.when == "call" or (report.failed and test["outcome"] != "failed") or report.skipped:
        test["outcome"] = report.outcome
        crash = getattr(report.longrepr, "reprcrash", None)
        test["why"] = crash.message.splitlines()[0][:300] if crash else ""


def pytest_sessionfinish(session: Any) -> None:
    """Writes the report in the process that receives all results."""
    if session.config.option.collectonly:
        for test in _tests.values():
            test["outcome"] = ""
    if _report and not hasattr(session.config, "workerinput"):
        Path(_report).write_text(json.dumps(_tests, indent=1, sort_keys=True))
