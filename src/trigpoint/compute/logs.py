"""Log streams of programs, and the events in their files.

A file holds one event per line, `<milliseconds since 1970>\\t<text>\\n`, with times that never decrease; it only
grows. An event is identified by the offset of its first byte, which also serves as a token that stays valid. A last
line without its line feed is not an event yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from trigpoint.compute import store
from trigpoint.compute.store import LogGroup, LogStream
from trigpoint.db import Connection, Database

_BLOCK_BYTES = 64 * 1024
_TAIL_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a log: its time in ms, its text, the offsets of its first byte and of the next line's."""

    ms: int
    text: str
    offset: int
    end: int


class LogStreams:
    """The log streams of all programs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, conn: Connection, group: str, stream: str, path: Path, at: datetime) -> None:
        """Registers the file at `path` as a stream. Idempotent; the file need not exist yet."""
        store.put(conn, group, stream, path, at)

    def remove(self, conn: Connection, groups: str, before: datetime) -> list[Path]:
        """Forgets the streams from before this time in all groups whose names begin with `groups`; their files."""
        return store.remove(conn, groups, before)

    def groups(self) -> list[LogGroup]:
        """All groups, by name."""
        with self._database.read() as connection:
            return store.groups(connection)

    def streams(self, group: str, prefix: str = "") -> list[LogStream]:
        """The streams of a group whose names begin with `prefix`, by name."""
        with self._database.read() as connection:
            return store.streams(connection, group, prefix)

    def stream(self, group: str, name: str) -> LogStream | None:
        """One stream; None when it does not exist."""
        with self._database.read() as connection:
            return store.stream(connection, group, name)


def read_lines(path: Path, offset: int, most_bytes: int | None = None) -> tuple[list[tuple[int, str]], int]:
    """The events from `offset` on, as (ms, text), and the offset after them.

    A file that does not exist yet has no events. `offset` is 0 or was returned by this function. With `most_bytes`, reading
    ends with the event that reaches so many bytes.
    """
    lines: list[tuple[int, str]] = []
    end = offset
    for event in events_from(path, offset):
        lines.append((event.ms, event.text))
        end = event.end
        if most_bytes is not None and end - offset >= most_bytes:
            break
    return lines, end


def events_from(path: Path, offset: int) -> Iterator[Event]:
    """The events from `offset` on, in the order of the file; `offset` is an event's, or the end of the file."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            yield _event(line, offset)
            offset += len(line)


def events_before(path: Path, end: int | None = None) -> Iterator[Event]:
    """The events before the offset `end` (by default the end of the file), the last one first."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        size = file.seek(0, 2)
        start = size if end is None else min(end, size)
        rest = b""  # the line at `start` whose beginning has not been read yet
        while start > 0:
            step = min(start, _BLOCK_BYTES)
            start -= step
            file.seek(start)
            block = file.read(step) + rest
            cut = block.find(b"\n") + 1 if start else 0
            if start and not cut:
                rest = block
                continue
            rest, whole = block[:cut], block[cut:]
            *lines, unfinished = whole.split(b"\n")
            place = start + len(block) - len(unfinished)
            for line in reversed(lines):
                place -= len(line) + 1
                yield _event(line + b"\n", place)


def last_line(path: Path) -> str:
    """The text of the last event that has any, from the last 8 KB of the file; "" if there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL_BYTES))
            lines = file.read(_TAIL_BYTES).decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    texts = (line.partition("\t")[2].strip() for line in reversed(lines))
    return next((text for text in texts if text), "")


def first_at(path: Path, ms: int) -> int:
    """The offset of the first event not older than `ms`; the end of the complete lines when all are."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return 0
    with file:
        low, high = 0, file.seek(0, 2)
        # invariant: events before `low` are older; the answer is not after the line at `high`
        while low < high:
            middle = (low + high) // 2
            file.seek(middle)
            if middle:
                file.seek(middle - 1)
                file.readline()
            place = file.tell()
            line = file.readline()
            if place >= high or not line.endswith(b"\n"):
                high = middle
            elif _event(line, place).ms < ms:
                low = place + len(line)
            else:
                high = middle
        return low


def _event(line: bytes, offset: int) -> Event:
    stamp, _, text = line.rstrip(b"\n").partition(b"\t")
    return Event(int(stamp), text.decode(errors="replace"), offset, offset + len(line))
