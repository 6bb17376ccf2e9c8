"""A listing of a linked folder shows what it can, and logs once what it skips."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from helpers.ordinary_user import as_ordinary_user
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Denied
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.objects.errors import NoSuchBucket
from trigpoint.objects.linked_names import MAX_REPORTS

BUCKET = "photos"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"a")
    (folder / "sub" / "b.jpg").write_bytes(b"b")
    return folder


@pytest.fixture
def objects(sqlite_database: Database, tmp_path: Path, clock: FakeClock, folder: Path) -> ObjectStore:
    store = ObjectStore(sqlite_database, tmp_path / "objects", clock)
    store.link_bucket(BUCKET, folder)
    return store


def keys(objects: ObjectStore) -> list[str]:
    """The keys of the bucket, which each kind of listing agrees on."""
    found = [info.key for info in objects.list(BUCKET).objects]
    assert [info.key for info in objects.list_sizes(BUCKET).objects] == found
    level = objects.list(BUCKET, delimiter="/")
    top = {key.partition("/")[0] + "/" * ("/" in key) for key in found}
    assert {info.key for info in level.objects} | set(level.common_prefixes) == top
    return found


def _circle(folder: Path) -> None:
    (folder / "x").symlink_to("y")
    (folder / "y").symlink_to("x")


def _self(folder: Path) -> None:
    (folder / "x").symlink_to("x")


def _dangling(folder: Path) -> None:
    (folder / "x").symlink_to("nowhere")


def _below_a_file(folder: Path) -> None:
    (folder / "x").symlink_to("a.jpg/beneath")


def _outside(folder: Path) -> None:
    (folder.parent / "secret").write_text("secret")
    (folder / "x").symlink_to(folder.parent / "secret")


def _above(folder: Path) -> None:
    (folder / "x").symlink_to("..")


def _too_long_target(folder: Path) -> None:
    (folder / "x").symlink_to("n" * 300)


def _not_utf8(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff.jpg")).write_bytes(b"x")
    (folder / os.fsdecode(b"\xfe")).mkdir()


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "x")


def _socket(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)  # the path of a socket may have only about 100 bytes
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("x")
    finally:
        os.chdir(here)


def _device(folder: Path) -> None:
    (folder / "x").symlink_to("/dev/zero")


def _long_key(folder: Path) -> None:
    deep = folder
    for _ in range(5):
        deep = deep / ("d" * 250)
        deep.mkdir()
    (deep / "x").write_bytes(b"x")


@pytest.mark.parametrize(
    ("put", "reason"),
    [
        (_circle, "2 links in a circle"),
        (_self, "1 links in a circle"),
        (_dangling, "1 links to nothing"),
        (_below_a_file, "1 links to nothing"),
        (_outside, "1 links that lead outside"),
        (_above, "1 links to folders"),
        (_too_long_target, "1 names that cannot be read (File name too long)"),
        (_not_utf8, "2 not UTF-8"),
        (_pipe, "1 sockets, pipes or devices"),
        (_socket, "1 sockets, pipes or devices"),
        (_device, "1 sockets, pipes or devices"),
        (_long_key, "1 with a key over 1024 bytes"),
    ],
)
def test_a_name_that_cannot_be_an_object_is_skipped_and_logged_once(
    objects: ObjectStore, folder: Path, caplog: pytest.LogCaptureFixture, put: object, reason: str
) -> None:
    put(folder)  # type: ignore[operator]
    for _ in range(3):
        assert keys(objects) == ["a.jpg", "sub/b.jpg"]
    (line,) = [record.getMessage() for record in caplog.records if "linked.skipped" in record.message]
    assert reason in line and str(folder) in line


def test_a_link_that_gets_its_target_is_shown(objects: ObjectStore, folder: Path) -> None:
    os.utime(folder, (1, 1))
    (folder / "sub" / "link").symlink_to("later.jpg")
    os.utime(folder / "sub", (1, 1))  # the folder counts as unchanged for a long time
    assert keys(objects) == ["a.jpg", "sub/b.jpg"]
    (folder / "sub" / "later.jpg").write_bytes(b"later")
    os.utime(folder / "sub", (1, 1))
    assert keys(objects) == ["a.jpg", "sub/b.jpg", "sub/later.jpg", "sub/link"]


def test_an_unreadable_folder_is_skipped_and_the_rest_is_listed(
    objects: ObjectStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "sub").chmod(0)
    (folder / "link").symlink_to("sub/b.jpg")
    try:
        assert as_ordinary_user(lambda: keys(objects)) == ["a.jpg"]
    finally:
        (folder / "sub").chmod(0o700)
    lines = [record.getMessage() for record in caplog.records]
    assert sorted(line.partition("names=")[2].partition(" example")[0] for line in lines) == [
        "1 folders that the server may not read",
        "1 names that the server may not read",
    ]
    assert keys(objects) == ["a.jpg", "link", "sub/b.jpg"]


def test_an_unreadable_file_is_listed_and_reading_it_reports_the_reason(
    objects: ObjectStore, folder: Path
) -> None:
    (folder / "a.jpg").chmod(0)
    assert as_ordinary_user(lambda: keys(objects)) == ["a.jpg", "sub/b.jpg"]
    with pytest.raises(Denied, match=r"a\.jpg cannot be read by the server"):
        as_ordinary_user(lambda: objects.get(BUCKET, "a.jpg"))


def test_an_unreadable_linked_folder_is_refused_and_not_shown_as_empty(
    objects: ObjectStore, folder: Path
) -> None:
    folder.chmod(0)
    try:
        with pytest.raises(Denied, match="which the server may not read"):
            as_ordinary_user(lambda: objects.list(BUCKET))
        folder.chmod(0o700)
        folder.parent.chmod(0)
        with pytest.raises(Denied, match="which the server may not read"):
            as_ordinary_user(lambda: objects.list(BUCKET))
    finally:
        folder.parent.chmod(0o700)


@pytest.mark.parametrize("in_its_place", ["nothing", "a file", "a link in a circle"])
def test_a_linked_folder_that_vanishes_is_reported(
    objects: ObjectStore, folder: Path, in_its_place: str
) -> None:
    shutil.rmtree(folder)
    if in_its_place == "a file":
        folder.write_text("x")
    if in_its_place == "a link in a circle":
        folder.symlink_to(folder)
    with pytest.raises(NoSuchBucket, match="put it back"):
        objects.list(BUCKET)


def test_a_folder_that_vanishes_during_a_listing_is_passed_over(
    objects: ObjectStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def and_remove(path: object) -> object:
        if path == folder:
            found = list(scandir(folder))
            shutil.rmtree(folder / "sub")
            return _Entries(found)
        return scandir(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", and_remove)
    assert [info.key for info in objects.list(BUCKET).objects] == ["a.jpg"]


class _Entries(list[os.DirEntry[str]]):
    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_the_deepest_key_that_s3_allows_is_listed_and_read(objects: ObjectStore, folder: Path) -> None:
    deep = folder
    for _ in range(511):
        deep = deep / "d"
        deep.mkdir()
    (deep / "xy").write_bytes(b"deep")
    key = "d/" * 511 + "xy"
    assert len(key) == 1024
    assert keys(objects) == ["a.jpg", key, "sub/b.jpg"]
    assert objects.get(BUCKET, key) == b"deep"


def test_the_log_of_skipped_names_is_bounded(
    objects: ObjectStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(MAX_REPORTS + 20):
        (folder / f"{number}").mkdir()
        (folder / f"{number}" / "x").symlink_to("x")
    for _ in range(2):
        assert keys(objects) == ["a.jpg", "sub/b.jpg"]
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == MAX_REPORTS + 1
    assert "further skipped names are not logged" in lines[-1]
