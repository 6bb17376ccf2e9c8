"""Checks of one object of a manifest: that it exists, and that it is the image that its label describes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.datasets.image_header import ImageHeader, check_whole, image_header
from trigpoint.datasets.line_checks import Severity
from trigpoint.datasets.places import Places
from trigpoint.records.labels.frames import frame_of_label
from trigpoint.records.labels.image_size import ImageSize

LARGE_OBJECT_BYTES = 100 << 20

Depth = Literal["no", "size", "whole"]
"""How much of an image is read: nothing, its header, or all of it."""


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """The size of an object and the header of the image in it, or why it cannot be used."""

    size_bytes: int = 0
    image: ImageHeader | None = None
    why: str | None = None


def facts_of(places: Places, place: str, images: Depth) -> ObjectFacts:
    """The facts of the object at a place. Never raises TrigpointError."""
    try:
        size_bytes = places.size(place)
        image = None
        if images == "whole":
            image = check_whole(places, place)
        elif images == "size":
            image = image_header(places, place)
    except TrigpointError as problem:
        return ObjectFacts(why=problem.message)
    return ObjectFacts(size_bytes, image)


def object_problems(
    facts: ObjectFacts, labeled: ImageSize | None, for_training: bool
) -> Iterator[tuple[Severity, str]]:
    """The problems of an object whose label has the size `labeled`."""
    if facts.why is not None:
        yield "error", facts.why
    elif facts.size_bytes > LARGE_OBJECT_BYTES:
        yield "warning", f"the object has {facts.size_bytes >> 20} MB"
    if facts.image is not None and labeled is not None:
        yield from _size_problems(facts.image, labeled, for_training)


def _size_problems(
    image: ImageHeader, labeled: ImageSize, for_training: bool
) -> Iterator[tuple[Severity, str]]:
    real = image.size
    if labeled.sides == real.sides:
        return
    differs = f"the image is {real}, but the image_size of its label is {labeled}"
    try:
        frame = frame_of_label(labeled, real, lambda: image.orientation)
    except Invalid:
        severity: Severity = "error" if for_training else "warning"
        yield severity, f"{differs}; training refuses the label, because the shapes differ"
        return
    how = "turns the boxes back" if frame.orientation > 1 else "resizes the boxes with the image"
    yield "warning", f"{differs}; training {how}"
