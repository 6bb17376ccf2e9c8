"""Calls of functions for labeling jobs: which failures are tried again, and what the requester reads about them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.scratch_app import ScratchApp
from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import SystemClock
from trigpoint.functions.invoking import Invoker
from trigpoint.functions.model import FunctionKind
from trigpoint.labeling.functions import calls
from trigpoint.labeling.functions.calls import FunctionCalls, FunctionFailed

CODE = """
import os, sys, time

def note():
    with open(os.environ["NOTES"], "a") as notes:
        notes.write("x")

def ends(event, context):
    note()
    os._exit(1)

def ends_once(event, context):
    note()
    if os.path.getsize(os.environ["NOTES"]) == 1:
        os._exit(1)
    return "done"

def raises(event, context):
    note()
    raise ValueError("always")

def too_large(event, context):
    note()
    return "x" * 7_000_000

def hangs(event, context):
    note()
    time.sleep(1000)
"""


@pytest.fixture(scope="module")
def invoker(app: ScratchApp) -> Iterator[Invoker]:
    settings = app.application.settings
    AccessKeys(app.application.database, SecretBox(settings.key_file), SystemClock()).create("root")
    yield app.application.invoker
    app.application.invoker.stop()


@pytest.mark.parametrize(
    ("handler", "tries", "reason"),
    [
        ("ends", 3, "Runtime exited with error: exit status 1"),
        ("hangs", None, "Task timed out after 1.00 seconds"),  # it may not even begin in this time
        ("raises", 1, "ValueError: always"),
        ("too_large", 1, "Response payload size exceeded maximum allowed payload size"),
        ("absent", 0, "Runtime.HandlerNotFound"),
    ],
)
def test_only_a_failure_that_may_pass_is_tried_again(
    app: ScratchApp,
    invoker: Invoker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    handler: str,
    tries: int | None,
    reason: str,
) -> None:
    made, notes = _function(app, tmp_path, monkeypatch, handler, timeout_s=1 if handler == "hangs" else 60)
    with pytest.raises(FunctionFailed) as caught:
        made.call("post-annotation", f"f-{handler}", {})
    assert reason in caught.value.message
    assert f"the post-annotation function 'f-{handler}' failed" in caught.value.message
    assert f"/aws/lambda/f-{handler}" in caught.value.message
    assert tries is None or (notes.stat().st_size if notes.exists() else 0) == tries


def test_a_try_that_succeeds_counts(
    app: ScratchApp, invoker: Invoker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, notes = _function(app, tmp_path, monkeypatch, "ends_once")
    assert made.call("pre-annotation", "f-ends_once", {}) == "done"
    assert notes.stat().st_size == 2


def test_a_function_that_was_deleted_is_named(app: ScratchApp, invoker: Invoker) -> None:
    with pytest.raises(FunctionFailed, match="'gone' does not exist; it may have been deleted"):
        FunctionCalls(app.application.functions, invoker).call("pre-annotation", "gone", {})


def test_an_event_that_is_too_long_is_not_sent(app: ScratchApp, invoker: Invoker) -> None:
    with pytest.raises(FunctionFailed, match="at most 6291456 are allowed"):
        FunctionCalls(app.application.functions, invoker).call("pre-annotation", "f", {"x": "y" * 7_000_000})


def _function(
    app: ScratchApp, folder: Path, monkeypatch: pytest.MonkeyPatch, handler: str, timeout_s: int = 60
) -> tuple[FunctionCalls, Path]:
    """Calls of a new function, and the file to which it adds a character with each call."""
    monkeypatch.setattr(calls, "PAUSES_S", (0.01, 0.01))
    module, notes = f"code_of_{handler}", folder / "notes"
    (folder / f"{module}.py").write_text(CODE)
    monkeypatch.syspath_prepend(os.fspath(folder))
    app.application.functions.add(
        FunctionKind.PYTHON,
        f"f-{handler}",
        handler=f"{module}:{handler}",
        timeout_s=timeout_s,
        memory_mb=256,
        environment={"NOTES": os.fspath(notes)},
    )
    return FunctionCalls(app.application.functions, app.application.invoker), notes
