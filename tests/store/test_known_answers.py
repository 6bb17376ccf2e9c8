"""Jobs with known labels: who gets them, what is counted, and that the output stays as it is without them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from helpers.labeling import World, boxes_answer
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict
from trigpoint.db import Database
from trigpoint.labeling.model import Job, JobStatus, WorkerQuality
from trigpoint.labeling.store import worker_quality
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.contract import AnsweredObject, Consolidation, Experience
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker

CAT = ("cat", 10.0, 10.0, 20.0, 20.0)
GOLD = {
    "image_size": [{"width": 64, "height": 48, "depth": 3}],
    "annotations": [{"class_id": 0, "left": 10, "top": 10, "width": 20, "height": 20}],
}


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


@pytest.fixture(autouse=True)
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounding boxes whose consolidation counts the answers of workers to objects with a known label."""

    def consolidate(job: Job, answered: list[AnsweredObject[Any]], experience: Experience) -> Consolidation:
        made = BOUNDING_BOX.consolidate(job, answered, experience)
        workers = dict(experience.workers)
        for each in answered:
            for worker in each.answers:
                known = workers.get(worker, WorkerQuality())
                gold = known.details.get("gold", 0) + (each.gold is not None)
                workers[worker] = WorkerQuality(known.answers + 1, details={"gold": gold})
        return Consolidation(made.labels, workers)

    changed = {**TASK_TYPES, "BoundingBox": replace(BOUNDING_BOX, consolidate=consolidate)}
    monkeypatch.setattr("trigpoint.labeling.consolidating.TASK_TYPES", changed)


def lines(world: World, count: int, gold: set[int]) -> list[dict[str, Any]]:
    uri = world.put_images(1)[0]
    return [
        {"source-ref": uri, "n": n, **({"known": GOLD, "known-metadata": {"by": "me"}} if n in gold else {})}
        for n in range(count)
    ]


def quality(world: World, job: Job) -> dict[str, WorkerQuality]:
    with world.database.read() as connection:
        return worker_quality.of_job(connection, job.id)


def work(world: World, workers: list[Worker], name: str = "Boxes-1") -> dict[str, list[int]]:
    """All workers answer in turns until there is nothing left; returns the objects of each, in order."""
    done: dict[str, list[int]] = {worker.id: [] for worker in workers}
    while True:
        taken = [(worker, world.answer(worker, name, CAT)) for worker in workers]
        for worker, assignment in taken:
            if assignment is not None:
                done[worker.id].append(assignment.object_index)
        world.advance(2)
        if all(assignment is None for _, assignment in taken):
            return done


def test_every_worker_gets_known_objects_and_each_object_gets_its_label_from_as_many_as_wanted(
    world: World,
) -> None:
    crew = world.crew("a", "b", "c")
    job = world.start(
        world.spec(lines=lines(world, 20, {16, 18}), gold_attribute="known", workers_per_object=2)
    )
    done = work(world, crew)
    job = world.jobs.describe(job.name)
    assert job.status is JobStatus.COMPLETED
    assert (job.counters.labeled, job.counters.failed) == (20, 0)
    for worker in crew:
        assert {16, 18} & set(done[worker.id][:5]), "one of the first five"
        assert len(done[worker.id]) == len(set(done[worker.id])), "never the same object twice"
    counts = {worker.id: len(done[worker.id]) for worker in crew}
    found = quality(world, job)
    assert {worker: each.answers for worker, each in found.items()} == counts, "each answer counts once"
    assert {worker: each.details["gold"] for worker, each in found.items()} == {
        worker: len({16, 18} & set(objects)) for worker, objects in done.items()
    }
    requested = [
        len(entry["annotations"])
        for path, content in world.files(job).items()
        if "consolidation-request" in path
        for entry in json.loads(content)
    ]
    assert requested == [2] * 20, "labels are made of as many answers as the job wants"
    stored = sum(
        len(json.loads(content)["answers"])
        for path, content in world.files(job).items()
        if "worker-response" in path
    )
    assert stored == sum(counts.values()), "no answer is missing in the files"


def test_the_output_line_keeps_the_known_label_and_workers_do_not_see_it(world: World) -> None:
    (bob,) = world.crew("bob")
    job = world.start(world.spec(lines=lines(world, 3, {1}), gold_attribute="known"))
    inputs = []
    while (task := world.tasks.next(bob, job.name)) is not None:
        inputs.append(task.task_input)
        world.tasks.submit(bob, task.id, boxes_answer(CAT), 1.0)
    world.advance(2)
    assert len(inputs) == 3
    assert all("known" not in json.dumps(each) for each in inputs)
    output = world.output(job)
    assert [line.get("known") for line in output] == [None, GOLD, None]
    assert output[1]["known-metadata"] == {"by": "me"}
    assert all(line["boxes"]["annotations"] for line in output)
    for path, content in world.files(job).items():
        assert b'"known"' not in content or "manifest" in path


