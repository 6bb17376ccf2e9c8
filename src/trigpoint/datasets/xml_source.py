"""Other tools' XML files, read with errors that name the place of what is missing or wrong."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from trigpoint.datasets.model import BadEntry
from trigpoint.datasets.text_file import read_xml_text
from trigpoint.records.labels.image_size import ImageSize


def parsed_xml(path: Path) -> ET.Element:
    """The root element of an XML file. Raises: BadEntry: not XML, or XML with entities, which could be a bomb."""
    text = read_xml_text(path)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadEntry(str(path), "declares entities, which an annotation never does")
    try:
        return ET.fromstring(text)
    except (ET.ParseError, ValueError, LookupError) as problem:
        raise BadEntry(str(path), f"not valid XML: {problem}") from None


def number(text: str | None, name: str, where: str) -> float:
    """The number in a text. Raises: BadEntry: names the field."""
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e9:
        raise BadEntry(where, f"{name} must be a number, not {text!r}")
    return value


def declared_size(width: str | None, height: str | None, name: str, where: str) -> ImageSize | None:
    """The size of an image in pixels; None when a side is missing or 0, as some tools write.

    name: the name of a side in errors, with the placeholder `{}`.
    Raises: BadEntry: not a whole number of pixels.
    """
    texts = {"width": (width or "").strip(), "height": (height or "").strip()}
    sides = [number(text or "0", name.format(side), where) for side, text in texts.items()]
    if any(value < 0 or not value.is_integer() for value in sides):
        raise BadEntry(
            where,
            f"{name.format('width and height')} must be whole numbers, not {sides[0]:g} and {sides[1]:g}",
        )
    return ImageSize(int(sides[0]), int(sides[1])) if all(sides) else None
