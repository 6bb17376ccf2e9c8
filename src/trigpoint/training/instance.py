"""One instance of a training job: brings in the data, runs the algorithm, limits its time, reports how it ended.

`python -m trigpoint.training.instance --spec FILE` is started by a runner, detached from the server. Its standard
output is the instance's log, which the algorithm shares. SIGTERM asks the algorithm to end; everything it writes
within the grace period is kept. The exit code is 0 whenever result.json was written, whatever it says.

The algorithm leads a process group of its own. A signal to stop goes only to the algorithm. When the algorithm ends,
or its data cannot be read, its whole group is killed. If the instance itself is killed, the keeper of the pipes kills
the group (streaming.keeper). Where there is no keeper, the algorithm stays in the instance's group, which the
supervisor kills.
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
from pathlib import Path

from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import TrigpointError
from trigpoint.door.client import Door, ServerAddress
from trigpoint.door.objects import InstanceObjects, JobObjects
from trigpoint.objects.files import open_beneath
from trigpoint.streaming.keeper import Keeper
from trigpoint.training.agent import DataAgent
from trigpoint.training.bucket_objects import BucketObjects
from trigpoint.training.channels import DataError
from trigpoint.training.checkpoint_sync import CheckpointSync
from trigpoint.training.fastfile import FastFiles
from trigpoint.training.launch import GRACE_S, InstanceSpec
from trigpoint.training.model import DOWNLOADING, STOP_MAX_RUNTIME, STOPPING, TRAINING
from trigpoint.training.own import OwnAlgorithm, OwnCodeFailed
from trigpoint.training.progress import InstanceResult, Phase, write_progress, write_result

MAX_FAILURE_CHARS = 1024
_TICK_S = 0.1
_KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)

NO_TORCH = (
    "AlgorithmError: PyTorch is not installed where the server runs; "
    "install it with: pip install 'trigpoint[train]'"
)
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."


class _StoppedEarly(Exception):
    """The instance was asked to stop while it brought in the data."""


class TrainingInstance:
    """One run of one algorithm.

    Signal handlers call `ask_to_stop` and `time_is_up`, in the thread that runs `run`.
    """

    def __init__(
        self,
        spec: InstanceSpec,
        objects: InstanceObjects,
        grace_s: float = GRACE_S,
    ) -> None:
        self._spec = spec
        self._own = OwnAlgorithm(spec, objects.open_uri, _write_line) if spec.own else None
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
        self._checkpoints = (
            None
            if spec.checkpoints is None
            else CheckpointSync(
                spec.folder.opt_ml,
                spec.folder.local(spec.checkpoints.local_path),
                spec.checkpoints.uri,
                objects,
                _write_line,
            )
        )

    def run(self) -> InstanceResult:
        """Runs the job to its end."""
        try:
            return self._run()
        finally:
            if self._keeper is not None:
                self._keeper.close()

    def _run(self) -> InstanceResult:
        self._enter(DOWNLOADING)
        if self._spec.needs_torch and importlib.util.find_spec("torch") is None:
            return InstanceResult(None, failure=NO_TORCH)
        try:
            self._prepare()
        except DataError as error:
            return self._result(None, error)
        except OwnCodeFailed as error:
            return InstanceResult(
                None, failure=f"AlgorithmError: {error.message}", stopped_by=self._stopped_by
            )
        except _StoppedEarly:
            return self._result(None, None)
        self._enter(TRAINING)
        exit_code = self._train()
        self._agent.stop()
        if self._checkpoints is not None:
            self._checkpoints.finish(killed=exit_code in _KILLED)
        if self._own is not None and (breach := self._own.finish()):
            return InstanceResult(None, failure=f"AlgorithmError: the job was stopped: {breach}")
        if exit_code == 0 and self._failure is not None:
            # it ended before it could be killed, so it did not need the data
            _write_line(f"The algorithm ended well without data that could not be had: {self._failure}")
            return self._result(exit_code, None)
        return self._result(exit_code, self._failure)

    def ask_to_stop(self, cause: str = "signal") -> None:
        """Sends SIGTERM to the algorithm, and SIGKILL after the grace period."""
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
            if self._checkpoints is not None:
                self._checkpoints.bring_in()
            if self._own is not None:
                self._own.prepare()
        finally:
            self._preparing = False

    def _train(self) -> int | None:
        """The algorithm's exit code; None when the data failed before it was started."""
        algorithm = self._start()
        try:
            if algorithm is None:
                return None
            if self._checkpoints is not None:
                self._checkpoints.start()
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
        with self._starting:  # a failure of the data either finds the process or prevents its start
            if self._failure is not None:
                return None
            program = self._spec.argv
            variables = {**environment, **self._spec.environment}
            if self._own is not None:
                program, variables = self._own.command(), self._own.variables()
            argv, inherited = self._agent.command(program)
            self._algorithm = subprocess.Popen(
                argv,
                pass_fds=inherited,
                cwd=self._spec.folder.opt_ml,
                env=variables,
                stdin=subprocess.DEVNULL,
                process_group=None if self._keeper is None else 0,
            )
            if self._keeper is not None:
                self._keeper.watch(self._algorithm.pid)
            if self._own is not None:
                self._own.watch(self._algorithm.pid)
            return self._algorithm

    def _signal(self, number: signal.Signals) -> None:
        assert self._algorithm is not None
        self._algorithm.send_signal(number)

    def _kill_group(self, pid: int) -> None:
        """Kills all processes that the algorithm started, as the end of a container would."""
        if self._keeper is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

    def _data_failed(self, error: Exception) -> None:
        """Kills the algorithm and all processes that it started; returns when it is dead.

        An algorithm that was asked to stop keeps running: it needs no data to save its model.
        """
        with self._starting:
            algorithm = self._algorithm
            if self._failure is None and self._stopped_by is None and not self._ended.is_set():
                self._failure = error
        if algorithm is None or self._ended.is_set():
            return
        if self._failure is not None:
            # the main process first: it must not take the death of its children for a result
            self._signal(signal.SIGKILL)
            self._kill_group(algorithm.pid)
        self._ended.wait()

    def _enter(self, phase: str) -> None:
        self._phases.append(Phase(phase, self._clock.now()))
        write_progress(self._spec.folder.state, self._phases)

    def _result(self, exit_code: int | None, failure: Exception | None) -> InstanceResult:
        return InstanceResult(exit_code, _reason(failure), self._failure_text(), self._stopped_by)

    def _failure_text(self) -> str | None:
        try:
            # people's own code could leave a link to a file of the server there, or a pipe
            with open_beneath(self._spec.folder.opt_ml, "output/failure") as file:
                return file.read(4 * MAX_FAILURE_CHARS).decode(errors="replace")[:MAX_FAILURE_CHARS]
        except OSError:
            return None


def _write_line(line: str) -> None:
    """Writes a line to the log in one write, so that it does not mix with the algorithm's lines."""
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
    spec = InstanceSpec.read(parser.parse_args(arguments).spec)
    assert spec.keys is not None
    settings = spec.settings
    door = Door(ServerAddress(settings.local_url, settings.address_file), spec.keys.door_token, _write_line)
    objects = JobObjects(door, spec.keys.session, settings.region, spec.folder.scratch, is_near=True)
    instance = TrainingInstance(spec, objects)
    signal.signal(signal.SIGTERM, lambda number, frame: instance.ask_to_stop())
    signal.signal(signal.SIGALRM, lambda number, frame: instance.time_is_up())
    signal.setitimer(signal.ITIMER_REAL, spec.max_runtime_s)
    try:
        result = instance.run()
    except (TrigpointError, OSError) as error:
        result = InstanceResult(None, _reason(error))
    write_result(spec.folder.state, result)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a thread that hangs while it reads an object must not delay the end
