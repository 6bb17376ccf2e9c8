"""A .rec file unpacked into images and a .lst file, and the facts of each record."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from trigpoint.datasets.packing import records_of
from trigpoint.datasets.places import Places
from trigpoint.records.images.head import read_head
from trigpoint.records.images.opening import UnreadableImage
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.lst import LstRow, write_row
from trigpoint.records.recordio import ImageHeader


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """One record of a .rec file: its place from 0, header, kind of image and sizes."""

    place: int
    header: ImageHeader
    kind: str
    image_bytes: int
    size: ImageSize | None


_KINDS = (
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG", ".png"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"RIFF", ".webp"),
)


def kind_of(image: bytes) -> str:
    """The extension that fits the image's first bytes; `.bin` when none does."""
    return next((extension for head, extension in _KINDS if image.startswith(head)), ".bin")


def facts_of(rec: str, places: Places) -> Iterator[RecordFacts]:
    """The facts of each record, without decoding its image."""
    for place, (header, image) in enumerate(records_of(rec, places)):
        yield RecordFacts(place, header, kind_of(image), len(image), _size(image))


def _size(image: bytes) -> ImageSize | None:
    try:
        return read_head(image).size
    except UnreadableImage:
        return None


def unpack(rec: str, target: Path, places: Places, done: Callable[[], None] = lambda: None) -> int:
    """Writes each image as <id><extension> below `target`, and target/<name>.lst. Returns how many.

    When an id occurs again, the place of the record is appended to the name, so that no file is overwritten.
    Raises: Invalid: not a .rec file of images; names the record.
    """
    target.mkdir(parents=True, exist_ok=True)
    rows: list[LstRow] = []
    taken: set[str] = set()
    ids: set[int] = set()
    for place, (header, image) in enumerate(records_of(rec, places)):
        name = f"{header.id:08d}{kind_of(image)}"
        if name in taken:
            name = f"{header.id:08d}-{place}{kind_of(image)}"
        taken.add(name)
        (target / name).write_bytes(image)
        index = header.id if header.id not in ids else max(ids) + 1
        ids.add(index)
        rows.append(LstRow(index, label_numbers(header), name))
        done()
    stem = rec.rstrip("/").rpartition("/")[2].removesuffix(".rec")
    (target / f"{stem}.lst").write_text("".join(map(write_row, rows)))
    return len(rows)


def label_numbers(header: ImageHeader) -> tuple[float, ...]:
    """The numbers of a label, scalar or not."""
    values: Sequence[float] = header.label if isinstance(header.label, tuple) else (header.label,)
    return tuple(_shortest(value) for value in values)


def _shortest(value: float) -> float:
    """The number with the fewest digits that has the same 32-bit value, like 0.1 for 0.10000000149."""
    packed = struct.pack("<f", value)
    candidates = (float(f"{value:.{digits}g}") for digits in range(6, 10))
    return next((each for each in candidates if struct.pack("<f", each) == packed), value)
