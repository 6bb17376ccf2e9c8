"""The watch for ended model servers reports each end once, and can be stopped whatever its report does."""

from __future__ import annotations

import threading

import pytest

from trigpoint.hosting.exit_watch import ExitWatch

REACHED_S = 60


def test_a_report_that_does_not_return_holds_up_no_stop(caplog: pytest.LogCaptureFixture) -> None:
    reporting, done = threading.Event(), threading.Event()

    def report(owner_id: str) -> None:
        reporting.set()
        done.wait(REACHED_S)

    watch = ExitWatch(lambda handle: False, report)
    watch.watch("e", ["p"])
    watch.start()
    assert reporting.wait(REACHED_S)
    watch.stop(limit_s=0.01)
    assert "did not end in time" in caplog.text
    done.set()


def test_the_end_of_a_process_is_reported_once() -> None:
    reported: list[str] = []
    both = threading.Event()

    def report(owner_id: str) -> None:
        reported.append(owner_id)
        if len(reported) == 2:
            both.set()

    watch = ExitWatch(lambda handle: handle == "runs", report)
    watch.watch("first", ["ended", "runs"])
    watch.watch("second", ["runs"])
    watch.start()
    watch.watch("second", ["ended"])
    assert both.wait(REACHED_S)
    watch.stop()
    assert sorted(reported) == ["first", "second"]
