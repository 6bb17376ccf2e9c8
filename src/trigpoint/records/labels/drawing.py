"""What labels and answers look like in a picture or a text: shapes, classes, spans and masks, whatever wrote them.

For people who look at labels. It never fails: what cannot be read is left out, and `problem` says so.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.attributes import label_type, metadata_of
from trigpoint.records.labels.boxes import read_boxes
from trigpoint.records.labels.classes import class_name, parse_class_id, read_class_ids, read_class_map
from trigpoint.records.labels.masks import BACKGROUND, COLOR_MAP
from trigpoint.records.labels.spans import parse_span_label

MOST_SHAPES: Final = 5_000
MOST_POINTS: Final = 2_000
"""Of one shape."""
_MOST_DEPTH: Final = 3
_PATHS: Final = {"polygons": "polygon", "polylines": "line", "lines": "line"}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape on the stored pixels of an image. `kind`: box, polygon, line or point.

    `points`: the corners left top and right bottom of a box, the vertices of a path, or the point.
    """

    kind: str
    points: Sequence[Point]
    class_name: str
    confidence: float | None = None

    @property
    def svg_points(self) -> str:
        """The points as SVG writes them."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class NamedClass:
    """A class of the whole object."""

    name: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """A part of a text: code points from 0, the end exclusive."""

    start: int
    end: int
    class_name: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is seen of a label or an answer.

    `size`: width and height of the image in pixels; None if unknown. `mask_uri`, `mask_png`: where a mask is, or its
    bytes. `colours`: of the classes that a mask shows, by name. `notes`: what workers wrote.
    """

    size: tuple[int, int] | None = None
    shapes: Sequence[Shape] = ()
    classes: Sequence[NamedClass] = ()
    spans: Sequence[MarkedSpan] = ()
    mask_uri: str = ""
    mask_png: bytes = b""
    colours: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    problem: str = ""

    @property
    def names(self) -> list[str]:
        """The names of all classes in it, each once, in their order."""
        every = [each.class_name for each in self.shapes] + [each.class_name for each in self.spans]
        every += [each.name for each in self.classes]
        return list(dict.fromkeys(every))

    @property
    def is_empty(self) -> bool:
        return not (self.shapes or self.classes or self.spans or self.mask_uri or self.mask_png)


def drawing_of_label(line: Mapping[str, Any], attribute: str, names: Mapping[int, str]) -> Drawing:
    """The label in an output line. names: of class ids that the line does not name."""
    if attribute not in line:
        return Drawing()
    metadata = metadata_of(line, attribute)
    kind = label_type(line, attribute)
    try:
        if kind == "object-detection":
            return _boxes(line, attribute, names)
        if kind == "semantic-segmentation":
            return _mask(line[attribute], metadata)
        if kind == "text-span":
            return _spans(line[attribute], attribute, metadata)
        if kind.startswith(("image-classification", "text-classification", "label-verification")):
            return _classes(line, attribute, names, metadata)
    except Invalid as problem:
        return Drawing(problem=problem.message)
    return _of_value(line[attribute])


def drawing_of_answer(content: str) -> Drawing:
    """What a worker submitted, as crowd-form wrote it: the elements of all templates that are known."""
    try:
        return _of_value(json.loads(content))
    except (ValueError, RecursionError):
        return Drawing(problem="the answer is not JSON")


def _boxes(line: Mapping[str, Any], attribute: str, names: Mapping[int, str]) -> Drawing:
    size, boxes = read_boxes(line, attribute, names)
    shapes = [
        Shape("box", ((box.left, box.top), (box.right, box.bottom)), box.class_name, box.confidence)
        for box in boxes[:MOST_SHAPES]
    ]
    return Drawing(None if size is None else (size.width, size.height), shapes)


def _mask(value: Any, metadata: Mapping[str, Any]) -> Drawing:
    entries = metadata.get(COLOR_MAP)
    entries = entries.values() if isinstance(entries, Mapping) else ()
    colours = [
        (str(each["class-name"]), str(each.get("hex-color", "")))
        for each in entries
        if isinstance(each, Mapping) and each.get("class-name") not in (None, BACKGROUND)
    ]
    return Drawing(mask_uri=value if isinstance(value, str) else "", colours=colours)


def _spans(value: Any, attribute: str, metadata: Mapping[str, Any]) -> Drawing:
    spans = parse_span_label(value, attribute)[:MOST_SHAPES]
    entries = metadata.get("entities")
    entries = entries if isinstance(entries, list) else []
    known = [*(_confidence(each) for each in entries), *[None] * len(spans)]
    found = [MarkedSpan(s.start, s.end, s.label, c) for s, c in zip(spans, known, strict=False)]
    return Drawing(spans=found)


