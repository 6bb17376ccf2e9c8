"""Which tests has the conformance suite, what are they marked with, and how did each end: written down as JSON.

Loaded by pytest in the suite's own interpreter, so it needs the standard library alone. The environment says
which file to write (TRIGPOINT_CONFORMANCE_REPORT) and which tests to leave out (.._LEFT_OUT, a file of names).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_report = os.environ.get("TRIGPOINT_CONFORMANCE_REPORT", "")
_left_out = os.environ.get("TRIGPOINT_CONFORMANCE_LEFT_OUT", "")
_tests: dict[str, dict[str, Any]] = {}


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
