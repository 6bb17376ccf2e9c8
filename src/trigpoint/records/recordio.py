"""RecordIO: records framed as dmlc and as the Pipe agent do it, and MXNet's image records.

    u32 LE magic | u32 LE (part << 29 | length) | length bytes | zero bytes up to a multiple of 4

`part`: 0 a whole record, 1 its first part, 2 a middle part, 3 the last part.

Two families of readers disagree on records in parts. dmlc cuts a record where it contains the magic at a multiple
of 4, drops these 4 bytes, and inserts them again when it joins the parts. The readers of SageMaker streams join the
parts as they are. Therefore the agent only cuts a record when its length does not fit 29 bits.

Source: training.md 2.1-2.3 (dmlc-core recordio; mxnet recordio.py).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

from trigpoint.core.errors import Invalid

MAGIC: Final = 0xCED7230A
MAGIC_BYTES: Final = MAGIC.to_bytes(4, "little")
MAX_PART_BYTES: Final = (1 << 29) - 1
SPLIT_BYTES: Final = (1 << 29) - 4
"""The length of a part of a record that is too long for one: the largest that needs no padding."""

WHOLE, FIRST, MIDDLE, LAST = range(4)

_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")  # by length mod 4
_HEADER = struct.Struct("<II")
_IMAGE_HEADER = struct.Struct("<IfQQ")


class NotRecordIO(Invalid):
    """The bytes are not RecordIO, or end in the middle of a record."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One part of a record as the agent writes it: header, payload[start:start+length], padding."""

    header: bytes
    start: int
    length: int
    padding: bytes


def agent_frames(length: int) -> list[Frame]:
    """The frames of the agent for a payload of `length` bytes: one, or parts of SPLIT_BYTES that are joined as they are."""
    if length <= MAX_PART_BYTES:
        return [Frame(_HEADER.pack(MAGIC, length), 0, length, _PADDING[length & 3])]
    starts = range(0, length, SPLIT_BYTES)
    frames = []
    for start in starts:
        part = FIRST if start == 0 else LAST if start == starts[-1] else MIDDLE
        size = min(SPLIT_BYTES, length - start)
        frames.append(Frame(_HEADER.pack(MAGIC, part << 29 | size), start, size, _PADDING[size & 3]))
    return frames


def whole_header(length: int) -> tuple[bytes, bytes]:
    """(header, padding) of a payload of `length` bytes, at most MAX_PART_BYTES, as one record."""
    return _HEADER.pack(MAGIC, length), _PADDING[length & 3]


def native_parts(payload: bytes) -> list[bytes | memoryview]:
    """A payload as dmlc writes it into .rec files: cut wherever it contains the magic at a multiple of 4.

    The pieces of the payload are views; nothing is copied.
    Raises: Invalid: a part would be too long for 29 bits.
    """
    cuts = _aligned_magics(payload)
    if not cuts:
        header, padding = _native_header(WHOLE, len(payload))
        return [header, payload, padding] if padding else [header, payload]
    view = memoryview(payload)
    out: list[bytes | memoryview] = []
    start = 0
    for number, cut in enumerate(cuts):
        out += [_native_header(MIDDLE if number else FIRST, cut - start)[0], view[start:cut]]
        start = cut + 4
    header, padding = _native_header(LAST, len(payload) - start)
    return [*out, header, view[start:], padding]


def frame_native(payload: bytes) -> bytes:
    """The parts of `native_parts`, joined."""
    return b"".join(native_parts(payload))


def _native_header(part: int, length: int) -> tuple[bytes, bytes]:
    if length > MAX_PART_BYTES:
        raise Invalid(
            f"a record of {length} bytes does not fit RecordIO; the limit is {MAX_PART_BYTES} bytes"
        )
    return _HEADER.pack(MAGIC, part << 29 | length), _PADDING[length & 3]


def _aligned_magics(payload: bytes) -> list[int]:
    """The offsets, multiples of 4, at which the payload contains the magic."""
    found = []
    place = payload.find(MAGIC_BYTES)
    while place >= 0:
        if place & 3 == 0:
            found.append(place)
        place = payload.find(MAGIC_BYTES, place + 1)
    return found


def read_records(stream: BinaryIO, rejoin: Literal["plain", "magic"] = "plain") -> Iterator[bytes]:
    """The payloads of the records in `stream`, which may be a pipe.

    rejoin: how the parts of a record are joined: "plain" for streams of the agent; "magic" inserts the 4 bytes
            between them, for native .rec files.
    Padding may have any value.
    Raises: NotRecordIO: a bad magic number, parts out of order, or an end in the middle of a record.
    """
    glue = {"plain": b"", "magic": MAGIC_BYTES}[rejoin]
    parts: list[bytes] = []
    offset = 0
    while header := _read(stream, 8):
        if len(header) < 8:
            raise NotRecordIO(
                f"the stream ends in the middle of a record header, at byte {offset + len(header)}"
            )
        magic, word = _HEADER.unpack(header)
        if magic != MAGIC:
            raise NotRecordIO(f"Invalid magic number 0x{magic:08x} at byte {offset}: this is not RecordIO")
        part, length = word >> 29, word & MAX_PART_BYTES
        padded = (length + 3) & ~3
        payload = _read(stream, padded)
        if len(payload) < padded:
            raise NotRecordIO(f"the stream ends in the middle of the record that begins at byte {offset}")
        if part > LAST or bool(parts) != (part in (MIDDLE, LAST)):
            raise NotRecordIO(f"the record at byte {offset} has part number {part} out of order")
        offset += 8 + padded
        if padded != length:
            payload = payload[:length]
        if part == WHOLE:
            yield payload
            continue
        parts.append(payload)
        if part == LAST:
            yield glue.join(parts)
            parts = []
    if parts:
        raise NotRecordIO(f"the stream ends at byte {offset} before the last part of a record")


