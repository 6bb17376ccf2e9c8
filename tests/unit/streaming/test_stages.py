"""Sources, selection, decompression and wrapping: the output of every stage, and exact resuming."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import pytest

from helpers.recordio import frame_whole
from helpers.streaming import assert_resumes_exactly, manifest, opener
from trigpoint.core.errors import Invalid
from trigpoint.records.manifest.lines import BadLine
from trigpoint.records.manifest.selection import Reference
from trigpoint.records.recordio import read_records
from trigpoint.streaming.decompress import Decompress
from trigpoint.streaming.fetch import Fetch
from trigpoint.streaming.fetch_options import FetchOptions
from trigpoint.streaming.select import Select, WholeObject
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, Lookup, ManifestLines
from trigpoint.streaming.stage import Large, Row, Stage
from trigpoint.streaming.wrap import RecordIO, pieces, read_all


def lines_of(text: bytes) -> ManifestLines:
    return ManifestLines(io.BytesIO(text))


def rows_of(objects: dict[str, bytes], options: FetchOptions | None = None) -> Stage[Row]:
    keys = Keys(list(objects))
    return Fetch(WholeObject(Lookup(Order(len(keys)), keys)), opener(objects), options or FetchOptions())


def content(row: Row) -> tuple[int, list[bytes]]:
    return row[0], [b"".join(pieces(part)) for part in row[1]]


# -- source


def test_a_manifest_gives_any_line_by_its_position() -> None:
    source = lines_of(b'\xef\xbb\xbf{"a":1}\r\n{"b":2}\n\n')
    assert len(source) == 2
    assert source[1] == (2, b'{"b":2}')
    assert source[0] == (1, b'{"a":1}')


def test_an_empty_manifest_has_no_lines() -> None:
    assert len(lines_of(b"")) == 0
    assert len(lines_of(b"\n\n")) == 0


def test_a_gzip_manifest_is_decompressed() -> None:
    assert lines_of(gzip.compress(b'{"a":1}\n'))[0] == (1, b'{"a":1}')


def test_a_truncated_gzip_manifest_is_an_error() -> None:
    with pytest.raises(BadLine, match="not a whole gzip file"):
        lines_of(gzip.compress(os.urandom(1000))[:-20])


def test_a_million_lines_take_little_memory(tmp_path: Path) -> None:
    line = b'{"source-ref":"s3://bucket/some/longer/prefix/000000.jpg","label":0}\n'
    path = tmp_path / "manifest"
    path.write_bytes(line * 1_000_000)
    with path.open("rb") as file:
        source = ManifestLines(file, tmp_path)
    assert len(source) == 1_000_000
    assert source[999_999] == (1_000_000, line[:-1])
    assert list(tmp_path.iterdir()) == [path]  # the copy has no name
    assert len(source._starts) * source._starts.itemsize < 9_000_000


@pytest.mark.parametrize("seed", [None, 4])
def test_looking_up_lines_resumes_exactly(seed: int | None) -> None:
    source = lines_of(manifest(12)[0])
    elements = assert_resumes_exactly(lambda: Lookup(Order(len(source), seed, 0), source))
    assert sorted(number for number, _ in elements) == list(range(1, 13))


# -- select


def test_selecting_resumes_exactly() -> None:
    source = lines_of(manifest(12)[0])
    elements = assert_resumes_exactly(
        lambda: Select(Lookup(Order(len(source), 1, 0), source), ["label", "source-ref"])
    )
    number, (label, reference) = elements[0]
    assert label == f'{{"n": {number - 1}}}'.encode()
    assert reference == Reference(f"s3://data/{number - 1}.jpg")


def test_a_bad_line_is_raised_at_its_position() -> None:
    source = lines_of(b'{"a":1}\nbroken\n{"a":3}\n')
    stage = Select(Lookup(Order(len(source)), source), ["a"])
    assert next(stage) == (1, [b"1"])
    with pytest.raises(BadLine, match="line 2: not valid JSON"):
        next(stage)


def test_keys_are_whole_objects() -> None:
    keys = Keys(["s3://b/1", "s3://b/2"])
    assert assert_resumes_exactly(lambda: WholeObject(Lookup(Order(2), keys))) == [
        (1, [Reference("s3://b/1")]),
        (2, [Reference("s3://b/2")]),
    ]


# -- decompress


@pytest.mark.parametrize("large_bytes", [1, 10**6])
def test_gzip_parts_are_decompressed_and_others_are_passed_on(large_bytes: int) -> None:
    text = b"some text " * 50
    several = gzip.compress(b"ab") + gzip.compress(b"cd")
    objects = {"s3://b/1": gzip.compress(text), "s3://b/2": text, "s3://b/3": several, "s3://b/4": b""}
    options = FetchOptions(large_bytes=large_bytes)
    elements = assert_resumes_exactly(lambda: Decompress(rows_of(objects, options), large_bytes), content)
    assert [parts for _, parts in elements] == [[text], [text], [b"abcd"], [b""]]


def test_parts_too_large_for_memory_are_decompressed_to_a_file(tmp_path: Path) -> None:
    objects = {"s3://b/1": gzip.compress(bytes(5_000_000))}
    _, (part,) = next(Decompress(rows_of(objects), large_bytes=1000, directory=tmp_path))
    assert isinstance(part, Large)
    assert part.size_bytes == 5_000_000
    assert b"".join(pieces(part)) == bytes(5_000_000)


@pytest.mark.parametrize("damage", [lambda z: z[:-5], lambda z: z[:20] + b"xxxx" + z[24:]])
def test_damaged_gzip_is_an_error_that_names_the_line(damage: object) -> None:
    objects = {"s3://b/1": b"fine", "s3://b/2": damage(gzip.compress(os.urandom(100)))}  # type: ignore[operator]
    stage = Decompress(rows_of(objects))
    next(stage)
    with pytest.raises(BadLine, match="line 2: gzip data is damaged"):
        next(stage)


# -- wrap


def test_recordio_frames_each_part_and_resumes_exactly() -> None:
    text, objects = manifest(10)
    source = lines_of(text)

    def build() -> RecordIO:
        selected = Select(Lookup(Order(len(source)), source), ["source-ref", "label"])
        return RecordIO(Fetch(selected, opener(objects)))

    assert_resumes_exactly(build, content)
    wanted = [part for k, image in enumerate(objects.values()) for part in (image, f'{{"n": {k}}}'.encode())]
    stream = read_all(build())
    assert stream == b"".join(map(frame_whole, wanted))
    assert list(read_records(io.BytesIO(stream))) == wanted


def test_the_example_of_the_guide_gives_the_documented_bytes() -> None:
    source = lines_of(
        b'{"image-ref":"s3://b/1.jpg","is-a-cat":1}\n{"image-ref":"s3://b/2.jpg","is-a-cat":"0"}\n'
    )
    objects = {"s3://b/1.jpg": b"JPEG1", "s3://b/2.jpg": b"JPEG2"}
    selected = Select(Lookup(Order(2), source), ["image-ref", "is-a-cat"])
    stream = read_all(RecordIO(Fetch(selected, opener(objects))))
    assert list(read_records(io.BytesIO(stream))) == [b"JPEG1", b"1", b"JPEG2", b"0"]


def test_without_a_wrapper_parts_are_joined_without_separators() -> None:
    source = lines_of(b'{"image-ref":"s3://b/1","c":1}\n{"image-ref":"s3://b/2","c":[0]}\n')
    selected = Select(Lookup(Order(2), source), ["image-ref", "c"])
    assert read_all(Fetch(selected, opener({"s3://b/1": b"one", "s3://b/2": b"two"}))) == b"one1two[0]"


def test_a_large_object_is_framed_like_a_small_one() -> None:
    objects = {"s3://b/1": bytes(1001), "s3://b/2": b"x"}
    streamed = read_all(RecordIO(rows_of(objects, FetchOptions(large_bytes=1000))))
    assert streamed == frame_whole(bytes(1001)) + frame_whole(b"x")


def test_a_pipeline_prints_itself() -> None:
    source = lines_of(manifest(3)[0])
    stage = RecordIO(Fetch(Select(Lookup(Order(3, 1, 2), source), ["label"]), opener({})))
    assert str(stage).startswith(
        "Order(count=3, seed=1, epoch=2) -> Lookup(3 elements) -> Select(label) -> Fetch("
    )
    assert str(stage).endswith("-> RecordIO()")


def test_invalid_fetch_options_are_refused() -> None:
    with pytest.raises(Invalid, match=r"FetchOptions.threads is 0; it must be at least 1"):
        FetchOptions(threads=0)
