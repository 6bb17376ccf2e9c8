"""The engine: transactions on both kinds of database."""

from __future__ import annotations

import threading

import pytest

from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.db.tables.events import events, record_event
from trigpoint.db.tables.tags import delete_tags, get_tags, put_tags


def test_a_write_that_raises_is_rolled_back(database: Database, clock: FakeClock) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:
        record_event(connection, "x", "1", clock.now(), "Created")
        raise RuntimeError
    with database.read() as connection:
        assert connection.execute(events.select()).all() == []


def test_times_are_read_with_microseconds(database: Database, clock: FakeClock) -> None:
    clock.advance(0.123456)
    with database.write() as connection:
        record_event(connection, "x", "1", clock.now(), "Created")
    with database.read() as connection:
        assert connection.execute(events.select()).one().at == clock.now()


def test_tags_are_replaced_and_deleted_by_key(database: Database, clock: FakeClock) -> None:
    with database.write() as connection:
        put_tags(connection, "arn:1", {"a": "1", "b": "2"}, clock.now())
        put_tags(connection, "arn:1", {"a": "3"}, clock.now())
        put_tags(connection, "arn:2", {"a": "other"}, clock.now())
        delete_tags(connection, "arn:1", ["b", "never"])
        assert get_tags(connection, "arn:1") == {"a": "3"}


def test_no_write_of_concurrent_threads_is_lost(database: Database, clock: FakeClock) -> None:
    def work(number: int) -> None:
        for i in range(10):
            with database.write() as connection:
                record_event(connection, "x", f"{number}-{i}", clock.now(), "Created")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert len(connection.execute(events.select()).all()) == 80
