"""Patterns of AWS's models: Java's regular expressions, translated for RE2, which takes linear time on any text.

What RE2 cannot read (lookaheads, classes with thousands of ranges) is left to Python's `re`.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from typing import Any

import re2

_POSIX = {
    "ASCII": r"\x00-\x7F",
    "Alnum": "A-Za-z0-9",
    "Alpha": "A-Za-z",
    "Digit": "0-9",
    "Lower": "a-z",
    "Upper": "A-Z",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Space": r"\t\n\x0b\f\r ",
}
# Outside of the basic plane Java spells characters as two surrogates, which in a class means: all of them.
_SURROGATE_PAIRS = r"\uD800\uDC00-\uDBFF\uDFFF"
_ALL_PLANES = r"\U00010000-\U0010FFFF"


_QUIET = re2.Options()
_QUIET.log_errors = False


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches, as AWS has it; true for a pattern that cannot be translated."""
    compiled = compile_pattern(pattern)
    return compiled is None or compiled.fullmatch(text) is not None


@cache
def compile_pattern(pattern: str) -> Any:
    """The compiled pattern of RE2 or `re`, None when it cannot be translated."""
    translated = _translate(pattern)
    try:
        # RE2 counts to 1000. A group that may come more often has a limit of its length, too.
        uncounted = re.sub(r"\)\{(\d+),\d{4,}\}", r"){\1,}", translated)
        return re2.compile(uncounted.replace(r"\Z", r"\z"), _QUIET)
    except re2.error:
        pass
    try:
        return re.compile(translated)
    except re.error:
        return None


def _translate(pattern: str) -> str:
    pattern = pattern.replace(_SURROGATE_PAIRS, _ALL_PLANES)
    pattern = pattern.replace(
        r"\u10000-\u10FFFF", _ALL_PLANES
    )  # found in STS's model; there are no escapes of five digits
    pattern = re.sub(r"\)\$\{\d+,\d+\}$", ")$", pattern)  # found in SageMaker's model: a counted end of text
    pattern = pattern.replace(r"\z", r"\Z").replace(r"[\w-_]", r"[\w\-_]")
    return _with_properties(pattern)


def _with_properties(pattern: str) -> str:
    """The pattern with each `\\p{..}` spelled out, in brackets of its own when it is outside a
    class."""
    translated, in_class, position = [], False, 0
    while position < len(pattern):
        property_ = re.compile(r"\\p\{(\w+)\}").match(pattern, position)
        if property_:
            ranges = _ranges(property_[1])
            translated.append(ranges if in_class else f"[{ranges}]")
            position = property_.end()
            continue
        piece = pattern[position : position + 2] if pattern[position] == "\\" else pattern[position]
        if piece == "[":
            in_class = True
        elif piece == "]":
            in_class = False
        translated.append(piece)
        position += len(piece)
    return "".join(translated)


@cache
def _ranges(name: str) -> str:
    """The inside of the character class of a Unicode category (L, Zs) or a POSIX class (Alnum)."""
    if name in _POSIX:
        return _POSIX[name]
    spans = _category_spans().get(name)
    if spans is None:
        raise re.error(f"unknown property {name}")
    return "".join(rf"\U{first:08X}-\U{last:08X}" for first, last in spans)


@cache
def _category_spans() -> dict[str, list[tuple[int, int]]]:
    spans: dict[str, list[tuple[int, int]]] = {}
    for code in range(sys.maxunicode + 1):
        category = unicodedata.category(chr(code))
        for name in (category, category[0]):
            of_name = spans.setdefault(name, [])
            if of_name and of_name[-1][1] == code - 1:
                of_name[-1] = (of_name[-1][0], code)
            else:
                of_name.append((code, code))
    return spans
