"""User metadata in headers that is not plain ASCII: read as UTF-8 or RFC 2047, answered as RFC 2047.

Source: Amazon S3 User Guide, "User-defined object metadata".
"""

from __future__ import annotations

import base64
import re
from email.errors import HeaderParseError
from email.header import decode_header

_WORD = re.compile(r"=\?[A-Za-z0-9_.:-]+\?[bBqQ]\?[^? ]*\?=")


def decoded_metadata(value: str) -> str:
    """The text that a header means; `value` holds its bytes as Latin-1, as HTTP servers hand them over.

    A value that is neither UTF-8 nor RFC 2047 counts as Latin-1.
    """
    if value.isascii():
        return _unfolded(value) if _WORD.search(value) else value
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value.encode("utf-8", "replace").decode()


def encoded_metadata(value: str) -> str:
    """The header's value for a text: itself when it is ASCII, else one encoded word."""
    return value if value.isascii() else f"=?UTF-8?B?{base64.b64encode(value.encode()).decode()}?="


def _unfolded(value: str) -> str:
    try:
        parts = decode_header(value)
        text = "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii") for part, charset in parts
        )
        text.encode()
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return value
    return value if "\0" in text else text
