"""Opaque NextTokens, and pages of a list by key instead of by number.

A list is read in the order of its sort columns. The last of them, such as the name or the id, makes the order
total. A token holds the position after which the next page begins, so that rows added or removed in the
meantime make the list neither skip nor repeat a row:

    query = select(...).order_by(created_at.desc(), name.desc()).limit(limit + 1)
    if next_token:
        after = decode_position(next_token, {"at": datetime, "name": str})
        query = query.where(beyond([created_at, name], after, descending=True))
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
_INCLUDED = "~included"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and the token of the next page or None."""

    items: list[Row]
    next_token: str | None


def cut_page(rows: Sequence[Row], limit: int, position: Callable[[Row], Mapping[str, Any]]) -> Page[Row]:
    """A page of at most `limit` rows, from rows read with `limit + 1`.

    The extra row only shows whether there is another page. `position` returns the sort columns of a row.
    """
    shown = list(rows[:limit])
    more = len(rows) > limit
    return Page(shown, encode_token(position(shown[-1])) if more and shown else None)


def beyond(
    columns: Sequence[Any], values: Sequence[Any], *, descending: bool = False, included: bool = False
) -> Any:
    """The SQL condition for rows that follow `values` in the order of `columns`, or are there if that is `included`.

    Works on columns of any library that overloads `<`, `>`, `==`, `&` and `|`, as SQLAlchemy does.
    """
    column, value = columns[0], values[0]
    further = column < value if descending else column > value
    if len(columns) == 1 and not included:
        return further
    # redundant, but lets the engines use an index of the columns, which they do not for an OR
    reached = column <= value if descending else column >= value
    if len(columns) == 1:
        return reached
    return reached & (further | beyond(columns[1:], values[1:], descending=descending, included=included))


def encode_token(mapping: Mapping[str, Any]) -> str:
    """An opaque, URL-safe text that `decode_token` turns back into the mapping.

    Values may be JSON values and aware datetimes, which keep their microseconds.
    """
    text = json.dumps({key: _to_json(value) for key, value in mapping.items()}, separators=(",", ":"))
    payload = text.encode()
    return base64.urlsafe_b64encode(zlib.crc32(payload).to_bytes(4, "big") + payload).decode()


def decode_token(text: str) -> dict[str, Any]:
    """The mapping that `encode_token` was given.

    Raises: Invalid: the text does not come from `encode_token`, or was changed.
    """
    try:
        raw = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        if zlib.crc32(raw[4:]).to_bytes(4, "big") != raw[:4]:
            raise ValueError
        found = json.loads(raw[4:])
        return {key: _from_json(value) for key, value in found.items()}
    except (binascii.Error, ValueError, AttributeError, TypeError, OverflowError, RecursionError):
        raise _not_ours(text) from None


def turned(token: str) -> str:
    """The token of the same position for a page in the other direction.

    A page ends at a row. Seen from there, the pages before it begin with that row and not after it, and the other way round.
    Raises: Invalid: the token is not one of ours.
    """
    found = decode_token(token)
    if not found.pop(_INCLUDED, False):
        found[_INCLUDED] = True
    return encode_token(found)


def includes_position(token: str) -> bool:
    """Whether the page of the token begins with the row at its position. Raises: Invalid: as `turned`."""
    return decode_token(token).get(_INCLUDED) is True


def decode_position(text: str, kinds: Mapping[str, type]) -> list[Any]:
    """The values of a token's mapping, in the order of `kinds` and of the types that it names.

    Raises: Invalid: the token is not Trigpoint's, or belongs to a list in another order.
    """
    found = {key: value for key, value in decode_token(text).items() if key != _INCLUDED}
    values = [found.get(key) for key in kinds]
    fitting = all(type(value) is kind for value, kind in zip(values, kinds.values(), strict=True))
    if not fitting or found.keys() != kinds.keys():
        raise Invalid(
            "NextToken belongs to another list or to another order of this list; pass the NextToken of this "
            "list's last response, with the same SortBy"
        )
    return values


def _not_ours(text: str) -> Invalid:
    shown = text if len(text) <= 40 else text[:40] + "..."
    return Invalid(
        f"NextToken {shown!r} was not returned by this server; pass the NextToken of the last response unchanged"
    )


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_TIME_MARK: (value - _EPOCH) // timedelta(microseconds=1)}
    return value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict) and _TIME_MARK in value:
        return _EPOCH + timedelta(microseconds=value[_TIME_MARK])
    if isinstance(value, str) and "\0" in value.encode().decode():
        raise ValueError("a NUL is in no name, and PostgreSQL refuses it")
    return value
