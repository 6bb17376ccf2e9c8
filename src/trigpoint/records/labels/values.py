"""Checked JSON values: numbers, and how a wrong value is quoted in a message."""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from trigpoint.core.errors import Invalid

_LARGEST: Final = sys.float_info.max
"""JSON's integers have no limit; one that is larger than this has no float."""


def read_number(value: Any, where: str, *, numeric_text: bool = False) -> float:
    """The value as a finite float; `numeric_text` also accepts a string such as "5".

    Raises: Invalid: not a number; the message begins with `where`.
    """
    if numeric_text and isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise Invalid(f"{where} must be a number, not {quoted(value)}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise Invalid(f"{where} must be a number, not {quoted(value)}")
    return float(value)


def write_number(value: float) -> int | float:
    """The number for JSON: 3 instead of 3.0, all other digits kept."""
    return int(value) if value == int(value) else value


def quoted(value: Any) -> str:
    """The value as JSON, at most 80 characters."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 80 else text[:77] + "..."
