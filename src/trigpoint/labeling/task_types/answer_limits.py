"""What one answer may hold at most, whatever its task type."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.core.errors import Invalid

MAX_DEPTH = 32
"""Lists and objects inside of each other. The crowd elements submit at most 6."""

_LONGEST_NAME = 80
_LARGEST_BITS = 1023


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """The limits of a task type. `entries`: of one list or object, such as the boxes of an image."""

    entries: int
    size_bytes: int


def check_size(size_bytes: int, limits: AnswerLimits) -> None:
    """Raises: Invalid: the answer's JSON text is too long."""
    if size_bytes > limits.size_bytes:
        raise Invalid(f"the answer has {size_bytes} bytes; at most {limits.size_bytes} are allowed")


def check_values(answer: Mapping[str, Any], limits: AnswerLimits) -> None:
    """Raises: Invalid: a list or object has too many entries, or a number is too large."""
    for path, value in _containers("", answer):
        if len(value) > limits.entries:
            where = path or "the answer"
            raise Invalid(f"{where} has {len(value)} entries; at most {limits.entries} are allowed")
        for name, entry in _entries(value):
            if _is_too_large(entry):
                raise Invalid(f"{_joined(path, name)} is a number that is too large or not finite")


def check_depth(what: str, value: Any) -> None:
    """Raises: Invalid: lists and objects are nested too deeply."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [entry for each in level for _, entry in _entries(each) if isinstance(entry, dict | list)]
        if not level:
            return
    raise Invalid(f"the {what} is nested too deeply: at most {MAX_DEPTH} levels are allowed")


def shown_name(name: str) -> str:
    """The name of a field as messages show it: short, and without characters that cannot be printed."""
    short = name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "..."
    return short if short.isprintable() else repr(short)[1:-1]


def _containers(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The value and all lists and objects in it, with their paths; those on the outside first."""
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        waiting += [
            (_joined(path, name), entry) for name, entry in _entries(value) if isinstance(entry, dict | list)
        ]


def _entries(value: Any) -> Iterator[tuple[str | int, Any]]:
    return iter(value.items()) if isinstance(value, dict) else enumerate(value)


def _joined(path: str, name: str | int) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{shown_name(name)}" if path else shown_name(name)


def _is_too_large(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, int) and value.bit_length() > _LARGEST_BITS
