"""An instance's use of the machine, measured on real programs under the real runner."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pynvml
import pytest

from helpers.processes import wait_for
from trigpoint.compute.local import LocalRunner
from trigpoint.compute.runner import MeasuredAs, ProcessSpec
from trigpoint.compute.usage import UsageSampler, gpus, processes
from trigpoint.core.clock import SystemClock

NAMESPACE = "/aws/sagemaker/TrainingJobs"
BURN = """
import os, sys, time
with open("cpu", "w") as file:
    while True:
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass
        file.seek(0)
        file.write(f"{time.process_time():.3f}")
        file.flush()
"""
HOLD = "import time; kept = bytearray(200 << 20); print('there', flush=True); time.sleep(60)"


@dataclass
class Recorded:
    """The values that a sampler records, by metric name."""

    values: dict[str, list[float]] = field(default_factory=dict)
    series: set[tuple[str, tuple[tuple[str, str], ...], str]] = field(default_factory=set)

    def record_metric(
        self, namespace: str, name: str, dimensions: Mapping[str, str], value: float, unit: str, at: datetime
    ) -> None:
        assert at.tzinfo is not None
        self.values.setdefault(name, []).append(value)
        self.series.add((namespace, tuple(dimensions.items()), unit))

    def last(self, name: str) -> float:
        return self.values[name][-1]


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[LocalRunner]:
    runner = LocalRunner(tmp_path / "processes")
    yield runner
    runner.stop_all(0)


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
def sampler(tmp_path: Path, recorded: Recorded, now: Now) -> Iterator[UsageSampler]:
    sampler = UsageSampler(
        tmp_path / "processes", recorded.record_metric, SystemClock(), monotonic=lambda: now.seconds
    )
    yield sampler
    sampler.stop()


class Now:
    """The clock of the sampler, which the test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def now() -> Now:
    return Now()


def program(folder: Path, code: str, host: str | None = "job/algo-1") -> ProcessSpec:
    of = None if host is None else MeasuredAs.host(NAMESPACE, host)
    argv = [sys.executable, "-c", code]
    return ProcessSpec(argv, folder, log_path=folder.with_suffix(".log"), measured_as=of)


def cpu_s(folder: Path) -> float:
    """The CPU time that a burning program reports."""
    text = (folder / "cpu").read_text() if (folder / "cpu").exists() else ""
    return float(text or 0)


def test_a_program_that_uses_one_core_is_measured(
    tmp_path: Path, runner: LocalRunner, sampler: UsageSampler, recorded: Recorded, now: Now
) -> None:
    """One core is 100. The result is compared with the CPU time that the program reports."""
    folder = tmp_path / "burning"
    runner.start(program(folder, BURN))
    wait_for(lambda: cpu_s(folder) > 0.1, "the program")
    sampler.sample()
    before = cpu_s(folder)
    wait_for(lambda: cpu_s(folder) > before + 1, "a second of work")
    now.advance(10)
    sampler.sample()
    used_s = recorded.last("CPUUtilization") / 100 * 10
    assert used_s == pytest.approx(cpu_s(folder) - before, rel=0.15, abs=0.1)
    assert recorded.series == {(NAMESPACE, (("Host", "job/algo-1"),), "Percent")}


def test_the_cpu_time_of_running_and_ended_children_counts(
    tmp_path: Path, runner: LocalRunner, sampler: UsageSampler, recorded: Recorded, now: Now
) -> None:
    """This includes a child in its own session and children that end between two samples."""
    burn = "import time\nwhile time.process_time() < 1: pass"
    code = f"""
import os, subprocess, sys, time
print("started", sum(os.times()[:4]), flush=True)
while not os.path.exists("go"): time.sleep(0.05)
for number in range(2):
    subprocess.run([sys.executable, "-c", {burn!r}], start_new_session=bool(number))
print("done", sum(os.times()[:4]), flush=True)
time.sleep(60)
"""
    folder = tmp_path / "parent"
    log = folder.with_suffix(".log")

    def reported_s(word: str) -> float:
        return next((float(s.split()[-1]) for s in log.read_text().splitlines() if word in s), 0.0)

    runner.start(program(folder, code))
    wait_for(lambda: log.exists() and reported_s("started"), "the program")
    sampler.sample()
    (folder / "go").touch()
    wait_for(lambda: reported_s("done"), "both children")
    now.advance(10)
    sampler.sample()
    used_s = reported_s("done") - reported_s("started")
    assert used_s >= 1.9  # two seconds, in the hundredths of os.times
    assert recorded.last("CPUUtilization") / 100 * 10 == pytest.approx(used_s, abs=0.4)


def test_memory_and_disk_are_percentages_of_the_machine(
    tmp_path: Path, runner: LocalRunner, sampler: UsageSampler, recorded: Recorded
) -> None:
    folder = tmp_path / "holding"
    runner.start(program(folder, HOLD))
    wait_for(lambda: folder.with_suffix(".log").exists() and folder.with_suffix(".log").read_text(), "it")
    sampler.sample()
    held_bytes = recorded.last("MemoryUtilization") / 100 * processes.available_memory_bytes()
    assert 200 << 20 < held_bytes < 300 << 20
    disk = os.statvfs(folder)
    used = 100 * (1 - disk.f_bfree / disk.f_blocks)
    assert recorded.last("DiskUtilization") == pytest.approx(used, abs=1)
    assert "GPUUtilization" not in recorded.values


