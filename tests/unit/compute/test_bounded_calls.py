"""Calls in processes of their own: what they return, how they are ended, and that no process is left."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from helpers import bounded_functions as functions
from helpers.runner import wait_until
from trigpoint.compute.bounded_calls import BoundedCalls, CallFailed, CallsBusy, CallsStopped

LIMIT_S = 60.0


@pytest.fixture
def calls() -> Iterator[BoundedCalls]:
    calls = BoundedCalls(count=1)
    yield calls
    calls.stop()


def test_a_call_returns_what_the_function_returns_and_the_process_is_kept(calls: BoundedCalls) -> None:
    assert calls.call(functions.doubled, 21, limit_s=LIMIT_S) == 42
    ids = {calls.call(functions.process_id, limit_s=LIMIT_S) for _ in range(3)}
    assert len(ids) == 1


@pytest.mark.parametrize("function", [functions.endless, functions.endless_inside_one_instruction])
def test_a_call_that_computes_too_long_is_ended_and_the_next_one_gets_a_new_process(
    calls: BoundedCalls, function: Callable[[], object]
) -> None:
    calls.call(functions.doubled, 1, limit_s=LIMIT_S)  # so that the process has started
    with pytest.raises(CallFailed, match=r"it took longer than 0\.3 seconds"):
        calls.call(function, limit_s=0.3)
    assert calls.call(functions.doubled, 1, limit_s=LIMIT_S) == 2


def test_a_call_that_waits_too_long_is_ended(calls: BoundedCalls) -> None:
    with pytest.raises(CallFailed, match=r"it took longer than 0\.2 seconds"):
        calls.call(functions.asleep, limit_s=0.2)


def test_a_call_that_needs_too_much_memory_fails_with_the_limit(calls: BoundedCalls) -> None:
    with pytest.raises(CallFailed, match="it needed more than 1024 MiB of memory"):
        calls.call(functions.greedy, limit_s=LIMIT_S)
    assert calls.call(functions.doubled, 1, limit_s=LIMIT_S) == 2


def test_a_process_that_has_grown_large_is_replaced(calls: BoundedCalls) -> None:
    functions.large(900)  # a peak of the process that started it does not count
    before = calls.call(functions.process_id, limit_s=LIMIT_S)
    assert calls.call(functions.process_id, limit_s=LIMIT_S) == before
    calls.call(functions.large, 400, limit_s=LIMIT_S)
    assert calls.call(functions.process_id, limit_s=LIMIT_S) != before
    wait_until(lambda: not psutil.pid_exists(before) or not psutil.Process(before).is_running(), LIMIT_S)


def test_a_large_server_can_make_calls(calls: BoundedCalls) -> None:
    functions.large()  # a process inherits the peak of the one that started it
    assert calls.call(functions.doubled, 1, limit_s=LIMIT_S) == 2


def test_an_exception_of_the_function_is_reported_with_its_kind(calls: BoundedCalls) -> None:
    with pytest.raises(CallFailed, match="ZeroDivisionError: division of 1 by 0"):
        calls.call(functions.broken, limit_s=LIMIT_S)


def test_a_process_that_is_killed_fails_its_call_only(calls: BoundedCalls) -> None:
    with pytest.raises(CallFailed, match="its process ended with the code -9"):
        calls.call(functions.killed, limit_s=LIMIT_S)
    assert calls.call(functions.doubled, 1, limit_s=LIMIT_S) == 2


def test_a_process_that_was_killed_while_idle_is_replaced(calls: BoundedCalls) -> None:
    psutil.Process(calls.call(functions.process_id, limit_s=LIMIT_S)).kill()
    wait_until(lambda: not any(process.is_alive for process in calls._idle), LIMIT_S)
    assert calls.call(functions.doubled, 1, limit_s=LIMIT_S) == 2


def test_stop_ends_calls_that_run_and_calls_that_wait(calls: BoundedCalls) -> None:
    ended: list[str] = []

    def make() -> None:
        with pytest.raises(CallsStopped):
            calls.call(functions.endless, limit_s=LIMIT_S)
        ended.append("stopped")

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_until(lambda: bool(calls._busy), LIMIT_S)
    calls.stop()
    for thread in threads:
        thread.join(LIMIT_S)
    assert ended == ["stopped"] * 3
    with pytest.raises(CallsStopped):
        calls.call(functions.doubled, 1, limit_s=LIMIT_S)


def test_a_process_dies_when_the_server_is_killed_in_the_middle_of_a_call() -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "helpers.bounded_calls_server"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(functions.__file__).parents[1],
    )
    assert server.stdout is not None
    process = psutil.Process(int(server.stdout.readline()))
    wait_until(lambda: process.cpu_times().user > 0.5, LIMIT_S)  # it computes
    server.kill()
    server.wait()
    wait_until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, LIMIT_S)


def test_a_call_that_finds_no_free_process_in_time_is_not_made() -> None:
    with pytest.raises(CallsBusy):
        BoundedCalls(count=0).call(len, "abc", limit_s=1, patience_s=0.01)
