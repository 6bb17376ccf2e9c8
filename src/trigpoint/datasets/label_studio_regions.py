"""What an annotation of Label Studio holds: regions drawn on the image, and answers about the whole image.

Several results can describe one region: its shape, its classes and its texts have the same id and the same coordinates.
Programs that write annotations sometimes use one id for all regions, so an id with other coordinates is another region.
JSON-MIN has no ids.

Coordinates are percent of the image as the browser shows it. `image_rotation` only says how the editor was turned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trigpoint.datasets.json_source import shown
from trigpoint.datasets.model import BadEntry

RECTANGLE: Final = "rectangle"
_SIDES: Final = ("x", "y", "width", "height")
_SHAPES: Final = (RECTANGLE, "polygon", "ellipse", "keypoint", "brush", "bitmask", "vector", "videorectangle")
_COORDINATES: Final = (*_SIDES, "points", "rle", "radiusX", "radiusY", "vertices", "sequence")
_BY_COORDINATE: Final = {
    "points": "polygon",
    "rle": "brush",
    "radiusX": "ellipse",
    "vertices": "vector",
    "sequence": "videorectangle",
    "start": "span",
    "x": "keypoint",
}
"""The shapes of results without a type, as in JSON-MIN, by a coordinate that only they have."""


@dataclass(slots=True)
class Region:
    """A shape on the image: its kind and coordinates, its classes, and the choices made for it."""

    where: str
    kind: str
    value: Mapping[str, Any]
    labels: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """The kinds of other results for the region, such as a text."""

    @property
    def classes(self) -> list[str]:
        """The classes of the region. Where a template has no labels, the choices for the region are its classes."""
        return self.labels or self.choices


@dataclass(slots=True)
class Content:
    """The regions of one annotation, and what it says about the whole image."""

    regions: list[Region] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """The kinds of results that are neither regions nor choices."""


@dataclass(frozen=True, slots=True)
class Result:
    """One result of an annotation: its place, the tag that made it, its kind if known, and its members."""

    where: str
    tag: str
    kind: str
    members: Mapping[str, Any]


def content_of(results: Sequence[Result]) -> Content:
    """The results of an annotation, grouped by region.

    Raises: BadEntry: a list of classes is malformed, or a result without coordinates has an id of several regions.
    """
    content = Content()
    regions: dict[object, dict[str, Region]] = {}
    for result in results:
        if (kind := _shape(result)) is not None:
            same_id = regions.setdefault(_identity(result), {})
            same_id.setdefault(_coordinates(result), Region(result.where, kind, result.members))
    for result in results:
        _add(result, _region_of(result, regions.get(_identity(result), {})), content)
    content.regions = [region for same_id in regions.values() for region in same_id.values()]
    return content


def _region_of(result: Result, same_id: Mapping[str, Region]) -> Region | None:
    """The region that a result describes, of those with its id; None for a result about the whole image."""
    if (found := same_id.get(_coordinates(result))) is not None or not same_id:
        return found
    if len(same_id) > 1:
        raise BadEntry(
            result.where,
            f"the id {shown(result.members.get('id'))} is that of {len(same_id)} regions; give each region an id of its own",
        )
    return next(iter(same_id.values()))


def _add(result: Result, region: Region | None, content: Content) -> None:
    choices = _names(result, "choices")
    labels = [name for key in result.members if key.endswith("labels") for name in _names(result, key)]
    if region is None:
        content.choices += choices
        content.others += [] if choices else [result.kind]
        return
    region.labels += [name for name in labels if name not in region.labels]
    region.choices += choices
    if not labels and not choices and not result.kind.startswith(_SHAPES):
        region.others.append(result.kind)


def _shape(result: Result) -> str | None:
    """The kind of the shape, from the type or the coordinates; None for a result about the whole image."""
    for shape in _SHAPES:
        if result.kind.startswith(shape) or f"{shape}labels" in result.members:
            return shape
    found = (shape for key, shape in _BY_COORDINATE.items() if key in result.members)
    if all(side in result.members for side in _SIDES):
        return RECTANGLE
    return next(found, None)


def _identity(result: Result) -> object:
    """What is equal for the results of one region, besides its coordinates."""
    found = result.members.get("id")
    if isinstance(found, str | int) and found != "":
        return found
    return _coordinates(result) if _shape(result) == RECTANGLE else result.where


def _coordinates(result: Result) -> str:
    """The coordinates in a result, as a text that is equal for equal ones."""
    members = result.members
    return repr([members.get("rotation") or 0, *(members.get(name) for name in _COORDINATES)])


def _names(result: Result, key: str) -> list[str]:
    """The classes in a member, each once, without blanks around them."""
    value = result.members.get(key)
    if value is None:
        return []
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(each, str) and each.strip() for each in texts):
        raise BadEntry(result.where, f"{key} must be a list of class names, not {shown(value)}")
    return list(dict.fromkeys(each.strip() for each in texts))
