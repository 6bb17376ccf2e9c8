"""Which tests has the conformance suite, what are they marked with, and how did each end: written down as JSON.

Loaded by pytest in the suite's own interpreter, so it needs the standard library and the suite's own boto3 alone.
The environment says which file to write (TRIGPOINT_CONFORMANCE_REPORT) and which tests to leave out (.._LEFT_OUT,
a file of names).

Many tests whose subject is another make what they need with an ACL that lets everybody in, which we refuse as AWS's
new buckets do. Their clients leave that ACL out, so that the test reaches its subject.
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
    """From now on each client that the suite makes leaves out ACLs that let everybody in."""
    boto3.setup_default_session()
    for operation in ("CreateBucket", "PutObject", "CreateMultipartUpload", "CopyObject"):
        boto3.DEFAULT_SESSION.events.register(f"provide-client-params.s3.{operation}", _leave_out_acl)


def _leave_out_acl(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {
        name: value for name, value in params.items() if (name, value) not in [("ACL", acl) for acl in PUBLIC]
    }


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Notes every test; those left out are not run."""
    left_out = set(Path(_left_out).read_text().split()) if _left_out else set()
    for item in items:
        marks = sorted({mark.name for mark in item.iter_markers()})
        _tests[item.name] = {"file": item.path.name, "marks": marks, "outcome": "", "why": ""}
    items[:] = [item for item in items if item.name not in left_out]


def pytest_runtest_logreport(report: Any) -> None:
    """Notes how a test ended; a failure while tidying up counts only when nothing else failed."""
    test = _tests.setdefault(
        report.nodeid.rpartition("::")[2], {"file": "", "marks": [], "outcome": "", "why": ""}
    )
    if report.when == "call" or (report.failed and test["outcome"] != "failed") or report.skipped:
        test["outcome"] = report.outcome
        crash = getattr(report.longrepr, "reprcrash", None)
        test["why"] = crash.message.splitlines()[0][:300] if crash else ""


def pytest_sessionfinish(session: Any) -> None:
    """Writes the report, in the process that sees all results."""
    if session.config.option.collectonly:
        for test in _tests.values():
            test["outcome"] = ""
    if _report and not hasattr(session.config, "workerinput"):
        Path(_report).write_text(json.dumps(_tests, indent=1, sort_keys=True))
