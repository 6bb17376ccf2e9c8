"""Classification labels, and the class names and ids that all kinds of labels share.

A label of one class is its id, a label of several classes a list of ids. The names are in the metadata. The label of a
verification is one class, and its metadata may have the workers' comments.

Source: ground-truth.md 3.4, 3.5, 3.9; training.md 1.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.attributes import METADATA, metadata_of
from trigpoint.records.labels.values import quoted, read_number, write_number

IMAGE_CLASSIFICATION: Final = "groundtruth/image-classification"
IMAGE_CLASSIFICATION_MULTILABEL: Final = "groundtruth/image-classification-multilabel"
TEXT_CLASSIFICATION: Final = "groundtruth/text-classification"
TEXT_CLASSIFICATION_MULTILABEL: Final = "groundtruth/text-classification-multilabel"
LABEL_VERIFICATION: Final = "groundtruth/label-verification"


def parse_class_id(value: Any, where: str = "class_id") -> int:
    """A class id from 0, given as an integral number or as a string of one.

    Raises: Invalid: something else; the message begins with `where`.
    """
    number = read_number(value, where, numeric_text=True)
    if number < 0 or number != int(number):
        raise Invalid(f"{where} must be an integer from 0, not {quoted(value)}")
    return int(number)


def read_class_map(line: Mapping[str, Any], attribute: str) -> dict[int, str]:
    """The names of class ids in a label's metadata: its class-map, or the class-name of a single class.

    Raises: Invalid: a key or a label is not a class id.
    """
    metadata = metadata_of(line, attribute)
    named: dict[int, str] = {}
    mapped = metadata.get("class-map")
    if isinstance(mapped, Mapping):
        for key, name in mapped.items():
            named[parse_class_id(key, f"{attribute}{METADATA}: class-map")] = str(name)
    name, value = metadata.get("class-name"), line.get(attribute)
    if isinstance(name, str) and isinstance(value, int | str) and not isinstance(value, bool):
        named[parse_class_id(value, attribute)] = name
    return named


def read_class_ids(value: Any, where: str) -> list[int]:
    """The ids of a classification label, one or a list, in its order.

    Raises: Invalid: the label is malformed; the message begins with `where`.
    """
    if isinstance(value, list):
        return [parse_class_id(each, f"{where}[{k}]") for k, each in enumerate(value)]
    return [parse_class_id(value, where)]


def read_classes(line: Mapping[str, Any], attribute: str, names: Mapping[int, str]) -> tuple[str, ...]:
    """The class names of a classification label, in its order.

    names: the names of ids that the line's own metadata does not name; `class-<id>` where both have none.
    Raises: Invalid: the label is malformed.
    """
    ids = read_class_ids(line[attribute], attribute)
    own = read_class_map(line, attribute)
    return tuple(class_name(each, own, names) for each in ids)


def class_name(class_id: int, own: Mapping[int, str], names: Mapping[int, str]) -> str:
    """The name in `own`, else in `names`, else `class-<id>`."""
    return own[class_id] if class_id in own else names.get(class_id, f"class-{class_id}")


def class_id(name: str, ids: Mapping[str, int]) -> int:
    """The id of a class. Raises: Invalid: `ids` does not have it."""
    if name not in ids:
        raise Invalid(f"the class {name!r} is not among the classes {', '.join(map(repr, ids))[:200]}")
    return ids[name]


def write_class_map(names: Iterable[str], ids: Mapping[str, int]) -> dict[str, str]:
    """The `class-map` member: the names by their ids as strings, in the order of `names`."""
    return {str(class_id(name, ids)): name for name in names}


def write_class_metadata(name: str, confidence: float) -> dict[str, Any]:
    """The metadata's own members for a label of one class; the label itself is `class_id(name, ids)`."""
    return {"confidence": write_number(confidence), "class-name": name}


def write_classes(names: Iterable[str], ids: Mapping[str, int]) -> list[int]:
    """A label of several classes, in the order of `names`."""
    return [class_id(name, ids) for name in names]


def write_classes_metadata(confidences: Mapping[str, float], ids: Mapping[str, int]) -> dict[str, Any]:
    """The metadata's own members for a label of several classes, given the confidence of each by name."""
    return {
        "class-map": write_class_map(confidences, ids),
        "confidence-map": {
            str(class_id(name, ids)): write_number(confidence) for name, confidence in confidences.items()
        },
    }


def write_feedback(comments: Sequence[str]) -> dict[str, Any]:
    """The metadata's member for the comments of a verification; there is none without comments."""
    return {"worker-feedback": [{"comment": comment} for comment in comments]} if comments else {}
