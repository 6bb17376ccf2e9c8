"""Tasks of workers: accept, answer, release, decline, stop and resume; many workers at the same time."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from helpers.labeling import World, boxes_answer
from helpers.task_templates import shared_templates, signers
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.db import Database
from trigpoint.db.tables.labeling import labeling_assignments, labeling_objects
from trigpoint.labeling.model import AssignmentStatus
from trigpoint.settings import Settings

ANSWER = boxes_answer(("cat", 1, 2, 3, 4))
JOB = "Boxes-1"


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


def test_a_worker_sees_only_the_jobs_of_their_teams(world: World) -> None:
    (bob,) = world.crew("bob")
    (dave,) = world.crew("dave", team="others")
    world.start(world.spec(workers_per_object=2, keywords=("boxes",)))
    (seen,) = world.tasks.jobs_for(bob)
    assert (seen.job_name, seen.title, seen.available, seen.submitted) == (JOB, "Draw boxes", 2, 0)
    assert (seen.team_name, seen.time_limit_s, seen.keywords, seen.resumable) == ("crew", 300, ("boxes",), [])
    assert world.tasks.jobs_for(dave) == []
    with pytest.raises(NotFound, match="no labeling job 'Boxes-1' for your teams"):
        world.tasks.next(dave, JOB)
    with pytest.raises(NotFound):
        world.tasks.next(bob, "nonsense")


def test_an_answered_task_is_not_assigned_to_the_worker_again(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    first = world.take(bob)
    assert (first.object_index, first.status, first.available_count, first.submitted_count) == (
        0,
        "Open",
        1,
        0,
    )
    assert first.task_input["taskObject"] == "s3://lab/img/0.png"
    assert (first.expires_at - first.accepted_at).total_seconds() == 300
    again = world.tasks.next(bob, JOB)
    assert again is not None and again.id == first.id
    world.tasks.submit(bob, first.id, ANSWER, 2.5)
    second = world.tasks.next(bob, JOB)
    assert second is not None and second.object_index == 1
    assert (second.submitted_count, second.available_count) == (1, 0)
    world.tasks.submit(bob, second.id, ANSWER, 2.5)
    assert world.tasks.next(bob, JOB) is None
    assert world.tasks.find(bob, first.id).status == "Submitted"


def test_a_repeated_submit_has_no_effect_and_a_different_answer_is_refused(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    world.tasks.submit(bob, task.id, ANSWER, 2.5)
    world.tasks.submit(bob, task.id, dict(reversed(ANSWER.items())), 9)
    with pytest.raises(Conflict, match="was already submitted at 2026-01-01 12:00:00 UTC"):
        world.tasks.submit(bob, task.id, boxes_answer(), 2.5)
    with pytest.raises(Conflict, match="was already submitted"):
        world.tasks.get(bob, task.id)


def test_a_task_can_be_used_only_by_its_worker(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    world.start(world.spec())
    task = world.take(bob)
    for act in (
        lambda: world.tasks.get(carol, task.id),
        lambda: world.tasks.submit(carol, task.id, ANSWER, 1),
        lambda: world.tasks.decline(carol, task.id),
        lambda: world.tasks.resume(carol, task.id),
        lambda: world.tasks.get(carol, "nonsense"),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize("answer", [[], "text", {"n": float("nan")}, {"s": "\ud800"}, {"k": object()}])
def test_an_answer_that_is_not_a_json_object_is_refused(world: World, answer: object) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    with pytest.raises(Invalid, match="the answer"):
        world.tasks.submit(bob, task.id, answer, 1)  # type: ignore[arg-type]
    assert world.tasks.get(bob, task.id).status == "Open"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (boxes_answer(("cow", 1, 1, 5, 5)), "boundingBox.boundingBoxes[0].label: the job has no label 'cow'"),
        ({"boundingBox": "boxes"}, "no element with a list of boundingBoxes"),
        ({}, "no element with a list of boundingBoxes"),
    ],
)
def test_an_unusable_answer_is_refused_and_the_task_stays_open(
    world: World, answer: dict[str, Any], reason: str
) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    with pytest.raises(Invalid) as caught:
        world.tasks.submit(bob, task.id, answer, 1)
    assert reason in caught.value.message
    assert world.tasks.get(bob, task.id).status == "Open"
    world.tasks.submit(bob, task.id, ANSWER, 1)


def test_the_time_spent_never_decreases(world: World) -> None:
    (bob,) = world.crew("bob")
    job = world.start(world.spec())
    task = world.take(bob)
    world.tasks.save(bob, task.id, {"boxes": []}, 40)
    world.tasks.submit(bob, task.id, ANSWER, 25)
    assert world.tasks.find(bob, task.id).time_spent_s == 40
    world.advance(1)
    (response,) = [text for name, text in world.files(job).items() if "worker-response" in name]
    assert json.loads(response)["answers"][0]["timeSpentInSeconds"] == 40


def test_an_answer_that_is_too_large_is_refused(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    with pytest.raises(Invalid, match="at most 16777216"):
        world.tasks.submit(bob, task.id, {"x": "x" * 17_000_000}, 1)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            boxes_answer(*[("cat", 1, 1, 40, 40)] * 100_000),
            "boundingBox.boundingBoxes has 100000 entries; at most 5000 are allowed",
        ),
        ({**ANSWER, "comment": 10**400}, "comment is a number that is too large"),
        ({**ANSWER, "comment": [[[]] * 5001]}, "comment[0] has 5001 entries; at most 5000 are allowed"),
        ({**ANSWER, "comment": "x" * 2**22}, "bytes; at most 4194304 are allowed"),
    ],
)
def test_an_answer_beyond_the_limits_of_its_task_type_is_refused_and_task_and_draft_stay(
    world: World, answer: dict[str, Any], reason: str
) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    world.tasks.save(bob, task.id, {"boxes": 1}, 1)
    with pytest.raises(Invalid) as caught:
        world.tasks.submit(bob, task.id, answer, 1)
    assert reason in caught.value.message
    kept = world.tasks.get(bob, task.id)
    assert (kept.status, kept.state) == ("Open", {"boxes": 1})


def test_a_declined_object_is_not_assigned_to_the_same_worker_again(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    world.start(world.spec(lines=world.lines(1), workers_per_object=2))
    task = world.take(bob)
    world.tasks.decline(bob, task.id)
    world.tasks.decline(bob, task.id)  # a repeated request has no effect
    assert world.tasks.next(bob, JOB) is None
    assert world.tasks.next(carol, JOB) is not None
    with pytest.raises(Conflict, match="was declined; you will not get it again"):
        world.tasks.submit(bob, task.id, ANSWER, 1)


def test_a_released_task_can_be_assigned_to_the_same_worker_again(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    world.start(world.spec(lines=world.lines(1)))
    task = world.take(bob)
    assert world.tasks.next(carol, JOB) is None
    world.tasks.release(bob, task.id)
    again = world.take(bob)
    assert (again.id != task.id, again.time_spent_s) == (True, 0)
    with pytest.raises(Conflict, match="was released"):
        world.tasks.submit(bob, task.id, ANSWER, 1)


def test_a_stopped_task_keeps_its_state_and_is_resumed_by_its_worker(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    world.start(world.spec())
    task = world.take(bob)
    world.tasks.stop(bob, task.id, {"boxes": [{"left": 1}]}, 12.5)
    (seen,) = world.tasks.jobs_for(bob)
    assert seen.resumable == [task.id]
    assert world.tasks.get(bob, task.id).status == "Stopped"
    other, carols = world.tasks.next(bob, JOB), world.tasks.next(carol, JOB)
    assert other is not None and other.object_index == 1
    assert carols is None, "a stopped task keeps its place"
    resumed = world.tasks.resume(bob, task.id)
    assert (resumed.status, resumed.state, resumed.time_spent_s) == ("Open", {"boxes": [{"left": 1}]}, 12.5)
    world.tasks.submit(bob, task.id, ANSWER, 20)


def test_saving_stores_the_state_and_the_time_spent(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    world.tasks.save(bob, task.id, ["a", 1], 7)
    world.tasks.save(bob, task.id, None, 3)
    saved = world.tasks.get(bob, task.id)
    assert (saved.state, saved.time_spent_s, saved.status) == (["a", 1], 7, "Open")
    with pytest.raises(Invalid, match="unfinished work"):
        world.tasks.save(bob, task.id, {"x": float("inf")}, 3)


def test_a_task_returns_to_the_pool_when_its_time_limit_passes(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    world.start(world.spec(lines=world.lines(1)))
    task = world.take(bob)
    world.tasks.stop(bob, task.id, {"x": 1}, 1)
    world.clock.advance(299)
    assert world.tasks.next(carol, JOB) is None
    world.advance(1)
    late = "went back to the pool when its time limit passed at 2026-01-01 12:05:00 UTC"
    for act in (world.tasks.get, world.tasks.resume, world.tasks.decline):
        with pytest.raises(Conflict, match=late):
            act(bob, task.id)
    with pytest.raises(Conflict, match=late):
        world.tasks.submit(bob, task.id, ANSWER, 1)
    assert world.tasks.next(carol, JOB) is not None
    assert world.tasks.next(bob, JOB) is None


def test_a_late_submit_is_refused_even_before_the_reconciler_runs(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec(lines=world.lines(1)))
    task = world.take(bob)
    world.clock.advance(300)
    with pytest.raises(Conflict, match="time limit"):
        world.tasks.submit(bob, task.id, ANSWER, 1)
    again = world.tasks.next(bob, JOB)
    assert again is not None and again.id != task.id, "the expired task is in the pool at once"


def test_the_reconciler_returns_an_overdue_task_to_the_pool(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec(lines=world.lines(1)))
    world.clock.advance(100)
    assert world.tasks.next(bob, JOB) is not None
    (seen,) = world.tasks.jobs_for(bob)
    assert seen.available == 0
    for _ in range(4):
        world.advance(100)
    (seen,) = world.tasks.jobs_for(bob)
    assert seen.available == 1


def test_the_template_is_rendered_with_signed_urls(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    template = world.tasks.template_of(task)
    html = shared_templates().render(template, task.task_input, signers(base_url="https://x", expires_s=9))
    assert 'src="https://x/signed/lab/img/0.png?expires=9"' in html
    assert 'labels="[&#34;cat&#34;,&#34;dog&#34;]"' in html
    assert '<script src="/static/crowd-html-elements.js">' in html


def test_a_worker_removed_from_the_team_can_finish_a_task_but_gets_no_new_one(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    world.teams.remove_member("crew", bob.id)
    world.tasks.submit(bob, task.id, ANSWER, 1)
    with pytest.raises(NotFound):
        world.tasks.next(bob, JOB)


# -- concurrent workers

WORKERS = 8
OBJECTS = 12
WANTED = 3


def test_concurrent_workers_give_each_object_the_exact_number_of_answers(world: World) -> None:
    workers = world.crew(*(f"w{i}" for i in range(WORKERS)))
    world.start(world.spec(lines=world.lines(OBJECTS), workers_per_object=WANTED))
    acknowledged: list[tuple[int, str]] = []
    failures: list[BaseException] = []

    def work(index: int) -> None:
        worker, chance = workers[index], random.Random(index)
        try:
            idle = 0
            while idle < 3:
                task = world.tasks.next(worker, JOB)
                if task is None:
                    idle += 1
                    continue
                idle = 0
                act = chance.random()
                if act < 0.15:
                    world.tasks.release(worker, task.id)
                elif act < 0.25:
                    world.tasks.stop(worker, task.id, {"n": index}, 1)
                    world.tasks.resume(worker, task.id)
                else:
                    world.tasks.submit(worker, task.id, ANSWER, 1)
                    acknowledged.append((task.object_index, worker.id))
        except BaseException as problem:
            failures.append(problem)

    at_once(*(lambda i=i: work(i) for i in range(WORKERS)))  # type: ignore[misc]
    for worker in workers:  # tasks released after the other workers had finished
        while (task := world.tasks.next(worker, JOB)) is not None:
            world.tasks.submit(worker, task.id, ANSWER, 1)
            acknowledged.append((task.object_index, worker.id))
    assert failures == []
    assert len(set(acknowledged)) == len(acknowledged) == OBJECTS * WANTED
    with world.database.read() as connection:
        kept = connection.execute(
            select(labeling_assignments.c.object_index, labeling_assignments.c.worker_id).where(
                labeling_assignments.c.status == AssignmentStatus.SUBMITTED
            )
        ).all()
        counts = connection.execute(
            select(
                labeling_objects.c.answer_count,
                labeling_objects.c.open_slots,
                labeling_objects.c.active_count,
            )
        ).all()
    assert sorted(map(tuple, kept)) == sorted(acknowledged)
    assert Counter(map(tuple, counts)) == {(WANTED, 0, 0): OBJECTS}
    world.run()
    world.advance(1)
    job = world.jobs.describe(JOB)
    assert (job.status, job.counters.labeled) == ("Completed", OBJECTS)
    responses = [name for name in world.files(job) if "worker-response" in name]
    assert len(responses) == OBJECTS


def test_several_windows_of_one_worker_get_the_same_task(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec(lines=world.lines(6), workers_per_object=2))
    found: list[str | None] = []

    def look() -> None:
        task = world.tasks.next(bob, JOB)
        found.append(task and task.id)

    at_once(*[look] * 6)
    assert len(found) == 6 and len(set(found)) == 1


def test_an_answer_sent_several_times_at_once_is_stored_once(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec(lines=world.lines(1), workers_per_object=2))
    task = world.take(bob)
    at_once(*[lambda: world.tasks.submit(bob, task.id, ANSWER, 1)] * 6)
    with world.database.read() as connection:
        counts = connection.execute(
            select(labeling_objects.c.answer_count, labeling_objects.c.open_slots)
        ).one()
    assert tuple(counts) == (1, 1)


def at_once(*acts) -> None:  # type: ignore[no-untyped-def]
    """Calls all functions at the same time in their own threads. Raises the first exception of a function."""
    barrier = threading.Barrier(len(acts))
    failures: list[BaseException] = []

    def call(act) -> None:  # type: ignore[no-untyped-def]
        barrier.wait()
        try:
            act()
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=call, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)
    if failures:
        raise failures[0]
