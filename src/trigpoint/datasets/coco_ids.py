"""Ids of COCO files: numbers or texts, which other programs rewrite as 1.0 or "1"."""

from __future__ import annotations

import re
from typing import Any, Final

from trigpoint.datasets.json_source import shown
from trigpoint.datasets.model import BadEntry

_WHOLE: Final = re.compile(r"(0|-?[1-9]\d{0,30})(\.0+)?")

CocoId = int | str


def read_id(value: Any, name: str, where: str) -> CocoId:
    """The id; 1, 1.0, "1" and "1.0" are the same one, "01" is another.

    Raises: BadEntry: neither a whole number nor a text.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip():
        whole = _WHOLE.fullmatch(value.strip())
        return int(whole[1]) if whole else value
    raise BadEntry(where, f"{name} must be a whole number or a text, not {shown(value)}")
