"""Images and labels packed into a .rec file with its .idx, as im2rec does, and read from one.

Images are decoded by threads (Pillow releases the GIL for that) and written in order.

Source: training.md 2.3, 2.4 (mxnet im2rec: shorter edge, JPEG quality 95, shuffle seed 100).
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.datasets.model import Complaints
from trigpoint.datasets.pack_items import Label, PackedItem
from trigpoint.datasets.places import Places
from trigpoint.datasets.report import Report, Total
from trigpoint.records.images import head
from trigpoint.records.images.opening import UnreadableImage, opened
from trigpoint.records.images.pixels import to_rgb
from trigpoint.records.labels.boxes import BoxLabel
from trigpoint.records.labels.frames import fractions_of
from trigpoint.records.rec_file import RecWriter, read_rec
from trigpoint.records.recordio import (
    DetectionObject,
    ImageHeader,
    NotRecordIO,
    pack_detection_label,
    pack_image,
    unpack_image,
)

_WRITE_BYTES = 1 << 20

OUTSIDE: Final = "no area inside the image"


@dataclass(frozen=True, slots=True)
class PackOptions:
    """How images are stored.

    resize:      the shorter edge in pixels; None keeps the bytes of the files.
    quality:     of JPEG, 1 to 95.
    label_width: pads each label with -1 to this many numbers.
    """

    resize: int | None = None
    quality: int = 95
    threads: int = 4
    label_width: int | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    """A record to write, and how many labels (boxes or classes) its item has and lost."""

    payload: bytes
    labels: int
    dropped: int


@dataclass(slots=True)
class Packed:
    """How many records and labels were written, and what was left out."""

    records: int = 0
    labels: int = 0
    report: Report = field(default_factory=Report)

    def add(self, record: _Record) -> None:
        self.records += 1
        self.labels += record.labels - record.dropped
        self.report.labels.read += record.labels
        self.report.labels.leave_out(OUTSIDE, record.dropped)

    def totals(self) -> tuple[Total, Total]:
        """The final counts of images and of labels."""
        return self.report.totals(self.records, self.labels)


class LeftOut(Invalid):
    """Nothing was written, because of what was left out; carries the counts."""

    def __init__(self, message: str, packed: Packed) -> None:
        super().__init__(message)
        self.packed = packed


def pack(
    items: Iterable[PackedItem],
    target: Path,
    options: PackOptions,
    places: Places,
    complaints: Complaints,
    done: Callable[[], None] = lambda: None,
    *,
    report: Report | None = None,
    strict: bool = False,
) -> Packed:
    """Writes target (.rec) and its .idx, under temporary names first; calls `done` after each record.

    report: what `items` leave out is counted there, too.
    strict: write nothing if anything was left out.
    Raises: BadEntry: by way of `complaints`. LeftOut: there is no record, or `strict` and something was left out.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    index = target.with_suffix(".idx")
    rec_aside, index_aside = (path.with_name(path.name + ".part") for path in (target, index))
    packed = Packed(report=report or Report())
    try:
        with rec_aside.open("wb", buffering=_WRITE_BYTES) as rec, index_aside.open("wb") as idx:
            writer = RecWriter(rec, idx)
            for item, record in _records(items, options, places, complaints, packed.report):
                writer.write(item.index, record.payload)
                packed.add(record)
                done()
        if strict and any(total.count_left_out for total in packed.totals()):
            raise LeftOut("--strict: entries were left out, so nothing was written", packed)
        if not packed.records:
            raise LeftOut("the source has no image that can be packed, so nothing was written", packed)
        rec_aside.replace(target)
        index_aside.replace(index)
    finally:
        rec_aside.unlink(missing_ok=True)
        index_aside.unlink(missing_ok=True)
    return packed


def _records(
    items: Iterable[PackedItem], options: PackOptions, places: Places, complaints: Complaints, report: Report
) -> Iterator[tuple[PackedItem, _Record]]:
    waiting: deque[tuple[PackedItem, Future[_Record]]] = deque()

    def next_one() -> Iterator[tuple[PackedItem, _Record]]:
        item, task = waiting.popleft()
        try:
            yield item, task.result()
        except TrigpointError as problem:
            report.labels.read += _count_labels(item.label)
            complaints.leave_out(Invalid(problem.message), item.where, report.images)

    with ThreadPoolExecutor(options.threads, "pack") as pool:
        try:
            for item in items:
                waiting.append((item, pool.submit(_record, item, options, places)))
                if len(waiting) > 4 * options.threads:
                    yield from next_one()
            while waiting:
                yield from next_one()
        finally:
            pool.shutdown(cancel_futures=True)


def _record(item: PackedItem, options: PackOptions, places: Places) -> _Record:
    data = places.read(item.place)
    header, encoded = _encoded(data, item.place, options)
    label, dropped = (
        _in_fractions(item.label, header) if isinstance(item.label, BoxLabel) else (item.label, 0)
    )
    if options.label_width is not None:
        label = _padded(label, options.label_width)
    payload = pack_image(ImageHeader(label, item.index), encoded)
    return _Record(payload, _count_labels(item.label), dropped)


def _count_labels(label: Label) -> int:
    return len(label.class_ids) if isinstance(label, BoxLabel) else 1


def _encoded(data: bytes, place: str, options: PackOptions) -> tuple[head.ImageHeader, bytes]:
    """The header of the stored image, and its bytes: those of the file unless it is resized."""
    try:
        if options.resize is None:
            return head.check_whole(data), data
        return _resized(data, options.resize, options.quality)
    except UnreadableImage as problem:
        raise problem.of(place) from None


def _resized(data: bytes, shorter_edge: int, quality: int) -> tuple[head.ImageHeader, bytes]:
    with opened(data) as image:
        header = head.head_of(image)
        scale = shorter_edge / min(image.size)
        target = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image.draft("RGB", (target[0] * 2, target[1] * 2))
        resized = to_rgb(image).resize(target, Image.Resampling.BICUBIC)
    out = io.BytesIO()
    resized.save(out, "JPEG", quality=quality)
    return header, out.getvalue()


def _in_fractions(label: BoxLabel, image: head.ImageHeader) -> tuple[tuple[float, ...], int]:
    """The detection vector of boxes in pixels, and how many boxes are outside or empty and are dropped, as in training.

    An image without objects has one row of -1, which readers take as padding: the format has no empty label.
    Raises: Invalid: the label is of an image of another size.
    """
    boxes = fractions_of(label, image.size, lambda: image.orientation)
    objects = [
        DetectionObject(float(class_id), corners)
        for class_id, corners in zip(label.class_ids, boxes, strict=True)
        if corners is not None
    ]
    vector = pack_detection_label(objects or [DetectionObject(-1.0, (-1.0, -1.0, -1.0, -1.0))])
    return vector, len(boxes) - len(objects)


def _padded(label: float | tuple[float, ...], width: int) -> tuple[float, ...]:
    values = label if isinstance(label, tuple) else (label,)
    if len(values) > width:
        raise Invalid(f"the label has {len(values)} numbers, more than --label-width {width}")
    return values + (-1.0,) * (width - len(values))


def records_of(rec: str, places: Places) -> Iterator[tuple[ImageHeader, bytes]]:
    """Header and image of each record. Raises: Invalid: names file and record."""
    with places.open(rec) as stream:
        number = 0
        try:
            for payload in read_rec(stream):
                yield unpack_image(payload)
                number += 1
        except NotRecordIO as problem:
            raise Invalid(f"{rec}, record {number}: {problem.message}") from None