def _classes(
    line: Mapping[str, Any], attribute: str, names: Mapping[int, str], metadata: Mapping[str, Any]
) -> Drawing:
    own = read_class_map(line, attribute)
    mapped = metadata.get("confidence-map")
    mapped = mapped if isinstance(mapped, Mapping) else {}
    by_id = {parse_class_id(key): _number(value) for key, value in mapped.items()}
    single = _number(metadata.get("confidence"))
    found = [
        NamedClass(class_name(each, own, names), by_id.get(each, single))
        for each in read_class_ids(line[attribute], attribute)
    ]
    feedback = metadata.get("worker-feedback")
    feedback = feedback if isinstance(feedback, list) else []
    notes = [str(each.get("comment", "")) for each in feedback if isinstance(each, Mapping)]
    return Drawing(classes=found, notes=[note for note in notes if note])


def _of_value(value: Any) -> Drawing:
    """All elements in an answer, whatever they are called."""
    size: tuple[int, int] | None = None
    shapes: list[Shape] = []
    classes: list[NamedClass] = []
    spans: list[MarkedSpan] = []
    notes: list[str] = []
    png = b""
    colours: list[tuple[str, str]] = []
    for element in _elements(value, _MOST_DEPTH):
        size = size or _size(element.get("inputImageProperties"))
        shapes += _shapes(element)
        spans += _entities(element.get("entities"))
        classes += [NamedClass(name) for name in _chosen(element)]
        if isinstance(comment := element.get("workerComment"), str) and comment:
            notes.append(comment)
        if not png:
            png, colours = _painted(element)
    if not classes and isinstance(value, Mapping):
        classes = [NamedClass(str(name)) for name, on in value.items() if on is True]
    return Drawing(
        size, shapes[:MOST_SHAPES], classes[:MOST_SHAPES], spans[:MOST_SHAPES], "", png, colours, notes
    )


def _elements(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The objects in a value, itself first."""
    if not isinstance(value, Mapping):
        return
    yield value
    if depth:
        for each in value.values():
            yield from _elements(each, depth - 1)


def _shapes(element: Mapping[str, Any]) -> Iterator[Shape]:
    for entry in _entries(element.get("boundingBoxes")):
        left, top, width, height = (_number(entry.get(side)) for side in ("left", "top", "width", "height"))
        if left is not None and top is not None and width is not None and height is not None:
            yield Shape("box", ((left, top), (left + width, top + height)), str(entry.get("label", "")))
    for key, kind in _PATHS.items():
        for entry in _entries(element.get(key)):
            vertices = [_point(each) for each in _entries(entry.get("vertices"))[:MOST_POINTS]]
            points = [each for each in vertices if each is not None]
            if len(points) > 1:
                yield Shape(kind, points, str(entry.get("label", "")))
    for entry in _entries(element.get("keypoints")):
        point = _point(entry)
        if point is not None:
            yield Shape("point", (point,), str(entry.get("label", "")))


def _entities(value: Any) -> Iterator[MarkedSpan]:
    for entry in _entries(value):
        start, end = entry.get("startOffset"), entry.get("endOffset")
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end:
            yield MarkedSpan(start, end, str(entry.get("label", "")))


def _chosen(element: Mapping[str, Any]) -> list[str]:
    """The classes of an element that chooses from classes; an entry of a list, such as a box, is no such element."""
    if isinstance(label := element.get("label"), str):
        return [label]
    labels = element.get("labels")
    return [each for each in labels if isinstance(each, str)] if isinstance(labels, list) else []


def _painted(element: Mapping[str, Any]) -> tuple[bytes, list[tuple[str, str]]]:
    image = element.get("labeledImage")
    text = image.get("pngImageData") if isinstance(image, Mapping) else None
    if not isinstance(text, str):
        return b"", []
    mapped = element.get("labelMappings")
    pairs = mapped.items() if isinstance(mapped, Mapping) else ()
    colours = [(str(name), str(each.get("color", ""))) for name, each in pairs if isinstance(each, Mapping)]
    colours += [
        (str(each.get("label", "")), str(each.get("color", "")))
        for each in _entries(element.get("instances"))
    ]
    try:
        return base64.b64decode(text, validate=True), colours
    except (binascii.Error, ValueError):
        return b"", colours


def _entries(value: Any) -> list[Mapping[str, Any]]:
    return (
        [each for each in value[:MOST_SHAPES] if isinstance(each, Mapping)] if isinstance(value, list) else []
    )


def _point(value: Mapping[str, Any]) -> Point | None:
    x, y = _number(value.get("x")), _number(value.get("y"))
    return None if x is None or y is None else (x, y)


def _size(value: Any) -> tuple[int, int] | None:
    if not isinstance(value, Mapping):
        return None
    width, height = _number(value.get("width")), _number(value.get("height"))
    return (int(width), int(height)) if width and height and width >= 1 and height >= 1 else None


def _confidence(entry: Any) -> float | None:
    return _number(entry.get("confidence")) if isinstance(entry, Mapping) else None


def _number(value: Any) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if isfinite(found) else None
