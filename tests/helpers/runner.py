"""The contract of compute.runner as one suite, for every runner.

A test file of a runner has one test, with every part of the contract as its parameter:

    @pytest.mark.parametrize("part", CONTRACT, ids=names)
    def test_the_contract(part: Part, tmp_path: Path) -> None:
        part(MyRunners(tmp_path), tmp_path)
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from unittest.mock import patch

from trigpoint.compute.logs import read_lines
from trigpoint.compute.runner import NOT_EXECUTABLE, ProcessSpec, ProcessState, Runner
from trigpoint.core.process import start_time

SLEEPS = "print('ready', flush=True); import time; time.sleep(60)"
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


class Runners(Protocol):
    """The runner under test, as often as a server is restarted, and the power to break what it uses."""

    def make(self) -> Runner:
        """A runner that knows what the former ones have started."""
        ...

    def lose(self, handle: str) -> None:
        """Takes the machine of a running program away, or what watches it there, without a chance to end anything."""
        ...


Part = Callable[[Runners, Path], None]


def runs_to_its_end(runners: Runners, folder: Path) -> None:
    """Its directory, variables, output and exit code."""
    _assert_runs_to_its_end(runners.make(), folder)


def start_is_idempotent(runners: Runners, folder: Path) -> None:
    """Under one handle a program is started once, ever."""
    _assert_start_is_idempotent(runners.make(), folder)


def stops_with_grace(runners: Runners, folder: Path) -> None:
    """SIGTERM once, SIGKILL after the earliest deadline."""
    _assert_stop(runners.make(), folder)


def forgets(runners: Runners, folder: Path) -> None:
    """What has ended can be forgotten; its log stays."""
    _assert_forgets(runners.make(), folder)


def stops_all(runners: Runners, folder: Path) -> None:
    """At the end of the server nothing runs."""
    _assert_stop_all(runners.make(), folder)


def outlives_the_server(runners: Runners, folder: Path) -> None:
    """A later runner polls, reads the log of, and stops what an earlier one started."""
    ends, sleeps = python("print('a'); raise SystemExit(5)", folder, "ends"), python(SLEEPS, folder, "sleeps")
    first = runners.make()
    handles = first.start(ends), first.start(sleeps)
    del first
    later = runners.make()
    assert wait_for_end(later, handles[0]) == ProcessState("exited", 5)
    assert lines(ends) == ["a"]
    assert later.poll(handles[1]) == ProcessState("running")
    assert later.start(sleeps, handles[1]) == handles[1]
    later.stop(handles[1], grace_s=0)
    assert wait_for_end(later, handles[1]).phase == "exited"
    assert runners.make().poll(handles[1]).phase == "exited", "how it ended is not forgotten"


def reports_a_lost_program(runners: Runners, folder: Path) -> None:
    """Lost is final and certain: what the program started has ended, and a new program needs a new handle."""
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'])\n"
        "print(os.getpid(), child.pid, flush=True); time.sleep(60)"
    )
    spec, runner = python(f"import os\n{code}", folder, "lost"), runners.make()
    handle = runner.start(spec)
    wait_until(lambda: len(lines(spec)) == 1)
    family = [int(pid) for pid in lines(spec)[0].split()]
    runners.lose(handle)
    assert wait_for_end(runner, handle) == ProcessState("lost")
    assert start_time(family[0]) is None, "lost means that the program is dead"
    wait_until(lambda: start_time(family[1]) is None)
    assert runners.make().poll(handle) == ProcessState("lost")
    runner.stop(handle)
    again = runner.start(python("print('again')", folder, "again"))
    assert wait_for_end(runner, again) == ProcessState("exited", 0)


def runs_several_at_a_time(runners: Runners, folder: Path) -> None:
    """The programs of one job run at the same time, find each other, and end one by one."""
    code = (
        "import pathlib, sys, time\n"
        "number, here = sys.argv[1], pathlib.Path(sys.argv[2])\n"
        "(here / f'here-{number}').touch()\n"
        "while len(list(here.glob('here-*'))) < 3: time.sleep(0.01)\n"
        "print('met', flush=True)\n"
        "while not (here / f'go-{number}').exists(): time.sleep(0.01)\n"
        "raise SystemExit(int(number))"
    )
    runner, specs = runners.make(), []
    for number in range(3):
        spec = python(code, folder, f"one-{number}")
        specs.append(replace(spec, argv=[*spec.argv, str(number), str(folder)]))
    handles = [runner.start(spec) for spec in specs]
    wait_until(lambda: all(lines(spec) == ["met"] for spec in specs))
    (folder / "go-2").touch()
    assert wait_for_end(runner, handles[2]) == ProcessState("exited", 2)
    assert [runner.poll(handle).phase for handle in handles[:2]] == ["running", "running"]
    runner.stop(handles[0], grace_s=0)
    assert wait_for_end(runner, handles[0]).phase == "exited"
    (folder / "go-1").touch()
    assert wait_for_end(runner, handles[1]) == ProcessState("exited", 1)


def keeps_passwords_of_the_server(runners: Runners, folder: Path) -> None:
    """Programs get the variables of the server, without those that contain its passwords."""
    spec = python("import os; print(sorted(n for n in os.environ if n.startswith('TRIGPOINT_')))", folder)
    given = {"TRIGPOINT_DATABASE_URL": "postgresql://user:secret@db/x", "TRIGPOINT_WEIGHTS": "/weights"}
    with patch.dict(os.environ, {**given, "TRIGPOINT_SMTP_URL": "smtp://user:secret@mail"}):
        runner = runners.make()
        assert wait_for_end(runner, runner.start(spec)) == ProcessState("exited", 0)
    assert "TRIGPOINT_WEIGHTS" in lines(spec)[0]
    assert "URL" not in lines(spec)[0]


CONTRACT: tuple[Part, ...] = (
    runs_to_its_end,
    start_is_idempotent,
    stops_with_grace,
    forgets,
    stops_all,
    outlives_the_server,
    reports_a_lost_program,
    runs_several_at_a_time,
    keeps_passwords_of_the_server,
)


def name_of(part: Part) -> str:
    """The name of a part, for the names of tests."""
    return part.__name__


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
