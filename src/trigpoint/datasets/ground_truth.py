"""How do labels stand in a manifest: label attribute and `-metadata`, as Ground Truth writes them.

Decision: what a manifest has no member for (difficult, truncated, occluded, iscrowd) stands in the metadata's
`objects`, which belong to the boxes one by one; so what is streamed into training stays as Ground Truth writes it.
Decision: a label that was converted has the confidence 1: a person drew it, and nobody was asked twice.

Source: ground-truth.md 3.3-3.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.datasets.model import FLAGS, Box, LabeledImage
from trigpoint.records.labels import ImageSize, parse_class_id, parse_detection

DETECTION = "groundtruth/object-detection"
CLASSIFICATION = "groundtruth/image-classification"
MULTI_CLASSIFICATION = "groundtruth/image-classification-multilabel"
METADATA = "-metadata"


@dataclass(frozen=True, slots=True)
class Attribute:
    """Under which name labels are written, and of which job and time they say to be."""

    name: str
    job_name: str
    created_at: datetime

    def __post_init__(self) -> None:
        check_attribute_name(self.name)

    def metadata(self, label_type: str) -> dict[str, Any]:
        """The members that every label's metadata has."""
        return {
            "type": label_type,
            "human-annotated": "yes",
            "creation-date": self.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f"),
            "job-name": f"labeling-job/{self.job_name.lower()}",
        }


def check_attribute_name(name: str) -> None:
    """Raises: Invalid: no label attribute may be called so."""
    if (
        not name
        or name in ("source", "source-ref")
        or name.endswith((METADATA, "-ref"))
        or name.startswith("$")
    ):
        raise Invalid(
            f"{name!r} cannot be a label attribute: source and source-ref, names that end with -metadata or -ref, "
            "and names that begin with $ are taken"
        )


def manifest_line(
    image: LabeledImage, reference: str, ids: Mapping[str, int], attribute: Attribute, several: bool = False
) -> dict[str, Any]:
    """The line of an image; without boxes and classes, of an image that is still to be labeled.

    several: write a list of classes even when there is one.
    Raises: Invalid: boxes, but no image size; a class that has no id.
    """
    line: dict[str, Any] = {"source-ref": reference}
    if image.boxes is not None:
        label, more = _detection(image, image.boxes, ids), _box_metadata(image.boxes, ids)
        line[attribute.name] = label
        line[attribute.name + METADATA] = more | attribute.metadata(DETECTION)
    elif image.classes and several:
        line[attribute.name] = [_id(name, ids) for name in image.classes]
        line[attribute.name + METADATA] = {
            "class-map": {str(_id(name, ids)): name for name in image.classes},
            "confidence-map": {str(_id(name, ids)): 1 for name in image.classes},
            **attribute.metadata(MULTI_CLASSIFICATION),
        }
    elif image.classes:
        line[attribute.name] = _id(image.classes[0], ids)
        line[attribute.name + METADATA] = {
            "confidence": 1,
            "class-name": image.classes[0],
            **attribute.metadata(CLASSIFICATION),
        }
    return line


def _detection(image: LabeledImage, boxes: Sequence[Box], ids: Mapping[str, int]) -> dict[str, Any]:
    if image.size is None:
        raise Invalid(f"{image.where}: the size of the image is not known")
    return {
        "image_size": [{"width": image.size.width, "height": image.size.height, "depth": image.size.depth}],
        "annotations": [
            {
                "class_id": _id(box.class_name, ids),
                "left": plain(box.left),
                "top": plain(box.top),
                "width": plain(box.width),
                "height": plain(box.height),
            }
            for box in boxes
        ],
    }


def _box_metadata(boxes: Sequence[Box], ids: Mapping[str, int]) -> dict[str, Any]:
    return {
        "objects": [
            {"confidence": plain(box.confidence), **{flag: 1 for flag in FLAGS if flag in box.flags}}
            for box in boxes
        ],
        "class-map": {
            str(ids[name]): name for name in sorted({box.class_name for box in boxes}, key=lambda n: ids[n])
        },
    }


def _id(name: str, ids: Mapping[str, int]) -> int:
    if name not in ids:
        raise Invalid(f"the class {name!r} is not among the classes {', '.join(map(repr, ids))[:200]}")
    return ids[name]


