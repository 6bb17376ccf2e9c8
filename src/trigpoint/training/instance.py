"""What does an instance do: bring in the data, run the algorithm, watch the time, say how it ended.

`python -m trigpoint.training.instance --spec FILE` is started by a runner, detached from the server. Its
standard output is the job's log, which the algorithm shares. SIGTERM asks the algorithm to end; what it
writes within the time of grace is kept. It exits with 0 when result.json says what happened, whatever that
was.

The algorithm leads a process group of its own: a signal to stop is for it alone, and when it ends, or its data
cannot be had, nothing that it has started goes on. Should the instance be killed, the keeper of the pipes does the
same (streaming.keeper); where there is none, the algorithm stays in the instance's group, which the supervisor
kills.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trigpoint.access.secrets import KeyFileSecrets
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import TrigpointError
from trigpoint.core.json_file import read_json
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.settings import Settings
from trigpoint.streaming.keeper import Keeper
from trigpoint.training.agent import DataAgent
from trigpoint.training.bucket_objects import BucketObjects
from trigpoint.training.channels import DataError
from trigpoint.training.fastfile import FastFiles
from trigpoint.training.launch import JobFolder
from trigpoint.training.model import DOWNLOADING, STOP_MAX_RUNTIME, STOPPING, TRAINING, Channel
from trigpoint.training.progress import Phase, Result, write_progress, write_result

GRACE_S = 120.0
MAX_FAILURE_CHARS = 1024
_TICK_S = 0.1

NO_TORCH = (
    "AlgorithmError: PyTorch is not installed where the server runs; "
    "install it with: pip install 'trigpoint[train]'"
)
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """What the instance is told."""

    folder: JobFolder
    channels: tuple[Channel, ...]
    argv: list[str]
    environment: Mapping[str, str]
    needs_torch: bool
    max_runtime_s: float
    settings: Settings

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> InstanceSpec:
        settings = {**value["settings"], "data_dir": Path(value["settings"]["data_dir"])}
        return cls(
            folder=JobFolder(Path(value["folder"])),
            channels=tuple(map(Channel.from_json, value["channels"])),
            argv=value["argv"],
            environment=value["environment"],
            needs_torch=value["needs_torch"],
            max_runtime_s=value["max_runtime_s"],
            settings=Settings(**settings),
        )


class _StoppedEarly(Exception):
    """The instance was asked to stop while it still brought in the data."""


class Instance:
    """One run of one algorithm.

    `ask_to_stop` and `time_is_up` are called by signal handlers, in the thread that is in `run`.
    """

    def __init__(self, spec: InstanceSpec, objects: ObjectStore, grace_s: float = GRACE_S) -> None:
        self._spec = spec
        self._grace_s = grace_s
        self._clock = SystemClock()
        self._phases: list[Phase] = []
        self._stopped_by: str | None = None
        self._kill_at_s: float | None = None
        self._failure: Exception | None = None
        self._preparing = False
        self._algorithm: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._ended = threading.Event()
        self._keeper = Keeper() if Keeper.is_possible() else None
        self._agent = DataAgent(
            spec.channels,
            spec.folder.opt_ml / "input" / "data",
            objects.open_uri,
            objects.iterate_uri,
            spec.folder.scratch,
            self._data_failed,
            BucketObjects(objects),
            write_line=_write_line,
            keeper=self._keeper,
            fast_files=FastFiles(objects, _write_line),
        )

    def run(self) -> Result:
        """Runs the job to its end."""
        try:
            return self._run()
        finally:
            if self._keeper is not None:
                self._keeper.close()

    def _run(self) -> Result:
        self._enter(DOWNLOADING)
        if self._spec.needs_torch and importlib.util.find_spec("torch") is None:
            return Result(None, failure=NO_TORCH)
        try:
            self._prepare()
        except DataError as error:
            return self._result(None, error)
        except _StoppedEarly:
            return self._result(None, None)
        self._enter(TRAINING)
        exit_code = self._train()
        self._agent.stop()
        if exit_code == 0 and self._failure is not None:
            # it had ended before it could be killed, so it did not wait for the data that could not be had
            _write_line(f"The algorithm ended well without data that could not be had: {self._failure}")
            return self._result(exit_code, None)
        return self._result(exit_code, self._failure)

    def ask_to_stop(self, cause: str = "signal") -> None:
        """Sends SIGTERM to the algorithm, and SIGKILL when the time of grace is over."""
        if self._stopped_by is None:
            self._stopped_by = cause
            self._kill_at_s = time.monotonic() + self._grace_s
        if self._algorithm is not None:
            self._signal(signal.SIGTERM)
        elif self._preparing:
            self._preparing = False
            raise _StoppedEarly

    def time_is_up(self) -> None:
        """Stops the algorithm because it has run for MaxRuntimeInSeconds."""
        if self._stopped_by is None:
            self._enter(STOPPING)
            self.ask_to_stop(STOP_MAX_RUNTIME)

    def _prepare(self) -> None:
        if self._stopped_by is not None:
            raise _StoppedEarly
        self._preparing = True
        try:
            self._agent.prepare()
        finally:
            self._preparing = False

    def _train(self) -> int | None:
        """The algorithm's exit code; None when the data failed before it was started."""
        algorithm = self._start()
        try:
            if algorithm is None:
                return None
            if self._stopped_by is not None:  # SIGTERM came while it was being started
                self._signal(signal.SIGTERM)
            while True:
                try:
                    return algorithm.wait(_TICK_S)
                except subprocess.TimeoutExpired:
                    if self._kill_at_s is not None and time.monotonic() > self._kill_at_s:
                        self._signal(signal.SIGKILL)
        finally:
            if algorithm is not None:
                self._kill_group(algorithm.pid)
            self._ended.set()

    def _start(self) -> subprocess.Popen[bytes] | None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TRIGPOINT_")}
        with self._starting:  # a failure of its data must find it, or prevent it
            if self._failure is not None:
                return None
            argv, inherited = self._agent.command(self._spec.argv)
            self._algorithm = subprocess.Popen(
                argv,
                pass_fds=inherited,
                cwd=self._spec.folder.opt_ml,
                env={**environment, **self._spec.environment},
                stdin=subprocess.DEVNULL,
                process_group=None if self._keeper is None else 0,
            )
            if self._keeper is not None:
                self._keeper.watch(self._algorithm.pid)
            return self._algorithm

    def _signal(self, number: signal.Signals) -> None:
        assert self._algorithm is not None
        self._algorithm.send_signal(number)

    def _kill_group(self, pid: int) -> None:
        """Kills what the algorithm has started, as the end of a container would."""
        if self._keeper is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

    def _data_failed(self, error: Exception) -> None:
        """Kills the algorithm with all that it has started; returns when it is dead.

        One that has been asked to stop is left alone: what it saves in its time of grace needs no data.
        """
        with self._starting:
            algorithm = self._algorithm
            if self._failure is None and self._stopped_by is None and not self._ended.is_set():
                self._failure = error
        if algorithm is None or self._ended.is_set():
            return
        if self._failure is not None:
            # the main process first: it must not take the end of one that it has started for a result
            self._signal(signal.SIGKILL)
            self._kill_group(algorithm.pid)
        self._ended.wait()

    def _enter(self, phase: str) -> None:
        self._phases.append(Phase(phase, self._clock.now()))
        write_progress(self._spec.folder.root, self._phases)

    def _result(self, exit_code: int | None, failure: Exception | None) -> Result:
        return Result(exit_code, _reason(failure), self._failure_text(), self._stopped_by)

    def _failure_text(self) -> str | None:
        try:
            with (self._spec.folder.opt_ml / "output" / "failure").open(errors="replace") as file:
                return file.read(MAX_FAILURE_CHARS)
        except OSError:
            return None


