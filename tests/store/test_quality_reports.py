"""The reports that a job writes about its quality before it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.labeling import World, boxes_answer
from trigpoint.compute.bounded_calls import CallFailed
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.labeling.model import Job, JobStatus
from trigpoint.settings import Settings

CAT = ("cat", 10.0, 10.0, 20.0, 20.0)
HALF = ("cat", 10.0, 10.0, 20.0, 16.0)
TRUTH = {
    "image_size": [{"width": 64, "height": 48, "depth": 3}],
    "annotations": [{"class_id": 0, "left": 10, "top": 10, "width": 20, "height": 20}],
}


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


def labeled(world: World, **over: Any) -> Job:
    """A job of three objects: Bob and Carol answer all of them, and Carol sees a second cat in the last."""
    bob, carol = world.crew("bob", "carol")
    uri = world.put_images(1)[0]
    lines = [{"source-ref": uri, "truth": TRUTH if n == 0 else None} for n in range(3)]
    job = world.start(world.spec(lines=lines, workers_per_object=2, gold_attribute="truth", **over))
    for worker, box in ((bob, CAT), (carol, HALF)):
        while (task := world.tasks.next(worker, job.name)) is not None:
            more = [("cat", 40, 30, 5, 5)] if task.object_index == 2 and worker is carol else []
            world.tasks.submit(worker, task.id, boxes_answer(box, *more), 1.0)
    world.advance(2)
    job = world.jobs.describe(job.name)
    assert job.status is JobStatus.COMPLETED
    return job


def report(world: World, job: Job, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.files(job)[f"{name}.json"])
    return found


def test_a_job_that_ends_reports_how_well_its_workers_agree(world: World) -> None:
    job = labeled(world)
    f1 = round(2 * 3 / 7, 4)
    assert report(world, job, "agreement") == {
        "job_name": "Boxes-1",
        "task_type": "BoundingBox",
        "objects": 3,
        "objects_with_one_answer": 0,
        "objects_left_out": 0,
        "answers": 6,
        "unusable_answers": 0,
        "measures": {"f1": f1, "mean_iou": 0.8, "same_class": 1.0},
        "classes": {"cat": {"f1": f1, "mean_iou": 0.8}, "dog": {"f1": None, "mean_iou": None}},
    }


def test_each_worker_is_measured_by_the_known_labels(world: World) -> None:
    job = labeled(world)
    workers = report(world, job, "workers")["workers"]
    assert [each["known_answers"]["objects"] for each in workers] == [1, 1]
    assert sorted(each["known_answers"]["measures"]["mean_iou"] for each in workers) == [0.8, 1.0]
    assert all(each["worker_id"].startswith("private.us-east-1.") for each in workers)


def test_reports_made_in_many_steps_or_by_another_process_are_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trigpoint.labeling.reporting.CHUNK_OBJECTS", 1)
    monkeypatch.setattr("trigpoint.labeling.reporting.MOST_COST_HERE", 0)
    job = labeled(world)
    assert report(world, job, "agreement")["measures"]["mean_iou"] == 0.8
    assert report(world, job, "agreement")["objects"] == 3


@pytest.mark.parametrize("problem", [CallFailed("it took longer than 40 seconds"), KeyError("a mistake")])
def test_answers_that_cannot_be_compared_are_counted_and_do_not_hold_up_the_job(
    world: World, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    def fails(*arguments: object) -> None:
        raise problem

    monkeypatch.setattr("trigpoint.labeling.reporting.with_objects", fails)
    found = report(world, labeled(world), "agreement")
    assert (found["objects"], found["objects_left_out"]) == (0, 3)


def test_a_stopped_job_reports_what_there_is(world: World) -> None:
    (bob,) = world.crew("bob")
    job = world.start(world.spec(workers_per_object=2))
    world.answer(bob, job.name, CAT)
    world.jobs.stop(job.name)
    world.run()
    found = report(world, job, "agreement")
    assert (found["objects"], found["objects_with_one_answer"]) == (0, 1)
    assert found["measures"]["mean_iou"] is None
