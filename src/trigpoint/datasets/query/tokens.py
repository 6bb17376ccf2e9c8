"""The tokens of a query: words, quoted names, texts, numbers and signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from trigpoint.core.errors import Invalid

LONGEST_QUERY = 10_000
"""Characters."""


class Kind(Enum):
    WORD = auto()
    NAME = auto()
    TEXT = auto()
    NUMBER = auto()
    SIGN = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A token, its text without quotes, and its position in the query, from 1."""

    kind: Kind
    text: str
    position: int

    @property
    def shown(self) -> str:
        """What messages call it."""
        return "the end" if self.kind is Kind.END else repr(self.text[:40])


_TOKEN = re.compile(
    r"""(?:
      (?P<WORD>[^\W\d]\w*)
    | "(?P<NAME>(?:[^"]|"")*+)"
    | '(?P<TEXT>(?:[^']|'')*+)'
    | (?P<NUMBER>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<SIGN><>|!=|<=|>=|[=<>(),.*\[\]])
    )""",
    re.VERBOSE,
)


def tokens_of(query: str) -> list[Token]:
    """The tokens, with one of the kind END after them.

    Raises: Invalid: the query is too long, or has a character that begins no token; names its position.
    """
    if len(query) > LONGEST_QUERY:
        raise Invalid(f"the query has {len(query):,} characters; at most {LONGEST_QUERY:,} are allowed")
    found: list[Token] = []
    place, end = 0, len(query.rstrip())
    while place < end:
        place = _start(query, place)
        match = _TOKEN.match(query, place)
        if match is None:
            raise _unreadable(query, place)
        kind = match.lastgroup or ""
        text = match[kind]
        quote = {"NAME": '"', "TEXT": "'"}.get(kind)
        found.append(Token(Kind[kind], text.replace(quote * 2, quote) if quote else text, place + 1))
        place = match.end()
    found.append(Token(Kind.END, "", end + 1))
    return found


def _start(query: str, place: int) -> int:
    while query[place].isspace():
        place += 1
    return place


def _unreadable(query: str, place: int) -> Invalid:
    character = query[place]
    why = (
        f"the quote {character} is not closed"
        if character in "\"'"
        else f"{character!r} is not expected here; names with such characters need double quotes"
    )
    return Invalid(f"the query, position {place + 1}: {why}")
