"""Samples the instances on this machine and records their use of it as metrics.

Every few seconds the server looks at the programs that its runner has started, and records what each instance uses
as SageMaker's instance metrics. Of several servers on one machine only the one that holds a lock samples, so that
nothing is counted twice; when it is killed, the next server takes over. Nobody samples while no server runs.

Source of names and units: SageMaker's guide, "Jobs and Endpoints Metrics".
Decisions: CPUUtilization is 100 for each core, and MemoryUtilization is a share of the machine's (or container's)
    memory, since an instance is a group of processes here and has the machine to itself. DiskUtilization is how full
    the disk of the instance's folder is. The GPU metrics cover the GPUs that the instance has open, including
    other programs' use.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trigpoint.compute import state
from trigpoint.compute.metrics import RecordMetric
from trigpoint.compute.runner import MeasuredAs
from trigpoint.compute.state import ProcessIdentity
from trigpoint.compute.usage import processes
from trigpoint.compute.usage.processes import Process
from trigpoint.core.clock import Clock
from trigpoint.core.process import machine_id

if TYPE_CHECKING:
    from trigpoint.compute.usage.gpus import Gpu

INTERVAL_S = 5.0
_JOIN_S = 5.0  # a driver that hangs must not delay the end of the server
UNIT = "Percent"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Program:
    """A supervised program that runs, with all its processes."""

    handle: str
    measured_as: MeasuredAs
    directory: Path
    processes: list[Process]


class UsageSampler:
    """Records what the programs of a `LocalRunner` use.

    Args:   state_dir: the runner's.
            monotonic: the clock by which the use of processors is measured.
    """

    def __init__(
        self,
        state_dir: Path,
        record: RecordMetric,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._state_dir = state_dir
        self._record = record
        self._clock = clock
        self._cpu: dict[str, tuple[float, float]] = {}
        self._turn = _Turn(state_dir)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to sample every few seconds."""
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops sampling, and leaves it to another server."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_JOIN_S)
        self._turn.leave()

    def sample(self) -> None:
        """Samples once, unless another server does."""
        if not self._state_dir.exists() or not self._turn.take():
            return
        found = self._programs()
        used = {program.handle: self._cores(program) for program in found}
        self._cpu = {handle: seen for handle, seen in self._cpu.items() if handle in used}
        gpus = _gpus_of(found)
        for of in dict.fromkeys(program.measured_as for program in found):
            mine = [program for program in found if program.measured_as == of]
            self._record_instance(of, mine, [used[program.handle] for program in mine], gpus)

    def _run(self) -> None:
        while not self._stopping.wait(INTERVAL_S):
            try:
                self.sample()
            except Exception:  # a missing metric must not end the thread; the next round tries again
                log.exception("usage.not_sampled")

    def _programs(self) -> list[_Program]:
        watched = [found for found in map(_watched, self._state_dir.iterdir()) if found is not None]
        if not watched:
            return []
        running = processes.running()
        return [
            _Program(folder.name, of, directory, processes.tree(running, program.pid))
            for folder, program, of, directory in watched
            if program.pid in running and program.runs()
        ]

    def _cores(self, program: _Program) -> float | None:
        """The cores that the program used on average since the last sample, or since it began; None when unknown."""
        now_s, cpu_s = self._monotonic(), sum(process.cpu_s for process in program.processes)
        before = self._cpu.get(program.handle)
        self._cpu[program.handle] = now_s, cpu_s
        if before is None:
            age_s = max(process.age_s for process in program.processes)
            # the average of an older program, which ran before this server, says nothing about now
            return cpu_s / age_s if 0 < age_s <= 2 * INTERVAL_S else None
        passed_s = now_s - before[0]
        return max(0.0, cpu_s - before[1]) / passed_s if passed_s > 0 else None

    def _record_instance(
        self,
        of: MeasuredAs,
        programs: list[_Program],
        cores: list[float | None],
        gpus: Mapping[int, Gpu],
    ) -> None:
        known = [each for each in cores if each is not None]
        everything = [process for program in programs for process in program.processes]
        disk = shutil.disk_usage(programs[0].directory)
        used_bytes = sum(process.memory_bytes for process in everything)
        memory = 100 * used_bytes / processes.available_memory_bytes()
        values = {
            "CPUUtilization": 100 * sum(known) if known else None,
            "MemoryUtilization": min(100.0, memory),
            "DiskUtilization": 100 * disk.used / disk.total,
        }
        mine = [gpus[number] for number in processes.gpu_devices(everything) & gpus.keys()] if gpus else []
        values["GPUUtilization"] = _sum(gpu.busy_percent for gpu in mine)
        values["GPUMemoryUtilization"] = _sum(gpu.memory_percent for gpu in mine)
        for name, value in values.items():
            if value is not None:
                self._record(of.namespace, name, dict(of.dimensions), value, UNIT, self._clock.now())


class _Turn:
    """The right to sample the programs of a folder on this machine; one process holds it until it ends."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Takes the right if no other process holds it; whether this process holds it now."""
        if self._descriptor is not None:
            return True
        machine = hashlib.sha256(machine_id().encode()).hexdigest()[:12]
        path = self._state_dir / f".usage-{machine}.lock"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def leave(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _watched(folder: Path) -> tuple[Path, ProcessIdentity, MeasuredAs, Path] | None:
    """State folder, process, metric name and directory of a program; None when it ended or is not measured."""
    if (folder / state.STATUS).exists():
        return None
    program = ProcessIdentity.read(folder / state.PROGRAM) if folder.is_dir() else None
    if program is None or program.machine != machine_id():
        return None
    spec = state.read_spec(folder)
    if spec is None or spec.measured_as is None:
        return None
    return folder, program, spec.measured_as, spec.directory


def _gpus_of(programs: Iterable[_Program]) -> dict[int, Gpu]:
    """The machine's GPUs; none unless a program has one open, since asking the driver takes a while."""
    if not any(processes.gpu_devices(program.processes) for program in programs):
        return {}
    # Imported here, because it takes 60 ms and most machines have no GPU.
    from trigpoint.compute.usage.gpus import read_gpus

    return read_gpus()


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
