"""Corrected answers: until they are used, once counted, with their history."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from sqlalchemy import select

from helpers.labeling import World, assert_totals_are_those_of_the_tasks, boxes_answer
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Invalid, LimitExceeded, NotFound
from trigpoint.db import Database
from trigpoint.db.tables.labeling import labeling_former_answers
from trigpoint.labeling.corrections import MAX_CORRECTIONS
from trigpoint.labeling.model import Job
from trigpoint.settings import Settings

FIRST, SECOND = boxes_answer(("cat", 1, 2, 3, 4)), boxes_answer(("cat", 5, 6, 7, 8))


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


def responses(world: World, job: Job) -> list[dict[str, Any]]:
    """The answers in the worker-response files."""
    files = [json.loads(text) for name, text in world.files(job).items() if "worker-response" in name]
    return [answer for each in files for answer in each["answers"]]


def test_a_corrected_answer_is_in_the_output_once_and_its_former_version_is_kept(
    world: World, database: Database, clock: FakeClock
) -> None:
    bob, carol = world.crew("bob", "carol")
    job = world.start(world.spec(workers_per_object=2))
    task = world.take(bob)
    world.tasks.submit(bob, task.id, FIRST, 5)
    submitted_at = clock.now()
    looked, is_open = world.corrections.look(bob, task.id)
    assert (looked.object_index, looked.submitted_count, is_open) == (0, 1, True)
    world.advance(60)
    for _ in range(2):
        world.corrections.correct(bob, task.id, SECOND, 9)
    assert world.tasks.find(bob, task.id).submitted_count == 1
    with database.read() as connection:
        [former] = connection.execute(select(labeling_former_answers)).all()
        assert_totals_are_those_of_the_tasks(connection)
    assert (json.loads(former.answer), former.submitted_at, former.time_spent_s) == (FIRST, submitted_at, 5)
    hers = world.take(carol)
    world.tasks.submit(carol, hers.id, FIRST, 1)
    world.advance(1)
    his, _ = responses(world, job)
    assert his["answerContent"] == SECOND and his["timeSpentInSeconds"] == 9
    assert his["submissionTime"] == "2026-01-01T12:01:00.000Z"
    _, is_open = world.corrections.look(bob, task.id)
    assert not is_open
    with pytest.raises(Conflict, match="already used for the label"):
        world.corrections.correct(bob, task.id, FIRST, 9)


def test_an_answer_to_an_object_that_waits_for_its_round_can_be_corrected(world: World) -> None:
    (bob,) = world.crew("bob")
    job = world.start(world.spec())
    task = world.take(bob)
    world.tasks.submit(bob, task.id, FIRST, 1)
    world.corrections.correct(bob, task.id, SECOND, 1)
    world.advance(1)
    assert [each["answerContent"] for each in responses(world, job)] == [SECOND]


def test_a_correction_while_a_round_begins_counts_once_or_is_refused(world: World) -> None:
    """The two locks in both orders: the worker is never told that a correction counts which does not."""
    (bob,) = world.crew("bob")
    job = world.start(world.spec(lines=world.lines(16)))
    tasks = []
    while (task := world.tasks.next(bob, job.name)) is not None:
        tasks.append(task)
        world.tasks.submit(bob, task.id, FIRST, 1)
    counted: dict[int, dict[str, Any]] = {}
    begun = threading.Event()

    def correct() -> None:
        for number, each in enumerate(tasks):
            try:
                world.corrections.correct(bob, each.id, SECOND, 1)
                counted[each.object_index] = SECOND
            except Conflict as problem:
                assert "already used for the label" in str(problem) or "its job has ended" in str(problem)
                counted[each.object_index] = FIRST
            if number == 3:
                begun.set()

    correcting = threading.Thread(target=correct)
    correcting.start()
    begun.wait(30)
    world.advance(1)
    correcting.join(30)
    world.advance(1)
    used = {
        int(name.split("/")[-2]): json.loads(text)["answers"]
        for name, text in world.files(job).items()
        if "worker-response" in name
    }
    assert {index: [each["answerContent"] for each in answers] for index, answers in used.items()} == {
        index: [answer] for index, answer in counted.items()
    }
    assert len(used) == 16 and SECOND in counted.values()


def test_only_the_own_usable_answers_of_a_job_in_progress_can_be_corrected(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    world.start(world.spec(workers_per_object=2))
    task = world.take(bob)
    with pytest.raises(Conflict, match="have not submitted"):
        world.corrections.correct(bob, task.id, SECOND, 1)
    world.tasks.submit(bob, task.id, FIRST, 1)
    with pytest.raises(NotFound):
        world.corrections.look(carol, task.id)
    with pytest.raises(Invalid, match="no label 'cow'"):
        world.corrections.correct(bob, task.id, boxes_answer(("cow", 1, 1, 5, 5)), 1)
    for left in range(MAX_CORRECTIONS):
        world.corrections.correct(bob, task.id, boxes_answer(("cat", left, 0, 5, 5)), 1)
    with pytest.raises(LimitExceeded, match="which is the most"):
        world.corrections.correct(bob, task.id, FIRST, 1)
    world.teams.remove_member("crew", bob.id)
    with pytest.raises(Conflict, match="you have left the team"):
        world.corrections.correct(bob, task.id, FIRST, 1)
    world.teams.add_member("crew", bob.id)
    world.jobs.stop("Boxes-1")
    with pytest.raises(Conflict, match="its job has ended"):
        world.corrections.look(bob, task.id)
