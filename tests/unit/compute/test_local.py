"""Programs with detached supervisors: real processes, killed in every way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from helpers.runner import CONTRACT, SLEEPS, Part, lines, name_of, python, wait_for_end, wait_until
from trigpoint.compute import state
from trigpoint.compute.local import LocalRunner
from trigpoint.compute.runner import ProcessState
from trigpoint.core.errors import Invalid
from trigpoint.core.process import start_time


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[LocalRunner]:
    runner = LocalRunner(tmp_path / "processes")
    yield runner
    runner.stop_all(grace_s=0)


def supervisor_pid(tmp_path: Path, handle: str) -> int:
    return int(json.loads((tmp_path / "processes" / handle / state.SUPERVISOR).read_text())["pid"])


def program_pid(tmp_path: Path, handle: str) -> int:
    path = tmp_path / "processes" / handle / state.PROGRAM
    wait_until(path.exists)
    return int(json.loads(path.read_text())["pid"])


@dataclass(frozen=True)
class LocalRunners:
    """Local runners on one folder; a program is lost when its supervisor is killed, as with the machine."""

    folder: Path

    def make(self) -> LocalRunner:
        return LocalRunner(self.folder / "processes")

    def lose(self, handle: str) -> None:
        program_pid(self.folder, handle)
        os.kill(supervisor_pid(self.folder, handle), signal.SIGKILL)


@pytest.mark.parametrize("part", CONTRACT, ids=name_of)
def test_the_local_runner_keeps_the_contract(part: Part, runner: LocalRunner, tmp_path: Path) -> None:
    part(LocalRunners(tmp_path), tmp_path)


def test_programs_keep_compiled_modules_where_the_server_must_not(
    runner: LocalRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    spec = python("import sys; print(sys.dont_write_bytecode)", tmp_path)
    wait_for_end(runner, runner.start(spec))
    assert lines(spec) == ["False"]


def test_a_program_outlives_a_server_that_is_killed(runner: LocalRunner, tmp_path: Path) -> None:
    spec = python("import time; time.sleep(0.7); print('done'); raise SystemExit(5)", tmp_path)
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path\n"
            "from trigpoint.compute.local import LocalRunner\n"
            "from trigpoint.compute.runner import ProcessSpec\n"
            "folder = Path(sys.argv[1])\n"
            "spec = ProcessSpec(sys.argv[2:], folder / 'program', {}, folder / 'program.log')\n"
            "print(LocalRunner(folder / 'processes').start(spec), flush=True)\n"
            "time.sleep(60)",
            str(tmp_path),
            *spec.argv,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    handle = server.stdout.readline().strip()
    server.kill()
    server.wait()
    server.stdout.close()
    assert runner.poll(handle) == ProcessState("running")
    assert wait_for_end(runner, handle) == ProcessState("exited", 5)
    assert lines(spec) == ["done"]


def test_processes_that_a_program_leaves_are_killed_when_it_ends(runner: LocalRunner, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid)"
    )
    spec = python(code, tmp_path)
    handle = runner.start(spec)
    assert wait_for_end(runner, handle) == ProcessState("exited", 0)
    wait_until(lambda: start_time(int(lines(spec)[0])) is None)


def test_a_recycled_pid_is_never_mistaken_for_the_program(runner: LocalRunner, tmp_path: Path) -> None:
    """The state has the pid of this process and another start time."""
    folder = tmp_path / "processes" / "old"
    folder.mkdir(parents=True)
    mine = state.ProcessIdentity.of(os.getpid())
    for started, machine in ((f"{mine.started}1", mine.machine), (mine.started, "before the restart")):
        identity = {"machine": machine, "pid": mine.pid, "started": started}
        for name in (state.SUPERVISOR, state.PROGRAM):
            state.write_json(folder / name, identity)
        assert runner.poll("old") == ProcessState("lost")
        runner.stop("old", grace_s=0)
        state.ProcessIdentity(**identity).send(signal.SIGKILL)  # type: ignore[arg-type]


def test_two_starts_at_once_under_one_handle_start_one_program(runner: LocalRunner, tmp_path: Path) -> None:
    folder = tmp_path / "processes" / "one"
    spec = python("print('x')", tmp_path)
    folder.mkdir(parents=True)
    state.write_json(
        folder / state.SPEC,
        {"argv": list(spec.argv), "directory": str(tmp_path), "env": {}, "log_path": str(spec.log_path)},
    )
    command = [sys.executable, "-m", "trigpoint.compute.supervise", str(folder)]
    for each in [subprocess.Popen(command) for _ in range(4)]:
        assert each.wait(20) == 0
    assert wait_for_end(runner, "one") == ProcessState("exited", 0)
    assert lines(spec) == ["x"]


def test_a_program_that_closes_its_output_is_still_watched(runner: LocalRunner, tmp_path: Path) -> None:
    spec = python("import os, time; os.close(1); os.close(2); time.sleep(0.3); os._exit(4)", tmp_path)
    assert wait_for_end(runner, runner.start(spec)) == ProcessState("exited", 4)


def test_lines_longer_than_an_event_are_split_and_invalid_bytes_are_replaced(
    runner: LocalRunner, tmp_path: Path
) -> None:
    code = "import sys; sys.stdout.buffer.write(b'y' * 600_000 + b'\\n\\xff\\tz\\r\\n\\nend\\n')"
    spec = python(code, tmp_path)
    wait_for_end(runner, runner.start(spec))
    found = lines(spec)
    assert [len(line) for line in found[:3]] == [262_144, 262_144, 75_712]
    assert found[3:] == ["�\tz", "", "end"]


def test_all_of_a_big_output_is_in_the_log_when_the_program_has_ended(
    runner: LocalRunner, tmp_path: Path
) -> None:
    spec = python("for n in range(50_000): print(n)", tmp_path)
    wait_for_end(runner, runner.start(spec))
    assert lines(spec) == [str(n) for n in range(50_000)]


def test_a_running_program_cannot_be_forgotten_and_paths_are_not_accepted_as_handles(
    runner: LocalRunner, tmp_path: Path
) -> None:
    handle = runner.start(python(SLEEPS, tmp_path))
    with pytest.raises(Invalid, match="still runs"):
        runner.forget(handle)
    for text in ("", "../other", ".."):
        with pytest.raises(Invalid, match="not a handle"):
            runner.poll(text)


def test_start_returns_while_the_program_runs(runner: LocalRunner, tmp_path: Path) -> None:
    assert runner.poll(runner.start(python(SLEEPS, tmp_path))).phase == "running"
