"""The object store: backend contract, plain files, linked folders and hostile keys."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpers.objects import assert_object_backend_contract, assert_readable_backend_contract, naive_listing
from trigpoint.core.clock import FakeClock, SystemClock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.db import Database
from trigpoint.objects import ObjectStore, WriteCondition
from trigpoint.objects.errors import (
    BucketExists,
    BucketNotEmpty,
    ConditionFailed,
    InvalidBucketName,
    KeyTooLong,
    NoSuchBucket,
    NoSuchKey,
    ReadOnlyBucket,
)

BUCKET = "pictures"


@pytest.fixture
def objects(sqlite_database: Database, tmp_path: Path, clock: FakeClock) -> ObjectStore:
    """A store with one empty bucket."""
    store = ObjectStore(sqlite_database, tmp_path / "objects", clock)
    store.create_bucket(BUCKET)
    return store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "objects" / BUCKET


def test_a_local_bucket_meets_the_contract(database: Database, tmp_path: Path) -> None:
    store = ObjectStore(database, tmp_path / "objects", SystemClock())
    store.create_bucket(BUCKET)
    assert_object_backend_contract(store, BUCKET)
    store.delete_bucket(BUCKET)
    assert list((tmp_path / "objects").glob("pictures*")) == []


def test_buckets_are_created_listed_and_deleted(database: Database, tmp_path: Path, clock: FakeClock) -> None:
    store = ObjectStore(database, tmp_path / "objects", clock)
    for name in ("second", "first"):
        store.create_bucket(name)
    assert [(bucket.name, bucket.created_at) for bucket in store.list_buckets()] == [
        ("first", clock.now()),
        ("second", clock.now()),
    ]
    with pytest.raises(BucketExists):
        store.create_bucket("first")
    store.put("first", "x", b"")
    with pytest.raises(BucketNotEmpty):
        store.delete_bucket("first")
    store.delete("first", "x")
    store.create_upload("first", "unfinished")
    store.delete_bucket("first")
    assert not store.bucket_exists("first")
    with pytest.raises(NoSuchBucket):
        store.delete_bucket("first")


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "Upper",
        "a_b",
        "-ab",
        "a..b",
        "10.0.0.1",
        "x" * 64,
        "a/b",
        "..",
        "xn--a",
        "",
        "console",
        "static",
    ],
)
def test_an_invalid_bucket_name_is_refused(objects: ObjectStore, name: str) -> None:
    with pytest.raises(InvalidBucketName):
        objects.create_bucket(name)


def test_an_object_with_an_ordinary_key_is_a_plain_file(objects: ObjectStore, folder: Path) -> None:
    objects.put(BUCKET, "2026/cars/1.jpg", b"jpeg")
    assert (folder / "2026/cars/1.jpg").read_bytes() == b"jpeg"


def test_deleting_the_last_object_of_a_folder_removes_the_folder(objects: ObjectStore, folder: Path) -> None:
    objects.put(BUCKET, "2026/cars/1.jpg", b"jpeg")
    objects.delete(BUCKET, "2026/cars/1.jpg")
    assert not (folder / "2026").exists()


def test_successful_writes_leave_no_temporary_files(objects: ObjectStore, folder: Path) -> None:
    for data in (b"1", b"2"):
        objects.put(BUCKET, "x", data)
    objects.put(BUCKET, "y//z", b"3")
    objects.delete(BUCKET, "y//z")
    assert _files(folder) == ["x"]


def test_an_edited_plain_file_is_the_objects_new_content(objects: ObjectStore, folder: Path) -> None:
    objects.put(BUCKET, "notes.txt", b"before", content_type="text/plain", checksum_algorithms=["CRC32"])
    (folder / "notes.txt").write_bytes(b"after all")
    info = objects.head(BUCKET, "notes.txt")
    assert (info.size_bytes, info.etag) == (9, hashlib.md5(b"after all").hexdigest())
    assert (info.content_type, info.checksums) == ("text/plain", {})
    assert objects.get(BUCKET, "notes.txt") == b"after all"
    assert objects.list(BUCKET).objects == [info]


def test_a_new_modification_time_does_not_change_the_object(objects: ObjectStore, folder: Path) -> None:
    before = objects.put(BUCKET, "x", b"same", checksum_algorithms=["SHA256"])
    os.utime(folder / "x", (1, 1))
    assert objects.head(BUCKET, "x") == before


def test_a_removed_plain_file_is_a_deleted_object(objects: ObjectStore, folder: Path) -> None:
    objects.put(BUCKET, "x", b"")
    (folder / "x").unlink()
    with pytest.raises(NoSuchKey):
        objects.get(BUCKET, "x")
    assert objects.list(BUCKET).objects == []


def test_deleting_a_bucket_keeps_foreign_files_in_its_folder(objects: ObjectStore, folder: Path) -> None:
    objects.put(BUCKET, "x", b"")
    objects.delete(BUCKET, "x")
    (folder / "mine.txt").write_text("not an object")
    objects.delete_bucket(BUCKET)
    assert _files(folder) == ["mine.txt"]


def test_a_symlink_in_the_folder_of_a_bucket_is_not_followed(
    objects: ObjectStore, folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "door").symlink_to(outside)
    objects.put(BUCKET, "door/secret", b"object")
    objects.put(BUCKET, "file", b"object")
    (folder / "file").unlink()
    (folder / "file").symlink_to(outside / "secret")
    assert objects.get(BUCKET, "door/secret") == b"object"
    assert (outside / "secret").read_text() == "secret"
    with pytest.raises(NoSuchKey):
        objects.get(BUCKET, "file")


segments = st.one_of(
    st.sampled_from(
        ["", ".", "..", "a", "A", "ä", "a\u0308", ".trigpoint", "keys", "staging", "x" * 255, "x" * 256]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
)
keys = (
    st.lists(segments, min_size=1, max_size=5).map("/".join).filter(lambda key: 0 < len(key.encode()) <= 1024)
)


@hypothesis_settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(chosen=st.lists(keys, unique=True, min_size=1, max_size=8))
def test_any_keys_are_distinct_and_stay_inside_their_bucket(
    objects: ObjectStore, tmp_path: Path, chosen: list[str]
) -> None:
    outside = _files(tmp_path, beneath_not="objects")
    for key in chosen:
        objects.put(BUCKET, key, key.encode())
    for key in chosen:
        assert objects.get(BUCKET, key) == key.encode()
    listed = [info.key for info in objects.iterate(BUCKET)]
    assert listed == sorted(chosen, key=str.encode)
    rolled = objects.list(BUCKET, delimiter="/")
    both = sorted([*(info.key for info in rolled.objects), *rolled.common_prefixes], key=str.encode)
    assert both == naive_listing(listed, "", "/")
    assert _files(tmp_path, beneath_not="objects") == outside
    assert [path.name for path in (tmp_path / "objects").iterdir() if path.is_dir()] == [BUCKET]
    for key in chosen[::2]:
        objects.delete(BUCKET, key)
    for key in chosen[1::2]:
        assert objects.get(BUCKET, key) == key.encode()
    objects.delete_many(BUCKET, chosen)
    assert _files(tmp_path / "objects" / BUCKET) == []


@pytest.mark.parametrize("key", ["", "a\0b", "\ud800"])
def test_a_key_that_cannot_be_stored_is_refused(
    database: Database, tmp_path: Path, clock: FakeClock, key: str
) -> None:
    store = ObjectStore(database, tmp_path / "objects", clock)
    store.create_bucket(BUCKET)
    for call in (store.get, store.head, lambda bucket, key: store.put(bucket, key, b"")):
        with pytest.raises(Invalid):
            call(BUCKET, key)


def test_a_key_has_at_most_1024_bytes(objects: ObjectStore) -> None:
    objects.put(BUCKET, "ä" * 512, b"")
    with pytest.raises(KeyTooLong):
        objects.put(BUCKET, "ä" * 512 + "a", b"")


def test_concurrent_readers_see_only_complete_objects(database: Database, tmp_path: Path) -> None:
    store = ObjectStore(database, tmp_path / "objects", SystemClock())
    store.create_bucket(BUCKET)
    store.put(BUCKET, "x", b"0" * 1000, content_type="v/0")
    problems: list[str] = []
    done = threading.Event()

    def write(number: int) -> None:
        for _ in range(15):
            store.put(BUCKET, "x", str(number).encode() * 1000, content_type=f"v/{number}")

    def read() -> None:
        while not done.is_set():
            opened = store.open_object(BUCKET, "x")
            with opened.file:
                data = opened.file.read()
            if data != opened.info.content_type[2:].encode() * 1000:
                problems.append(f"{opened.info.content_type}: {data[:10]!r}...")

    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            _in_parallel(write, range(1, 5))
        finally:
            done.set()
        for reader in readers:
            reader.result()
    assert problems == []


def test_one_of_many_concurrent_conditional_creations_succeeds(database: Database, tmp_path: Path) -> None:
    store = ObjectStore(database, tmp_path / "objects", SystemClock())
    store.create_bucket(BUCKET)
    won: list[int] = []

    def create(number: int) -> None:
        try:
            store.put(BUCKET, "only", str(number).encode(), condition=WriteCondition(if_absent=True))
        except ConditionFailed:
            return
        won.append(number)

    _in_parallel(create, range(8))
    assert len(won) == 1
    assert store.get(BUCKET, "only") == str(won[0]).encode()


def test_concurrent_creation_and_removal_of_folders_loses_no_object(
    database: Database, tmp_path: Path
) -> None:
    store = ObjectStore(database, tmp_path / "objects", SystemClock())
    store.create_bucket(BUCKET)
    problems: list[str] = []

    def churn(number: int) -> None:
        key = f"shared/deep/{number}"
        for _ in range(10):
            store.put(BUCKET, key, key.encode())
            if store.get(BUCKET, key) != key.encode():
                problems.append(key)
            store.delete(BUCKET, key)

    _in_parallel(churn, range(4))
    assert problems == []


def test_a_page_of_a_listing_does_not_walk_through_common_prefixes(objects: ObjectStore) -> None:
    for key in [f"a/{number:03}" for number in range(120)] + ["b/1", "c"]:
        objects.put(BUCKET, key, b"")
    page = objects.list(BUCKET, delimiter="/", max_keys=2)
    assert (page.common_prefixes, page.is_truncated, page.next_marker) == (["a/", "b/"], True, "b/")
    rest = objects.list(BUCKET, delimiter="/", start_after="b/")
    assert [info.key for info in rest.objects] == ["c"]
    assert objects.list(BUCKET, delimiter="/", start_after="a/050").common_prefixes == ["a/", "b/"]


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A folder of images that contains links to other places."""
    linked = tmp_path / "linked"
    for name in ("b/1.jpg", "a.txt", "a/1.jpg", "a/deep/er/2.jpg", "ä.png"):
        (linked / name).parent.mkdir(parents=True, exist_ok=True)
        (linked / name).write_bytes(name.encode())
    (linked / "empty").mkdir()
    (tmp_path / "secret").write_text("secret")
    (linked / "inside.jpg").symlink_to("a/1.jpg")
    (linked / "outside").symlink_to(tmp_path / "secret")
    (linked / "up").symlink_to(tmp_path)
    (linked / "loop").symlink_to(linked)
    (linked / "dangling").symlink_to("nowhere")
    os.mkfifo(linked / "pipe")
    (linked / os.fsdecode(b"not-utf8-\xff")).write_text("x")
    return linked


