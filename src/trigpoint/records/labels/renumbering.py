"""The class ids in a label of any kind: read from it, and replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.attributes import METADATA, metadata_of
from trigpoint.records.labels.classes import parse_class_id

_MAPS = ("class-map", "confidence-map")


def class_ids_in(value: Any) -> set[int]:
    """The ids in a label: of its annotations, of a list of classes, or of one class. Empty for other labels."""
    try:
        return {parse_class_id(each) for each in _written_ids(value)}
    except Invalid:
        return set()


def _written_ids(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        entries = value.get("annotations")
        found = entries if isinstance(entries, list) else []
        return [each["class_id"] for each in found if isinstance(each, Mapping) and "class_id" in each]
    return value if isinstance(value, list) else [value]


def renumbered(line: Mapping[str, Any], attribute: str, numbers: Mapping[int, int]) -> dict[str, Any]:
    """The line with other class ids in a label and its metadata; ids that `numbers` lacks do not change.

    Raises: Invalid: the label has another form than those with class ids.
    """

    def changed(written: Any) -> Any:
        """The new id as it was written: a number or a text."""
        number = parse_class_id(written)
        return type(written)(numbers.get(number, number))

    replaced = dict(line)
    if attribute in line:
        replaced[attribute] = _label(line[attribute], attribute, changed)
    if metadata := metadata_of(line, attribute):
        replaced[attribute + METADATA] = {
            name: {changed(key): each for key, each in value.items()}
            if name in _MAPS and isinstance(value, Mapping)
            else value
            for name, value in metadata.items()
        }
    return replaced


def _label(value: Any, attribute: str, changed: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping) and isinstance(value.get("annotations"), list):
        return {**value, "annotations": [_entry(each, changed) for each in value["annotations"]]}
    if isinstance(value, list):
        return list(dict.fromkeys(changed(each) for each in value))
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return changed(value)
    raise Invalid(f"attribute {attribute!r}: the class ids of this kind of label cannot be changed")


def _entry(entry: Any, changed: Callable[[Any], Any]) -> Any:
    if isinstance(entry, Mapping) and "class_id" in entry:
        return {**entry, "class_id": changed(entry["class_id"])}
    return entry