def test_the_job_waits_for_an_extra_answer_and_counts_it(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    job = world.start(world.spec(lines=lines(world, 10, {0}), gold_attribute="known"))
    _answer_to(world, bob, job, 0)
    extra = _until(world, carol, job, 0)
    work(world, [bob])
    world.advance(2)
    assert world.jobs.describe(job.name).status is JobStatus.IN_PROGRESS
    assert world.jobs.describe(job.name).counters.labeled == 10
    world.tasks.submit(carol, extra, boxes_answer(CAT), 1.0)
    world.advance(2)
    assert world.jobs.describe(job.name).status is JobStatus.COMPLETED
    assert quality(world, job)[carol.id].details == {"gold": 1}
    assert len(world.output(job)[0]["boxes"]["annotations"]) == 1


def test_a_late_extra_answer_counts_once_and_for_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trigpoint.labeling.consolidating.TASK_TYPES", TASK_TYPES)
    bob, carol, dana = world.crew("bob", "carol", "dana")
    spec = world.spec(lines=lines(world, 10, {0}), gold_attribute="known", workers_per_object=2)
    job = world.start(spec)
    for worker in (bob, carol):
        _answer_to(world, worker, job, 0)
    extra = _until(world, dana, job, 0)
    work(world, [bob, carol])
    before, label = quality(world, job), world.files(job)
    world.tasks.submit(dana, extra, boxes_answer(CAT), 1.0)
    for _ in range(3):
        world.tasks.submit(dana, extra, boxes_answer(CAT), 1.0)  # sent again after a lost response
        world.advance(2)
    after = quality(world, job)
    assert world.jobs.describe(job.name).status is JobStatus.COMPLETED
    assert {each: after[each] for each in (bob.id, carol.id)} == {
        each: before[each] for each in (bob.id, carol.id)
    }
    assert after[dana.id].answers - before.get(dana.id, WorkerQuality()).answers == 1
    answers = [path for path in set(world.files(job)) - set(label) if "worker-response" in path]
    assert len(answers) == 1, "the file of the extra answer"


@pytest.mark.parametrize("how", ["release", "decline", "expire"])
def test_an_extra_task_that_is_given_back_lets_the_job_end(world: World, how: str) -> None:
    bob, carol = world.crew("bob", "carol")
    job = world.start(world.spec(lines=lines(world, 10, {0}), gold_attribute="known"))
    _answer_to(world, bob, job, 0)
    extra = _until(world, carol, job, 0)
    world.tasks.save(carol, extra, {"half": "done"}, 1.0)
    work(world, [bob])
    if how == "expire":
        world.advance(job.spec.time_limit_s + 1)
    else:
        getattr(world.tasks, how)(carol, extra)
    world.advance(2)
    job = world.jobs.describe(job.name)
    assert (job.status, job.counters.labeled) == (JobStatus.COMPLETED, 10)
    assert quality(world, job).get(carol.id, WorkerQuality()).details.get("gold", 0) == 0


def test_stopping_the_job_withdraws_extra_tasks(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    job = world.start(world.spec(lines=lines(world, 10, {0}), gold_attribute="known"))
    _answer_to(world, bob, job, 0)
    extra = _until(world, carol, job, 0)
    world.jobs.stop(job.name)
    world.run()
    assert world.jobs.describe(job.name).status is JobStatus.STOPPED
    with pytest.raises(Conflict, match="withdrawn"):
        world.tasks.submit(carol, extra, boxes_answer(CAT), 1.0)


def test_batches_begin_with_known_objects(world: World) -> None:
    (bob,) = world.crew("bob")
    job = world.start(
        world.spec(lines=lines(world, 12, {8, 9, 10, 11}), gold_attribute="known", max_concurrent_objects=5)
    )
    done = work(world, [bob])[bob.id]
    assert sorted(done) == list(range(12))
    assert [sorted(done[:5]), sorted(done[5:10])] == [[0, 1, 2, 3, 8], [4, 5, 6, 7, 9]]
    assert world.jobs.describe(job.name).status is JobStatus.COMPLETED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"gold_attribute": "other"}, "has no line with the attribute 'other'"),
        (
            {"label": {"annotations": 3}},
            "line 2: the known label 'known' cannot be used: annotations must be",
        ),
    ],
)
def test_known_labels_that_are_missing_or_broken_fail_the_job_with_the_reason(
    world: World, changes: dict[str, Any], reason: str
) -> None:
    world.crew("bob")
    made = lines(world, 3, {1})
    made[1]["known"] = changes.get("label", GOLD)
    job = world.start(world.spec(lines=made, gold_attribute=changes.get("gold_attribute", "known")))
    assert job.status is JobStatus.FAILED
    assert job.failure_reason is not None and reason in job.failure_reason


def _answer_to(world: World, worker: Worker, job: Job, index: int) -> None:
    """The worker answers until this object was theirs, and it has its label."""
    world.tasks.submit(worker, _until(world, worker, job, index), boxes_answer(CAT), 1.0)
    world.advance(2)


def _until(world: World, worker: Worker, job: Job, index: int) -> str:
    """The worker answers until their task is this object; returns its id."""
    for _ in range(5):
        task = world.take(worker, job.name)
        if task.object_index == index:
            return task.id
        world.tasks.submit(worker, task.id, boxes_answer(CAT), 1.0)
    raise AssertionError("the object is none of their first five")
