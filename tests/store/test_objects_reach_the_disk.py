"""Content and names of an object are on the disk before its row is committed, so it survives a power cut."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.objects import NamedPart, ObjectStore, layout

BUCKET = "pictures"
Step = tuple[str, int]  # the kind of step and the inode (0 for a commit)


@pytest.fixture
def objects(database: Database, tmp_path: Path, clock: FakeClock) -> ObjectStore:
    store = ObjectStore(database, tmp_path / "objects", clock)
    store.create_bucket(BUCKET)
    store.put(BUCKET, "first", b"creates the bucket's own folders")
    return store


@pytest.fixture
def steps(objects: ObjectStore, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Step]]:
    """Records syncs, moves and commits in order. They still take effect."""
    seen: list[Step] = []
    sync, replace = os.fsync, os.replace

    def note_sync(descriptor: int) -> None:
        sync(descriptor)
        seen.append(("sync", os.fstat(descriptor).st_ino))

    def note_move(source: Any, target: Any, **places: int) -> None:
        seen.append(("move", Path(source).stat().st_ino))
        replace(source, target, **places)

    def note_commit(_connection: Any) -> None:
        seen.append(("commit", 0))

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_move)
    event.listen(database.engine, "commit", note_commit)
    yield seen
    event.remove(database.engine, "commit", note_commit)


def test_the_folder_of_a_new_bucket_is_synced_before_the_commit(
    objects: ObjectStore, steps: list[Step], tmp_path: Path
) -> None:
    for name in ("new", "left"):
        if name == "left":
            (tmp_path / "objects" / "left").mkdir()  # by a process that was killed before it synced
        steps.clear()
        objects.create_bucket(name)
        assert (tmp_path / "objects" / name).is_dir()
        synced = ("sync", (tmp_path / "objects").stat().st_ino)
        assert steps.index(synced) < len(steps) - 1 - steps[::-1].index(("commit", 0))


def test_the_folder_of_a_bucket_that_somebody_removed_is_synced_again(
    objects: ObjectStore, steps: list[Step], tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "objects" / BUCKET)
    objects.put(BUCKET, "x", b"data")
    synced = ("sync", (tmp_path / "objects").stat().st_ino)
    assert steps.index(synced) < len(steps) - 1 - steps[::-1].index(("commit", 0))


def test_a_new_object_and_its_folders_are_synced_before_the_commit(
    objects: ObjectStore, steps: list[Step], tmp_path: Path
) -> None:
    objects.put(BUCKET, "a/b/x", b"data")
    bucket = tmp_path / "objects" / BUCKET
    _assert_in_order(steps, "sync", bucket / "a" / "b" / "x", "move", bucket / "a" / "b" / "x")
    _assert_in_order(steps, "move", bucket / "a" / "b" / "x", "sync", bucket / "a" / "b")
    committed = steps.index(("commit", 0))
    for folder in (bucket, bucket / "a", bucket / "a" / "b"):
        assert ("sync", folder.stat().st_ino) in steps[:committed], f"{folder} was not synced"


def test_a_replaced_object_and_its_folder_are_synced(
    objects: ObjectStore, steps: list[Step], tmp_path: Path
) -> None:
    objects.put(BUCKET, "first", b"again")
    path = tmp_path / "objects" / BUCKET / "first"
    _assert_in_order(steps, "sync", path, "move", path)
    _assert_in_order(steps, "move", path, "sync", path.parent)
    assert steps.index(("sync", path.parent.stat().st_ino)) < steps.index(("commit", 0))


@pytest.mark.parametrize("checksum_type", ["COMPOSITE", "FULL_OBJECT"])
def test_parts_and_the_completed_object_are_synced(
    objects: ObjectStore, steps: list[Step], tmp_path: Path, checksum_type: str
) -> None:
    bucket = tmp_path / "objects" / BUCKET
    upload = objects.create_upload(BUCKET, "a/x", checksum_algorithm="CRC32", checksum_type=checksum_type)
    steps.clear()
    part = objects.upload_part(BUCKET, "a/x", upload.id, 1, b"data")
    (stored,) = layout.upload_folder(bucket, upload.id).iterdir()
    _assert_in_order(steps, "sync", stored, "move", stored)
    _assert_in_order(steps, "move", stored, "sync", stored.parent)
    assert steps.index(("sync", stored.parent.stat().st_ino)) < steps.index(("commit", 0))
    steps.clear()
    objects.complete_upload(BUCKET, "a/x", upload.id, [NamedPart(1, part.etag)])
    _assert_in_order(steps, "sync", bucket / "a" / "x", "move", bucket / "a" / "x")
    _assert_in_order(steps, "move", bucket / "a" / "x", "sync", bucket / "a")
    assert steps.index(("sync", (bucket / "a").stat().st_ino)) < steps.index(("commit", 0))


def _assert_in_order(steps: list[Step], first: str, of: Path, then: str, of_next: Path) -> None:
    """Both steps happened, in this order."""
    earlier, later = (first, of.stat().st_ino), (then, of_next.stat().st_ino)
    assert earlier in steps and later in steps, f"{first} of {of} or {then} of {of_next} is missing"
    assert steps.index(earlier) < len(steps) - 1 - steps[::-1].index(later)


def test_objects_written_at_once_are_synced_before_the_commit_and_their_folders_before_the_call_returns(
    objects: ObjectStore, steps: list[Step]
) -> None:
    files = {f"answers/{number}/a.json": b"x" for number in range(5)}
    steps.clear()
    objects.write_many(BUCKET, files, "application/json")
    folder = objects.local_folder(BUCKET)
    paths = [folder / key for key in files]
    commit = steps.index(("commit", 0))
    for path in paths:
        assert ("sync", path.stat().st_ino) in steps[:commit], "the content"
        assert ("sync", path.parent.stat().st_ino) in steps, "its name"
        moved = steps.index(("move", path.stat().st_ino))
        assert ("sync", path.parent.stat().st_ino) in steps[moved:], "after the move"
    assert ("sync", (folder / "answers").stat().st_ino) in steps, "the new folders' names"