def test_programs_of_one_instance_are_added_up_and_instances_are_separate(
    tmp_path: Path, runner: LocalRunner, sampler: UsageSampler, recorded: Recorded
) -> None:
    one = MeasuredAs("/aws/sagemaker/Endpoints", (("EndpointName", "e"),), "i-1")
    two = MeasuredAs("/aws/sagemaker/Endpoints", (("EndpointName", "e"),), "i-2")
    for number, of in enumerate((one, one, two)):
        spec = program(tmp_path / str(number), HOLD)
        runner.start(ProcessSpec(spec.argv, spec.directory, log_path=spec.log_path, measured_as=of))
    for number in range(3):
        log = (tmp_path / str(number)).with_suffix(".log")
        wait_for(lambda log=log: log.exists() and log.read_text(), "it")  # type: ignore[misc]
    sampler.sample()
    smaller, larger = sorted(recorded.values["MemoryUtilization"])
    assert larger == pytest.approx(2 * smaller, rel=0.1)
    assert len(recorded.series) == 1


def test_one_of_two_servers_samples_and_the_other_takes_over(
    tmp_path: Path, runner: LocalRunner, sampler: UsageSampler, recorded: Recorded
) -> None:
    folder = tmp_path / "burning"
    runner.start(program(folder, BURN))
    wait_for(lambda: cpu_s(folder) > 0, "the program")
    sampler.sample()
    looks = len(recorded.values["MemoryUtilization"])
    others = Recorded()
    other = UsageSampler(tmp_path / "processes", others.record_metric, SystemClock())
    other.sample()
    assert others.values == {}
    sampler.stop()  # same effect as kill -9, because the process owns the lock
    other.sample()
    assert len(others.values["MemoryUtilization"]) == 1
    assert len(recorded.values["MemoryUtilization"]) == looks
    other.stop()


def test_a_server_that_starts_later_records_nothing_about_the_time_before(
    tmp_path: Path,
    runner: LocalRunner,
    sampler: UsageSampler,
    recorded: Recorded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "burning"
    runner.start(program(folder, BURN))
    wait_for(lambda: cpu_s(folder) > 0.1, "the program")
    monkeypatch.setattr("trigpoint.compute.usage.sampler.INTERVAL_S", 0.001)  # every program is old
    sampler.sample()
    assert "CPUUtilization" not in recorded.values
    assert len(recorded.values["MemoryUtilization"]) == 1


def test_programs_that_ended_or_are_not_measured_are_not_recorded(
    tmp_path: Path, runner: LocalRunner, sampler: UsageSampler, recorded: Recorded
) -> None:
    ended = runner.start(program(tmp_path / "ended", "pass"))
    wait_for(lambda: runner.poll(ended).phase == "exited", "its end")
    runner.start(program(tmp_path / "unmeasured", BURN, host=None))
    sampler.sample()
    assert recorded.values == {}


def test_a_runner_without_programs_is_not_sampled(tmp_path: Path) -> None:
    recorded = Recorded()
    UsageSampler(tmp_path / "none", recorded.record_metric, SystemClock()).sample()
    assert recorded.values == {}
    assert not (tmp_path / "none").exists()


class Driver:
    """NVIDIA's driver with the interface of pynvml; the second GPU does not support the queries."""

    nvmlMemory_v2 = pynvml.nvmlMemory_v2  # noqa: N815 - the names are NVIDIA's
    NVMLError = pynvml.NVMLError

    def __init__(self) -> None:
        self.is_there, self.open = True, 0

    def nvmlInit(self) -> None:  # noqa: N802
        if not self.is_there:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)
        self.open += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.open -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlDeviceGetMinorNumber(self, handle: int) -> int:  # noqa: N802
        return handle + 5

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:  # noqa: N802
        self._refuse(handle)
        return SimpleNamespace(gpu=37, memory=90)

    def nvmlDeviceGetMemoryInfo(self, handle: int, version: int) -> SimpleNamespace:  # noqa: N802
        self._refuse(handle)
        assert version == pynvml.nvmlMemory_v2
        return SimpleNamespace(total=80 << 30, used=20 << 30)

    def _refuse(self, handle: int) -> None:
        if handle == 1:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)


def test_gpus_are_read_from_the_driver_by_device_number(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver()
    monkeypatch.setattr(gpus, "pynvml", driver)
    assert gpus.read_gpus() == {5: gpus.Gpu(37.0, 25.0), 6: gpus.Gpu(None, None)}
    assert driver.open == 0
    driver.is_there = False
    assert gpus.read_gpus() == {}


@pytest.mark.gpu
def test_the_gpus_of_this_machine_match_nvidia_smi() -> None:
    if shutil.which("nvidia-smi") is None:
        pytest.skip("this machine has no NVIDIA driver")
    query = "--query-gpu=memory.used,memory.total"
    command = ["nvidia-smi", query, "--format=csv,noheader,nounits"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    expected = [100 * float(used) / float(total) for used, total in (line.split(",") for line in lines)]
    found = gpus.read_gpus()
    assert [gpu.memory_percent for _, gpu in sorted(found.items())] == pytest.approx(expected, abs=1)
    assert all(gpu.busy_percent is not None and 0 <= gpu.busy_percent <= 100 for gpu in found.values())


def test_a_child_of_this_process_is_found_with_its_parent_and_age() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        running = processes.running()
        assert running[child.pid].parent == os.getpid()
        assert [each.pid for each in processes.tree(running, child.pid)] == [child.pid]
        assert child.pid in [each.pid for each in processes.tree(running, os.getpid())]
        assert 0 <= running[child.pid].age_s < 3600
    finally:
        child.kill()
        child.wait()