def _linked_contents() -> dict[str, bytes]:
    names = ("b/1.jpg", "a.txt", "a/1.jpg", "a/deep/er/2.jpg", "ä.png")
    return {name: name.encode() for name in names} | {"inside.jpg": b"a/1.jpg"}


def test_a_linked_folder_meets_the_contract_for_reading(
    database: Database, tmp_path: Path, linked: Path
) -> None:
    store = ObjectStore(database, tmp_path / "objects", SystemClock())
    before = sorted(linked.rglob("*"))
    store.link_bucket(BUCKET, linked)
    assert_readable_backend_contract(store, BUCKET, _linked_contents())
    assert sorted(linked.rglob("*")) == before
    assert store.head(BUCKET, "a/1.jpg").content_type == "image/jpeg"


@pytest.mark.parametrize(
    "key", ["outside", "up/secret", "../secret", "loop/a.txt", "dangling", "pipe", "a", "a/../a.txt"]
)
def test_a_linked_folder_contains_only_its_own_files(objects: ObjectStore, linked: Path, key: str) -> None:
    objects.link_bucket("linked", linked)
    with pytest.raises(NoSuchKey):
        objects.get("linked", key)


@hypothesis_settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    segments=st.lists(
        st.sampled_from(
            ["", ".", "..", "a", "up", "secret", "outside", "loop", "pipe", "b", "1.jpg", "\0", "~"]
        )
        | st.text(max_size=3),
        min_size=1,
        max_size=6,
    )
)
def test_no_key_reads_outside_a_linked_folder(
    objects: ObjectStore, linked: Path, segments: list[str]
) -> None:
    if not objects.bucket_exists("linked"):
        objects.link_bucket("linked", linked)
    key = "/".join(segments)
    try:
        data = objects.get("linked", key)
    except (NoSuchKey, Invalid):
        return
    assert data == _linked_contents()[key]


