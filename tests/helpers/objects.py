"""The contract of every object store backend, checked against a naive model."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import BinaryIO

import pytest

from trigpoint.objects import Listing, NamedPart, ObjectInfo, ObjectStore, Part, WriteCondition
from trigpoint.objects.errors import (
    ConditionFailed,
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
)
from trigpoint.objects.names import common_prefix

FIVE_MIB = 5 * 1024 * 1024


def assert_object_backend_contract(objects: ObjectStore, bucket: str, *, remote: bool = False) -> None:
    """A writable bucket, empty at the beginning and at the end.

    A `remote` one cannot keep an overwritten version for its readers: it fails instead of mixing two. It does
    not report the sizes of an object's parts.
    """
    _assert_writes_and_reads(objects, bucket, remote)
    _assert_conditions(objects, bucket)
    _assert_copies(objects, bucket)
    _assert_uploads(objects, bucket, remote)
    contents = {
        key: key.encode() for key in ("a", "a.b", "a/1", "a/2/x", "a0", "b/1", "ä/ö", "日/本", "\U0001f600/x")
    }
    for key, data in contents.items():
        objects.put(bucket, key, data)
    assert_readable_backend_contract(objects, bucket, contents)
    objects.delete_many(bucket, list(contents))
    assert list(objects.iterate(bucket)) == []


def assert_readable_backend_contract(
    objects: ObjectStore, bucket: str, contents: Mapping[str, bytes]
) -> None:
    """A bucket, writable or not, that holds exactly `contents`."""
    for key, data in contents.items():
        info = objects.head(bucket, key)
        assert (info.bucket, info.key, info.size_bytes) == (bucket, key, len(data))
        assert info.etag == hashlib.md5(data).hexdigest()
        assert info.modified_at.tzinfo is not None
        assert objects.get(bucket, key) == data
        with objects.open(bucket, key) as file:
            file.seek(1)
            assert file.read() == data[1:]
        assert objects.read_uri(info.uri) == data
    for missing in ("never", "never/there", "a/", "/a", "a//1", "../a", "a/./1"):
        if missing not in contents:
            with pytest.raises(NoSuchKey):
                objects.head(bucket, missing)
    _assert_listings(objects, bucket, list(contents))


def _assert_listings(objects: ObjectStore, bucket: str, keys: list[str]) -> None:
    ordered = sorted(keys, key=str.encode)
    assert [info.key for info in objects.iterate(bucket)] == ordered
    firsts = {key[:1] for key in keys}
    for prefix, delimiter, page in itertools.product(
        ("", "a", "a/", "zz", *firsts), ("", "/", "."), (1, 2, 1000)
    ):
        assert _all_pages(objects, bucket, prefix, delimiter, page) == naive_listing(
            ordered, prefix, delimiter
        )
    for start_after in ("", "a", "a/1", "a/zzz", "zzzz", "\U0010ffff"):
        after = [key for key in ordered if key.encode() > start_after.encode()]
        found = objects.list(bucket, start_after=start_after)
        assert [info.key for info in found.objects] == after
    assert objects.list(bucket, max_keys=0) == Listing([], [], False, "")


def naive_listing(keys: list[str], prefix: str, delimiter: str) -> list[str]:
    """Keys and common prefixes in byte order, each once, by reading everything."""
    rolled = [common_prefix(key, prefix, delimiter) or key for key in keys if key.startswith(prefix)]
    return sorted(set(rolled), key=str.encode)


def _all_pages(objects: ObjectStore, bucket: str, prefix: str, delimiter: str, max_keys: int) -> list[str]:
    found: list[str] = []
    marker = ""
    while True:
        page = objects.list(bucket, prefix, delimiter, marker, max_keys)
        entries = [*(info.key for info in page.objects), *page.common_prefixes]
        assert len(entries) <= max_keys
        found += sorted(entries, key=str.encode)
        if not page.is_truncated:
            return found
        assert page.next_marker.encode() > marker.encode()
        marker = page.next_marker


def _assert_writes_and_reads(objects: ObjectStore, bucket: str, remote: bool) -> None:
    info = objects.put(bucket, "x", [b"ab", b"", b"c"], content_type="image/png", metadata={"who": "bob"})
    assert (info.size_bytes, info.etag) == (3, hashlib.md5(b"abc").hexdigest())
    assert _undated(objects.head(bucket, "x")) == _undated(info)
    assert abs((objects.head(bucket, "x").modified_at - info.modified_at).total_seconds()) <= 2
    with objects.open_object(bucket, "x").file as before:
        replaced = objects.put(bucket, "x", b"longer than before")
        _assert_reads(before, b"abc", remote)
    assert _undated(objects.head(bucket, "x")) == _undated(replaced)
    assert (replaced.content_type, replaced.metadata) == ("binary/octet-stream", {})
    objects.set_tags(bucket, "x", {"k": "v"})
    assert objects.head(bucket, "x").tags == {"k": "v"}
    with objects.open_object(bucket, "x").file as before:
        objects.delete(bucket, "x")
        _assert_reads(before, b"longer than before", remote)
    objects.delete(bucket, "x")
    with pytest.raises(NoSuchKey):
        objects.get(bucket, "x")
    for call in (objects.list, objects.list_uploads):
        with pytest.raises(NoSuchBucket):
            call("no-such-bucket")
    with pytest.raises(NoSuchBucket):
        objects.put("no-such-bucket", "x", b"")
    _assert_a_failed_write_changes_nothing(objects, bucket)


def _undated(info: ObjectInfo) -> ObjectInfo:
    """What is known of an object except its time, which another store reports only with the next HEAD."""
    return replace(info, modified_at=datetime(2000, 1, 1, tzinfo=UTC))


def _assert_reads(file: BinaryIO, data: bytes, remote: bool) -> None:
    """Asserts that a reader gets the version that it opened, although it was replaced."""
    if not remote:
        assert file.read() == data
        return
    with pytest.raises((NoSuchKey, ConditionFailed)):
        file.read()


def _assert_a_failed_write_changes_nothing(objects: ObjectStore, bucket: str) -> None:
    class Broken(Exception):
        pass

    def breaks() -> object:
        yield b"some bytes"
        raise Broken

    def refuse(_digests: object) -> None:
        raise Broken

    objects.put(bucket, "x", b"kept")
    before = objects.head(bucket, "x")
    with pytest.raises(Broken):
        objects.put(bucket, "x", breaks())  # type: ignore[arg-type]
    with pytest.raises(Broken):
        objects.put(bucket, "x", b"other", verify=refuse)
    assert (objects.head(bucket, "x"), objects.get(bucket, "x")) == (before, b"kept")
    objects.delete(bucket, "x")


def _assert_conditions(objects: ObjectStore, bucket: str) -> None:
    absent = WriteCondition(if_absent=True)
    first = objects.put(bucket, "c", b"1", condition=absent)
    with pytest.raises(ConditionFailed):
        objects.put(bucket, "c", b"2", condition=absent)
    with pytest.raises(ConditionFailed):
        objects.put(bucket, "c", b"2", condition=WriteCondition(if_etag="0"))
    objects.put(bucket, "c", b"3", condition=WriteCondition(if_etag=first.etag))
    assert objects.get(bucket, "c") == b"3"
    objects.delete(bucket, "c")


def _assert_copies(objects: ObjectStore, bucket: str) -> None:
    objects.put(bucket, "from", b"copied", content_type="text/csv", metadata={"k": "v"}, tags={"t": "1"})
    copy = objects.copy(bucket, "from", bucket, "to/here")
    assert (copy.content_type, copy.metadata, copy.tags) == ("text/csv", {"k": "v"}, {"t": "1"})
    assert objects.get(bucket, "to/here") == b"copied"
    objects.delete_many(bucket, ["from", "to/here"])


def _assert_uploads(objects: ObjectStore, bucket: str, remote: bool) -> None:
    first, last = b"a" * FIVE_MIB, b"the end"
    upload = objects.create_upload(bucket, "parts/x", content_type="image/png", metadata={"m": "1"})
    late = objects.upload_part(bucket, "parts/x", upload.id, 7, last)
    objects.upload_part(bucket, "parts/x", upload.id, 2, b"to be replaced")
    early = objects.upload_part(bucket, "parts/x", upload.id, 2, first)
    assert _numbers_and_etags(objects.list_parts(bucket, "parts/x", upload.id)) == [
        (2, FIVE_MIB, early.etag),
        (7, len(last), late.etag),
    ]
    assert [part.part_number for part in objects.list_parts(bucket, "parts/x", upload.id, after=2)] == [7]
    assert objects.find_upload(bucket, "parts/x", upload.id).id == upload.id
    assert [found.id for found in objects.list_uploads(bucket, prefix="parts/").uploads] == [upload.id]
    assert objects.list_uploads(bucket, delimiter="/").common_prefixes == ["parts/"]
    with pytest.raises(NoSuchKey):
        objects.head(bucket, "parts/x")
    named = [NamedPart(2, early.etag), NamedPart(7, late.etag)]
    for wrong, error in (
        ([NamedPart(2, late.etag), named[1]], InvalidPart),
        ([named[0], NamedPart(8, late.etag)], InvalidPart),
        ([named[1], named[0]], InvalidPartOrder),
        ([named[0], named[0]], InvalidPartOrder),
    ):
        with pytest.raises(error):
            objects.complete_upload(bucket, "parts/x", upload.id, wrong)
    info = objects.complete_upload(bucket, "parts/x", upload.id, named)
    md5s = hashlib.md5(first).digest() + hashlib.md5(last).digest()
    assert (info.etag, info.size_bytes) == (f"{hashlib.md5(md5s).hexdigest()}-2", len(first) + len(last))
    assert (info.content_type, info.metadata, list(info.part_sizes)) == (
        "image/png",
        {"m": "1"},
        [] if remote else [FIVE_MIB, 7],
    )
    assert objects.get(bucket, "parts/x") == first + last
    assert objects.complete_upload(bucket, "parts/x", upload.id, named).etag == info.etag
    objects.delete(bucket, "parts/x")
    _assert_small_and_aborted_uploads(objects, bucket)


def _numbers_and_etags(parts: Sequence[Part]) -> list[tuple[int, int, str]]:
    return [(part.part_number, part.size_bytes, part.etag) for part in parts]


def _assert_small_and_aborted_uploads(objects: ObjectStore, bucket: str) -> None:
    upload = objects.create_upload(bucket, "small")
    parts = [objects.upload_part(bucket, "small", upload.id, number, b"small") for number in (1, 2)]
    with pytest.raises(EntityTooSmall):
        objects.complete_upload(
            bucket, "small", upload.id, [NamedPart(part.part_number, part.etag) for part in parts]
        )
    objects.abort_upload(bucket, "small", upload.id)
    for call in (
        lambda: objects.list_parts(bucket, "small", upload.id),
        lambda: objects.upload_part(bucket, "small", upload.id, 3, b"late"),
        lambda: objects.complete_upload(bucket, "small", upload.id, [NamedPart(1, parts[0].etag)]),
        lambda: objects.abort_upload(bucket, "small", upload.id),
    ):
        with pytest.raises(NoSuchUpload):
            call()
    assert objects.list_uploads(bucket).uploads == []