def record_starts(stream: BinaryIO) -> Iterator[int]:
    """The byte at which each record of a seekable stream begins; payloads are skipped, not read.

    Raises: NotRecordIO: as `read_records`.
    """
    end = stream.seek(0, io.SEEK_END)
    offset, open_parts = 0, False
    while offset < end:
        stream.seek(offset)
        part, padded = _parse_header(_read(stream, 8), offset)
        if offset + 8 + padded > end:
            raise NotRecordIO(f"the stream ends in the middle of the record that begins at byte {offset}")
        if open_parts != (part in (MIDDLE, LAST)):
            raise NotRecordIO(f"the record at byte {offset} has part number {part} out of order")
        if not open_parts:
            yield offset
        open_parts = part in (FIRST, MIDDLE)
        offset += 8 + padded
    if open_parts:
        raise NotRecordIO(f"the stream ends at byte {offset} before the last part of a record")


def _parse_header(header: bytes, offset: int) -> tuple[int, int]:
    """(part number, length of payload and padding) of the header at this offset."""
    if len(header) < 8:
        raise NotRecordIO(f"the stream ends in the middle of a record header, at byte {offset + len(header)}")
    magic, word = _HEADER.unpack(header)
    if magic != MAGIC:
        raise NotRecordIO(f"Invalid magic number 0x{magic:08x} at byte {offset}: this is not RecordIO")
    part, length = word >> 29, word & MAX_PART_BYTES
    if part > LAST:
        raise NotRecordIO(f"the record at byte {offset} has part number {part} out of order")
    return part, (length + 3) & ~3


def _read(stream: BinaryIO, length: int) -> bytes:
    """`length` bytes, fewer only at the end of the stream."""
    data = stream.read(length)
    if len(data) == length or not data:
        return data
    pieces = [data]
    missing = length - len(data)
    while missing and (data := stream.read(missing)):
        pieces.append(data)
        missing -= len(data)
    return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """MXNet's IRHeader: a label of one number or of several, and ids; the encoded image follows it."""

    label: float | tuple[float, ...]
    id: int = 0
    id2: int = 0


def pack_image(header: ImageHeader, image: bytes) -> bytes:
    """The payload of an image record; a label of several numbers is stored as float32 after the header."""
    if isinstance(header.label, tuple):
        count = len(header.label)
        head = _IMAGE_HEADER.pack(count, 0.0, header.id, header.id2)
        return head + struct.pack(f"<{count}f", *header.label) + image
    return _IMAGE_HEADER.pack(0, header.label, header.id, header.id2) + image


def unpack_image(payload: bytes) -> tuple[ImageHeader, bytes]:
    """Header and encoded image of an image record.

    Raises: NotRecordIO: the payload is shorter than its header.
    """
    if len(payload) < _IMAGE_HEADER.size:
        raise NotRecordIO(
            f"an image record has at least {_IMAGE_HEADER.size} bytes, this one has {len(payload)}"
        )
    count, scalar, id_, id2 = _IMAGE_HEADER.unpack_from(payload)
    if count == 0:
        return ImageHeader(scalar, id_, id2), payload[_IMAGE_HEADER.size :]
    end = _IMAGE_HEADER.size + 4 * count
    if len(payload) < end:
        raise NotRecordIO(
            f"an image record with {count} label numbers has at least {end} bytes, this one {len(payload)}"
        )
    label = struct.unpack_from(f"<{count}f", payload, _IMAGE_HEADER.size)
    return ImageHeader(label, id_, id2), payload[end:]


@dataclass(frozen=True, slots=True)
class DetectionObject:
    """One object of a detection label: corners as fractions of the image; `extra` has further numbers."""

    class_id: float
    box_xyxy: tuple[float, float, float, float]
    extra: tuple[float, ...] = ()


def pack_detection_label(objects: Sequence[DetectionObject]) -> tuple[float, ...]:
    """The label vector [2, object width, class, xmin, ymin, xmax, ymax, extra..., ...] of the objects.

    Raises: Invalid: objects with different numbers of extra values.
    """
    widths = {5 + len(each.extra) for each in objects} or {5}
    if len(widths) > 1:
        raise Invalid(f"all objects of a label need the same number of values, these have {sorted(widths)}")
    vector: list[float] = [2.0, float(widths.pop())]
    for each in objects:
        vector += [each.class_id, *each.box_xyxy, *each.extra]
    return tuple(vector)


def unpack_detection_label(vector: Sequence[float]) -> list[DetectionObject]:
    """The objects of a label vector, without those whose box is empty (as in MXNet) and without -1 padding.

    Raises: Invalid: the vector's header or length is wrong.
    """
    if (
        len(vector) < 2
        or vector[0] < 2
        or vector[1] < 5
        or vector[0] != int(vector[0])
        or vector[1] != int(vector[1])
    ):
        raise Invalid(
            "a detection label begins with its header width (2 or more) and object width (5 or more), "
            f"not {list(vector[:2])}"
        )
    head, width = int(vector[0]), int(vector[1])
    if len(vector) < head + width or (len(vector) - head) % width:
        raise Invalid(
            f"Not enough annotation packed: a detection label of {len(vector)} numbers does not consist of "
            f"a header of {head} and one or more objects of {width}"
        )
    rows = [tuple(vector[place : place + width]) for place in range(head, len(vector), width)]
    return [
        DetectionObject(row[0], (row[1], row[2], row[3], row[4]), row[5:])
        for row in rows
        if row[0] >= 0 and row[3] > row[1] and row[4] > row[2]
    ]
