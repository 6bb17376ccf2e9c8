"""Labeling metrics in CloudWatch: worker activity by team, workforce and job; counts of jobs and data objects."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpers.labeling import World, boxes_answer
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict
from trigpoint.db import Database
from trigpoint.services.metrics import MetricsOperations
from trigpoint.settings import Settings

WORKERS, JOBS = "AWS/SageMaker/Workteam", "AWS/SageMaker/LabelingJobs"


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


def statistic(world: World, namespace: str, name: str, which: str, **dimensions: str) -> float | None:
    """The statistic of the metric over the last hour; None when there is no such metric."""
    now = world.clock.now()
    asked = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "StartTime": now - timedelta(hours=1),
        "EndTime": now + timedelta(minutes=1),
        "Period": 7200,
        "Statistics": [which],
    }
    found = MetricsOperations(world.metrics).get_metric_statistics(None, asked)["Datapoints"]  # type: ignore[arg-type]
    return found[0][which] if found else None


def totals(world: World, **dimensions: str) -> dict[str, float]:
    """The sums of all existing worker metrics with these dimensions."""
    names = (
        "TasksAccepted",
        "TasksSubmitted",
        "TasksReturned",
        "TasksDeclined",
        "ActiveWorkers",
        "TimeSpent",
    )
    found = {name: statistic(world, WORKERS, name, "Sum", **dimensions) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def test_worker_activity_is_counted_by_team_workforce_and_job(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    world.start(world.spec("boxes-1"))
    first = world.tasks.next(bob, "boxes-1")
    assert first is not None
    world.tasks.next(bob, "boxes-1")  # returns the same task again, which is not counted
    world.tasks.save(bob, first.id, {"drawn": 1}, 4.0)
    world.tasks.submit(bob, first.id, boxes_answer(), 2.0)
    world.tasks.submit(bob, first.id, boxes_answer(), 2.0)  # a repeated request is not counted
    second = world.tasks.next(carol, "boxes-1")
    assert second is not None
    world.tasks.release(carol, second.id)
    with pytest.raises(Conflict):
        world.tasks.submit(carol, second.id, {}, 1.0)
    third = world.tasks.next(bob, "boxes-1")
    assert third is not None
    world.tasks.decline(bob, third.id)
    expected = {
        "TasksAccepted": 3,
        "TasksSubmitted": 1,
        "TasksReturned": 1,
        "TasksDeclined": 1,
        "ActiveWorkers": 3,
        "TimeSpent": 4.0,
    }
    assert totals(world, Workteam="crew") == expected
    assert totals(world, LabelingJobName="boxes-1") == expected
    assert totals(world, Workforce="default") == expected
    assert totals(world, Workteam="other") == {}


def test_an_expired_task_is_not_counted_as_returned(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec("boxes-1"))
    assert world.tasks.next(bob, "boxes-1") is not None
    world.advance(301)
    assert totals(world, Workteam="crew") == {"TasksAccepted": 1}


def test_data_object_metrics_are_running_totals_of_the_job(world: World) -> None:
    (bob,) = world.crew("bob")
    good, bad = world.put_images(1)[0], "s3://lab/missing.png"
    carried = {"source-ref": good, "boxes": {"annotations": []}, "boxes-metadata": {"human-annotated": "yes"}}
    job = world.start(world.spec("boxes-1", lines=[{"source-ref": good}, {"source-ref": bad}, carried]))
    before = statistic(world, JOBS, "TotalDatasetObjectsLabeled", "Maximum", LabelingJobName="boxes-1")
    assert before == job.counters.total_labeled
    while world.answer(bob, "boxes-1"):
        pass
    world.advance(10)
    ended = world.jobs.describe("boxes-1").counters
    assert (ended.human_labeled, ended.failed) == (2, 1)
    for name, wanted in (
        ("TotalDatasetObjectsLabeled", 2),
        ("DatasetObjectsHumanAnnotated", 2),
        ("DatasetObjectsLabelingFailed", 1),
        ("DatasetObjectsAutoAnnotated", None),
    ):
        assert statistic(world, JOBS, name, "Maximum", LabelingJobName="boxes-1") == wanted, name


def test_each_finished_job_is_counted_once(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec("done-1"))
    while world.answer(bob, "done-1"):
        pass
    world.start(world.spec("stopped-1"))
    world.jobs.stop("stopped-1")
    world.start(world.spec("failed-1", lines=["not JSON"]))
    world.start(world.spec("failed-2", lines=["not JSON"]))
    world.advance(10)
    world.advance(10)
    sums = {
        name: statistic(world, JOBS, name, "Sum") for name in ("JobsSucceeded", "JobsStopped", "JobsFailed")
    }
    assert sums == {"JobsSucceeded": 1, "JobsStopped": 1, "JobsFailed": 2}
