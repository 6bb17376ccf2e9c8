"""Accounts of workers together with their tasks, on both databases."""

from __future__ import annotations

import pytest

from helpers.labeling import World, boxes_answer
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, NotFound
from trigpoint.db import Database
from trigpoint.labeling.worker_accounts import WorkerAccount, WorkerAccounts
from trigpoint.settings import Settings
from trigpoint.workforce.sessions import Sessions

JOB = "Boxes-1"


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


@pytest.fixture
def accounts(world: World) -> WorkerAccounts:
    return WorkerAccounts(world.database, world.workers, world.teams, world.tasks)


def account(accounts: WorkerAccounts, name: str) -> WorkerAccount:
    (found,) = (each for each in accounts.list() if each.worker.user_name == f"{name}@example.com")
    return found


def test_the_list_shows_state_teams_last_sign_in_and_work(
    world: World, accounts: WorkerAccounts, clock: FakeClock
) -> None:
    bob, carol = world.crew("bob", "carol")
    world.crew("carol", team="harbour")
    world.start(world.spec())
    first = world.take(bob)
    world.tasks.submit(bob, first.id, boxes_answer(), 1)
    world.tasks.next(bob, JOB)
    Sessions(world.database, clock).open(bob)
    signed_in_at = clock.now()
    world.workers.disable(carol.id)
    assert [each.worker.user_name for each in accounts.list()] == ["bob@example.com", "carol@example.com"]
    seen = account(accounts, "bob")
    assert (seen.teams, seen.last_sign_in_at, seen.open_tasks, seen.totals.answers) == (
        ["crew"],
        signed_in_at,
        1,
        1,
    )
    assert seen.worker.state == "invited"
    gone = account(accounts, "carol")
    assert (gone.worker.state, gone.teams, gone.last_sign_in_at) == ("disabled", ["crew", "harbour"], None)
    assert [each.worker.id for each in accounts.list("harbour")] == [carol.id]
    with pytest.raises(NotFound, match="nowhere"):
        accounts.list("nowhere")


def test_disabling_a_worker_gives_their_open_task_to_the_next_one(
    world: World, accounts: WorkerAccounts
) -> None:
    bob, carol = world.crew("bob", "carol")
    world.start(world.spec(lines=world.lines(1)))
    assert world.tasks.next(bob, JOB) is not None
    assert world.tasks.next(carol, JOB) is None
    assert accounts.disable("bob@example.com") == 1
    assert accounts.disable("bob@example.com") == 0
    assert world.tasks.next(carol, JOB) is not None
    world.workers.enable(bob.id)
    assert account(accounts, "bob").teams == ["crew"]


def test_a_deleted_worker_is_gone_from_the_list_and_their_answers_are_kept(
    world: World, accounts: WorkerAccounts
) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec())
    task = world.take(bob)
    world.tasks.submit(bob, task.id, boxes_answer(), 1)
    assert accounts.delete("BOB@example.com") == 1
    assert accounts.list() == []
    assert world.crew("bob")[0].id != bob.id
    assert account(accounts, "bob").totals.answers == 0


def test_the_administrator_cannot_be_disabled_or_deleted(world: World, accounts: WorkerAccounts) -> None:
    world.workers.create_admin("a password of some length")
    with pytest.raises(Conflict, match="administrator"):
        accounts.disable("admin")
    with pytest.raises(Conflict, match="administrator"):
        accounts.delete("admin")
