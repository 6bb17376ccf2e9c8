"""What im2rec does: images and labels into a .rec file with its .idx, and out again.

Sources are a .lst file with the folder of its images, or a manifest with the attribute that holds the label.
Images are decoded by threads (Pillow leaves the interpreter's lock for that) and written in order.

Source: training.md 2.3, 2.4 (mxnet im2rec: shorter edge, JPEG quality 95, shuffle seed 100).
"""

from __future__ import annotations

import io
import random
import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.datasets.image_header import BROKEN
from trigpoint.datasets.model import BadEntry, Complaints
from trigpoint.datasets.places import Places, join, parent
from trigpoint.records.labels.attributes import label_attributes, label_type
from trigpoint.records.labels.boxes import BoxLabel, clip_to_fractions, parse_box_label
from trigpoint.records.labels.classes import parse_class_id
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.lst import BadRow, LstRow, parse_rows, write_row
from trigpoint.records.manifest.lines import BadLine, scan_lines
from trigpoint.records.manifest.parsing import parse_line
from trigpoint.records.rec_file import RecWriter, read_rec
from trigpoint.records.recordio import (
    DetectionObject,
    ImageHeader,
    NotRecordIO,
    pack_detection_label,
    pack_image,
    unpack_image,
)

SHUFFLE_SEED = 100
_WRITE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Item:
    """One record to be: where it is said, its id, its image, and its label (a size makes boxes of it)."""

    where: str
    index: int
    place: str
    label: Label


Label = float | tuple[float, ...] | BoxLabel


@dataclass(frozen=True, slots=True)
class PackOptions:
    """resize: the shorter edge in pixels. quality: of JPEG, 1 to 95. Without resize the files' bytes are kept."""

    resize: int | None = None
    quality: int = 95
    threads: int = 4
    label_width: int | None = None
    """Pads each label with -1 to so many numbers."""


def items_of_lst(lst: str, root: str, places: Places, complaints: Complaints) -> Iterator[Item]:
    """The items of a .lst; the label of one number is a scalar, of several a vector."""
    with places.open(lst) as stream:
        lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace")
        for row in parse_rows(lines):
            if isinstance(row, BadRow):
                complaints.add(BadEntry(f"{lst}, line {row.number}", row.why))
                continue
            label = row.label[0] if len(row.label) == 1 else row.label
            yield Item(f"{lst}, index {row.index}", row.index, join(root, row.path), label)


def items_of_manifest(
    manifest: str, attribute: str | None, num_classes: int | None, places: Places, complaints: Complaints
) -> Iterator[Item]:
    """The items of a manifest, numbered from 0; `num_classes` makes multi-hot vectors of lists of classes."""
    base = parent(manifest)
    with places.open(manifest) as stream:
        for number, raw in scan_lines(stream):
            where = f"{manifest}, line {number}"
            try:
                if isinstance(raw, BadLine):
                    raise raw
                line = parse_line(raw, number)
                reference, name = _reference(line), attribute or _only_label(line)
                if name not in line:
                    raise Invalid(f"has no attribute {name!r}")
                label = _label(line[name], label_type(line, name), num_classes)
                yield Item(where, number - 1, join(base, reference), label)
            except BadLine as problem:
                complaints.add(BadEntry(where, problem.why))
            except Invalid as problem:
                complaints.add(BadEntry(where, problem.message))


def _reference(line: dict[str, object]) -> str:
    reference = line.get("source-ref")
    if not isinstance(reference, str) or not reference:
        raise Invalid(f"attribute 'source-ref' must be the URI of an image, not {reference!r}")
    return reference


def _only_label(line: dict[str, object]) -> str:
    found = label_attributes(line)
    if len(found) != 1:
        raise Invalid(f"{len(found)} labels ({', '.join(found) or 'none'}); choose one with --attribute")
    return found[0]


def _label(value: object, kind: str, num_classes: int | None) -> Label:
    if kind == "object-detection":
        return parse_box_label(value)
    if not isinstance(value, list):
        return float(parse_class_id(value, "the label"))
    if num_classes is None:
        raise Invalid("the label is a list of classes; --classes N is needed to make a vector of it")
    ids = {parse_class_id(each, f"the label's entry {k}") for k, each in enumerate(value)}
    if ids and max(ids) >= num_classes:
        raise Invalid(f"class {max(ids)} is out of range: --classes is {num_classes}")
    return tuple(float(number in ids) for number in range(num_classes))


def shuffled(items: Iterable[Item], seed: int = SHUFFLE_SEED) -> list[Item]:
    """The items in an order that the seed gives."""
    found = list(items)
    random.Random(seed).shuffle(found)
    return found


