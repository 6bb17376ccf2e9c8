"""The text files of a data set: labels, lists, tables, XML and JSON. They are UTF-8, with or without a byte order mark.

Lines may end with LF, CRLF or CR; the text that is returned has LF only.
"""

from __future__ import annotations

import codecs
import re
import shlex
from pathlib import Path
from typing import Final

from trigpoint.datasets.model import BadEntry
from trigpoint.datasets.places import Places

LARGEST_FILE_BYTES: Final = 64 << 20
"""The limit for a file that describes one image, or lists names."""
LARGEST_SET_BYTES: Final = 2 << 30
"""The limit for a file that describes a whole set: JSON, a table, a .lst."""

_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_KNOWN_CODEC = re.compile(r"ascii|utf-8|iso8859-\d+|cp\d+|koi8-\w|gb\w+|big5\w*|euc_\w+|shift_jis\w*|mac-\w+")
"""The encodings that an XML file may declare. Others are not for text, or slow to decode."""
_UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path, most_bytes: int = LARGEST_FILE_BYTES) -> str:
    """The text of a local file. Raises: BadEntry: cannot be read, too large, or not UTF-8 (names line and byte)."""
    return decode_text(_bytes(path, most_bytes), str(path))


def read_lines(path: Path, most_bytes: int = LARGEST_FILE_BYTES) -> list[str]:
    """The lines of a local file, without their ends. Raises: as `read_text`."""
    return lines_of(read_text(path, most_bytes))


def read_place(place: str, places: Places, most_bytes: int = LARGEST_FILE_BYTES) -> str:
    """The text of a file or an object. Raises: as `read_text`. NotFound, Denied, Invalid: cannot be opened."""
    with places.open(place) as file:
        return decode_text(_limited(file.read(most_bytes + 1), most_bytes, place), place)


def read_xml_text(path: Path, most_bytes: int = LARGEST_FILE_BYTES) -> str:
    """As `read_text`, for a file that may declare another encoding in its first line, as XML allows."""
    data = _bytes(path, most_bytes)
    declared = _DECLARED.match(data)
    return decode_text(data, str(path), _codec_of(declared[1].decode(), str(path)) if declared else "utf-8")


def lines_of(text: str) -> list[str]:
    """The lines of a text. Only LF ends a line, other than for `str.splitlines`: a name may hold a U+2028."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def decode_text(data: bytes, where: str, encoding: str = "utf-8") -> str:
    """The text in the bytes of a file, without a byte order mark, its lines ended by LF.

    Raises: BadEntry: not in that encoding, or a NUL byte (names the line and the byte, from 1).
    """
    if (zero := data.find(0)) >= 0 or data.startswith(_UTF_16_MARKS):
        raise _not_text(data, zero, where)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as problem:
        raise _wrong_byte(data, problem.start, where, encoding) from None
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _bytes(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            return _limited(file.read(most_bytes + 1), most_bytes, str(path))
    except OSError as problem:
        raise BadEntry(str(path), f"cannot be read: {problem.strerror}") from None


def _limited(data: bytes, most_bytes: int, where: str) -> bytes:
    if len(data) > most_bytes:
        raise BadEntry(where, f"larger than {most_bytes >> 20} MB, the limit for a file of this kind")
    return data


def _codec_of(declared: str, where: str) -> str:
    """The codec of a declared encoding. A declaration that can be read as ASCII is not in UTF-16."""
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        name = ""
    if name.startswith("utf-16"):
        return "utf-8"
    if not _KNOWN_CODEC.fullmatch(name):
        raise BadEntry(where, f"the declared encoding {declared!r} is not known; save the file as UTF-8")
    return name


def _not_text(data: bytes, zero: int, where: str) -> BadEntry:
    """The error of a file with NUL bytes: UTF-16 has one in each Latin letter, other text has none."""
    if data.startswith(_UTF_16_MARKS):
        return _other_encoding(data, 0, where, "the file is UTF-16, not UTF-8", "utf-16")
    head = data[:1000]
    for name, high_bytes in (("utf-16le", head[1::2]), ("utf-16be", head[::2])):
        if high_bytes.count(0) > 0.9 * len(high_bytes):
            return _other_encoding(data, zero, where, "the file is UTF-16, not UTF-8", name)
    return _other_encoding(data, zero, where, "a NUL byte, which no text has", "ENCODING")


def _wrong_byte(data: bytes, place: int, where: str, encoding: str) -> BadEntry:
    expected = "UTF-8" if encoding == "utf-8" else f"the declared encoding {encoding}"
    return _other_encoding(data, place, where, f"0x{data[place]:02x} is not {expected}", "windows-1252")


def _other_encoding(data: bytes, place: int, where: str, why: str, encoding: str) -> BadEntry:
    before = data[:place].replace(b"\r\n", b"\n")
    line = before.count(b"\n") + before.count(b"\r") + 1
    old, new = shlex.quote(where), shlex.quote(where + ".utf8")
    return BadEntry(
        f"{where}, line {line}, byte {place + 1}",
        f"{why}; save the file as UTF-8, or convert it from its encoding, like: iconv -f {encoding} -t utf-8 {old} > {new}",
    )
