"""A line of an augmented manifest, parsed.

Python's json decodes the lines, because it names the column of an error; msgspec takes values out of good lines
faster, see `selection`.
"""

from __future__ import annotations

import json
import math
import re
import sys
from typing import Any

from trigpoint.records.manifest.lines import TRAINING_RULES, BadLine, LineRules


def parse_line(raw: bytes, number: int, rules: LineRules = TRAINING_RULES) -> dict[str, Any]:
    """The JSON object in the line.

    Raises: BadLine: the line breaks a rule of the package (names line, and column or byte).
    """
    text = decode_line(raw, number)
    if rules.max_characters is not None and len(text) > rules.max_characters:
        raise BadLine(number, rules.too_long)
    try:
        value = (_STRICT_DECODER if rules.strict or rules.unique_names else _DECODER).decode(text)
    except (ValueError, RecursionError) as error:
        raise BadLine(number, _not_json(error, text)) from None
    if not isinstance(value, dict):
        shown = text if len(text) <= 80 else text[:77] + "..."
        raise BadLine(number, f"a JSON object is needed, like {{...}}, not {shown}")
    if rules.strict and "\\ud" in text.lower() and not _has_whole_characters(value):
        raise BadLine(number, "a \\u escape is half of a surrogate pair; that is not a character")
    return value


def parse_strictly(text: str) -> Any:
    """The JSON value in the text.

    Raises: ValueError: it is no JSON, a name occurs twice in an object, or a number or text cannot be written again.
            RecursionError: it is nested too deeply.
    """
    try:
        value = _STRICT_DECODER.decode(text)
    except _NoConstant as problem:
        raise ValueError(f"{problem} is not a JSON number") from None
    if not _has_whole_characters(value):
        raise ValueError("a \\u escape is half of a surrogate pair; that is not a character")
    return value


def decode_line(raw: bytes, number: int) -> str:
    """The line's text. Raises: BadLine: not UTF-8 (names the byte)."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadLine(
            number,
            f"not UTF-8 at byte {error.start + 1}; save the file as UTF-8, "
            "or convert it from its encoding, like: iconv -f windows-1252 -t utf-8 OLD > NEW",
        ) from None


def _has_whole_characters(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


class _NoConstant(ValueError):
    """NaN, Infinity or -Infinity, which Python's json reads by default."""


class RepeatedName(ValueError):
    """An object has two members of one name. Most programs keep only the last one."""


def _refuse_constant(name: str) -> Any:
    raise _NoConstant(name)


def _finite(text: str) -> float:
    """Raises: ValueError: it would become an infinity, which cannot be written as JSON."""
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {text[:40]} is too large")
    return value


def refuse_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these members, for json's `object_pairs_hook`. Raises: RepeatedName."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise RepeatedName(f"the name {repeated!r:.100} occurs twice in an object ({_listed(pairs)})")
    return found


def _listed(pairs: list[tuple[str, Any]]) -> str:
    """The first names of an object, with those values that help to find it in the file."""
    shown = (f"{name} {value}" if isinstance(value, str | int) else name for name, value in pairs[:8])
    text = ", ".join(shown)
    return text if len(text) <= 100 else text[:97] + "..."


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_STRICT_DECODER = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=refuse_repeated_names
)

_TEXT_OR_WORD = re.compile(r'"(?:[^"\\]|\\.)*+"|-?[A-Za-z]+')


def _column_of(word: str, text: str) -> int:
    """The column, from 1, of a word outside of JSON's texts."""
    return next(found.start() for found in _TEXT_OR_WORD.finditer(text) if found[0] == word) + 1


_BEGINNINGS = ("{", "[", "[{")  # of JSON that was written over several lines


def _not_json(error: Exception, text: str) -> str:
    if (place := text.find("\0")) >= 0:
        return f"NUL byte at column {place + 1}; the file is damaged or not text"
    if isinstance(error, json.JSONDecodeError):
        hint = "; each line must hold one whole JSON object" if text.strip() in _BEGINNINGS else ""
        return f"not valid JSON at column {error.colno}: {error.msg}{hint}"
    if isinstance(error, _NoConstant):
        return f"not valid JSON at column {_column_of(str(error), text)}: {error} is not a JSON number"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, RepeatedName):
        return str(error)
    if "integer string conversion" in str(error):
        return (
            f"not valid JSON: a number has more than {sys.get_int_max_str_digits()} digits; write it as text"
        )
    return f"not valid JSON: {error}"
