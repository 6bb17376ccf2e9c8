"""Drafts: unfinished work outlives a worker's tasks, is shown to nobody else, and is never overwritten unnoticed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from helpers.labeling import World, boxes_answer
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Invalid, NotFound, Outdated
from trigpoint.db import Database
from trigpoint.db.tables.labeling import labeling_drafts, labeling_objects
from trigpoint.labeling.drafts import DraftVersion
from trigpoint.labeling.model import Assignment
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker

ANSWER = boxes_answer(("cat", 1, 2, 3, 4))
JOB = "Boxes-1"
WORK = {"boxes": [1]}


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


def version(name: str, *based_on: str | None) -> DraftVersion:
    return DraftVersion(name, based_on)


def count_drafts(world: World) -> int:
    with world.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(labeling_drafts)).scalar_one())


@pytest.mark.parametrize("how", ["time-up", "release", "stopped and time-up"])
def test_a_draft_comes_back_when_its_worker_takes_the_object_again(world: World, how: str) -> None:
    bob, carol = world.crew("bob", "carol")
    world.start(world.spec(lines=world.lines(1)))
    task = world.take(bob)
    if how == "stopped and time-up":
        world.tasks.stop(bob, task.id, WORK, 5)
    else:
        world.tasks.save(bob, task.id, WORK, 5)
    if how == "release":
        world.tasks.release(bob, task.id)
    else:
        world.advance(301)
    carols = world.take(carol)
    assert (carols.state, carols.draft_version, carols.draft_saved_at) == (None, None, None)
    world.tasks.release(carol, carols.id)
    again = world.take(bob)
    assert (again.id != task.id, again.state, again.time_spent_s) == (True, WORK, 0)
    assert again.draft_version is not None and again.draft_saved_at is not None


def test_the_drafts_of_an_object_go_with_an_answer_and_when_it_is_closed(world: World) -> None:
    bob, carol, erin = world.crew("bob", "carol", "erin")
    world.start(world.spec(lines=world.lines(1), workers_per_object=2))
    tasks = [(worker, world.take(worker)) for worker in (bob, carol)]
    for worker, task in tasks:
        world.tasks.save(worker, task.id, {"of": worker.id}, 1)
    world.tasks.submit(bob, tasks[0][1].id, ANSWER, 1)
    assert count_drafts(world) == 1
    world.tasks.decline(carol, tasks[1][1].id)
    assert count_drafts(world) == 1, "the object is still open"
    world.tasks.submit(erin, world.take(erin).id, ANSWER, 1)
    assert count_drafts(world) == 0


def test_the_drafts_of_a_stopped_job_are_deleted(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    world.tasks.save(bob, task.id, WORK, 1, version("a", None))
    world.jobs.stop(JOB)
    world.run()
    assert count_drafts(world) == 0
    with pytest.raises(Conflict, match="was withdrawn"):
        world.tasks.save(bob, task.id, WORK, 1, version("b", "a"))


def test_a_save_that_knows_no_newer_draft_is_refused_and_the_newer_one_stays(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    world.tasks.save(bob, task.id, {"n": 1}, 1, version("a", None))
    world.tasks.save(bob, task.id, {"n": 2}, 1, version("b", "a"))
    for based_on in ((None,), ("a",), (None, "a", "x")):
        with pytest.raises(Outdated, match="newer draft"):
            world.tasks.save(bob, task.id, {"n": 3}, 1, DraftVersion("c", based_on))
        with pytest.raises(Outdated):
            world.tasks.stop(bob, task.id, {"n": 3}, 1, DraftVersion("c", based_on))
        with pytest.raises(Outdated):
            world.tasks.submit(bob, task.id, ANSWER, 1, DraftVersion("c", based_on))
    kept = world.tasks.get(bob, task.id)
    assert (kept.state, kept.draft_version, kept.status) == ({"n": 2}, "b", "Open")
    world.tasks.submit(bob, task.id, ANSWER, 1, version("c", "a", "b"))


def test_a_version_that_arrives_twice_or_late_never_replaces_a_later_one(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    for _ in range(2):
        world.tasks.save(bob, task.id, {"n": 1}, 1, version("a", None))
    world.tasks.save(bob, task.id, {"n": 3}, 1, version("c", "a", "b"))  # overtakes b
    with pytest.raises(Outdated):
        world.tasks.save(bob, task.id, {"n": 2}, 1, version("b", "a"))
    assert world.tasks.get(bob, task.id).state == {"n": 3}


def test_of_two_tabs_that_save_at_once_exactly_one_wins(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)

    def save(name: str) -> str | None:
        try:
            world.tasks.save(bob, task.id, {"by": name}, 1, version(name, None))
        except Outdated:
            return None
        return name

    with ThreadPoolExecutor(6) as pool:
        won = [name for name in pool.map(save, [f"tab-{i}" for i in range(6)]) if name is not None]
    assert len(won) == 1
    assert world.tasks.get(bob, task.id).state == {"by": won[0]}


def test_work_saved_when_time_is_up_is_kept_while_the_object_is_open(world: World) -> None:
    bob, dave = world.crew("bob", "dave")
    world.start(world.spec(lines=world.lines(1)))
    task = world.take(bob)
    world.clock.advance(300)
    with pytest.raises(Conflict, match="time limit passed"):
        world.tasks.save(bob, task.id, {"n": 0}, 1)
    world.tasks.save(bob, task.id, {"n": 1}, 1, version("a", None))
    world.run()
    world.tasks.save(bob, task.id, {"n": 2}, 1, version("b", "a"))
    with pytest.raises(NotFound):
        world.tasks.save(dave, task.id, {"n": 3}, 1, version("c", "b"))
    with pytest.raises(Conflict, match="time limit passed"):
        world.tasks.stop(bob, task.id, {"n": 3}, 1, version("c", "b"))
    again = world.take(bob)
    assert again.state == {"n": 2}
    world.tasks.submit(bob, again.id, ANSWER, 1)
    for late in (task.id, again.id):
        with pytest.raises(Conflict):
            world.tasks.save(bob, late, {"n": 4}, 1, version("d", "b", None))
    assert count_drafts(world) == 0


def test_the_drafts_of_a_worker_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    monkeypatch.setattr("trigpoint.labeling.drafts.MAX_DRAFTS_BYTES", 1000)
    task = world.take(bob)
    world.tasks.save(bob, task.id, "ä" * 300, 1)
    world.tasks.stop(bob, task.id, "ä" * 400, 1)  # replaces the other
    second = world.take(bob)
    assert second.object_index != task.object_index
    with pytest.raises(Invalid, match="at most 1000 are kept"):
        world.tasks.save(bob, second.id, "x" * 200, 1)
    world.tasks.save(bob, second.id, "x" * 190, 1)


@pytest.mark.parametrize(
    ("name", "based_on"),
    [
        ("", []),
        (None, []),
        ("x" * 65, []),
        ("a", None),
        ("a", "b"),
        ("a", [1]),
        ("a", ["x" * 65]),
        ("a", [None] * 101),
    ],
)
def test_a_malformed_version_is_refused(name: Any, based_on: Any) -> None:
    with pytest.raises(Invalid, match="draft"):
        DraftVersion.read(name, based_on)


def test_whatever_workers_do_no_draft_is_lost_or_shown_to_another(world: World) -> None:
    chance = random.Random(7)
    crew = world.crew("bob", "carol", "erin")
    world.start(world.spec(lines=world.lines(3), workers_per_object=2, time_limit_s=60))
    expected: dict[tuple[int, str], int] = {}
    restored = 0
    for step in range(80):
        worker = chance.choice(crew)
        task = world.tasks.next(worker, JOB)
        if task is None:
            world.advance(chance.choice([0, 61]))
            continue
        key = (task.object_index, worker.id)
        assert task.state == expected.get(key)
        restored += task.state is not None
        _act(world, chance, worker, task, step, expected)
        _forget_closed(world, expected)
    assert count_drafts(world) == len(expected)
    assert restored > 10, "the test has not tried much"


def _act(
    world: World, chance: random.Random, worker: Worker, task: Assignment, step: int, expected: dict[Any, int]
) -> None:
    key = (task.object_index, worker.id)
    act = chance.choices(["save", "stop", "release", "expire", "decline", "submit"], [8, 2, 3, 3, 0.3, 0.5])[
        0
    ]
    if act in ("save", "stop"):
        save = world.tasks.save if act == "save" else world.tasks.stop
        save(worker, task.id, step, 1, DraftVersion(f"v{step}", (task.draft_version,)))
        expected[key] = step
    elif act == "expire":
        world.advance(61)
    elif act == "submit":
        world.tasks.submit(worker, task.id, ANSWER, 1, DraftVersion("-", (task.draft_version,)))
        expected.pop(key, None)
    else:
        getattr(world.tasks, act)(worker, task.id)


def _forget_closed(world: World, expected: dict[tuple[int, str], int]) -> None:
    for index in _closed(world):
        for key in [key for key in expected if key[0] == index]:
            del expected[key]


def _closed(world: World) -> Sequence[int]:
    with world.database.read() as connection:
        query = select(labeling_objects.c.object_index).where(labeling_objects.c.status != "Open")
        return connection.execute(query).scalars().all()
