"""Parts as bytes of the stream: each part as one RecordIO record, or as it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from trigpoint.records.recordio import MAX_PART_BYTES, agent_frames, whole_header
from trigpoint.streaming.stage import Large, Part, Row, Stage, Through

PIECE_BYTES = 1 << 20


class RecordIO(Through[Row, Row]):
    """Yields the rows with header and padding around each part, which makes it one record in the agent's form."""

    def __init__(self, parent: Stage[Row]) -> None:
        super().__init__(parent)

    def _each(self, row: Row) -> Row:
        number, parts = row
        framed: list[Part] = []
        for part in parts:
            if isinstance(part, bytes) and len(part) <= MAX_PART_BYTES:
                header, padding = whole_header(len(part))
                framed += (header, part, padding) if padding else (header, part)
            else:
                framed += _frames(part)
        return number, framed

    def __str__(self) -> str:
        return f"{self._parent} -> RecordIO()"


def _frames(part: Part) -> Iterator[Part]:
    size = len(part) if isinstance(part, bytes) else part.size_bytes
    for frame in agent_frames(size):
        yield frame.header
        if isinstance(part, bytes):
            yield part[frame.start : frame.start + frame.length]
        else:
            yield Large(
                part.file, frame.length
            )  # read one after the other: each continues where the last one ended
        if frame.padding:
            yield frame.padding


def pieces(part: Part) -> Iterator[bytes]:
    """The bytes of a part, in pieces that fit into memory; a Large is read from the position of its file.

    Raises: EOFError: the file ends before its size.
    """
    if isinstance(part, bytes):
        yield part
        return
    left = part.size_bytes
    while left:
        piece = part.file.read(min(PIECE_BYTES, left))
        if not piece:
            raise EOFError(f"an object ended {left} bytes before its size")
        left -= len(piece)
        yield piece


def read_all(rows: Stage[Row], limit: int | None = None) -> bytes:
    """The stream of the next `limit` rows (default: all the rest) as bytes; for small streams."""
    return b"".join(piece for _, parts in islice(rows, limit) for part in parts for piece in pieces(part))
