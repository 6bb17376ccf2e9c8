"""The contract of compute.runner as one assertion, for every runner."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from trigpoint.compute.logs import read_lines
from trigpoint.compute.runner import NOT_EXECUTABLE, ProcessSpec, ProcessState, Runner

IGNORES_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, lambda *a: print("no", flush=True))
print("ready", flush=True)
time.sleep(60)
"""
STOPS_ON_SIGTERM = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *a: (print("bye", flush=True), sys.exit(7)))
print("ready", flush=True)
time.sleep(60)
"""


def python(code: str, folder: Path, name: str = "program", **env: str) -> ProcessSpec:
    """A spec that runs the code in its own folder."""
    return ProcessSpec(
        (sys.executable, "-S", "-c", code), folder / name, env, log_path=folder / f"{name}.log"
    )


def lines(spec: ProcessSpec) -> list[str]:
    """The lines that the program wrote."""
    return [text for _, text in read_lines(spec.log_path, 0)[0]]


def wait_until(condition: Callable[[], bool], limit_s: float = 20) -> None:
    """Returns as soon as the condition holds."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "the condition was not met in time"
        time.sleep(0.01)


def wait_for_end(runner: Runner, handle: str, limit_s: float = 20) -> ProcessState:
    """The state of the program once it has ended."""
    wait_until(lambda: runner.poll(handle).phase != "running", limit_s)
    return runner.poll(handle)


def assert_runner_contract(runner: Runner, folder: Path) -> None:
    """Asserts everything that compute.runner promises and that is visible from outside."""
    _assert_runs_to_its_end(runner, folder)
    _assert_start_is_idempotent(runner, folder)
    _assert_stop(runner, folder)
    _assert_forgets(runner, folder)
    _assert_stop_all(runner, folder)


def _assert_runs_to_its_end(runner: Runner, folder: Path) -> None:
    code = (
        "import os, sys\n"
        "print(os.getcwd()); print(os.environ['COLOUR'], flush=True)\n"
        "print('to stderr', file=sys.stderr); print(repr(sys.stdin.read()))\n"
        "sys.stdout.write('last line without an end'); sys.exit(3)"
    )
    spec = python(code, folder, "ends", COLOUR="red")
    before = time.time()
    handle = runner.start(spec)
    assert wait_for_end(runner, handle) == ProcessState("exited", 3)
    assert lines(spec) == [str(spec.directory), "red", "to stderr", "''", "last line without an end"]
    times = [ms for ms, _ in read_lines(spec.log_path, 0)[0]]
    assert times == sorted(times)
    assert before - 1 < times[0] / 1000 <= time.time()

    killed = runner.start(python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", folder, "killed"))
    assert wait_for_end(runner, killed) == ProcessState("exited", -9)

    missing = ProcessSpec(("/no/such/program",), folder / "missing", {}, folder / "missing.log")
    assert wait_for_end(runner, runner.start(missing)) == ProcessState("exited", NOT_EXECUTABLE)
    assert "/no/such/program" in lines(missing)[0]


def _assert_start_is_idempotent(runner: Runner, folder: Path) -> None:
    spec = python("print('once')", folder, "once")
    assert runner.poll("chosen-by-the-caller") == ProcessState("lost")
    assert runner.start(spec, "chosen-by-the-caller") == "chosen-by-the-caller"
    assert runner.start(spec, "chosen-by-the-caller") == "chosen-by-the-caller"
    assert wait_for_end(runner, "chosen-by-the-caller") == ProcessState("exited", 0)
    runner.start(spec, "chosen-by-the-caller")
    assert runner.poll("chosen-by-the-caller") == ProcessState("exited", 0)
    assert lines(spec) == ["once"]


def _assert_stop(runner: Runner, folder: Path) -> None:
    polite, deaf = python(STOPS_ON_SIGTERM, folder, "polite"), python(IGNORES_SIGTERM, folder, "deaf")
    handles = runner.start(polite), runner.start(deaf)
    wait_until(lambda: lines(polite) == ["ready"] and lines(deaf) == ["ready"])
    assert [runner.poll(handle).phase for handle in handles] == ["running", "running"]
    runner.stop(handles[0])
    runner.stop(handles[0])
    runner.stop(handles[1], grace_s=600)
    assert runner.poll(handles[1]).phase == "running", "stop must return before the program ends"
    wait_until(lambda: "no" in lines(deaf))
    runner.stop(handles[1], grace_s=0.4)  # the earliest deadline counts
    runner.stop(handles[1], grace_s=600)
    assert wait_for_end(runner, handles[0]) == ProcessState("exited", 7)
    assert wait_for_end(runner, handles[1]) == ProcessState("exited", -9)
    assert lines(polite) == ["ready", "bye"]
    assert lines(deaf) == ["ready", "no"], "SIGTERM must come once"
    runner.stop(handles[0])
    runner.stop("never-started")


def _assert_forgets(runner: Runner, folder: Path) -> None:
    spec = python("print('x')", folder, "forgotten")
    handle = runner.start(spec)
    wait_for_end(runner, handle)
    runner.forget(handle)
    runner.forget(handle)
    assert runner.poll(handle) == ProcessState("lost")
    assert lines(spec) == ["x"], "the log stays"


def _assert_stop_all(runner: Runner, folder: Path) -> None:
    specs = [python(code, folder, f"all{n}") for n, code in enumerate((STOPS_ON_SIGTERM, IGNORES_SIGTERM))]
    handles = [runner.start(spec) for spec in specs]
    wait_until(lambda: all(lines(spec) == ["ready"] for spec in specs))
    runner.stop_all(grace_s=0.3)
    assert [runner.poll(handle).phase for handle in handles] == ["exited", "exited"]
