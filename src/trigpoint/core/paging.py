"""How does a list go on: opaque NextTokens, and pages by key instead of by number.

A list is read in the order of its sort columns, the last of which makes the order total (the name, the id).
A token holds the place behind which the next page begins, so rows that are added or removed meanwhile are
neither skipped nor shown twice:

    after = decode_token(next_token) if next_token else None
    query = select(...).order_by(created_at.desc(), name.desc()).limit(limit + 1)
    if after:
        query = query.where(beyond([created_at, name], [after["at"], after["name"]], descending=True))
    page = cut_page(rows, limit, lambda row: {"at": row.created_at, "name": row.name})
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from trigpoint.core.errors import Invalid

Row = TypeVar("Row")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_MARK = "~microseconds"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list and the token of the next ones; None when these are the last."""

    items: list[Row]
    next_token: str | None


def cut_page(rows: Sequence[Row], limit: int, position: Callable[[Row], Mapping[str, Any]]) -> Page[Row]:
    """A page of at most `limit` rows, from rows that were read with `limit + 1`.

    The extra row only tells whether there is more; `position` gives the sort columns of the last row shown.
    """
    shown = list(rows[:limit])
    more = len(rows) > limit
    return Page(shown, encode_token(position(shown[-1])) if more and shown else None)


def beyond(columns: Sequence[Any], values: Sequence[Any], *, descending: bool = False) -> Any:
    """The SQL condition that holds for rows behind `values` when they are sorted by `columns`.

    Works on columns of any library that overloads `<`, `>`, `==`, `&` and `|`, as SQLAlchemy does.
    """
    column, value = columns[0], values[0]
    further = column < value if descending else column > value
    if len(columns) == 1:
        return further
    return further | ((column == value) & beyond(columns[1:], values[1:], descending=descending))


def encode_token(mapping: Mapping[str, Any]) -> str:
    """An opaque, URL-safe text from which `decode_token` makes the mapping again.

    Values are what JSON knows, and aware datetimes (to the microsecond).
    """
    text = json.dumps({key: _to_json(value) for key, value in mapping.items()}, separators=(",", ":"))
    payload = text.encode()
    return base64.urlsafe_b64encode(zlib.crc32(payload).to_bytes(4, "big") + payload).decode()


def decode_token(text: str) -> dict[str, Any]:
    """The mapping that `encode_token` was given.

    Raises: Invalid: the text was not made by `encode_token`, or was changed.
    """
    try:
        raw = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        if zlib.crc32(raw[4:]).to_bytes(4, "big") != raw[:4]:
            raise ValueError
        found = json.loads(raw[4:])
    except (binascii.Error, ValueError):
        found = None
    if not isinstance(found, dict):
        shown = text if len(text) <= 40 else text[:40] + "..."
        raise Invalid(
            f"NextToken {shown!r} is not one of ours; pass on the token of the last answer unchanged"
        )
    return {key: _from_json(value) for key, value in found.items()}


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_TIME_MARK: (value - _EPOCH) // timedelta(microseconds=1)}
    return value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict) and _TIME_MARK in value:
        return _EPOCH + timedelta(microseconds=value[_TIME_MARK])
    return value
