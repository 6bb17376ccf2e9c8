"""RecordIO: the bytes of the specification, and round trips."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.recordio import frame_whole
from trigpoint.core.errors import Invalid
from trigpoint.records import recordio
from trigpoint.records.recordio import (
    MAGIC_BYTES,
    DetectionObject,
    ImageHeader,
    NotRecordIO,
    agent_frames,
    frame_native,
    pack_detection_label,
    pack_image,
    read_records,
    record_starts,
    unpack_detection_label,
    unpack_image,
)


def read(data: bytes, rejoin: str = "plain") -> list[bytes]:
    return list(read_records(io.BytesIO(data), rejoin))  # type: ignore[arg-type]


# -- the vectors of training.md 2.1 and 2.3


@pytest.mark.parametrize(
    ("payload", "in_hex"),
    [
        (b"1", "0a23d7ce 01000000 31 000000"),
        (b"AAAA" + MAGIC_BYTES + b"BBBB", "0a23d7ce 04000020 41414141 0a23d7ce 04000060 42424242"),
        (b"", "0a23d7ce 00000000"),
    ],
)
def test_a_native_record_has_the_bytes_of_the_specification(payload: bytes, in_hex: str) -> None:
    assert frame_native(payload) == bytes.fromhex(in_hex)


def test_an_image_header_has_the_bytes_of_the_specification() -> None:
    assert pack_image(ImageHeader(3.0, 7, 0), b"JPEG") == (
        bytes.fromhex("00000000 00004040 0700000000000000 0000000000000000") + b"JPEG"
    )


def test_the_agent_never_splits_a_record_at_the_magic() -> None:
    payload = b"AAAA" + MAGIC_BYTES + b"BBBB"
    assert frame_whole(payload) == bytes.fromhex("0a23d7ce 0c000000") + payload


def test_a_record_is_split_at_the_same_magic_numbers_as_in_dmlc() -> None:
    payload = MAGIC_BYTES + b"a" + MAGIC_BYTES + b"bcd" + MAGIC_BYTES
    assert frame_native(payload) == bytes.fromhex(
        "0a23d7ce 00000020"  # an empty first part
        "0a23d7ce 08000040 61 0a23d7ce 626364"
        "0a23d7ce 00000060"  # an empty last part
    )


# -- round trips

payloads = st.lists(
    st.one_of(st.binary(max_size=9), st.just(MAGIC_BYTES), st.just(MAGIC_BYTES[:2])), max_size=8
).map(b"".join)


@given(st.lists(payloads, max_size=5))
def test_native_records_are_read_with_the_magic_restored(records: list[bytes]) -> None:
    assert read(b"".join(map(frame_native, records)), "magic") == records


@given(st.lists(payloads, max_size=5))
def test_the_agents_records_are_read_by_both_kinds_of_reader(records: list[bytes]) -> None:
    stream = b"".join(map(frame_whole, records))
    assert read(stream, "plain") == records
    assert read(stream, "magic") == records


def test_the_two_kinds_of_reader_differ_on_a_split_record() -> None:
    framed = frame_native(b"AAAA" + MAGIC_BYTES + b"BBBB")
    assert read(framed, "plain") == [b"AAAABBBB"]
    assert read(framed, "magic") == [b"AAAA" + MAGIC_BYTES + b"BBBB"]


@pytest.mark.parametrize("length", range(30))
def test_a_record_that_is_too_long_for_one_part_is_split_without_loss_for_plain_readers(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordio, "MAX_PART_BYTES", 11)
    monkeypatch.setattr(recordio, "SPLIT_BYTES", 8)
    payload = bytes(range(length))
    frames = agent_frames(length)
    assert len(frames) == 1 if length <= 11 else all(frame.length <= 8 for frame in frames)
    stream = b"".join(f.header + payload[f.start : f.start + f.length] + f.padding for f in frames)
    monkeypatch.undo()
    assert read(stream, "plain") == [payload]


def test_a_record_of_the_maximum_length_of_a_part_is_not_split() -> None:
    assert len(agent_frames((1 << 29) - 1)) == 1
    cut = agent_frames(1 << 29)
    assert [(frame.start, frame.length) for frame in cut] == [(0, (1 << 29) - 4), ((1 << 29) - 4, 4)]
    assert [frame.header[7] >> 5 for frame in cut] == [recordio.FIRST, recordio.LAST]


# -- reading


def test_padding_can_be_any_bytes() -> None:
    assert read(bytes.fromhex("0a23d7ce 01000000 31 202020")) == [b"1"]


def test_an_empty_stream_has_no_records() -> None:
    assert read(b"") == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xd8\xff\xe0JFIF", "Invalid magic number 0xe0ffd8ff at byte 0"),
        (frame_whole(b"1") + b"oh no no", "Invalid magic number .* at byte 12"),
        (frame_whole(b"1")[:5], "middle of a record header, at byte 5"),
        (frame_whole(b"12345")[:12], "middle of the record that begins at byte 0"),
        (frame_whole(b"12345")[:13], "middle of the record that begins at byte 0"),
        (bytes.fromhex("0a23d7ce 00000040"), "part number 2 out of order"),
        (bytes.fromhex("0a23d7ce 00000020 0a23d7ce 00000000"), "part number 0 out of order"),
        (bytes.fromhex("0a23d7ce 000000e0"), "part number 7 out of order"),
        (bytes.fromhex("0a23d7ce 00000020"), "before the last part of a record"),
    ],
)
def test_data_that_are_not_recordio_are_refused_with_the_offset(data: bytes, said: str) -> None:
    with pytest.raises(NotRecordIO, match=said):
        read(data)


def test_records_are_read_from_a_pipe_that_delivers_them_in_pieces(tmp_path: Path) -> None:
    records = [bytes([k]) * k for k in range(50)]
    stream = b"".join(map(frame_whole, records))
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)

    def write() -> None:
        with fifo.open("wb", buffering=0) as out:
            for place in range(0, len(stream), 7):
                out.write(stream[place : place + 7])

    writer = threading.Thread(target=write)
    writer.start()
    with fifo.open("rb", buffering=0) as unbuffered:
        assert list(read_records(unbuffered)) == records  # type: ignore[arg-type]
    writer.join()


# -- image records


@given(st.binary(max_size=20), st.integers(0, 2**64 - 1), st.floats(width=32, allow_nan=False))
def test_a_scalar_label_is_read_as_it_was_written(image: bytes, number: int, label: float) -> None:
    assert unpack_image(pack_image(ImageHeader(label, number), image)) == (ImageHeader(label, number), image)


@given(st.binary(max_size=20), st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=9))
def test_a_label_of_several_numbers_is_read_as_it_was_written(image: bytes, label: list[float]) -> None:
    header = ImageHeader(tuple(label), 5)
    packed = pack_image(header, image)
    assert len(packed) == 24 + 4 * len(label) + len(image)
    assert unpack_image(packed) == (header, image)


@pytest.mark.parametrize("payload", [b"", b"x" * 23, b"\2" + b"\0" * 23 + b"1234567"])
def test_an_image_record_that_is_too_short_is_refused(payload: bytes) -> None:
    with pytest.raises(NotRecordIO, match="an image record"):
        unpack_image(payload)


# -- detection labels


def test_a_detection_label_begins_with_the_widths_of_its_header_and_objects() -> None:
    objects = [DetectionObject(1.0, (0.25, 0.5, 0.75, 1.0)), DetectionObject(0.0, (0.0, 0.0, 0.5, 0.5))]
    vector = pack_detection_label(objects)
    assert vector == (2, 5, 1, 0.25, 0.5, 0.75, 1, 0, 0, 0, 0.5, 0.5)
    assert unpack_detection_label(vector) == objects


def test_a_longer_header_and_extra_numbers_are_accepted() -> None:
    assert unpack_detection_label((4, 6, 9, 9, 2, 0.1, 0.2, 0.3, 0.4, 1)) == [
        DetectionObject(2, (0.1, 0.2, 0.3, 0.4), (1,))
    ]


def test_empty_boxes_and_padding_are_dropped() -> None:
    empty, padding = (0, 0.5, 0.1, 0.5, 0.9), (-1, -1, -1, -1, -1)
    assert unpack_detection_label((2, 5, *empty, *padding, 1, 0, 0, 1, 1)) == [
        DetectionObject(1, (0, 0, 1, 1))
    ]


@pytest.mark.parametrize(
    "vector", [(), (2,), (1, 5, 0, 0, 0, 1, 1), (2, 4, 0, 0, 1, 1), (2, 5), (2, 5, 0, 0, 0, 1)]
)
def test_an_invalid_detection_label_is_refused(vector: tuple[float, ...]) -> None:
    with pytest.raises(Invalid, match="detection label"):
        unpack_detection_label(vector)


def test_objects_with_different_numbers_of_values_are_refused() -> None:
    with pytest.raises(Invalid, match=r"these have \[5, 6\]"):
        pack_detection_label([DetectionObject(0, (0, 0, 1, 1)), DetectionObject(0, (0, 0, 1, 1), (1,))])


# -- where records begin


@given(st.lists(st.binary(max_size=40) | st.just(b"cut" + b"." + MAGIC_BYTES * 2 + b"here"), max_size=8))
def test_every_record_can_be_read_from_its_start(payloads: list[bytes]) -> None:
    stream = io.BytesIO(b"".join(map(frame_native, payloads)))
    starts = list(record_starts(stream))
    assert len(starts) == len(payloads)
    for start, payload in zip(starts, payloads, strict=True):
        stream.seek(start)
        assert next(read_records(stream, "magic")) == payload


def test_the_starts_of_records_are_found_without_reading_payloads(tmp_path: Path) -> None:
    path = tmp_path / "sparse.rec"
    header = MAGIC_BYTES + recordio.MAX_PART_BYTES.to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(header)
        file.truncate(8 + recordio.MAX_PART_BYTES + 1)  # half a gigabyte of zeros
        file.seek(0, io.SEEK_END)
        file.write(frame_native(b"second"))
    with path.open("rb") as file:
        assert list(record_starts(file)) == [0, 8 + recordio.MAX_PART_BYTES + 1]


CUT = frame_native(b"cut." + MAGIC_BYTES + b"here")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (frame_native(b"1")[:5], "the stream ends in the middle of a record header, at byte 5"),
        (frame_native(b"1")[:-1], "ends in the middle of the record that begins at byte 0"),
        (frame_native(b"1") + b"xxxxxxxx", "Invalid magic number 0x78787878 at byte 12"),
        (CUT[:12], "the stream ends at byte 12 before the last part of a record"),
        (CUT[12:], "the record at byte 0 has part number 3 out of order"),
        (CUT[:12] + frame_native(b"1"), "the record at byte 12 has part number 0 out of order"),
        (
            MAGIC_BYTES + (5 << 29).to_bytes(4, "little"),
            "the record at byte 0 has part number 5 out of order",
        ),
    ],
)
def test_errors_are_found_without_reading_payloads(data: bytes, said: str) -> None:
    with pytest.raises(NotRecordIO, match=said):
        list(record_starts(io.BytesIO(data)))
    with pytest.raises(NotRecordIO, match=said):
        read(data, "magic")
