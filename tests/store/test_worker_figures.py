"""Figures per worker and job, and the answers to an object before it is complete."""

from __future__ import annotations

import json

import pytest

from helpers.labeling import World, boxes_answer
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.db import Database
from trigpoint.labeling.model import WorkerQuality
from trigpoint.labeling.review import Review
from trigpoint.labeling.store import worker_quality
from trigpoint.labeling.worker_accounts import WorkerAccounts
from trigpoint.labeling.worker_figures import Totals, totals
from trigpoint.settings import Settings


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


def test_figures_count_tasks_time_agreement_and_accuracy_per_job_and_in_all(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    for name in ("Boxes-1", "Boxes-2"):
        world.start(world.spec(name, lines=world.lines(3), workers_per_object=2))
        world.clock.advance(1)
    first = world.take(bob, "Boxes-1")
    world.tasks.submit(bob, first.id, boxes_answer(), 10.0)
    world.tasks.decline(bob, world.take(bob, "Boxes-1").id)
    for seconds in (2.0, 4.0):
        world.tasks.submit(bob, world.take(bob, "Boxes-2").id, boxes_answer(), seconds)
    world.tasks.release(bob, world.take(bob, "Boxes-2").id)
    world.tasks.submit(carol, world.take(carol, "Boxes-2").id, boxes_answer(), 3.0)
    with world.database.write() as connection:
        for name, quality in (
            ("Boxes-1", WorkerQuality(1, 0.5, 0.9)),
            ("Boxes-2", WorkerQuality(3, 2.7, None)),
        ):
            worker_quality.put(connection, world.jobs.describe(name).id, {bob.id: quality})
    accounts = WorkerAccounts(world.database, world.workers, world.teams, world.tasks)
    newer, older = accounts.figures("bob@example.com")
    assert (older.job_name, older.answers, older.declined, older.returned) == ("Boxes-1", 1, 1, 0)
    assert (older.time_s, older.agreement, older.accuracy) == (10.0, 0.5, 0.9)
    assert (newer.job_name, newer.answers, newer.declined, newer.returned) == ("Boxes-2", 2, 0, 1)
    assert (newer.seconds_per_answer, newer.accuracy) == (3.0, None)
    assert newer.agreement == pytest.approx(0.9)
    (listed,) = (each for each in accounts.list() if each.worker.id == bob.id)
    assert listed.totals == totals([newer, older])
    assert accounts.in_all(bob.id) == (listed.totals, 2)
    assert (listed.totals.answers, listed.totals.time_s, listed.totals.judged) == (3, 16.0, 4)
    assert listed.totals.agreement == pytest.approx(0.8)
    assert listed.totals.accuracy == pytest.approx(0.9)
    by_worker = {each.worker_id: each for each in Review(world.database).workers("boxes-2")}
    assert by_worker[bob.id] == newer
    assert (by_worker[carol.id].answers, by_worker[carol.id].agreement) == (1, None)


def test_a_worker_without_tasks_has_no_means(world: World) -> None:
    world.crew("bob")
    accounts = WorkerAccounts(world.database, world.workers, world.teams, world.tasks)
    assert accounts.figures("bob@example.com") == []
    assert totals([]) == Totals() and Totals().seconds_per_answer is None


def test_answers_can_be_read_before_their_object_is_complete(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    world.start(world.spec(lines=world.lines(3), workers_per_object=3))
    for worker in (bob, carol):
        world.tasks.submit(worker, world.take(worker).id, boxes_answer(), 1)
    review = Review(world.database)
    first, *others = review.received("boxes-1")
    assert (first.index, first.status, first.wanted) == (0, "Open", 3)
    assert [answer.worker_id for answer in first.answers] == [bob.id, carol.id]
    assert json.loads(first.answers[0].content) == boxes_answer()
    assert [(each.index, len(each.answers)) for each in others] == [(1, 0), (2, 0)]
    assert [each.index for each in review.received("Boxes-1", first=2, limit=1)] == [2]
    with pytest.raises(NotFound):
        review.received("nowhere")
    with pytest.raises(Invalid, match="at most 100"):
        review.received("Boxes-1", limit=101)
