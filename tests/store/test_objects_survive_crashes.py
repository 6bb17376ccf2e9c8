"""A killed writer loses no acknowledged object and leaves no incomplete object."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers import object_writer
from helpers.object_writer import BUCKET, content, open_store
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.objects import NamedPart, ObjectInfo, ObjectStore, layout, placing, staging
from trigpoint.objects.errors import NoSuchKey

ROUNDS = 5


def test_a_killed_writer_loses_no_acknowledged_object_and_leaves_no_incomplete_one(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store._database.create_all()
    store.create_bucket(BUCKET)
    acknowledged: dict[str, int] = {}
    for round_number in range(ROUNDS):
        lines = _write_and_kill(
            tmp_path, first_version=1_000_000 * (round_number + 1), seconds=0.15 + 0.1 * round_number
        )
        assert lines, "the writer was killed before it wrote anything"
        for line in lines:
            key, version = line.rsplit(" ", 1)
            acknowledged[key] = int(version)
        for key, version in acknowledged.items():
            acknowledged[key] = _check(store, key, version)
        listed = {info.key: info for info in store.iterate(BUCKET)}
        for key, info in listed.items():
            assert store.head(BUCKET, key) == info
    store.remove_leftovers()
    assert list((tmp_path / "objects" / BUCKET / layout.RESERVED / "staging").iterdir()) == []
    for key, version in acknowledged.items():
        assert _check(store, key, version) == version


def _write_and_kill(folder: Path, first_version: int, seconds: float) -> list[str]:
    child = subprocess.Popen(
        [sys.executable, object_writer.__file__, str(folder), str(first_version)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(seconds)
    child.kill()
    rest = child.stdout.read()
    child.wait()
    return (first + rest).split("\n")[:-1]


def _check(store: ObjectStore, key: str, acknowledged: int) -> int:
    """The stored version. Checks that it is complete and not older than the acknowledged version."""
    try:
        opened = store.open_object(BUCKET, key)
    except NoSuchKey:
        assert acknowledged < 0, f"{key}: version {acknowledged} was acknowledged and is gone"
        return -1
    with opened.file:
        data = opened.file.read()
    version = int(opened.info.content_type.removeprefix("version/"))
    assert data == content(key, version)
    assert version >= acknowledged
    return version


@pytest.fixture
def objects(database: Database, tmp_path: Path, clock: FakeClock) -> ObjectStore:
    store = ObjectStore(database, tmp_path / "objects", clock)
    store.create_bucket(BUCKET)
    return store


def test_a_write_killed_before_its_commit_is_undone(objects: ObjectStore, tmp_path: Path) -> None:
    before = objects.put(BUCKET, "a/x", b"before", content_type="text/plain")
    _stop_in_the_middle(tmp_path / "objects" / BUCKET, before, b"BEFORE")
    assert objects.open(BUCKET, "a/x").read() == b"before"
    assert objects.head(BUCKET, "a/x") == before


def test_a_killed_write_is_undone_before_its_leftovers_are_removed(
    objects: ObjectStore, tmp_path: Path
) -> None:
    before = objects.put(BUCKET, "a/x", b"before", content_type="text/plain")
    _stop_in_the_middle(tmp_path / "objects" / BUCKET, before, b"BEFORE")
    objects.remove_leftovers()
    assert list(layout.undo_folder(tmp_path / "objects" / BUCKET).iterdir()) == []
    assert objects.get(BUCKET, "a/x") == b"before"
    assert objects.head(BUCKET, "a/x") == before


def test_a_deletion_killed_before_its_commit_is_undone(objects: ObjectStore, tmp_path: Path) -> None:
    before = objects.put(BUCKET, "a/x", b"before")
    folder = tmp_path / "objects" / BUCKET
    path = folder / "a/x"
    placing.move_aside(path, layout.undo_path(folder, "a/x", path.stat().st_mtime_ns))
    placing.remove_empty_parents(folder, "a/x")
    assert objects.get(BUCKET, "a/x") == b"before"
    assert objects.list(BUCKET).objects == [before]


def test_a_first_write_killed_before_its_commit_does_not_exist(objects: ObjectStore, tmp_path: Path) -> None:
    folder = tmp_path / "objects" / BUCKET
    staged = staging.stage(layout.staging_folder(folder), b"never acknowledged")
    placing.install(staged.path, folder, "a/x", None)
    with pytest.raises(NoSuchKey):
        objects.get(BUCKET, "a/x")
    objects.put(BUCKET, "a/x", b"written again")
    assert objects.get(BUCKET, "a/x") == b"written again"


def test_only_the_temporary_files_of_dead_writers_are_removed(
    objects: ObjectStore, database: Database, tmp_path: Path, clock: FakeClock
) -> None:
    folder = layout.staging_folder(tmp_path / "objects" / BUCKET)
    dead = staging.stage(folder, b"half")
    dead._held.close()  # as the kernel does when a process ends
    going_on = iter([b"first half", b"second half"])

    def data() -> Iterator[bytes]:
        yield next(going_on)
        ObjectStore(database, tmp_path / "objects", clock).remove_leftovers()  # another server starts
        assert not dead.path.exists() and len(list(folder.iterdir())) == 1
        yield next(going_on)

    objects.put(BUCKET, "x", data())
    assert objects.get(BUCKET, "x") == b"first halfsecond half"
    assert list(folder.iterdir()) == []


def test_a_complete_staged_file_is_kept_until_it_is_placed(objects: ObjectStore, tmp_path: Path) -> None:
    folder = layout.staging_folder(tmp_path / "objects" / BUCKET)
    with staging.stage(folder, b"complete") as staged:
        objects.remove_leftovers()
        assert staged.path.read_bytes() == b"complete"
    assert list(folder.iterdir()) == []


def test_the_undo_file_of_a_write_under_way_is_kept(
    objects: ObjectStore,
    database: Database,
    tmp_path: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    objects.put(BUCKET, "x", b"before")
    sync = placing.Placing.sync
    cleaners: list[threading.Thread] = []
    undo = layout.undo_folder(tmp_path / "objects" / BUCKET)

    def clean_meanwhile(moved: placing.Placing) -> None:
        other = ObjectStore(database, tmp_path / "objects", clock)
        cleaners.append(threading.Thread(target=other.remove_leftovers))
        cleaners[0].start()
        sync(moved)
        assert len(list(undo.iterdir())) == 1
        raise RuntimeError("the commit fails")

    monkeypatch.setattr(placing.Placing, "sync", clean_meanwhile)
    with pytest.raises(RuntimeError):
        objects.put(BUCKET, "x", b"never committed")
    cleaners[0].join()
    assert objects.get(BUCKET, "x") == b"before"
    assert list(undo.iterdir()) == []


def test_the_parts_of_an_upload_without_a_row_are_removed(objects: ObjectStore, tmp_path: Path) -> None:
    uploads = layout.uploads_folder(tmp_path / "objects" / BUCKET)
    going_on = objects.create_upload(BUCKET, "x")
    objects.upload_part(BUCKET, "x", going_on.id, 1, b"part")
    (uploads / "ended").mkdir()
    objects.remove_leftovers()
    assert [path.name for path in uploads.iterdir()] == [going_on.id]


def test_an_unfinished_upload_continues_after_a_restart(
    objects: ObjectStore, database: Database, tmp_path: Path, clock: FakeClock
) -> None:
    upload = objects.create_upload(BUCKET, "x")
    part = objects.upload_part(BUCKET, "x", upload.id, 1, b"part")
    restarted = ObjectStore(database, tmp_path / "objects", clock)
    assert restarted.list_parts(BUCKET, "x", upload.id) == [part]
    restarted.complete_upload(BUCKET, "x", upload.id, [NamedPart(1, part.etag)])
    assert restarted.get(BUCKET, "x") == b"part"


def _stop_in_the_middle(folder: Path, present: ObjectInfo, data: bytes) -> None:
    """Creates the state of an overwrite killed between the move of its file and its commit."""
    path = folder / present.key
    staged = staging.stage(layout.staging_folder(folder), data)
    placing.install(
        staged.path, folder, present.key, layout.undo_path(folder, present.key, path.stat().st_mtime_ns)
    )
    assert path.read_bytes() == data
    assert path.stat().st_size == present.size_bytes
