"""What does a manifest say: augmented manifests (JSON Lines) line by line, and classic ManifestFiles.

Source: training.md 1.2 and 1.3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed does not know it
from typing import Any, BinaryIO, Final

from trigpoint.core.errors import Invalid

MAX_LINE_BYTES: Final = 8 * 1024 * 1024
"""Decision: a longer "line" means that the file is no JSON Lines; without a limit it would be read into
memory whole.
"""

REFERENCE_SUFFIX: Final = "-ref"

_SCHEMES: Final = ("s3://", "https://")

_BOM = b"\xef\xbb\xbf"
_blanks = re.compile(r"[ \t\n\r]*").match


class BadLine(Invalid):
    """A line of a manifest cannot be used: its number from 1, and why."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"line {number}: {why}")
        self.number = number
        self.why = why


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One line of a manifest: its number from 1, its bytes without line end, the parsed JSON object."""

    number: int
    raw: bytes
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of a `-ref` attribute: the URI of the object whose bytes stand in its place."""

    uri: str


Value = bytes | Reference
"""What an attribute gives: bytes as they are emitted, or the object whose bytes are."""


def read_lines(stream: BinaryIO) -> Iterator[ManifestLine]:
    """The lines of an augmented manifest, parsed; see `split_lines` for what counts as a line.

    Raises: BadLine: a line is not a JSON object in UTF-8; the message names its number.
    """
    for number, raw in split_lines(stream):
        yield ManifestLine(number, raw, parse_line(raw, number))


def split_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(number from 1, bytes) of each line, without line ends (LF or CRLF) and byte order mark.

    Blank lines at the end of the file are ignored. Decision: one in the middle is an error, because dropping
    it would shift all later lines against what other tools count.
    Raises: Invalid.
    """
    blank_from = 0
    for number, line in enumerate(_numbered(stream), start=1):
        raw = line.rstrip(b"\r\n") if line.endswith(b"\n") else line
        if number == 1:
            raw = raw.removeprefix(_BOM)
            _refuse_other_formats(raw)
        if not raw.strip():
            blank_from = blank_from or number
        elif blank_from:
            raise BadLine(blank_from, _EMPTY_LINE)
        else:
            yield number, raw


def scan_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | BadLine]]:
    """As `split_lines`, but goes on behind a line that cannot be used, and gives the reason in its place.

    For those who list all that is wrong. A file of another format has one bad line, the first.
    """
    blank: list[int] = []
    for number, line in enumerate(_pieces(stream), start=1):
        if isinstance(line, int):
            yield from ((empty, BadLine(empty, _EMPTY_LINE)) for empty in blank)
            blank = []
            yield number, BadLine(number, f"{line} bytes long; {_TOO_LONG}")
            continue
        raw = line.rstrip(b"\r\n") if line.endswith(b"\n") else line
        if number == 1:
            raw = raw.removeprefix(_BOM)
            try:
                _refuse_other_formats(raw)
            except BadLine as problem:
                yield 1, problem
                return
        if not raw.strip():
            blank.append(number)
            continue
        yield from ((empty, BadLine(empty, _EMPTY_LINE)) for empty in blank)
        blank = []
        yield number, raw


def _pieces(stream: BinaryIO) -> Iterator[bytes | int]:
    """The lines; of one that is too long its length, and nothing of it is kept."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if len(line) <= MAX_LINE_BYTES:
            yield line
            continue
        length = len(line)
        while not line.endswith(b"\n") and (line := stream.readline(MAX_LINE_BYTES)):
            length += len(line)
        yield length


_old_line_ends = re.compile(rb"}\r\s*{").search  # which JSON does not hold unescaped

_EMPTY_LINE: Final = "the line is empty; remove it, or put a JSON object there"
_TOO_LONG: Final = f"at most {MAX_LINE_BYTES} are taken: an augmented manifest has one JSON object a line"


def _refuse_other_formats(first: bytes) -> None:
    """Says what a file is that people take for a manifest by mistake."""
    for head, what in _OTHER_FORMATS:
        if first.startswith(head):
            raise BadLine(1, f"this is {what}, not an augmented manifest (JSON Lines in UTF-8)")
    if _old_line_ends(first):
        raise BadLine(1, "the lines end with CR alone; save the file with LF or CRLF")


_OTHER_FORMATS = (
    (b"\x1f\x8b", "gzip data; decompress it first"),
    (b"\xff\xfe", "a text in UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "a text in UTF-16; save it as UTF-8"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x89PNG", "a PNG image"),
    (b'[{"prefix"', "a ManifestFile, which lists objects without labels"),
)


