"""`write_many`: small objects that are written and synced together."""

from __future__ import annotations

from pathlib import Path

import pytest

from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.objects.errors import KeyTooLong, NoSuchBucket
from trigpoint.objects.layout import staging_folder, undo_folder

BUCKET = "pictures"
FILES = {f"answers/{number}/2026.json": b"x" * number for number in range(20)}


@pytest.fixture
def objects(database: Database, tmp_path: Path, clock: FakeClock) -> ObjectStore:
    store = ObjectStore(database, tmp_path / "objects", clock)
    store.create_bucket(BUCKET)
    return store


def _leftovers(objects: ObjectStore) -> list[Path]:
    folder = objects.local_folder(BUCKET)
    return [path for each in (staging_folder(folder), undo_folder(folder)) for path in each.glob("*")]


def test_all_objects_are_there_as_if_written_one_by_one(objects: ObjectStore) -> None:
    objects.write_many(BUCKET, FILES, "application/json")
    for key, content in FILES.items():
        found = objects.open_object(BUCKET, key)
        with found.file:
            assert found.file.read() == content
        alone = objects.put(BUCKET, "alone", content, content_type="application/json")
        assert (found.info.etag, found.info.content_type) == (alone.etag, "application/json")
    assert _leftovers(objects) == []


def test_objects_that_were_there_are_replaced(objects: ObjectStore) -> None:
    objects.put(BUCKET, "answers/3/2026.json", b"old")
    objects.write_many(BUCKET, FILES, "application/json")
    objects.write_many(BUCKET, FILES, "application/json")
    assert objects.get(BUCKET, "answers/3/2026.json") == b"xxx"
    assert len(objects.list(BUCKET).objects) == len(FILES)
    assert _leftovers(objects) == []


def test_a_key_that_is_also_a_folder_gets_another_place(objects: ObjectStore) -> None:
    objects.put(BUCKET, "answers", b"a file where a folder is needed")
    objects.write_many(BUCKET, FILES, "application/json")
    assert objects.get(BUCKET, "answers") == b"a file where a folder is needed"
    assert objects.get(BUCKET, "answers/5/2026.json") == b"xxxxx"


def test_nothing_is_written_with_a_key_that_is_too_long_or_into_a_missing_bucket(
    objects: ObjectStore,
) -> None:
    with pytest.raises(KeyTooLong):
        objects.write_many(BUCKET, FILES | {"k" * 2000: b""}, "text/plain")
    with pytest.raises(NoSuchBucket):
        objects.write_many("nowhere", FILES, "text/plain")
    assert not objects.list(BUCKET).objects
    assert _leftovers(objects) == []
