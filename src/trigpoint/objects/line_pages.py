"""Pages of lines of a large object, found by their place in bytes: the last page opens as fast as the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

PAGE_LINES: Final = 50
MOST_PAGE_BYTES: Final = 4 << 20
MOST_LINE_BYTES: Final = 1 << 20
MOST_SEARCHED_BYTES: Final = 2 << 30
_PIECE_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class LinePage:
    """Lines without line ends.

    start: the place of the first byte. first: the number of the first line, 0 if it is not known. following: the place
    after the page; None at the end. cut: whether the last line is longer than a page may be, and shown in part.
    """

    lines: Sequence[bytes]
    start: int
    first: int
    following: int | None
    cut: bool = False


def line_page(file: BinaryIO, size_bytes: int, start: int, first: int, most: int = PAGE_LINES) -> LinePage:
    """The lines from the place on. A place within a line counts as the beginning of the next one.

    Args:   first: the number of the line at `start`, as the page before says it; 0 if it is not known.
    """
    start = min(max(start, 0), size_bytes)
    if start > 0:
        file.seek(start - 1)
        rest = file.readline(MOST_LINE_BYTES)
        if rest != b"\n":
            start, first = start - 1 + len(rest), 0
    else:
        first = 1
    file.seek(start)
    lines: list[bytes] = []
    place, cut = start, False
    while len(lines) < most and place - start < MOST_PAGE_BYTES and not cut:
        line = file.readline(MOST_LINE_BYTES)
        if not line:
            break
        place += len(line)
        cut = not line.endswith(b"\n") and place < size_bytes
        lines.append(line.rstrip(b"\r\n"))
    return LinePage(lines, start, first, place if place < size_bytes else None, cut)


def place_of_line(file: BinaryIO, number: int) -> int | None:
    """The place of a line; None if there are fewer, or it is further on than can be searched while somebody waits."""
    file.seek(0)
    left, place = number - 1, 0
    while left > 0 and place < MOST_SEARCHED_BYTES:
        piece = file.read(_PIECE_BYTES)
        if not piece:
            return None
        breaks = piece.count(b"\n")
        if breaks < left:
            left, place = left - breaks, place + len(piece)
            continue
        cut = -1
        for _ in range(left):
            cut = piece.find(b"\n", cut + 1)
        file.seek(place + cut + 1)
        return place + cut + 1 if file.read(1) else None
    return place if left <= 0 else None
