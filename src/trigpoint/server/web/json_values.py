"""The check that the values of a JSON body can be stored and read by others."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 100
_LONGEST_NAME = 80


class UnreadableValue(Exception):
    """A value that others could not read."""


def check_values(document: dict[str, Any]) -> None:
    """Raises: UnreadableValue: deep nesting, or a number beyond 64 bits or the range of a double, with its field."""
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner.extend(value.values())
            elif isinstance(value, list):
                inner.extend(value)
            elif isinstance(value, int | float) and not _is_readable(value):
                raise UnreadableValue(_message(document))
        if not inner:
            return
        level = inner
    raise UnreadableValue(f"the body is nested too deeply; at most {MAX_DEPTH} levels are allowed")


def _is_readable(number: float) -> bool:
    return -(2**63) <= number < 2**64 if isinstance(number, int) else math.isfinite(number)


def _message(document: dict[str, Any]) -> str:
    return (
        f"`{next(_unreadable('', document))}` must be a number that JSON has: a whole number of at most 64 bits, or one "
        "in the range of double precision"
    )


def _unreadable(path: str, value: Any) -> Iterator[str]:
    """The paths of numbers that others could not read."""
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [
                (f"{path}.{_shown(name)}" if path else _shown(name), inner) for name, inner in value.items()
            ]
        elif isinstance(value, list):
            waiting += [(f"{path}[{position}]", inner) for position, inner in enumerate(value)]
        elif isinstance(value, int | float) and not _is_readable(value):
            yield path


def _shown(name: str) -> str:
    return ascii(name[:_LONGEST_NAME])[1:-1]