def plain(value: float) -> int | float:
    """The number as it is written: to 9 decimals, which undoes the noise of sums, and without a needless point."""
    rounded = round(value, 9)
    return int(rounded) if rounded == int(rounded) else rounded


def label_attributes(line: Mapping[str, Any]) -> list[str]:
    """The attributes of a line that are labels: those with metadata beside them, and boxes without."""
    return [
        name
        for name, value in line.items()
        if not name.endswith((METADATA, "-ref"))
        and name != "source"
        and (
            isinstance(line.get(name + METADATA), Mapping)
            or (isinstance(value, Mapping) and "annotations" in value)
        )
    ]


def label_type(line: Mapping[str, Any], attribute: str) -> str:
    """`object-detection`, `image-classification`, ...: what the metadata says, or else what the label looks like."""
    metadata = line.get(attribute + METADATA)
    said = metadata.get("type") if isinstance(metadata, Mapping) else None
    if isinstance(said, str):
        return said.rpartition("/")[2]
    value = line.get(attribute)
    if isinstance(value, Mapping):
        return "object-detection" if "annotations" in value else "custom"
    return "image-classification-multilabel" if isinstance(value, list) else "image-classification"


def class_map(line: Mapping[str, Any], attribute: str) -> dict[int, str]:
    """The names of class ids that the metadata tells."""
    metadata = line.get(attribute + METADATA)
    if not isinstance(metadata, Mapping):
        return {}
    named: dict[int, str] = {}
    mapped = metadata.get("class-map")
    if isinstance(mapped, Mapping):
        for key, name in mapped.items():
            named[parse_class_id(key, f"{attribute}{METADATA}: class-map")] = str(name)
    name, value = metadata.get("class-name"), line.get(attribute)
    if isinstance(name, str) and isinstance(value, int | str) and not isinstance(value, bool):
        named[parse_class_id(value, attribute)] = name
    return named


def read_boxes(
    line: Mapping[str, Any], attribute: str, names: Mapping[int, str]
) -> tuple[ImageSize | None, tuple[Box, ...]]:
    """The boxes of a line; `names` gives the class names that its own class-map does not.

    Raises: Invalid: the label or its metadata are malformed (names the field).
    """
    label = parse_detection(line[attribute])
    own = class_map(line, attribute)
    objects = _objects(line, attribute, len(label.boxes))
    boxes = tuple(
        Box(
            _name_of(box.class_id, own, names),
            box.left,
            box.top,
            box.width,
            box.height,
            _confidence(extra, f"{attribute}{METADATA}: objects[{k}].confidence"),
            frozenset(flag for flag in FLAGS if extra.get(flag)),
        )
        for k, (box, extra) in enumerate(zip(label.boxes, objects, strict=True))
    )
    return label.image_size, boxes


def _name_of(class_id: int, own: Mapping[int, str], names: Mapping[int, str]) -> str:
    return own[class_id] if class_id in own else names.get(class_id, f"class-{class_id}")


def _objects(line: Mapping[str, Any], attribute: str, count: int) -> Sequence[Mapping[str, Any]]:
    metadata = line.get(attribute + METADATA)
    objects = metadata.get("objects") if isinstance(metadata, Mapping) else None
    if objects is None:
        return [{}] * count
    if not isinstance(objects, list) or not all(isinstance(each, Mapping) for each in objects):
        raise Invalid(f"{attribute}{METADATA}: objects must be a list of objects")
    if len(objects) != count:
        raise Invalid(
            f"{attribute}{METADATA}: objects has {len(objects)} entries, but there are {count} annotations"
        )
    return objects


def _confidence(extra: Mapping[str, Any], where: str) -> float:
    value = extra.get("confidence", 1)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid(f"{where} must be a number, not {value!r}")
    return float(value)


def read_classes(line: Mapping[str, Any], attribute: str, names: Mapping[int, str]) -> tuple[str, ...]:
    """The class names of a classification label, in its order.

    Raises: Invalid: the label is malformed.
    """
    value = line[attribute]
    ids = (
        [parse_class_id(each, f"{attribute}[{k}]") for k, each in enumerate(value)]
        if isinstance(value, list)
        else [parse_class_id(value, attribute)]
    )
    own = class_map(line, attribute)
    return tuple(_name_of(each, own, names) for each in ids)
