"""Concurrent writes share transactions and keep the guarantees of single writes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.objects import ObjectInfo, ObjectStore, WriteCondition
from trigpoint.objects.errors import ConditionFailed, NoSuchKey
from trigpoint.objects.layout import undo_folder

BUCKET = "pictures"
WRITERS = 12


@pytest.fixture
def objects(database: Database, tmp_path: Path, clock: FakeClock) -> ObjectStore:
    store = ObjectStore(database, tmp_path / "objects", clock)
    store.create_bucket(BUCKET)
    return store


def test_waiting_writes_are_committed_together(
    sqlite_database: Database, tmp_path: Path, clock: FakeClock
) -> None:
    objects = ObjectStore(sqlite_database, tmp_path / "objects", clock)
    objects.create_bucket(BUCKET)
    with _commits(sqlite_database) as commits:
        _held_up(objects, sqlite_database, {f"a/{number}": WriteCondition() for number in range(WRITERS)})
    assert len(commits) <= 3  # of the blocking transaction, of the first write, of all others
    assert len(objects.list(BUCKET).objects) == WRITERS


def test_a_condition_that_fails_prevents_only_its_own_write(objects: ObjectStore, database: Database) -> None:
    before = objects.put(BUCKET, "there", b"before")
    conditions = {f"a/{number}": WriteCondition() for number in range(WRITERS)}
    conditions |= {"there": WriteCondition(if_absent=True), "not-there": WriteCondition(if_etag="0" * 32)}
    written = _held_up(objects, database, conditions)
    for key in ("there", "not-there"):
        with pytest.raises(ConditionFailed):
            written.pop(key).result()
    for key, done in written.items():
        assert objects.head(BUCKET, key) == done.result()
        assert objects.get(BUCKET, key) == key.encode()
    assert objects.head(BUCKET, "there") == before
    assert objects.get(BUCKET, "there") == b"before"
    with pytest.raises(NoSuchKey):
        objects.head(BUCKET, "not-there")


def test_one_of_many_concurrent_creations_of_an_object_succeeds(objects: ObjectStore) -> None:
    def create(number: int) -> bool:
        try:
            objects.put(BUCKET, "one", str(number).encode(), condition=WriteCondition(if_absent=True))
        except ConditionFailed:
            return False
        return True

    with ThreadPoolExecutor(WRITERS) as pool:
        created = list(pool.map(create, range(WRITERS)))
    assert created.count(True) == 1
    assert objects.get(BUCKET, "one") == str(created.index(True)).encode()


def test_no_replaced_version_is_kept(objects: ObjectStore, database: Database, tmp_path: Path) -> None:
    conditions = {f"a/{number}": WriteCondition() for number in range(WRITERS)}
    for _ in range(3):
        _held_up(objects, database, conditions)
    assert list(undo_folder(tmp_path / "objects" / BUCKET).iterdir()) == []


def test_a_symlinked_folder_is_not_followed_by_writes(objects: ObjectStore, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    objects.put(BUCKET, "other", b"makes the bucket's folder")
    (tmp_path / "objects" / BUCKET / "a").symlink_to(elsewhere)
    objects.put(BUCKET, "a/x", b"data")
    assert objects.get(BUCKET, "a/x") == b"data"
    assert list(elsewhere.iterdir()) == []


def _held_up(
    objects: ObjectStore, database: Database, conditions: dict[str, WriteCondition]
) -> dict[str, Future[ObjectInfo]]:
    """Writes each key under its condition while another transaction is open; all are done at the end."""
    pool = ThreadPoolExecutor(len(conditions))
    with database.write():
        written = {
            key: pool.submit(objects.put, BUCKET, key, key.encode(), condition=condition)
            for key, condition in conditions.items()
        }
        group = objects._local._group
        while not database.is_postgres and len(group._queue) < len(conditions) - 1:
            time.sleep(0.001)
    pool.shutdown()
    return written


@contextmanager
def _commits(database: Database) -> Iterator[list[Any]]:
    seen: list[Any] = []
    note = seen.append
    event.listen(database.engine, "commit", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "commit", note)
