"""Conditions on a parsed manifest line.

A condition is true, false or None, which is "unknown" as in SQL: any comparison with null or with a missing member is
unknown, and only lines for which the whole condition is true are chosen.

Decision: values of different types, such as a number and a text, are not equal, and which is larger is unknown. IS NULL
also holds for a missing member, as in PartiQL, on which S3 Select is built.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import re2

from trigpoint.core.errors import Invalid

Line = Mapping[str, Any]
Condition = Callable[[Line], bool | None]
Value = Callable[[Line], Any]


class _Missing:
    """The value of a path that the line does not have."""


MISSING: Final = _Missing()

Step = tuple[str | int, bool]
"""A name, or an index of a list; whether the name was in quotes, so that upper and lower case differ."""

_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def literal(value: Any) -> Value:
    """The same value for each line."""
    return lambda line: value


def path(steps: Sequence[Step]) -> Value:
    """The member that the path names."""

    def value(line: Line) -> Any:
        found: Any = line
        for step, is_quoted in steps:
            found = _at(found, step, is_quoted)
            if found is MISSING:
                return MISSING
        return found

    return value


def _at(found: Any, step: str | int, is_quoted: bool) -> Any:
    if isinstance(step, int):
        return found[step] if isinstance(found, list) and step < len(found) else MISSING
    if not isinstance(found, dict):
        return MISSING
    if step in found or is_quoted:
        return found.get(step, MISSING)
    folded = step.casefold()
    return next((value for name, value in found.items() if name.casefold() == folded), MISSING)


def comparison(sign: str, left: Value, right: Value) -> Condition:
    """left sign right; the sign is one of = <> != < > <= >=."""

    def holds(line: Line) -> bool | None:
        one, two = left(line), right(line)
        if _is_unknown(one) or _is_unknown(two):
            return None
        comparable = _kind(one) == _kind(two)
        if sign in _ORDERS:
            return _ORDERS[sign](one, two) if comparable and _kind(one) is not None else None
        return (comparable and one == two) == (sign == "=")

    return holds


def one_of(left: Value, values: Sequence[Value]) -> Condition:
    """left IN (values)"""
    return any_of([comparison("=", left, value) for value in values])


def like(left: Value, pattern: str, escape: str | None) -> Condition:
    """left LIKE pattern ESCAPE escape: % stands for any characters, _ for one. Texts only.

    Raises: Invalid: the escape character is followed by no wildcard.
    """
    expression = re2.compile(f"(?s)\\A(?:{_translated(pattern, escape)})\\z", _QUIET)

    def holds(line: Line) -> bool | None:
        value = left(line)
        return expression.search(value) is not None if isinstance(value, str) else None

    return holds


_QUIET = re2.Options()
_QUIET.log_errors = False


def _translated(pattern: str, escape: str | None) -> str:
    pieces = []
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            after = next(characters, "")
            if after not in ("%", "_", escape):
                raise Invalid(
                    f"the escape character {escape!r} in {pattern[:40]!r} must be followed by %, _ or itself"
                )
            pieces.append(re2.escape(after))
        else:
            pieces.append({"%": ".*", "_": "."}.get(character) or re2.escape(character))
    return "".join(pieces)


def is_missing(value: Value) -> Condition:
    return lambda line: value(line) is MISSING


def is_null(value: Value) -> Condition:
    return lambda line: _is_unknown(value(line))


def is_true(value: Value) -> Condition:
    """A value as a condition: true and false are themselves, anything else is unknown."""

    def holds(line: Line) -> bool | None:
        found = value(line)
        return found if isinstance(found, bool) else None

    return holds


def negated(condition: Condition) -> Condition:
    def holds(line: Line) -> bool | None:
        found = condition(line)
        return None if found is None else not found

    return holds


def all_of(conditions: Sequence[Condition]) -> Condition:
    """False if one is false; unknown if one is unknown; else true."""

    def holds(line: Line) -> bool | None:
        unknown = False
        for condition in conditions:
            found = condition(line)
            if found is False:
                return False
            unknown = unknown or found is None
        return None if unknown else True

    return holds


def any_of(conditions: Sequence[Condition]) -> Condition:
    """True if one is true; unknown if one is unknown; else false."""
    return negated(all_of([negated(condition) for condition in conditions]))


def _is_unknown(value: Any) -> bool:
    return value is None or value is MISSING


def _kind(value: Any) -> type | None:
    """The type whose values can be compared with this one; None for lists and objects."""
    if isinstance(value, bool):
        return bool
    if isinstance(value, int | float):
        return float
    return str if isinstance(value, str) else None
