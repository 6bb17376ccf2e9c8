"""Members of other tools' JSON files, read with errors that name the place of what is missing or wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from trigpoint.core.errors import Invalid, NotFound
from trigpoint.datasets.model import BadEntry
from trigpoint.datasets.text_file import LARGEST_SET_BYTES, read_text
from trigpoint.records.manifest.parsing import RepeatedName, refuse_repeated_names

_LARGEST: Final = 1e9
"""No coordinate of an image is as large."""


def load(path: Path) -> Any:
    """The parsed file. Raises: NotFound. Invalid: a folder, or not JSON (names line and column), or an object with one name twice."""
    if path.is_dir():
        raise Invalid(f"{path} is a folder; SOURCE must be the JSON file of the annotations")
    if not path.is_file():
        raise NotFound(f"no file {path}")
    try:
        return json.loads(read_text(path, LARGEST_SET_BYTES), object_pairs_hook=refuse_repeated_names)
    except json.JSONDecodeError as problem:
        raise Invalid(
            f"{path}: not valid JSON at line {problem.lineno}, column {problem.colno}: {problem.msg}"
        ) from None
    except RepeatedName as problem:
        why = "keep the one that is right; otherwise the values of the others would be lost"
        raise Invalid(f"{path}: {problem}; {why}") from None
    except (ValueError, RecursionError) as problem:
        raise Invalid(f"{path}: not valid JSON: {problem}") from None


def members(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadEntry(where, f"a JSON object is needed, not {shown(value)}")
    return value


def items(entry: Mapping[str, Any], name: str, where: str, *, missing: bool = False) -> list[Any]:
    """A list member; empty when it is absent and `missing` allows that."""
    value = entry.get(name)
    if value is None and missing:
        return []
    if not isinstance(value, list):
        raise BadEntry(where, f"{name} must be a list, not {shown(value)}")
    return value


def text(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadEntry(where, f"{name} must be a text, not {shown(value)}")
    return value


def number(value: Any, name: str, where: str) -> float:
    """A finite number; products of two cannot overflow."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
        raise BadEntry(where, f"{name} must be a number below 1e9, not {shown(value)}")
    return float(value)


def shown(value: Any) -> str:
    if value is None:
        return "nothing"
    written = json.dumps(value, default=str)
    return written if len(written) <= 60 else written[:57] + "..."
