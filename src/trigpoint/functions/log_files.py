"""The logs of functions: one log stream for each function, turn and day of this server.

Calls of one function at the same time have different turns, so that their lines do not mix.

Decision: a stream is removed 90 days after its day. AWS keeps them until somebody sets a time, which fills the disk.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from cachetools import LRUCache

from trigpoint.compute.logs import LogStreams
from trigpoint.core.clock import Clock
from trigpoint.core.ids import new_id
from trigpoint.db import Database

GROUPS = "/aws/lambda/"
LONGEST_LINE_BYTES = 256 * 1024
"""Source: the size limit of an event in CloudWatch Logs. Longer lines are cut into several."""

MOST_CALL_BYTES = 10 * 2**20
MOST_FILE_BYTES = 256 * 2**20
"""Decision: what a call prints beyond the first, and a day beyond the second, is not kept; a last line says so."""

KEPT = timedelta(days=90)
TAIL_BYTES = 4096
OPEN_STREAMS = 1_000

log = logging.getLogger(__name__)


class FunctionLogs:
    """The log streams of functions. Thread-safe."""

    def __init__(self, database: Database, streams: LogStreams, folder: Path, clock: Clock) -> None:
        self._database = database
        self._streams = streams
        self._folder = folder
        self._clock = clock
        self._server = new_id()
        self._known: LRUCache[str, Path] = LRUCache(OPEN_STREAMS)
        self._looked_on: date | None = None
        self._lock = threading.Lock()

    def stream_name(self, turn: int, at: datetime) -> str:
        """The name of a log stream, in AWS's form."""
        return f"{at:%Y/%m/%d}/[$LATEST]{self._server}{turn:06x}"

    def begin(self, function_name: str, turn: int) -> CallLog:
        """The log of a call that begins now."""
        now = self._clock.now()
        stream = self.stream_name(turn, now)
        key = f"{function_name}/{stream}"
        with self._lock:
            path = self._known.get(key)
        if path is None:
            self._remove_old(now)
            path = self._folder / function_name / f"{now:%Y-%m-%d}-{self._server}{turn:06x}.log"
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._database.write() as connection:
                self._streams.register(connection, GROUPS + function_name, stream, path, now)
            with self._lock:
                self._known[key] = path
        return CallLog(path)

    def _remove_old(self, now: datetime) -> None:
        """Removes streams that are too old, once a day."""
        with self._lock:
            if self._looked_on == now.date():
                return
            self._looked_on = now.date()
        with self._database.write() as connection:
            removed = self._streams.remove(connection, GROUPS, now - KEPT)
        for path in removed:
            with suppress(OSError):
                path.unlink()


class CallLog:
    """Writes the lines of one call. A full disk loses lines, never the call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._rest = b""
        self._tail = b""
        self._left_bytes = MOST_CALL_BYTES

    def line(self, text: str) -> None:
        """Writes one line of the server's, after an unfinished line of the function's."""
        if self._rest:
            self.write(b"\n")
        self._append([text.encode()])

    def write(self, data: bytes) -> None:
        """Writes the lines that the data completes, and keeps the rest."""
        if self._left_bytes <= 0:
            return
        self._left_bytes -= len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > LONGEST_LINE_BYTES:
            lines.append(self._rest[:LONGEST_LINE_BYTES])
            self._rest = self._rest[LONGEST_LINE_BYTES:]
        if self._left_bytes <= 0:
            lines.append(f"(what the call prints beyond {MOST_CALL_BYTES} bytes is not kept)".encode())
            self._rest = b""
        self._append(lines)

    def close(self) -> bytes:
        """Writes the last line even without its line feed, and returns the last 4 KiB of the call's log."""
        if self._rest:
            self.write(b"\n")
        if self._file is not None:
            os.close(self._file)
            self._file = None
        return self._tail

    def _append(self, lines: list[bytes]) -> None:
        if not lines:
            return
        self._tail = (self._tail + b"".join(line + b"\n" for line in lines))[-TAIL_BYTES:]
        stamp = b"%d\t" % (time.time_ns() // 1_000_000)
        block = b"".join(stamp + line.rstrip(b"\r") + b"\n" for line in lines)
        with suppress(OSError):
            if self._file is None:
                self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            size_bytes = os.fstat(self._file).st_size
            if size_bytes >= MOST_FILE_BYTES:
                return
            if size_bytes + len(block) >= MOST_FILE_BYTES:
                block += stamp + b"(the log of this day is full; further lines are not kept)\n"
            while block:
                block = block[os.write(self._file, block) :]