def _write_line(line: str) -> None:
    """Writes a line to the log in one piece, so that it does not mix with what the algorithm writes."""
    with contextlib.suppress(OSError):
        os.write(sys.stdout.fileno(), f"{line}\n".encode())


def _reason(failure: Exception | None) -> str | None:
    if failure is None:
        return None
    if isinstance(failure, DataError):
        reason = f"ClientError: Data download failed:{failure.message}"
        print(reason, file=sys.stderr, flush=True)
        return reason
    traceback.print_exception(failure, file=sys.stderr)
    return f"{INTERNAL} ({type(failure).__name__}: {failure})"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="trigpoint.training.instance", description=__doc__)
    parser.add_argument("--spec", type=Path, required=True, help="the file that describes the job")
    spec = InstanceSpec.from_json(read_json(parser.parse_args(arguments).spec))
    database = Database(spec.settings.sqlalchemy_url)
    secrets = KeyFileSecrets(spec.settings.key_file)
    objects = ObjectStore(database, spec.settings.objects_dir, SystemClock(), spec.settings.region, secrets)
    instance = Instance(spec, objects)
    signal.signal(signal.SIGTERM, lambda number, frame: instance.ask_to_stop())
    signal.signal(signal.SIGALRM, lambda number, frame: instance.time_is_up())
    signal.setitimer(signal.ITIMER_REAL, spec.max_runtime_s)
    try:
        result = instance.run()
    except (TrigpointError, OSError) as error:
        result = Result(None, _reason(error))
    write_result(spec.folder.root, result)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a thread that hangs in the read of an object must not hold up the end
