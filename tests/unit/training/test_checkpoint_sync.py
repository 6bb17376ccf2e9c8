"""Checkpoints between an instance and S3: what goes down, what goes up, and when."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.objects.errors import NoSuchKey
from trigpoint.settings import Settings
from trigpoint.training import checkpoint_sync
from trigpoint.training.channels import DataError
from trigpoint.training.checkpoint_sync import CheckpointSync

BUCKET = "data"


@pytest.fixture
def objects(sqlite_database: Database, settings: Settings) -> ObjectStore:
    store = ObjectStore(sqlite_database, settings.objects_dir, SystemClock())
    store.create_bucket(BUCKET)
    return store


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"LOOK_S": 0.02, "STABLE_S": 0.3, "LAST_PATIENCE_S": 1.0}.items():
        monkeypatch.setattr(checkpoint_sync, name, seconds)


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ml" / "checkpoints"


@pytest.fixture
def sync(objects: ObjectStore, folder: Path, lines: list[str]) -> Iterator[CheckpointSync]:
    made = CheckpointSync(folder.parent, folder, "s3://data/ck", objects, lines.append)
    yield made
    made.finish(killed=True)


def stored(objects: ObjectStore) -> dict[str, bytes]:
    while True:
        try:
            return {found.key: objects.get(BUCKET, found.key) for found in objects.iterate(BUCKET)}
        except NoSuchKey:
            continue  # it was deleted after it was listed


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_new_changed_and_deleted_files_follow_and_others_objects_stay(
    objects: ObjectStore, folder: Path, sync: CheckpointSync, lines: list[str]
) -> None:
    for key in ("ck/old", "ck/sub/kept", "ckx/of-a-longer-name"):
        objects.put(BUCKET, key, key.encode())
    sync.bring_in()
    assert {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} == {"old", "sub/kept"}
    sync.start()
    objects.put(BUCKET, "ck/of-another-job", b"late")
    (folder / "old").unlink()
    (folder / "sub" / "kept").write_bytes(b"changed")
    (folder / "new").write_bytes(b"n")
    (folder / "link").symlink_to("/etc/hostname")
    expected = {
        "ck/sub/kept": b"changed",
        "ck/new": b"n",
        "ck/of-another-job": b"late",
        "ckx/of-a-longer-name": b"ckx/of-a-longer-name",
    }
    wait_for(lambda: stored(objects) == expected)
    (folder / "last").write_bytes(b"moment")
    sync.finish(killed=False)
    assert stored(objects) == {**expected, "ck/last": b"moment"}
    assert sum("link is not stored: it is a symbolic link" in line for line in lines) == 1


def test_a_file_that_grows_is_stored_when_it_is_complete(
    objects: ObjectStore, folder: Path, sync: CheckpointSync, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: set[int] = set()
    real = objects.put

    def noting(bucket: str, key: str, data: object, **more: object) -> object:
        info = real(bucket, key, data, **more)  # type: ignore[arg-type]
        sizes.add(info.size_bytes)
        return info

    monkeypatch.setattr(objects, "put", noting)
    sync.bring_in()
    sync.start()
    with (folder / "growing").open("wb") as file:
        for _ in range(20):
            file.write(b"x" * 1000)
            file.flush()
            time.sleep(0.04)
    wait_for(lambda: "ck/growing" in stored(objects))
    assert sizes == {20_000}


def test_a_file_that_is_replaced_all_the_time_is_stored_all_the_same(
    objects: ObjectStore, folder: Path, sync: CheckpointSync
) -> None:
    sync.bring_in()
    sync.start()

    def replace_it() -> bool:
        (folder / "part").write_bytes(b"x" * 10)
        time.sleep(0.02)
        (folder / "part").replace(folder / "state")
        return "ck/state" in stored(objects)

    wait_for(replace_it)


def test_a_small_file_that_is_replaced_at_once_is_stored_before_the_end(
    objects: ObjectStore, folder: Path, sync: CheckpointSync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint_sync, "STABLE_S", 60.0)
    sync.bring_in()
    sync.start()

    def replace_it() -> bool:
        (folder / "part").write_bytes(b"7")
        os.utime(folder / "part")  # as if the clock of the file system had not ticked since
        (folder / "part").replace(folder / "step")
        status = (folder / "step").stat()
        os.utime(folder / "step", ns=(status.st_atime_ns, status.st_ctime_ns + 1_000_000))
        time.sleep(0.4)
        return "ck/step" in stored(objects)

    wait_for(replace_it)


def test_a_file_that_changes_while_it_is_read_keeps_its_former_object(
    objects: ObjectStore, folder: Path, sync: CheckpointSync, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put(BUCKET, "ck/f", b"former")
    sync.bring_in()
    real = checkpoint_sync.open_beneath

    def racing(root: Path, path: str) -> object:
        file = real(root, path)
        (folder / "f").write_bytes(b"half of the ne")
        os.utime(folder / "f", ns=(1, 1))
        return file

    (folder / "f").write_bytes(b"the new one")
    monkeypatch.setattr(checkpoint_sync, "open_beneath", racing)
    sync.finish(killed=False)
    assert stored(objects)["ck/f"] == b"former"


def test_what_a_killed_algorithm_was_writing_stays_away_and_nothing_is_deleted(
    objects: ObjectStore, folder: Path, sync: CheckpointSync
) -> None:
    objects.put(BUCKET, "ck/last", b"good")
    sync.bring_in()
    sync.start()
    (folder / "last").unlink()
    (folder / "last.new").write_bytes(b"hal")
    sync.finish(killed=True)
    assert stored(objects) == {"ck/last": b"good"}


def test_a_store_that_refuses_is_reported_once_and_tried_again(
    objects: ObjectStore,
    folder: Path,
    sync: CheckpointSync,
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sync.bring_in()
    (folder / "f").write_bytes(b"1")

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(objects, "put", refuse)
        sync.start()
        wait_for(lambda: bool(lines))
        time.sleep(0.1)
    assert lines == [
        "WARNING: checkpoints are not stored: no space left (s3://data/ck/); this is tried again"
    ]
    wait_for(lambda: stored(objects) == {"ck/f": b"1"})


def test_the_end_gives_up_with_a_line_when_the_store_does_not_answer(
    objects: ObjectStore, folder: Path, sync: CheckpointSync, lines: list[str]
) -> None:
    sync.bring_in()
    (folder / "f").write_bytes(b"1")
    objects.delete_bucket(BUCKET)
    sync.finish(killed=False)
    assert lines[-1].startswith("WARNING: the last checkpoints were not stored: ")


def test_objects_that_cannot_be_files_fail_the_job(
    objects: ObjectStore, folder: Path, sync: CheckpointSync
) -> None:
    objects.put(BUCKET, "ck/a", b"")
    objects.put(BUCKET, "ck/a/b", b"")
    with pytest.raises(DataError, match=r"cannot be a file and a folder.*channel checkpoints, s3://data/ck/"):
        sync.bring_in()
    assert not folder.exists()


def test_a_folder_that_became_a_link_is_not_followed(
    objects: ObjectStore, folder: Path, sync: CheckpointSync, lines: list[str], tmp_path: Path
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_bytes(b"S")
    sync.bring_in()
    folder.rmdir()
    folder.symlink_to(tmp_path / "secrets")
    sync.finish(killed=False)
    assert stored(objects) == {}
    assert "the last checkpoints were not stored" in lines[-1]