def test_a_linked_folder_is_never_written_to(objects: ObjectStore, linked: Path) -> None:
    objects.link_bucket("linked", linked)
    for call in (
        lambda: objects.put("linked", "x", b""),
        lambda: objects.delete("linked", "a.txt"),
        lambda: objects.copy("linked", "a.txt", "linked", "x"),
        lambda: objects.set_tags("linked", "a.txt", {}),
        lambda: objects.create_upload("linked", "x"),
    ):
        with pytest.raises(ReadOnlyBucket, match="read-only"):
            call()
    objects.copy("linked", "a.txt", BUCKET, "a.txt")
    assert objects.get(BUCKET, "a.txt") == b"a.txt"
    objects.delete_bucket("linked")
    assert (linked / "a.txt").exists()


def test_changes_in_a_linked_folder_are_visible(objects: ObjectStore, linked: Path) -> None:
    objects.link_bucket("linked", linked)
    before = objects.head("linked", "a.txt")
    (linked / "a.txt").write_bytes(b"changed")
    (linked / "new.txt").write_bytes(b"new")
    after = objects.head("linked", "a.txt")
    assert (after.size_bytes, after.etag) != (before.size_bytes, before.etag)
    assert "new.txt" in [info.key for info in objects.iterate("linked")]


def test_a_folder_inside_or_around_the_store_cannot_be_linked(
    objects: ObjectStore, tmp_path: Path, folder: Path
) -> None:
    with pytest.raises(NotFound, match="is not an existing folder"):
        objects.link_bucket("linked", tmp_path / "nowhere")
    folder.mkdir(parents=True, exist_ok=True)
    for own in (tmp_path, tmp_path / "objects", folder):
        with pytest.raises(Invalid, match="Trigpoint's own data"):
            objects.link_bucket("linked", own)


def test_a_missing_linked_folder_is_reported(objects: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    objects.link_bucket("linked", tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(NoSuchBucket, match="is not there"):
        objects.list("linked")


def _files(folder: Path, beneath_not: str = "") -> list[str]:
    def paths() -> Iterator[str]:
        for path in folder.rglob("*"):
            relative = path.relative_to(folder)
            if (
                path.is_file()
                and relative.parts[0] != beneath_not
                and not relative.name.startswith("test.db")
            ):
                yield str(relative)

    return sorted(paths())


def _in_parallel(work: Callable[[int], None], numbers: range) -> None:
    with ThreadPoolExecutor(len(numbers)) as pool:
        list(pool.map(work, numbers))