def _numbered(stream: BinaryIO) -> Iterator[bytes]:
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise BadLine(
                number,
                f"longer than {MAX_LINE_BYTES} bytes; an augmented manifest has one JSON object a line",
            )
        yield line


def parse_line(raw: bytes, number: int) -> dict[str, Any]:
    """The JSON object that the line holds.

    Raises: BadLine: not UTF-8, not JSON, or not an object (names line and column).
    """
    text = _decode(raw, number)
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise _not_json(error, number, text) from None
    if not isinstance(value, dict):
        raise BadLine(number, f"a JSON object is needed, like {{...}}, not {_shown(text)}")
    return value


def compile_selection(
    attributes: Sequence[str], *, plain_paths: bool = False
) -> Callable[[bytes, int], list[Value]]:
    """A function of (line's bytes, line number) that gives the values of `attributes`, in their order.

    A `-ref` attribute gives a Reference. Of the others a string gives its characters in UTF-8, without
    quotes; every other value gives the slice of the line that it is written in, so `1` and `1.0`, key order
    and blanks are kept. Of a name that stands in the line twice the last value counts.

    plain_paths: a `-ref` may also be a path, for readers of plain folders; jobs take URIs only.

    The function raises BadLine when the line is not a JSON object, lacks an attribute, or has a `-ref` that
    is not an S3 URI; the message names line and attribute.
    """
    names = tuple(attributes)
    wanted = frozenset(names)
    schemes = ("",) if plain_paths else _SCHEMES
    slices = False  # does a wanted value have to be cut out of the line?

    def select(raw: bytes, number: int) -> list[Value]:
        nonlocal slices
        if not slices:
            if (simple := _simple_values(raw, names, schemes)) is not None:
                return simple
            slices = True
        return cut_out(raw, number)

    def cut_out(raw: bytes, number: int) -> list[Value]:
        text = _decode(raw, number)
        try:
            found = _top_level(text, wanted)
        except (ValueError, RecursionError) as error:
            raise _not_json(error, number, text) from None
        if found is None:
            raise BadLine(number, f"a JSON object is needed, like {{...}}, not {_shown(text)}")
        try:
            return [_emitted(name, *found[name], text, number, schemes) for name in names]
        except KeyError as missing:
            raise lacking(number, missing.args[0], json.loads(text)) from None

    return select


def _simple_values(raw: bytes, names: tuple[str, ...], schemes: tuple[str, ...]) -> list[Value] | None:
    """The values when all are strings, whole numbers or constants; None when that is not so, or unclear.

    Half the time of cutting values out of the line, because the JSON parser written in C does it all.
    """
    try:
        text = raw.decode()
        line, end = _scan(text, 0)
        if end != len(text) or type(line) is not dict:
            return None
        values: list[Value] = []
        for name in names:
            value = line[name]
            if name.endswith(REFERENCE_SUFFIX):
                if not isinstance(value, str) or not value or not value.startswith(schemes):
                    return None
                values.append(Reference(value))
            elif type(value) is str:
                values.append(value.encode("utf-8", "surrogatepass"))
            elif type(value) is int and (value or _minus_zero(text) is None):
                values.append(b"%d" % value)
            elif value is True or value is False or value is None:
                values.append(_CONSTANTS[value])
            else:
                return None
    except (ValueError, LookupError, RecursionError, StopIteration):
        return None
    return values


_minus_zero = re.compile(
    r":[ \t\r\n]*-0[^.0-9eE]"
).search  # the one whole number that is not written as parsed
_CONSTANTS = {True: b"true", False: b"false", None: b"null"}


def _emitted(
    name: str, value: Any, start: int, end: int, text: str, number: int, schemes: tuple[str, ...]
) -> Value:
    if name.endswith(REFERENCE_SUFFIX):
        if isinstance(value, str) and value and value.startswith(schemes):
            return Reference(value)
        raise BadLine(
            number,
            f"attribute {name!r} must be the URI of an object, like s3://bucket/key, "
            f"not {_shown(text[start:end])}",
        )
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return text[start:end].encode()


