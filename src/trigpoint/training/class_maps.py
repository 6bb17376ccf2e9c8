"""The class maps of a manifest that a training job reads: one id must mean one class on all lines.

Labels are streamed without their metadata, so that an algorithm cannot see that 0 is a cat on one line and a dog on
another. Decision: such a manifest is refused before the training starts, unless the metadata are streamed too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.attributes import METADATA
from trigpoint.records.labels.numbering import ClassNumbering
from trigpoint.records.manifest.selection import REFERENCE_SUFFIX

_CLASS_MAP = b'"class-map"'
_METADATA_END = b'-metadata"'
_FAILURES = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def check_class_maps(lines: Iterable[tuple[int, bytes]], attributes: Sequence[str]) -> None:
    """Raises: Invalid: a class id has two names; names both and their lines."""
    labels = [
        name
        for name in attributes
        if not name.endswith((REFERENCE_SUFFIX, METADATA)) and name + METADATA not in attributes
    ]
    maps = {name: (_reader(name), ClassNumbering()) for name in labels}
    known: set[bytes] = set()
    for number, raw in lines:
        if (written := _only_map(raw)) is not None:
            if written in known:
                continue
            known.add(written)
        for read, numbering in maps.values():
            if named := read(raw):
                numbering.see(named, (), f"line {number}")
    for name, (_, numbering) in maps.items():
        try:
            numbering.require_one_name()
        except Invalid as problem:
            raise Invalid(f"attribute {name!r}: {problem.message}") from None


def _only_map(raw: bytes) -> bytes | None:
    """The metadata's name and the class map of a line that has one of each, as written: equal ones are parsed once.

    Parsing every line takes several times as long. None where the text does not show where the map ends.
    """
    if raw.count(_CLASS_MAP) != 1 or raw.count(_METADATA_END) != 1:
        return None
    start, name = raw.index(_CLASS_MAP), raw.index(_METADATA_END)
    written = raw[raw.rfind(b'"', 0, name) : name] + raw[start : raw.find(b"}", start) + 1]
    return None if b"\\" in written or written.count(b'"') % 2 == 0 else written


def _reader(label: str) -> Callable[[bytes], dict[int, str]]:
    """A function that gives the class map of a line; empty when there is none that can be read."""
    metadata = msgspec.defstruct(
        "Metadata", [("class_map", dict[str, str] | None, None)], rename={"class_map": "class-map"}, gc=False
    )
    line: Any = msgspec.defstruct(
        "Line", [("metadata", metadata | None, None)], rename={"metadata": label + METADATA}, gc=False
    )
    decode = msgspec.json.Decoder(line).decode

    def read(raw: bytes) -> dict[int, str]:
        if _CLASS_MAP not in raw:
            return {}
        try:
            found = decode(raw).metadata
        except _FAILURES:
            return {}  # a line that is no JSON is reported when it is streamed
        named = found.class_map if found is not None else None
        return {int(key): name for key, name in (named or {}).items() if key.isascii() and key.isdigit()}

    return read
