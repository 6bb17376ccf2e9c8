"""Values of chosen attributes, taken out of the lines of a manifest.

Two ways lead to the same values. msgspec scans the whole line and builds only what is asked for, in a tenth of the
time of json. It never reports an error: a line that it cannot read, or that lacks an attribute, goes to the parser,
which reads it or names the error. tests/unit/records/test_selection.py compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from trigpoint.core.errors import Invalid
from trigpoint.records.manifest.lines import BadLine
from trigpoint.records.manifest.members import members_of
from trigpoint.records.manifest.parsing import decode_line, parse_line

REFERENCE_SUFFIX: Final = "-ref"

_SCHEMES: Final = ("s3://", "https://")
_QUOTE: Final = 34


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of a `-ref` attribute: the URI of the object whose bytes are used in its place."""

    uri: str


Value = bytes | Reference
"""The value of an attribute: the bytes to emit, or the object whose bytes are emitted."""


def compile_selection(attributes: Sequence[str]) -> Callable[[bytes, int], list[Value]]:
    """A function of (line's bytes, line number) that gives the values of `attributes`, in their order.

    A `-ref` attribute gives a Reference. Of the others a string gives its characters in UTF-8, without
    quotes; every other value gives the slice of the line that it is written in, so `1` and `1.0`, key order
    and blanks are kept. When a line has a name twice, the last value counts.

    The function raises BadLine when the line is not a JSON object, lacks an attribute, or has a `-ref` that
    is not an S3 URI; the message names line and attribute.
    """
    names = tuple(attributes)
    scan = _compile_scan(names, msgspec.Raw)
    if scan is None:
        return lambda raw, number: select_with_parser(names, raw, number)
    places = [(place, name.endswith(REFERENCE_SUFFIX)) for place, name in enumerate(names)]
    decode = msgspec.json.decode

    def select(raw: bytes, number: int) -> list[Value]:
        found = scan(raw)
        if found is None:
            return select_with_parser(names, raw, number)
        values: list[Value] = []
        for place, is_reference in places:
            value = found[place]
            if is_reference:
                if not isinstance(value, str) or not value.startswith(_SCHEMES):
                    return select_with_parser(names, raw, number)
                values.append(Reference(value))
                continue
            text = bytes(value)
            values.append(decode(text).encode() if text[0] == _QUOTE else text)
        return values

    return select


def select_with_parser(names: Sequence[str], raw: bytes, number: int) -> list[Value]:
    """The values that a function of `compile_selection` gives, by way of the parser; raises the same errors."""
    line = parse_line(raw, number)
    text = decode_line(raw, number)
    members = {member.name: member for member in members_of(text)}  # the last one of a name
    values: list[Value] = []
    for name in names:
        if name not in line:
            raise _lacking(number, name, line)
        value, member = line[name], members[name]
        written = text[member.value_start : member.end]
        if name.endswith(REFERENCE_SUFFIX):
            if not isinstance(value, str) or not value.startswith(_SCHEMES):
                shown = written if len(written) <= 80 else written[:77] + "..."
                why = f"attribute {name!r} must be the URI of an object, like s3://bucket/key, not {shown}"
                raise BadLine(number, why)
            values.append(Reference(value))
        elif isinstance(value, str):
            values.append(value.encode("utf-8", "surrogatepass"))
        else:
            values.append(written.encode())
    return values


def compile_values(
    attributes: Sequence[str], locate: Callable[[str], str]
) -> Callable[[bytes, int], list[Any]]:
    """A function of (line's bytes, line number) that gives the parsed values of `attributes`, in their order.

    `locate` turns the text of a `-ref` attribute into the URI of a Reference. The function raises BadLine when
    the line is not a JSON object, lacks an attribute, or has a `-ref` that is not a text.
    """
    names = tuple(attributes)
    scan = _compile_scan(names, Any)
    references = [place for place, name in enumerate(names) if name.endswith(REFERENCE_SUFFIX)]

    def select(raw: bytes, number: int) -> list[Any]:
        found = None if scan is None else scan(raw)
        values = _parsed(names, raw, number) if found is None else list(found)
        for place in references:
            values[place] = _reference(names[place], values[place], number, locate)
        return values

    return select


def _parsed(names: tuple[str, ...], raw: bytes, number: int) -> list[Any]:
    line = parse_line(raw, number)
    for name in names:
        if name not in line:
            raise _lacking(number, name, line)
    return [line[name] for name in names]


def _reference(name: str, value: Any, number: int, locate: Callable[[str], str]) -> Reference:
    if not isinstance(value, str) or not value:
        raise BadLine(number, f"attribute {name!r} must be the URI or path of an object, not {value!r:.80}")
    try:
        return Reference(locate(value))
    except Invalid as problem:
        raise BadLine(number, f"attribute {name!r}: {problem.message}") from None


def _lacking(number: int, name: str, present: Iterable[str]) -> BadLine:
    names = list(present)
    close = next((each for each in names if each.lower() == name.lower()), None)
    hint = (
        f"names are case-sensitive, it has {close!r}"
        if close
        else f"it has {', '.join(map(repr, names)) or 'none at all'}"
    )
    return BadLine(number, f"has no attribute {name!r}; {hint[:300]}")


def _compile_scan(names: tuple[str, ...], other: Any) -> Callable[[bytes], tuple[Any, ...] | None] | None:
    """A function that gives the values of a line, in order, or None when the parser must decide.

    `other` is the msgspec type of attributes that are not references. None when msgspec cannot look for these
    names.
    """
    fields = [
        (f"f{place}", Any if name.endswith(REFERENCE_SUFFIX) else other) for place, name in enumerate(names)
    ]
    renamed = {f"f{place}": name for place, name in enumerate(names)}
    try:
        struct = msgspec.defstruct("Line", fields, rename=renamed, gc=False)
    except ValueError:  # a name twice, or one with quotes, backslashes or control characters
        return None
    decode = msgspec.json.Decoder(struct).decode
    astuple, failures = msgspec.structs.astuple, (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

    def scan(raw: bytes) -> tuple[Any, ...] | None:
        try:
            if not raw.isascii():
                raw.decode()  # msgspec does not check the texts that it passes over
            return astuple(decode(raw))
        except failures:
            return None

    return scan
