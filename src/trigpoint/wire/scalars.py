"""Times, numbers and blobs, read and written for all protocols."""

from __future__ import annotations

import base64
import binascii
import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def epoch_seconds(at: datetime) -> float:
    """Seconds since 1970, to the millisecond.

    Raises: TypeError: a time without a zone (our mistake, not the caller's).
    """
    if at.tzinfo is None:
        raise TypeError(f"{at!r} has no time zone; times on the wire are aware")
    return round((at - EPOCH) // timedelta(milliseconds=1) / 1000, 3)


def from_epoch(seconds: float) -> datetime:
    """The time so many seconds after 1970.

    Raises: ValueError: outside the range of datetime.
    """
    if not math.isfinite(seconds):
        raise ValueError(f"{seconds} is no time")
    try:
        return EPOCH + timedelta(microseconds=round(seconds * 1_000_000))
    except OverflowError:
        raise ValueError(f"{seconds} is out of range for a time") from None


def iso8601(at: datetime) -> str:
    """`2026-01-01T12:00:00Z`, with milliseconds when there are any."""
    at = from_epoch(epoch_seconds(at))
    return at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{at.microsecond // 1000:03d}Z" if at.microsecond else "Z")


def http_date(at: datetime) -> str:
    """`Thu, 01 Jan 2026 12:00:00 GMT`."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def format_time(at: datetime, style: str) -> str:
    """A time as text in one of the model's styles: iso8601, rfc822, unixTimestamp."""
    if style.lower() == "unixtimestamp":
        return number_text(epoch_seconds(at))
    return http_date(at) if style.lower() == "rfc822" else iso8601(at)


def parse_time(text: str) -> datetime:
    """The time in a text of any of the three styles, in UTC; a time without zone is UTC.

    Raises: ValueError: the text is not a time.
    """
    try:
        return from_epoch(float(text))
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
        except (TypeError, IndexError):
            raise ValueError(f"{text!r} is no time") from None
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is out of range for a time") from None


def number_text(value: float) -> str:
    """A number without a needless `.0`."""
    return str(int(value)) if float(value).is_integer() else repr(value)


def parse_integer(text: str) -> int:
    """A whole number.

    Raises: ValueError
    """
    if not text.lstrip("+-").isdigit() or len(text) > 20 or not text.isascii():
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def parse_float(text: str) -> float:
    """A finite number.

    Raises: ValueError
    """
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a finite number")
    return value


def parse_boolean(text: str) -> bool:
    """true or false.

    Raises: ValueError
    """
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def decode_blob(text: str) -> bytes:
    """The bytes of a base64 text.

    Raises: ValueError
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None


def encode_blob(value: bytes | str) -> str:
    """Base64 of bytes, or of a text's UTF-8."""
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode("ascii")


def parse_text(type_name: str, text: str) -> Any:
    """The value that a text holds for a scalar shape of this type.

    Raises: ValueError: says what is wrong with it.
    """
    match type_name:
        case "integer" | "long" | "short" | "byte":
            return parse_integer(text)
        case "float" | "double":
            return parse_float(text)
        case "boolean":
            return parse_boolean(text)
        case "timestamp":
            return parse_time(text)
        case "blob":
            return decode_blob(text)
        case _:
            return text


def format_text(type_name: str, value: Any, time_style: str) -> str:
    """A scalar as text; the reverse of `parse_text`."""
    match type_name:
        case "timestamp":
            return format_time(value, time_style)
        case "boolean":
            return "true" if value else "false"
        case "blob":
            return encode_blob(value)
        case _:
            return str(value)
