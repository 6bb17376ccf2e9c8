"""What an instance uses of the machine: measured on real programs under the real runner."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from helpers.processes import wait_for
from trigpoint.compute.local import LocalRunner
from trigpoint.compute.runner import MeasuredAs, ProcessSpec
from trigpoint.compute.usage import UsageSampler, gpus, processes
from trigpoint.core.clock import SystemClock

pytestmark = pytest.mark.skipif(not processes.is_served(), reason="there is no /proc on this machine")

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
    """Keeps what a sampler records, by metric name."""

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
def sampler(tmp_path: Path, recorded: Recorded) -> Iterator[UsageSampler]:
    sampler = UsageSampler(tmp_path / "processes", recorded.record_metric, SystemClock())
    yield sampler
    sampler.stop()


def program(folder: Path, code: str, host: str | None = "job/algo-1") -> ProcessSpec:
    of = None if host is None else MeasuredAs.host(NAMESPACE, host)
    argv = [sys.executable, "-c", code]
    return ProcessSpec(argv, folder, log_path=folder.with_suffix(".log"), measured_as=of)


def cpu_s(folder: Path) -> float:
    """The time on the processor that a burning program says it has had."""
    text = (folder / "cpu").read_text() if (folder / "cpu").exists() else ""
    return float(text or 0)


def test_a_program_that_burns_one_core_is_seen_to(
    tmp_path: Path, runner: LocalRunner, sampler: UsageSampler, recorded: Recorded
) -> None:
    """100 for a core, as far as the machine had one to give: held against what the program says of itself."""
    folder = tmp_path / "burning"
    runner.start(program(folder, BURN))
    wait_for(lambda: cpu_s(folder) > 0.1, "the program")
    sampler.sample()
    before, began = cpu_s(folder), time.monotonic()
    time.sleep(2)
    sampler.sample()
    said = 100 * (cpu_s(folder) - before) / (time.monotonic() - began)
    assert recorded.last("CPUUtilization") == pytest.approx(said, rel=0.15, abs=5)
    assert 10 < recorded.last("CPUUtilization") < 110
    assert recorded.series == {(NAMESPACE, (("Host", "job/algo-1"),), "Percent")}


def test_what_children_use_and_used_before_they_ended_counts(
    tmp_path: Path, runner: LocalRunner, sampler: UsageSampler, recorded: Recorded
) -> None:
    """Also of a child in a session of its own, and nothing is lost when it ends between two looks."""
    burn = "import time\nwhile time.process_time() < 1: pass"
    code = f"""
import subprocess, sys, time
sys.stdin = None
for number in range(2):
    subprocess.run([sys.executable, "-c", {burn!r}], start_new_session=bool(number))
print("done", flush=True)
time.sleep(60)
"""
    folder = tmp_path / "parent"
    runner.start(program(folder, code))
    sampler.sample()
    began = time.monotonic()
    wait_for(lambda: "done" in folder.with_suffix(".log").read_text(), "both children")
    sampler.sample()
    used_s = recorded.last("CPUUtilization") / 100 * (time.monotonic() - began)
    assert used_s == pytest.approx(2.0, abs=0.4)


def test_memory_and_disk_are_parts_of_the_machines(
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


def test_programs_of_one_instance_are_added_up_and_instances_are_not(
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


def test_of_two_servers_one_looks_and_the_other_takes_over(
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
    sampler.stop()  # as its end by kill -9 does: the lock is the process's
    other.sample()
    assert len(others.values["MemoryUtilization"]) == 1
    assert len(recorded.values["MemoryUtilization"]) == looks
    other.stop()


def test_a_server_that_comes_later_says_nothing_of_the_time_before(
    tmp_path: Path,
    runner: LocalRunner,
    sampler: UsageSampler,
    recorded: Recorded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "burning"
    runner.start(program(folder, BURN))
    wait_for(lambda: cpu_s(folder) > 0.1, "the program")
    monkeypatch.setattr("trigpoint.compute.usage.sampler.INTERVAL_S", 0.001)  # any program is an old one
    sampler.sample()
    assert "CPUUtilization" not in recorded.values
    assert len(recorded.values["MemoryUtilization"]) == 1


def test_nothing_is_recorded_of_programs_that_ended_or_that_nobody_measures(
    tmp_path: Path, runner: LocalRunner, sampler: UsageSampler, recorded: Recorded
) -> None:
    ended = runner.start(program(tmp_path / "ended", "pass"))
    wait_for(lambda: runner.poll(ended).phase == "exited", "its end")
    runner.start(program(tmp_path / "unmeasured", BURN, host=None))
    sampler.sample()
    assert recorded.values == {}


def test_a_runner_that_has_started_nothing_yet_is_looked_at_in_vain(tmp_path: Path) -> None:
    recorded = Recorded()
    UsageSampler(tmp_path / "none", recorded.record_metric, SystemClock()).sample()
    assert recorded.values == {}
    assert not (tmp_path / "none").exists()


def test_gpus_are_read_from_what_nvidia_smi_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    lines = "0, 00000000:18:00.0, 37, 20480, 81920\\n1, 00000000:2A:00.0, [N/A], [N/A], 81920\\n"
    tool.write_text(f"#!/bin/sh\nprintf '{lines}'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = gpus.read_gpus()
    assert list(found.values()) == [gpus.Gpu(37.0, 25.0), gpus.Gpu(None, None)]
    tool.write_text("#!/bin/sh\nexit 9\n")
    assert gpus.read_gpus() == {}


def test_the_own_process_is_read_as_it_is() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        running = processes.running()
        assert running[child.pid].parent == os.getpid()
        assert [each.pid for each in processes.tree(running, child.pid)] == [child.pid]
        assert child.pid in [each.pid for each in processes.tree(running, os.getpid())]
        assert processes.age_s(running[child.pid]) < 60
    finally:
        child.kill()
        child.wait()
