"""Hyperparameters as a schema: the kinds of values, and the one reader that checks what a user sent.

On the wire every value is a string. The reader accepts spellings that clients are known to send: "32.0" for a whole
number, any case of True, an empty string for "not given", spaces around and inside lists. Everything else that is
out of range or unknown is refused with the name, the value and the rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.core.errors import Invalid

LARGEST_WHOLE = 2**31 - 1
_NUMBER = re.compile(
    r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,3})?|[+-]?(nan|inf|infinity)",
    re.IGNORECASE,
)
"""Decimal numbers as other languages write them; only Python reads 1_000 and digits of other scripts."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number of at least `minimum`, and at most `maximum` if there is one."""

    minimum: int
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Real:
    """A number in an interval; an open end is not part of it."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several words."""

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WholeOf:
    """One of several whole numbers."""

    choices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ImageShape:
    """Channels, height and width, separated by commas: 3,224,224. There are 1 or 3 channels."""

    largest: int
    """The most pixels of a side."""


@dataclass(frozen=True, slots=True)
class Flag:
    """True or False, also written 1 or 0."""


@dataclass(frozen=True, slots=True)
class EpochList:
    """Epochs separated by commas; sorted when read."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value of the kind, or nothing, which is read as None.

    Decision: the word None means nothing, too. The SDKs send it for a hyperparameter that is None in Python.
    """

    kind: Whole | OneOf


Kind = Whole | Real | OneOf | WholeOf | ImageShape | Flag | EpochList | Pattern | Maybe


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One setting of an algorithm. A default of None makes it required; defaults are spelled as on the wire."""

    name: str
    kind: Kind
    default: str | None


Schema = tuple[Hyperparameter, ...]


def defaults(schema: Schema) -> dict[str, str]:
    """The default of every setting that has one, as it would be sent."""
    return {each.name: each.default for each in schema if each.default is not None}


def merge(schema: Schema, provided: Mapping[str, str]) -> dict[str, str]:
    """The defaults, replaced by what was provided. An empty string counts as not given."""
    return {
        **defaults(schema),
        **{name: text for name, text in provided.items() if was_given(provided, name)},
    }


def was_given(provided: Mapping[str, str], name: str) -> bool:
    """Whether the user set the hyperparameter to something other than an empty string."""
    return str(provided.get(name, "")).strip() != ""


def read_hyperparameters(schema: Schema, title: str, provided: Mapping[str, str]) -> dict[str, Any]:
    """The value of each setting of the schema, by name.

    Names that begin with an underscore are the platform's own and are ignored.

    Args:   title: the algorithm's name in the message.
    Raises: Invalid: a name is unknown, a required one is missing, or a value breaks its rule.
    """
    _check_names(provided, {each.name for each in schema}, title)
    merged = merge(schema, provided)
    values: dict[str, Any] = {}
    for each in schema:
        if each.name not in merged:
            raise _invalid(each.name, "", "is required and was not given")
        text = str(merged[each.name]).strip()
        try:
            values[each.name] = _read(each.kind, text)
        except ValueError as error:
            raise _invalid(each.name, text, str(error)) from None
    return values


def rule(kind: Kind) -> str:
    """What a value of this kind must be, as it follows "must be" in a sentence."""
    match kind:
        case Whole(minimum, None):
            return f"a whole number of at least {minimum}"
        case Whole(minimum, maximum):
            return f"a whole number from {minimum} to {maximum}"
        case Real(low, high, low_open, high_open):
            return f"in {'(' if low_open else '['}{low:g}, {high:g}{')' if high_open else ']'}"
        case OneOf(choices):
            return f"one of {', '.join(choices)}"
        case WholeOf(numbers):
            return f"one of {', '.join(map(str, numbers))}"
        case ImageShape(largest):
            return f'channels (1 or 3), height and width of at most {largest}, such as "3,224,224"'
        case Maybe(inner):
            return rule(inner)
        case Flag():
            return "True or False"
        case EpochList():
            return 'a comma-separated list of epochs, such as "10,20"'
        case Pattern():
            return "a regular expression"


def _check_names(provided: Mapping[str, str], known: Iterable[str], title: str) -> None:
    for name in provided:
        if name not in known and not name.startswith("_"):
            raise _invalid(name, provided[name], f"is not a hyperparameter of {title}")


def _invalid(name: str, value: str, why: str) -> Invalid:
    parts = (f"Error when validating hyperparameters: {name}:", value, why)
    return Invalid(" ".join(part for part in parts if part))


def _read(kind: Kind, text: str) -> object:
    """The value. Raises: ValueError: it breaks the rule of its kind (the message is the rule)."""
    match kind:
        case Whole(minimum, maximum):
            return _whole(text, kind, minimum, maximum)
        case Real(low, high, low_open, high_open):
            number = _number(text)
            above = number > low if low_open else number >= low
            below = number < high if high_open else number <= high
            if not (above and below):  # refuses nan, too
                raise _broken(kind)
            return number
        case OneOf(choices):
            if text not in choices:
                raise _broken(kind)
            return text
        case WholeOf(numbers):
            chosen = _number(text)
            if chosen not in numbers:
                raise _broken(kind)
            return int(chosen)
        case ImageShape():
            return _image_shape(text, kind)
        case Maybe(inner):
            return None if text in ("", "None", "none") else _read(inner, text)
        case Flag():
            return _flag(text)
        case EpochList():
            return _epochs(text)
        case Pattern():
            return _pattern(text)


def _whole(text: str, kind: Kind, minimum: int, maximum: int | None = None) -> int:
    number = _number(text)
    if not number.is_integer() or number < minimum or (maximum is not None and number > maximum):
        raise _broken(kind)
    if number > LARGEST_WHOLE:
        raise ValueError(f"must be a whole number of at most {LARGEST_WHOLE}")
    return int(number)


def _image_shape(text: str, kind: ImageShape) -> tuple[int, int, int]:
    """Channels, height and width."""
    try:
        sides = [_number(part.strip()) for part in text.split(",")]
    except ValueError:
        raise _broken(kind) from None
    if not (
        len(sides) == 3
        and all(side.is_integer() for side in sides)
        and sides[0] in (1, 3)
        and all(1 <= side <= kind.largest for side in sides[1:])
    ):
        raise _broken(kind)
    return int(sides[0]), int(sides[1]), int(sides[2])


def _broken(kind: Kind) -> ValueError:
    return ValueError(f"must be {rule(kind)}")


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError("is not a number")
    return float(text)


def is_true(text: str) -> bool:
    """Whether the text of a flag says yes."""
    return text.strip().lower() in ("true", "1", "1.0")


def _flag(text: str) -> bool:
    if is_true(text):
        return True
    if text.lower() in ("false", "0", "0.0"):
        return False
    raise _broken(Flag())


def _epochs(text: str) -> tuple[int, ...]:
    try:
        epochs = sorted(_number(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise _broken(EpochList()) from None
    if not all(epoch.is_integer() and 1 <= epoch <= LARGEST_WHOLE for epoch in epochs):
        raise _broken(EpochList())
    return tuple(map(int, epochs))


def _pattern(text: str) -> str:
    if text.lower() == "false":  # what the AWS console sends for "none"
        return ""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is not a regular expression: {error}") from None
    return text
