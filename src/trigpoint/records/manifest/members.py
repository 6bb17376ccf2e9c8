"""The members of a line as they are written, and lines with members added.

json and msgspec give values, but not where they are written, so names and values are found with json's own
decoder for one value at a time. All functions take lines that `parsing.parse_line` accepts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_raw_decode = json.JSONDecoder().raw_decode
_blanks = re.compile(r"[ \t\n\r]*").match
_BLANKS: Final = " \t\n\r"


@dataclass(frozen=True, slots=True)
class LineMember:
    """The name of a member, and where it is in the line: its own start, its value's start and end."""

    name: str
    start: int
    value_start: int
    end: int


def members_of(line: str) -> Iterator[LineMember]:
    """The members of the JSON object that the line holds, in order, repeated names included."""
    place = _skip(line, _skip(line, 0) + 1)  # after the brace
    while line[place] != "}":
        start = place
        name, place = _raw_decode(line, place)
        value_start = _skip(line, _skip(line, place) + 1)  # after the colon
        _, end = _raw_decode(line, value_start)
        yield LineMember(name, start, value_start, end)
        place = _skip(line, end)
        if line[place] == ",":
            place = _skip(line, place + 1)


def with_members(line: str, added: str, replaced: Collection[str]) -> str:
    """The line with `added` at its end and without the members named in `replaced`.

    added: JSON members without the braces around them, such as `"a":1,"b":2`.
    All other members, and the blanks between them, stay byte for byte. Blanks around the object are dropped.
    """
    text = line.strip(_BLANKS)
    if any(json.dumps(name) in text for name in replaced) or "\\u" in text:
        text = _without_members(text, replaced)
    inside = text[1:-1].rstrip(_BLANKS)
    return f"{{{inside}{',' if inside.strip(_BLANKS) and added else ''}{added}}}"


def _without_members(text: str, names: Collection[str]) -> str:
    members = list(members_of(text))
    kept = [member for member in members if member.name not in names]
    if len(kept) == len(members):
        return text
    if not kept:
        return "{}"
    pieces = [text[: members[0].start]]
    for member, after in pairwise(members):
        if member.name not in names:
            pieces.append(text[member.start : member.end if member is kept[-1] else after.start])
    if members[-1] is kept[-1]:
        pieces.append(text[kept[-1].start : kept[-1].end])
    return "".join(pieces) + "}"


def _skip(line: str, place: int) -> int:
    """The first place from `place` on that is not blank."""
    return _blanks(line, place).end()  # type: ignore[union-attr]  # the expression matches everywhere
