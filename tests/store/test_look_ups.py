"""Look-ups: one row by a prepared statement, without SQLAlchemy on SQLite."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, insert, select, update

from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Unavailable
from trigpoint.db import Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.objects import buckets

_BUCKET = Prepared(select(buckets).where(buckets.c.name == bindparam("bucket")))
_ADD = Prepared(insert(buckets))
_TAG = Prepared(
    update(buckets).where(buckets.c.name == bindparam("bucket")).values(bucket_tags=bindparam("bucket_tags"))
)


def _row(clock: FakeClock) -> dict[str, object]:
    rules = [{"AllowedOrigins": ["*"], "ü": 1.5}]
    empty = dict.fromkeys(column.name for column in buckets.c)
    return empty | {"name": "b", "created_at": clock.now(), "cors_rules": rules, "bucket_tags": {}}


def test_a_row_is_returned_with_the_types_of_its_columns(database: Database, clock: FakeClock) -> None:
    clock.advance(0.123456)
    with database.write() as connection:
        _ADD.execute(connection, _row(clock))
        inside = _BUCKET.one_or_none(connection, {"bucket": "b"})
    found = database.look_up(_BUCKET, {"bucket": "b"})
    with database.read() as connection:
        assert tuple(found) == tuple(inside) == tuple(connection.execute(select(buckets)).one())
    assert (found.name, found.created_at, found.bucket_tags, found.linked_folder) == (
        "b",
        clock.now(),
        {},
        None,
    )


def test_a_look_up_of_a_missing_row_returns_none(database: Database) -> None:
    assert database.look_up(_BUCKET, {"bucket": "b"}) is None


def test_a_look_up_sees_only_committed_writes(database: Database, clock: FakeClock) -> None:
    with database.write() as connection:
        _ADD.execute(connection, _row(clock))
    assert database.look_up(_BUCKET, {"bucket": "b"}).bucket_tags == {}
    with database.write() as connection:
        _TAG.execute(connection, {"bucket": "b", "bucket_tags": {"a": "1"}})
        assert database.look_up(_BUCKET, {"bucket": "b"}).bucket_tags == {}
    assert database.look_up(_BUCKET, {"bucket": "b"}).bucket_tags == {"a": "1"}


def test_a_prepared_write_can_be_rolled_back(database: Database, clock: FakeClock) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:
        _ADD.execute(connection, _row(clock))
        raise RuntimeError
    assert database.look_up(_BUCKET, {"bucket": "b"}) is None


def test_a_look_up_cannot_write(sqlite_database: Database, clock: FakeClock) -> None:
    with pytest.raises(Unavailable, match="read-only"):
        sqlite_database.look_up(_ADD, _row(clock))
