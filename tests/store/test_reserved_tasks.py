"""Reserved tasks: the page loads a worker's next task ahead, and no other worker waits because of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select

from helpers.labeling import World, boxes_answer
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, NotFound
from trigpoint.db import Database
from trigpoint.db.tables.labeling import labeling_assignments, labeling_objects, labeling_reservations
from trigpoint.labeling.model import Assignment
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker

ANSWER = boxes_answer(("cat", 1, 2, 3, 4))


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


def start(world: World, images: int, **over: Any) -> None:
    world.start(world.spec(lines=[{"source-ref": uri} for uri in world.put_images(images)], **over))


def reserve(world: World, worker: Worker, task: Assignment) -> Assignment:
    made = world.reserving.reserve(worker, task.id)
    assert made is not None
    return made


def submit(world: World, worker: Worker, task: Assignment) -> Assignment | None:
    return world.tasks.submit(worker, task.id, ANSWER, 1, and_next=True)


def test_the_reserved_task_is_the_next_one_and_begins_when_it_is_accepted(
    world: World, database: Database, clock: FakeClock
) -> None:
    (bob,) = world.crew("bob")
    start(world, 3)
    first = world.take(bob)
    reserved = reserve(world, bob, first)
    assert (reserved.status, reserved.object_index, reserved.available_count) == ("Reserved", 1, 2)
    assert reserve(world, bob, first).id == reserved.id
    assert world.reserving.get(bob, reserved.id).task_input["taskObject"] == "s3://lab/img/1.png"
    with database.read() as connection:
        assert len(connection.execute(select(labeling_assignments)).all()) == 1
        slots = connection.execute(select(labeling_objects.c.open_slots)).scalars().all()
        assert sorted(slots) == [0, 1, 1]
    clock.advance(200)
    following = submit(world, bob, first)
    assert following is not None
    assert (following.id, following.object_index, following.status) == (reserved.id, 1, "Open")
    assert (following.accepted_at, following.expires_at - following.accepted_at) == (
        clock.now(),
        reserved.expires_at - reserved.accepted_at,
    )
    with database.read() as connection:
        assert connection.execute(select(labeling_reservations)).all() == []


def test_other_workers_get_free_objects_first_and_reserved_ones_when_none_are_left(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    start(world, 4)
    first = world.take(bob)
    reserved = reserve(world, bob, first)
    hers = world.take(carol)
    assert (reserved.object_index, hers.object_index) == (1, 2)
    assert reserve(world, carol, hers).object_index == 3
    third = submit(world, carol, hers)
    assert third is not None and third.object_index == 3
    assert world.reserving.reserve(carol, third.id) is None, "the only object left is reserved"
    taken = submit(world, carol, third)
    assert taken is not None and taken.object_index == 1, "she does not wait for Bob"
    assert submit(world, carol, taken) is None
    assert submit(world, bob, first) is None
    with pytest.raises(NotFound):
        world.tasks.get(bob, reserved.id)


def test_a_reserved_object_that_was_finished_meanwhile_is_replaced(world: World) -> None:
    bob, carol, erin = world.crew("bob", "carol", "erin")
    start(world, 3)
    first = world.take(bob)
    reserved = reserve(world, bob, first)
    assert world.take(carol).object_index == 2
    hers = world.take(erin)
    assert hers.object_index == reserved.object_index
    world.tasks.submit(erin, hers.id, ANSWER, 1)
    world.tasks.release(carol, world.take(carol).id)
    following = submit(world, bob, first)
    assert following is not None
    assert (following.object_index, following.id != reserved.id) == (2, True)


def test_a_reservation_ends_with_its_lease_and_with_the_job(world: World, clock: FakeClock) -> None:
    bob, carol = world.crew("bob", "carol")
    start(world, 3, time_limit_s=7200)
    first = world.take(bob)
    reserved = reserve(world, bob, first)
    with pytest.raises(NotFound):
        world.reserving.get(carol, reserved.id)
    clock.advance(3601)
    assert world.take(carol).object_index == 1, "the first object, as without a reservation"
    with pytest.raises(Conflict, match="no longer reserved"):
        world.reserving.get(bob, reserved.id)
    again = reserve(world, bob, first)
    world.jobs.stop("Boxes-1")
    with pytest.raises(Conflict, match="no longer reserved"):
        world.reserving.get(bob, again.id)
    assert world.reserving.reserve(bob, first.id) is None


def test_only_the_worker_of_an_open_task_can_reserve(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    start(world, 3)
    first = world.take(bob)
    with pytest.raises(NotFound):
        world.reserving.reserve(carol, first.id)
    world.tasks.release(bob, first.id)
    with pytest.raises(Conflict, match="was released"):
        world.reserving.reserve(bob, first.id)


def test_nothing_is_reserved_beyond_the_batch(world: World) -> None:
    (bob,) = world.crew("bob")
    start(world, 3, max_concurrent_objects=1)
    first = world.take(bob)
    assert world.reserving.reserve(bob, first.id) is None
    following = submit(world, bob, first)
    assert following is not None and following.object_index == 1


def test_workers_who_reserve_at_the_same_time_reserve_different_objects_and_all_objects_are_answered_once(
    world: World, database: Database
) -> None:
    crew = world.crew(*(f"worker{i}" for i in range(4)))
    start(world, 24)
    replaced: list[int] = []

    def work(worker: Worker) -> None:
        task = world.tasks.next(worker, "Boxes-1")
        while task is not None:
            reserved = world.reserving.reserve(worker, task.id)
            following = submit(world, worker, task)
            if reserved is not None and following is not None and following.id != reserved.id:
                replaced.append(reserved.object_index)
            task = following

    threads = [threading.Thread(target=work, args=(worker,)) for worker in crew]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        indexes = connection.execute(select(labeling_assignments.c.object_index)).scalars().all()
    assert sorted(indexes) == list(range(24))
    assert len(replaced) <= len(crew), "only the last objects are taken from who has reserved them"
