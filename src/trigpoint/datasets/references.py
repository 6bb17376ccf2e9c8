"""The image that a line of a manifest names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.values import quoted


def image_reference(line: Mapping[str, Any], attribute: str) -> str:
    """The URI or path of the image. Raises: Invalid: it is missing, or not a text."""
    if attribute not in line:
        raise Invalid(f"attribute {attribute!r} is missing; it must be the URI of an image")
    value = line[attribute]
    if not isinstance(value, str) or not value:
        raise Invalid(f"attribute {attribute!r} must be the URI of an image, not {quoted(value)}")
    return value