def pack(
    items: Iterable[Item],
    target: Path,
    options: PackOptions,
    places: Places,
    complaints: Complaints,
    done: Callable[[], None] = lambda: None,
) -> int:
    """Writes target (.rec) and its .idx, aside first; calls `done` after each record. Returns how many records.

    Raises: BadEntry: by way of `complaints`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    index = target.with_suffix(".idx")
    rec_aside, index_aside = (path.with_name(path.name + ".part") for path in (target, index))
    count = 0
    try:
        with rec_aside.open("wb", buffering=_WRITE_BYTES) as rec, index_aside.open("wb") as idx:
            writer = RecWriter(rec, idx)
            for item, payload in _payloads(items, options, places, complaints):
                writer.write(item.index, payload)
                count += 1
                done()
        rec_aside.replace(target)
        index_aside.replace(index)
    finally:
        rec_aside.unlink(missing_ok=True)
        index_aside.unlink(missing_ok=True)
    return count


def _payloads(
    items: Iterable[Item], options: PackOptions, places: Places, complaints: Complaints
) -> Iterator[tuple[Item, bytes]]:
    waiting: deque[tuple[Item, Future[bytes]]] = deque()

    def next_one() -> Iterator[tuple[Item, bytes]]:
        item, task = waiting.popleft()
        try:
            yield item, task.result()
        except TrigpointError as problem:
            complaints.add(BadEntry(item.where, problem.message))

    with ThreadPoolExecutor(options.threads, "pack") as pool:
        try:
            for item in items:
                waiting.append((item, pool.submit(_payload, item, options, places)))
                if len(waiting) > 4 * options.threads:
                    yield from next_one()
            while waiting:
                yield from next_one()
        finally:
            pool.shutdown(cancel_futures=True)


def _payload(item: Item, options: PackOptions, places: Places) -> bytes:
    data = places.read(item.place)
    size, encoded = _encoded(data, item.place, options)
    label = _in_fractions(item.label, size) if isinstance(item.label, BoxLabel) else item.label
    if options.label_width is not None:
        label = _padded(label, options.label_width)
    return pack_image(ImageHeader(label, item.index), encoded)


def _encoded(data: bytes, place: str, options: PackOptions) -> tuple[ImageSize, bytes]:
    """Size of the stored image and its bytes, which are the file's own unless it is resized."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            size = ImageSize(image.width, image.height)
            if options.resize is None:
                image.draft("RGB", (1, 1))
                image.load()
                return size, data
            return size, _resized(image, options.resize, options.quality)
    except UnidentifiedImageError:
        raise Invalid(f"{place} is {'not an image' if data else 'empty'}") from None
    except (*BROKEN, Image.DecompressionBombError) as problem:
        raise Invalid(f"{place} is a broken image: {problem}") from None


def _resized(image: Image.Image, shorter_edge: int, quality: int) -> bytes:
    scale = shorter_edge / min(image.size)
    target = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    image.draft("RGB", (target[0] * 2, target[1] * 2))
    resized = image.convert("RGB").resize(target, Image.Resampling.BICUBIC)
    out = io.BytesIO()
    resized.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _in_fractions(label: BoxLabel, size: ImageSize) -> tuple[float, ...]:
    """The detection vector of boxes in pixels; those outside or empty are dropped, as readers do.

    An image without objects has one row of -1, which readers take as padding: the format knows no empty label.
    """
    size = label.image_size or size
    objects = [
        DetectionObject(float(class_id), corners)
        for class_id, ltwh in zip(label.class_ids, label.boxes_ltwh, strict=True)
        if (corners := clip_to_fractions(ltwh, size)) is not None
    ]
    return pack_detection_label(objects or [DetectionObject(-1.0, (-1.0, -1.0, -1.0, -1.0))])


def _padded(label: float | tuple[float, ...], width: int) -> tuple[float, ...]:
    values = label if isinstance(label, tuple) else (label,)
    if len(values) > width:
        raise Invalid(f"the label has {len(values)} numbers, more than --label-width {width}")
    return values + (-1.0,) * (width - len(values))


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What one record of a .rec file is: its place from 0, header, kind of image and its size in bytes."""

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


def facts_of(rec: str, places: Places) -> Iterator[RecordFacts]:
    """What each record is, without decoding its image."""
    for place, (header, image) in enumerate(records_of(rec, places)):
        size = None
        try:
            with Image.open(io.BytesIO(image)) as opened:
                size = ImageSize(opened.width, opened.height)
        except (*BROKEN, UnidentifiedImageError, Image.DecompressionBombError):
            size = None
        yield RecordFacts(place, header, kind_of(image), len(image), size)


def unpack(rec: str, target: Path, places: Places, done: Callable[[], None] = lambda: None) -> int:
    """Writes each image as <id><extension> below `target`, and target/<name>.lst. Returns how many.

    A record whose id stood before gets its place behind it, so that no file is overwritten.
    Raises: Invalid: no .rec of images; names the record.
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
