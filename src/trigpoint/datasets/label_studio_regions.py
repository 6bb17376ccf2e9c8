"""What an annotation of Label Studio holds: regions drawn on the image, and answers about the whole image.

Several results can describe one region: its shape, its classes and its texts have the same id. JSON-MIN has no ids, so
there the same coordinates are the same region.

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
    """The results of an annotation, grouped by region. Raises: BadEntry: a list of classes is malformed."""
    content = Content()
    regions: dict[object, Region] = {}
    for result in results:
        if (kind := _shape(result)) is not None:
            regions.setdefault(_identity(result), Region(result.where, kind, result.members))
    for result in results:
        _add(result, regions.get(_identity(result)), content)
    content.regions = list(regions.values())
    return content


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
    """What is equal for the results of one region."""
    found = result.members.get("id")
    if isinstance(found, str | int) and found != "":
        return found
    if _shape(result) == RECTANGLE:
        return tuple(repr(result.members.get(side)) for side in (*_SIDES, "rotation"))
    return result.where


def _names(result: Result, key: str) -> list[str]:
    """The classes in a member, each once, without blanks around them."""
    value = result.members.get(key)
    if value is None:
        return []
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(each, str) and each.strip() for each in texts):
        raise BadEntry(result.where, f"{key} must be a list of class names, not {shown(value)}")
    return list(dict.fromkeys(each.strip() for each in texts))
