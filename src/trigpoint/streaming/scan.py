"""How are the wanted attributes taken out of a manifest line fast?

msgspec's scanner looks at the whole line, but builds only what is asked for: a tenth of the time of a JSON
parser that builds everything. It never decides that a line is wrong: what it does not take, or what lacks an
attribute, goes to the slower functions of records.manifest, which accept or name the error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.records.manifest import (
    REFERENCE_SUFFIX,
    BadLine,
    Reference,
    Value,
    compile_selection,
    lacking,
    parse_line,
)

_URI_HEADS = ("s3://", "https://")
_STRING = 34  # a quote
_NOT_IN_FIELD_NAMES = frozenset('"\\')


def compile_fast_selection(attributes: Sequence[str]) -> Callable[[bytes, int], list[Value]]:
    """records.manifest.compile_selection: the same values and the same errors, sooner."""
    import msgspec

    select = compile_selection(attributes)
    scan = _scanner(tuple(attributes), msgspec.Raw)
    if scan is None:
        return select
    places = [(place, name.endswith(REFERENCE_SUFFIX)) for place, name in enumerate(attributes)]
    decode = msgspec.json.decode

    def fast(raw: bytes, number: int) -> list[Value]:
        found = scan(raw)
        if found is None:
            return select(raw, number)
        values: list[Value] = []
        for place, is_reference in places:
            value = found[place]
            if is_reference:
                if not isinstance(value, str) or not value.startswith(_URI_HEADS):
                    return select(raw, number)
                values.append(Reference(value))
                continue
            text = bytes(value)
            values.append(decode(text).encode() if text[0] == _STRING else text)
        return values

    return fast


def compile_values(
    attributes: Sequence[str], locate: Callable[[str], str]
) -> Callable[[bytes, int], list[Any]]:
    """A function of (line's bytes, line number) that gives the values of `attributes` as Python has them.

    A `-ref` attribute gives a Reference to what `locate` makes of its text. The function raises BadLine when
    the line is not a JSON object, lacks an attribute, or has a `-ref` that is not a text.
    """
    names = tuple(attributes)
    scan = _scanner(names, Any)
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
            raise lacking(number, name, line)
    return [line[name] for name in names]


def _reference(name: str, value: Any, number: int, locate: Callable[[str], str]) -> Reference:
    if not isinstance(value, str) or not value:
        raise BadLine(number, f"attribute {name!r} must be the URI or path of an object, not {value!r:.80}")
    try:
        return Reference(locate(value))
    except Invalid as problem:
        raise BadLine(number, f"attribute {name!r}: {problem.message}") from None


def _scanner(names: tuple[str, ...], other: Any) -> Callable[[bytes], tuple[Any, ...] | None] | None:
    """A function that gives the values of a line, in order, or None when it is not sure.

    `other` is the msgspec type of what is no reference. None when msgspec cannot look for these names.
    """
    import msgspec

    if len(set(names)) != len(names) or any(_NOT_IN_FIELD_NAMES & set(name) for name in names):
        return None
    fields = [
        (f"f{place}", Any if name.endswith(REFERENCE_SUFFIX) else other) for place, name in enumerate(names)
    ]
    renamed = {f"f{place}": name for place, name in enumerate(names)}
    struct = msgspec.defstruct("Line", fields, rename=renamed, gc=False)
    decode = msgspec.json.Decoder(struct).decode
    astuple, failures = msgspec.structs.astuple, (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

    def scan(raw: bytes) -> tuple[Any, ...] | None:
        try:
            if not raw.isascii():
                raw.decode()  # msgspec does not look at the texts that it passes over
            return astuple(decode(raw))
        except failures:
            return None

    return scan