def _top_level(text: str, wanted: frozenset[str]) -> dict[str, tuple[Any, int, int]] | None:
    """(value, start, end) of the wanted members of the object that `text` is; None when it is no object.

    Raises: ValueError (json.JSONDecodeError where possible), RecursionError: not JSON.
    """
    place = _end(text, 0)
    if text[place : place + 1] != "{":
        _DECODER.decode(text)  # says what is wrong when this is not even JSON
        return None
    found: dict[str, tuple[Any, int, int]] = {}
    place = _end(text, place + 1)
    if text[place : place + 1] == "}":
        return _nothing_behind(text, place + 1, found)
    while True:
        if text[place : place + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, place)
        name, place = scanstring(text, place + 1, True)
        place = _end(text, place)
        if text[place : place + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", text, place)
        start = _end(text, place + 1)
        try:
            value, place = _scan(text, start)
        except StopIteration as stop:
            raise json.JSONDecodeError("Expecting value", text, stop.value) from None
        if name in wanted:
            found[name] = (value, start, place)
        place = _end(text, place)
        mark = text[place : place + 1]
        if mark == "}":
            return _nothing_behind(text, place + 1, found)
        if mark != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, place)
        place = _end(text, place + 1)


def _nothing_behind(
    text: str, place: int, found: dict[str, tuple[Any, int, int]]
) -> dict[str, tuple[Any, int, int]]:
    place = _end(text, place)
    if place != len(text):
        raise json.JSONDecodeError("Extra data", text, place)
    return found


def _end(text: str, place: int) -> int:
    """The first place from `place` on that is not blank."""
    if text[place : place + 1] not in _BLANK:
        return place
    return _blanks(text, place).end()  # type: ignore[union-attr]  # the expression matches everywhere


_BLANK = frozenset(" \t\n\r")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_scan = _DECODER.scan_once  # type: ignore[attr-defined]  # the C scanner: (text, place) -> (value, end)


def _decode(raw: bytes, number: int) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadLine(number, f"not UTF-8 at byte {error.start + 1}; save the file as UTF-8") from None


_BEGINNINGS = ("{", "[", "[{")  # of JSON that was written over several lines


def _not_json(error: Exception, number: int, text: str) -> BadLine:
    if (place := text.find("\0")) >= 0:
        return BadLine(number, f"holds a NUL byte at column {place + 1}; the file is damaged or no text")
    if isinstance(error, json.JSONDecodeError):
        hint = "; an object must stand in one line, whole" if text.strip() in _BEGINNINGS else ""
        return BadLine(number, f"not valid JSON at column {error.colno}: {error.msg}{hint}")
    if isinstance(error, RecursionError):
        return BadLine(number, "nested too deeply")
    return BadLine(number, f"not valid JSON: {error}")


def lacking(number: int, name: str, there: Iterable[str]) -> BadLine:
    """The error of a line that has the attributes `there`, and not `name`."""
    names = list(there)
    close = next((each for each in names if each.lower() == name.lower()), None)
    hint = (
        f"names are case-sensitive, it has {close!r}"
        if close
        else f"it has {', '.join(map(repr, names)) or 'none at all'}"
    )
    return BadLine(number, f"has no attribute {name!r}; {hint[:300]}")


def _shown(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A classic ManifestFile: a prefix, and what is put behind it verbatim to make the URI of each object."""

    prefix: str
    suffixes: tuple[str, ...]

    @property
    def uris(self) -> list[str]:
        return [self.prefix + suffix for suffix in self.suffixes]


def read_manifest_file(data: bytes) -> ManifestFile:
    """The content of a ManifestFile: one JSON array, `{"prefix": URI}` first, then the suffixes.

    Raises: Invalid: something else; the message names the entry, from 1.
    """
    try:
        entries = json.loads(data.removeprefix(_BOM))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"a manifest file must be one JSON array: {error}") from None
    if not isinstance(entries, list) or not entries:
        raise Invalid('a manifest file must be a JSON array that begins with {"prefix": "s3://..."}')
    first, *suffixes = entries
    prefix = first.get("prefix") if isinstance(first, dict) else None
    if not isinstance(prefix, str) or not prefix.startswith("s3://") or not prefix[5:].partition("/")[0]:
        raise Invalid(
            'entry 1 of a manifest file must be {"prefix": "s3://bucket/..."}, '
            f"not {_shown(json.dumps(first))}"
        )
    for number, suffix in enumerate(suffixes, start=2):
        if not isinstance(suffix, str):
            raise Invalid(
                f"entry {number} of a manifest file must be a text, not {_shown(json.dumps(suffix))}"
            )
    return ManifestFile(prefix, tuple(suffixes))
