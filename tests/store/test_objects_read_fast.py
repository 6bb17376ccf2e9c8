"""Fast reading of many objects: known objects need no database, and are never stale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore, layout, staging
from trigpoint.objects.errors import NoSuchBucket, NoSuchKey
from trigpoint.objects.local import LocalBuckets

KEY = "a/b/x.jpg"
URI = f"s3://pictures/{KEY}"


@pytest.fixture
def objects(database: Database, tmp_path: Path) -> ObjectStore:
    """A store that has read its one object and knows its path."""
    store = ObjectStore(database, tmp_path / "objects", SystemClock())
    store.create_bucket("pictures")
    store.put("pictures", KEY, b"first")
    assert store.read_uri(URI) == b"first"
    return store


@pytest.fixture
def elsewhere(database: Database, tmp_path: Path) -> ObjectStore:
    """A second store on the same database and folder, as in another process."""
    return ObjectStore(database, tmp_path / "objects", SystemClock())


def test_a_known_object_is_read_without_the_database(objects: ObjectStore, database: Database) -> None:
    with _statements(database) as statements:
        assert objects.read_uri(URI) == b"first"
        with objects.open_uri(URI) as file:
            assert file.read() == b"first"
    assert statements == []


def test_many_objects_are_looked_up_with_one_statement_per_bucket(
    objects: ObjectStore, elsewhere: ObjectStore, database: Database
) -> None:
    uris = [objects.put("pictures", f"many/{number}", b"%d" % number).uri for number in range(100)]
    with _statements(database) as statements:
        elsewhere.prepare_uris([*uris, "s3://pictures/not/there", "s3://no-such-bucket/x"])
        assert [elsewhere.read_uri(uri) for uri in uris] == [b"%d" % number for number in range(100)]
    assert len(statements) == 2  # one per bucket
    with pytest.raises(NoSuchKey):
        elsewhere.read_uri("s3://pictures/not/there")
    with pytest.raises(NoSuchBucket):
        elsewhere.read_uri("s3://no-such-bucket/x")


def test_head_and_get_run_one_statement(objects: ObjectStore, database: Database) -> None:
    for call in (
        lambda: objects.head("pictures", KEY),
        lambda: objects.open_object("pictures", KEY).file.close(),
    ):
        with _statements(database) as statements:
            call()
        assert len(statements) == 1


def test_changes_by_another_process_are_visible_at_once(objects: ObjectStore, elsewhere: ObjectStore) -> None:
    elsewhere.put("pictures", KEY, b"other")  # has the same size
    assert objects.read_uri(URI) == b"other"
    elsewhere.set_tags("pictures", KEY, {"a": "b"})
    assert objects.head_uri(URI).tags == {"a": "b"}
    elsewhere.delete("pictures", KEY)
    with pytest.raises(NoSuchKey):
        objects.read_uri(URI)
    elsewhere.put("pictures", KEY, b"again")
    assert objects.read_uri(URI) == b"again"


def test_a_file_that_somebody_edits_or_removes_is_noticed_at_once(
    objects: ObjectStore, tmp_path: Path
) -> None:
    path = tmp_path / "objects" / "pictures" / KEY
    path.write_bytes(b"hands")
    assert objects.read_uri(URI) == b"hands"
    path.unlink()
    with pytest.raises(NoSuchKey):
        objects.read_uri(URI)


def test_a_recreated_bucket_returns_its_new_objects(
    objects: ObjectStore, elsewhere: ObjectStore, tmp_path: Path
) -> None:
    elsewhere.delete("pictures", KEY)
    elsewhere.delete_bucket("pictures")
    with pytest.raises(NoSuchBucket):
        objects.head_uri(URI)
    (tmp_path / "folder" / "a" / "b").mkdir(parents=True)
    (tmp_path / "folder" / KEY).write_bytes(b"linked")
    objects.link_bucket("pictures", tmp_path / "folder")
    assert objects.read_uri(URI) == b"linked"


def test_a_failed_write_is_not_read_although_its_file_was_moved(
    objects: ObjectStore, database: Database, tmp_path: Path
) -> None:
    buckets = LocalBuckets(database, tmp_path / "objects", SystemClock())
    info = objects.head("pictures", KEY)
    folder = layout.staging_folder(buckets.folder("pictures"))
    with (
        staging.stage(folder, b"never") as staged,
        pytest.raises(Exception, match=r"(?i)overflow|too large|out of range"),
    ):
        buckets.commit(staged, replace(info, size_bytes=2**70))  # too large for the column
    assert objects.read_uri(URI) == b"first"


def test_a_bucket_is_near_once_it_was_read_and_only_if_its_objects_are_local_files(
    objects: ObjectStore, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").write_bytes(b"linked")
    objects.link_bucket("linked-one", tmp_path / "folder")
    fresh = ObjectStore(objects._database, tmp_path / "objects", SystemClock())
    assert not fresh.is_near("pictures")
    fresh.head("linked-one", "x")
    fresh.head("pictures", KEY)
    assert fresh.is_near("pictures")
    assert not fresh.is_near("linked-one")
    assert not fresh.is_near("no-such-bucket")


@contextmanager
def _statements(database: Database) -> Iterator[list[str]]:
    """Records the statements that run in the block."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    for looker in database._lookers:  # look-ups on SQLite do not use the engine
        looker.set_trace_callback(seen.append)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
        for looker in database._lookers:
            looker.set_trace_callback(None)
