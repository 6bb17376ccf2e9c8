"""Writes of several threads that share a transaction on SQLite."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, func, insert, select

from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict
from trigpoint.db import Database
from trigpoint.db.tables.events import events


def _adding(kind: str, clock: FakeClock) -> Callable[[Connection], str]:
    def add(connection: Connection) -> str:
        connection.execute(insert(events).values(kind=kind, resource_id="r", at=clock.now(), status="s"))
        return kind

    return add


def _failing(kind: str, clock: FakeClock) -> Callable[[Connection], str]:
    """Writes, then raises."""

    def fail(connection: Connection) -> str:
        _adding(kind, clock)(connection)
        raise Conflict(f"no {kind}")

    return fail


def _kinds(database: Database) -> list[str]:
    with database.read() as connection:
        return sorted(connection.execute(select(events.c.kind)).scalars())


def test_works_are_done_in_order_and_what_they_return_is_returned(
    database: Database, clock: FakeClock
) -> None:
    def count(connection: Connection) -> int:
        return connection.execute(select(func.count()).select_from(events)).scalar_one()

    assert database.write_each(_adding("a", clock), count, _adding("b", clock), count) == ["a", 1, "b", 2]
    assert database.write_each() == []


def test_a_work_that_raises_changes_nothing_and_ends_those_after_it_only(
    database: Database, clock: FakeClock
) -> None:
    with pytest.raises(Conflict, match="no b"):
        database.write_each(_adding("a", clock), _failing("b", clock), _adding("c", clock))
    assert _kinds(database) == ["a"]


def test_threads_that_write_together_each_get_their_own_result_or_error(
    database: Database, clock: FakeClock
) -> None:
    """A writer keeps the others waiting, so that on SQLite they share the next transaction."""
    results: dict[int, list[str] | str] = {}
    arrived = threading.Barrier(13)

    def write(number: int) -> None:
        make = _failing if number % 3 == 0 else _adding
        arrived.wait()
        try:
            results[number] = database.write_each(make(f"kind-{number:02}", clock))
        except Conflict as problem:
            results[number] = problem.message

    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    with database.write():
        for thread in threads:
            thread.start()
        arrived.wait()
    for thread in threads:
        thread.join()
    for number in range(12):
        kind = f"kind-{number:02}"
        assert results[number] == (f"no {kind}" if number % 3 == 0 else [kind])
    assert _kinds(database) == [f"kind-{number:02}" for number in range(12) if number % 3]


def test_a_transaction_that_cannot_be_committed_fails_for_all_and_keeps_nothing(
    database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:

        def no_commit(connection: Connection) -> None:
            raise Conflict("no commit")

        patched.setattr(Connection, "commit", no_commit)
        patched.setattr("sqlalchemy.engine.base.RootTransaction.commit", no_commit)
        with pytest.raises(Conflict, match="no commit"):
            database.write_each(_adding("a", clock))
    assert _kinds(database) == []
    database.write_each(_adding("b", clock))
    assert _kinds(database) == ["b"]
