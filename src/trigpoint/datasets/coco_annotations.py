"""The annotations of a COCO file as boxes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

from trigpoint.datasets.class_names import ClassTable
from trigpoint.datasets.coco_ids import CocoId, read_id
from trigpoint.datasets.json_source import items, members, number
from trigpoint.datasets.model import BadEntry, Complaints
from trigpoint.datasets.report import Tally
from trigpoint.datasets.turned_boxes import ROTATED, upright
from trigpoint.records.labels.boxes import FLAGS, Box

ORPHAN: Final = "its image is not in the file"
REPEATED: Final = "repeated annotation"


class Annotations:
    """The boxes of a file by the id of their image, and the number of annotations that were left out for each."""

    def __init__(self, classes: ClassTable) -> None:
        self.boxes: dict[CocoId, list[Box]] = defaultdict(list)
        self.left_out: Counter[CocoId] = Counter()
        self._classes = classes
        self._seen: dict[CocoId, tuple[Any, ...]] = {}
        self._facts: Counter[str] = Counter()

    def read(
        self,
        entries: Sequence[Any],
        images: frozenset[CocoId],
        source: str,
        complaints: Complaints,
        tally: Tally,
    ) -> None:
        """Reads all annotations; `images` are the ids of the file's images.

        Raises: BadEntry: by way of `complaints`.
        """
        tally.read += len(entries)
        for k, entry in enumerate(entries):
            where = f"{source}: annotations[{k}]"
            image: CocoId | None = None
            try:
                annotation = members(entry, where)
                image = read_id(annotation.get("image_id"), "image_id", where)
                if image not in images:
                    raise BadEntry(where, f"image_id {image!r} is not among the images", ORPHAN)
                if self._repeats(annotation, image, where):
                    tally.leave_out(REPEATED)
                    continue
                self.boxes[image].append(self._box(annotation, where))
            except BadEntry as problem:
                complaints.add(problem, tally)
                if image is not None:
                    self.left_out[image] += 1

    def notes(self) -> list[str]:
        """What was changed or lost, with counts."""
        return [f"{fact}: {count}" for fact, count in self._facts.items()]

    def _repeats(self, annotation: Mapping[str, Any], image: CocoId, where: str) -> bool:
        """True when another annotation has the same id and says the same: a file that was merged with itself."""
        if (own := annotation.get("id")) is None:
            return False
        content = (
            image,
            annotation.get("category_id"),
            annotation.get("bbox"),
            annotation.get("segmentation"),
        )
        earlier = self._seen.setdefault(read_id(own, "id", where), content)
        if earlier is not content and earlier != content:
            self._facts["annotations with the id of another one, which were all taken"] += 1
        return earlier is not content and earlier == content

    def _box(self, annotation: Mapping[str, Any], where: str) -> Box:
        left, top, width, height = self._bounds(annotation, where)
        name = self._classes.use(annotation.get("category_id"), f"{where}: category_id")
        score = number(annotation.get("score", 1), "score", where)
        box = Box(name, left, top, width, height, score, _flags(annotation))
        if degrees := _rotation(annotation, where):
            self._facts[ROTATED] += 1
        return upright(box, degrees)

    def _bounds(self, annotation: Mapping[str, Any], where: str) -> tuple[float, float, float, float]:
        mask = annotation.get("segmentation")
        if annotation.get("keypoints"):
            self._facts["keypoints left out; their bounding boxes were taken"] += 1
        if annotation.get("bbox") is None and isinstance(mask, list) and mask:
            self._facts["polygons without a bbox that became the boxes around them"] += 1
            return _around(mask, where)
        if annotation.get("bbox") is None and mask:
            why = "bbox is missing; segmentation is a mask in RLE, from which no box is computed. Add the bbox of the mask"
            raise BadEntry(where, why, "mask without a bbox")
        bounds = _ltwh(annotation, where)
        if mask:
            self._facts["masks left out; their bounding boxes were taken"] += 1
        return bounds


def _ltwh(annotation: Mapping[str, Any], where: str) -> tuple[float, float, float, float]:
    bounds = items(annotation, "bbox", where)
    if len(bounds) != 4:
        raise BadEntry(where, f"bbox must be [left, top, width, height], this has {len(bounds)} entries")
    left, top, width, height = (number(value, f"bbox[{k}]", where) for k, value in enumerate(bounds))
    if width < 0 or height < 0:
        raise BadEntry(where, f"bbox: width and height must not be negative: {width:g} x {height:g}")
    return left, top, width, height


def _around(polygons: Sequence[Any], where: str) -> tuple[float, float, float, float]:
    """The box around polygons, each a list of x and y in turn."""
    if not all(isinstance(each, list) and each and len(each) % 2 == 0 for each in polygons):
        raise BadEntry(where, "bbox is missing, and segmentation is no list of polygons [x, y, x, y, ...]")
    values = [number(value, "segmentation", where) for value in chain.from_iterable(polygons)]
    # each polygon has an even number of values, so x and y alternate through all of them
    xs, ys = values[::2], values[1::2]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def _flags(annotation: Mapping[str, Any]) -> frozenset[str]:
    """The flags that are set in the annotation, or in its `attributes`, where CVAT writes them."""
    places = (annotation, _attributes(annotation))
    return frozenset(flag for place in places for flag in FLAGS if flag in place and _is_on(place[flag]))


def _is_on(value: Any) -> bool:
    return str(value).lower() in ("1", "1.0", "true")


def _rotation(annotation: Mapping[str, Any], where: str) -> float:
    """The angle in degrees by which CVAT says that the box is turned clockwise."""
    return number(_attributes(annotation).get("rotation", 0), "attributes.rotation", where)


def _attributes(annotation: Mapping[str, Any]) -> Mapping[str, Any]:
    found = annotation.get("attributes")
    return found if isinstance(found, Mapping) else {}
