"""Lines of an augmented manifest, as numbered bytes.

Source: training.md 1.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from trigpoint.core.errors import Invalid

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class BadLine(Invalid):
    """A line of a manifest that cannot be used: its number from 1, and why."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"line {number}: {why}")
        self.number = number
        self.why = why


@dataclass(frozen=True, slots=True)
class LineRules:
    """The rules in which readers of manifests differ. The defaults are those of training jobs.

    max_bytes: of a line with its line end. Decision: a longer "line" means that the file is not JSON Lines;
    without a limit it would be read into memory whole.
    strict: no object may have a name twice, and no \\u escape may be half of a surrogate pair.
    unique_names: no object may have a name twice, as for `strict`.
    """

    max_bytes: int = 8 * 1024 * 1024
    max_characters: int | None = None
    strict: bool = False
    unique_names: bool = False

    @property
    def too_long(self) -> str:
        """The error of a longer line."""
        if self.max_characters is not None:
            return f"has more than {self.max_characters} characters"
        return f"longer than {self.max_bytes} bytes; an augmented manifest has one JSON object per line"


TRAINING_RULES: Final = LineRules()
CONVERSION_RULES: Final = LineRules(unique_names=True)
"""If a name occurs twice, a program that writes the line again keeps only one of the values."""


def split_lines(stream: BinaryIO, rules: LineRules = TRAINING_RULES) -> Iterator[tuple[int, bytes]]:
    """(number from 1, bytes) of each line, without line ends and byte order mark.

    Raises: BadLine: the first line that breaks a rule of the package; the lines are not parsed.
    """
    for number, line in scan_lines(stream, rules):
        if isinstance(line, BadLine):
            raise line
        yield number, line


def scan_lines(stream: BinaryIO, rules: LineRules = TRAINING_RULES) -> Iterator[tuple[int, bytes | BadLine]]:
    """As `split_lines`, but yields the error of a bad line in its place and continues with the next line.

    A file of another format has one bad line, the first.
    """
    blank: list[int] = []
    number = 0
    while line := stream.readline(rules.max_bytes + 1):
        number += 1
        raw = line.rstrip(b"\r\n") if line.endswith(b"\n") else line
        if number == 1:
            raw = raw.removeprefix(BYTE_ORDER_MARK)
            if (why := _other_format(raw)) is not None:
                yield 1, BadLine(1, why)
                return
        too_long = len(line) > rules.max_bytes
        if not raw.strip() and not too_long:
            blank.append(number)
            continue
        if blank:
            yield from ((empty, BadLine(empty, _EMPTY_LINE)) for empty in blank)
            blank = []
        if not too_long:
            yield number, raw
            continue
        yield number, BadLine(number, rules.too_long)
        while line and not line.endswith(b"\n"):
            line = stream.readline(rules.max_bytes)


_EMPTY_LINE: Final = "the line is empty; remove it, or put a JSON object there"
_old_line_ends = re.compile(rb"}\r\s*{").search  # JSON has no such CR outside of blanks between two objects


def _other_format(first: bytes) -> str | None:
    """Why a file is not a manifest, from its first bytes; None when it may be one."""
    for head, what in _OTHER_FORMATS:
        if first.startswith(head):
            return what
    return "the lines end with CR only; save the file with LF or CRLF" if _old_line_ends(first) else None


_UTF_16: Final = "the file is UTF-16; save it as UTF-8, like: iconv -f utf-16 -t utf-8 OLD > NEW"
_NOT_A_MANIFEST: Final = ", not an augmented manifest (JSON Lines in UTF-8)"
_OTHER_FORMATS = (
    (b"\x1f\x8b", "the file is gzip data; decompress it first"),
    *((head, _UTF_16) for head in (b"\xff\xfe", b"\xfe\xff", b"{\0", b"\0{")),
    (b"PK\x03\x04", "the file is a zip archive" + _NOT_A_MANIFEST),
    (b"\xff\xd8\xff", "the file is a JPEG image" + _NOT_A_MANIFEST),
    (b"\x89PNG", "the file is a PNG image" + _NOT_A_MANIFEST),
    (b'[{"prefix"', "the file is a ManifestFile, which lists objects without labels" + _NOT_A_MANIFEST),
)
