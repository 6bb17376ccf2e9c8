"""Jobs that are interrupted, lost or tried again, with real processes; and how their checkpoints survive."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from helpers.processes import processes_of
from helpers.training import BUCKET, World, a_world
from trigpoint.core.errors import Conflict
from trigpoint.db import Database
from trigpoint.training import attempts
from trigpoint.training.model import Checkpoints, TrainingJob

CHECKPOINTS = Checkpoints(f"s3://{BUCKET}/ck", "/opt/ml/checkpoints")
COUNTING = """
place = ml + "/checkpoints/count"
count = int(open(place).read()) if os.path.exists(place) else 0

def keep(*_):
    with open(place + "~", "w") as file:
        file.write(str(count))
    os.replace(place + "~", place)

def on_term(*_):
    keep()
    print("told to end", flush=True)
    sys.exit(0)

signal.signal(signal.SIGTERM, on_term)
print(f"begins with {count}", flush=True)
count += 1
keep()
if count < LAST:
    print("waits", flush=True)
    time.sleep(60)
model("count", str(count))
"""
"""Counts its attempts in its checkpoints, and is done in attempt LAST."""


@pytest.fixture
def world(tmp_path: Path, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(attempts, "FIRST_PAUSE_S", 0.01)
    with a_world(tmp_path, sqlite_database) as world:
        yield world


def count_to(world: World, last: int) -> None:
    world.train_with(COUNTING.replace("LAST", str(last)))


def statuses(job: TrainingJob) -> str:
    return " ".join(each.status for each in job.transitions)


def until_it_waits(world: World, attempt: int = 1) -> TrainingJob:
    return world.advance_until(
        lambda job: job.attempts == attempt and job.secondary_status == "Training" and "waits" in world.log()
    )


def instances(world: World) -> list[int]:
    return [each.pid for each in processes_of(world.settings.data_dir, "trigpoint.training.instance")]


ONCE = "Starting Downloading Training Interrupted Starting Downloading Training Uploading Completed"


def test_an_interrupted_job_goes_on_from_what_it_wrote_in_its_grace_period(world: World) -> None:
    count_to(world, 2)
    world.create("job-1", checkpoints=CHECKPOINTS, max_wait_s=600)
    until_it_waits(world)
    world.jobs.interrupt("job-1")
    assert world.jobs.describe("job-1").secondary_status == "Interrupted"
    with pytest.raises(Conflict, match="job-1 is interrupted already; it starts again by itself"):
        world.jobs.interrupt("job-1")
    job = world.finish()
    assert (job.status, statuses(job)) == ("Completed", ONCE), world.log()
    assert "begins with 1" in world.log()
    assert world.objects.get(BUCKET, "ck/count") == b"2"
    waited_s = sum(
        ((each.ended_at or each.started_at) - each.started_at).total_seconds()
        for each in job.transitions
        if each.status in ("Starting", "Interrupted")
    )
    assert job.started_at is not None and job.ended_at is not None
    ran = job.ended_at - job.created_at - timedelta(seconds=waited_s)
    assert job.training_time_s == round(ran.total_seconds())
    assert len(world.streams()) == 2, "each attempt has a log of its own"
    assert not world.opt_ml().exists()
    assert not list((world.settings.jobs_dir / "processes").iterdir()), "no process of any attempt is kept"


def test_a_spot_job_whose_instance_is_killed_goes_on_and_one_without_checkpoints_begins_anew(
    world: World,
) -> None:
    count_to(world, 2)
    world.create("job-1", checkpoints=CHECKPOINTS, max_wait_s=600)
    until_it_waits(world)
    end = time.monotonic() + 20
    while not list(world.objects.iterate(BUCKET, "ck/")):  # stored while it runs
        assert time.monotonic() < end
        time.sleep(0.05)
    [instance] = instances(world)
    os.kill(instance, signal.SIGKILL)
    job = world.finish()
    assert (job.status, statuses(job)) == ("Completed", ONCE), world.log()
    interrupted = job.transitions[3]
    assert "the instance process was killed by signal 9" in interrupted.message
    assert len(interrupted.message) <= 1024

    world.train_with('os.makedirs(ml + "/checkpoints", exist_ok=True)\n' + COUNTING.replace("LAST", "2"))
    world.create("job-2", max_wait_s=600)
    world.advance_until(lambda job: "waits" in world.log("job-2"), "job-2")
    world.jobs.interrupt("job-2")
    world.advance_until(lambda job: job.attempts == 2 and "waits" in world.log("job-2"), "job-2")
    assert "begins with 0" in world.log("job-2")
    world.jobs.stop("job-2")
    assert world.finish("job-2").status == "Stopped"


def test_a_job_is_tried_again_as_often_as_its_strategy_says(world: World) -> None:
    count_to(world, 9)
    world.create("job-1", checkpoints=CHECKPOINTS, retries=1)
    for attempt in (1, 2):
        until_it_waits(world, attempt)
        [instance] = instances(world)
        os.kill(instance, signal.SIGKILL)
    job = world.finish()
    assert (job.status, statuses(job)) == (
        "Failed",
        "Starting Downloading Training Restarting Starting Downloading Training Uploading Failed",
    )
    assert (job.failure_reason or "").endswith(
        "; create a new job with the same CheckpointConfig to continue from its last checkpoint"
    )


def test_a_job_that_fails_by_itself_is_not_tried_again(world: World) -> None:
    world.train_with("os.kill(os.getpid(), signal.SIGKILL)")
    world.create("job-1", retries=3, max_wait_s=600)
    job = world.finish()
    assert statuses(job) == "Starting Downloading Training Uploading Failed"
    assert (job.failure_reason or "").startswith("AlgorithmError: the algorithm was killed by signal 9; ")


def test_a_spot_job_that_waits_too_long_is_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_PAUSE_S", 60.0)  # no instance for a long time
    count_to(world, 9)
    job = world.create("job-1", checkpoints=CHECKPOINTS, max_wait_s=3, max_runtime_s=3)
    world.advance_until(lambda job: "waits" in world.log() or job.is_terminal)
    if not (job := world.jobs.describe("job-1")).is_terminal:
        world.jobs.interrupt("job-1")
        job = world.finish()
    assert (job.status, job.secondary_status) == ("Stopped", "MaxWaitTimeExceeded")
    assert job.transitions[-1].message == "Training job wait time exceeded MaxWaitTimeInSeconds provided"


def test_the_runtime_of_all_attempts_counts(world: World) -> None:
    count_to(world, 9)
    world.create("job-1", checkpoints=CHECKPOINTS, max_wait_s=600, max_runtime_s=4)
    until_it_waits(world)
    time.sleep(1.5)
    world.jobs.interrupt("job-1")
    job = world.finish()
    assert (job.status, job.secondary_status) == ("Stopped", "MaxRuntimeExceeded"), statuses(job)
    assert job.attempts == 2
    assert job.training_time_s is not None and job.training_time_s <= 6


def test_a_job_without_spot_training_or_one_that_has_ended_is_not_interrupted(world: World) -> None:
    count_to(world, 1)
    world.create("job-1", checkpoints=CHECKPOINTS)
    with pytest.raises(
        Conflict, match=r"job-1 does not use managed spot training.*create it with EnableManagedSpot"
    ):
        world.jobs.interrupt("job-1")
    world.finish()
    world.create("job-2", checkpoints=CHECKPOINTS, max_wait_s=600)
    world.finish("job-2")
    with pytest.raises(Conflict, match="job-2 is in status Completed/Completed, in which no instance"):
        world.jobs.interrupt("job-2")


@pytest.mark.parametrize("status", ["Starting", "Downloading", "Interrupted", "Restarted"])
def test_a_job_stops_in_every_status_and_keeps_its_model(
    world: World, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is killed leaves just such a job to the next: what it has is in the database."""
    count_to(world, 9)
    monkeypatch.setattr(attempts, "FIRST_PAUSE_S", 0.01 if status == "Restarted" else 60.0)
    world.create("job-1", checkpoints=CHECKPOINTS, max_wait_s=600)
    if status == "Downloading":
        world.advance_until(lambda job: job.secondary_status in ("Downloading", "Training"))
    if status in ("Interrupted", "Restarted"):
        until_it_waits(world)
        world.jobs.interrupt("job-1")
        world.advance_until(lambda job: job.launched_at is None and job.secondary_status == "Interrupted")
    if status == "Restarted":
        world.advance_until(lambda job: job.attempts == 2)
    world.jobs.stop("job-1")
    job = world.finish()
    assert (job.status, job.secondary_status) == ("Stopped", "Stopped"), statuses(job)
