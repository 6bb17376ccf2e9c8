"""The lines of a text file, one at a time, whatever its size."""

from __future__ import annotations

import codecs
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from trigpoint.core.errors import Invalid

LONGEST_LINE_BYTES: Final = 1 << 20
"""A longer line is not read into memory; its text would be too long for a manifest in any case."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line with its line end; None if it is longer than any text may be. number: from 1."""

    number: int
    text: str | None


def text_lines(file: BinaryIO, name: str) -> Iterator[TextLine]:
    """The lines of a UTF-8 file, with or without a byte order mark. Lines end with LF or CRLF.

    Raises: Invalid: a byte that is not UTF-8, or a NUL byte; names the file, the line and the byte, from 1.
    """
    number, offset = 0, 0
    while raw := file.readline(LONGEST_LINE_BYTES + 1):
        number += 1
        length = len(raw)
        if len(raw) > LONGEST_LINE_BYTES:
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(LONGEST_LINE_BYTES)
                length += len(raw)
            yield TextLine(number, None)
        else:
            yield TextLine(number, _decoded(raw, name, number, offset))
        offset += length


def _decoded(raw: bytes, name: str, number: int, offset: int) -> str:
    if number == 1:
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise _not_utf8(name, 1, 1, "the file is UTF-16", "utf-16")
        raw = raw.removeprefix(codecs.BOM_UTF8)
    zero = raw.find(0)
    if zero >= 0:
        raise _not_utf8(name, number, offset + zero + 1, "a NUL byte, which no text has", "ENCODING")
    try:
        return raw.decode()
    except UnicodeDecodeError as problem:
        why = f"0x{raw[problem.start]:02x} is not UTF-8"
        raise _not_utf8(name, number, offset + problem.start + 1, why, "windows-1252") from None


def _not_utf8(name: str, number: int, byte: int, why: str, encoding: str) -> Invalid:
    old, new = shlex.quote(name), shlex.quote(name + ".utf8")
    return Invalid(
        f"{name}, line {number}, byte {byte}: {why}; convert the file, like: "
        f"iconv -f {encoding} -t utf-8 {old} > {new}"
    )
