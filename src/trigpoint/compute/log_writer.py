"""Log streams that the server writes itself, in the format of `compute.logs`.

All servers of a data directory run on one machine. So several of them append to the same file, under a lock of the file.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from pathlib import Path

from cachetools import LRUCache

from trigpoint.compute.logs import LogStreams
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Unavailable
from trigpoint.db import Database

MAX_EVENT_BYTES = 256 * 1024
"""As in CloudWatch Logs. A longer text is cut."""
_KNOWN_STREAMS = 1000

log = logging.getLogger(__name__)


class LogWriter:
    """Appends events to log streams, in files below `folder`. Thread-safe.

    The events are not forced to the disk: they survive a crash of the server, not of the machine.
    """

    def __init__(self, db: Database, streams: LogStreams, folder: Path, clock: Clock) -> None:
        self._db = db
        self._streams = streams
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._registered: LRUCache[tuple[str, str], Path] = LRUCache(_KNOWN_STREAMS)
        self._last_ms = 0

    def write(self, group: str, stream: str, text: str) -> bool:
        """Appends one event, whose line breaks become spaces. False if it could not be written, which is logged.

        Decision: an event that cannot be written is lost, because what it reports has already happened.
        """
        line = " ".join(text.splitlines()).encode()[:MAX_EVENT_BYTES]
        try:
            with self._lock:
                self._append(self._path(group, stream), line)
        except (OSError, Unavailable) as problem:
            log.warning("log_event_lost group=%s stream=%s reason=%s", group, stream, problem)
            return False
        return True

    def _path(self, group: str, stream: str) -> Path:
        """The file of the stream, which is registered at its first event."""
        known = self._registered.get((group, stream))
        if known is not None:
            return known
        path = self._folder / group.strip("/").replace("/", ".") / f"{stream.replace('/', '.')}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._db.write() as connection:
            self._streams.register(connection, group, stream, path, self._clock.now())
        self._registered[group, stream] = path
        return path

    def _append(self, path: Path, line: bytes) -> None:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            # read under the lock, so that times never decrease
            self._last_ms = max(self._last_ms, int(self._clock.now().timestamp() * 1000))
            whole = b"%d\t%s\n" % (self._last_ms, line)
            size = os.fstat(file).st_size
            if os.write(file, whole) != len(whole):  # the disk is full
                os.ftruncate(file, size)
                raise OSError(f"{path} has no space for the event")
        finally:
            os.close(file)
