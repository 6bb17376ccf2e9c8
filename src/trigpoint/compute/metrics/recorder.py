"""Writes measurements to the database and reads them back.

Values that are measured while a request is answered are added up in memory, minute by minute, and written together
every few seconds; a server that is killed loses those seconds. Minutes are kept for 15 days and then added up to
hours, which are kept for 455 days.
Source: both times are CloudWatch's. Decision: we leave out its five-minute points of the time between, since hours
are precise enough by then.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from trigpoint.compute.metrics import store
from trigpoint.compute.metrics.model import (
    HOUR_S,
    MINUTE_S,
    Aggregate,
    Bucket,
    Measured,
    Point,
    Series,
    add,
    by_minute,
    floor,
)
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Unavailable
from trigpoint.db import Connection, Database

FLUSH_S = 5.0
JOIN_S = 5.0
MOST_WAITING = 10_000
"""How many minutes of series may wait in memory (some 5 MB); further values are lost, and counted."""
MINUTES_KEPT = timedelta(days=15)
HOURS_KEPT = timedelta(days=455)

log = logging.getLogger(__name__)


class Metrics:
    """The metrics of all jobs and endpoints. Thread-safe."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: dict[Bucket, Aggregate] = {}
        self._lost = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._tidied_at: datetime | None = None

    # writing

    def record_metric(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        value: float,
        unit: str,
        at: datetime,
    ) -> None:
        """Keeps one value in memory. Ignores values that are not finite numbers."""
        if not math.isfinite(value):
            return
        bucket = Series.of(namespace, name, dimensions, unit), MINUTE_S, floor(at, MINUTE_S)
        with self._lock:
            if len(self._waiting) >= MOST_WAITING and bucket not in self._waiting:
                self._lost += 1
            else:
                add(self._waiting, bucket, Aggregate.of(value))

    def put(self, connection: Connection, values: Iterable[Measured]) -> None:
        """Writes the values in the caller's transaction."""
        store.put(connection, by_minute(values))

    def put_now(self, values: Iterable[Measured]) -> None:
        """Writes the values in a transaction of its own."""
        with self._database.write() as connection:
            self.put(connection, values)

    def flush(self) -> None:
        """Writes the values in memory; if that fails, they stay there."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
            lost, self._lost = self._lost, 0
        if lost:
            log.warning("metrics.lost values=%d most_waiting=%d", lost, MOST_WAITING)
        if not taken:
            return
        try:
            with self._database.write() as connection:
                store.put(connection, taken)
        except BaseException:
            self._put_back(taken)
            raise

    def _put_back(self, taken: Mapping[Bucket, Aggregate]) -> None:
        with self._lock:
            for bucket, values in taken.items():
                add(self._waiting, bucket, values)

    # reading

    def read(self, of: Series, start_at: datetime, end_at: datetime) -> list[Point]:
        """The points that begin in [start_at, end_at), by time, without values in the memory of other servers."""
        self.flush()
        with self._database.read() as connection:
            return store.read(connection, of, start_at, end_at)

    def units(self, of: Series) -> list[str]:
        """The units in which there are series of this namespace, name and dimensions."""
        self.flush()
        with self._database.read() as connection:
            return store.units(connection, of)

    def find_series(
        self, namespace: str | None, name: str | None, active_since: datetime
    ) -> Sequence[Series]:
        """The series that had a value since then, by namespace and name."""
        self.flush()
        with self._database.read() as connection:
            return store.find_series(connection, namespace, name, active_since)

    # background work

    def start(self) -> None:
        """Begins to write the values in memory every few seconds."""
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Writes the values in memory and ends. They are lost when the database is down."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(JOIN_S)
        try:
            self.flush()
        except Unavailable:
            log.exception("metrics.not_written")

    def tidy(self) -> None:
        """Adds up old minutes to hours, and removes old hours."""
        now = self._clock.now()
        with self._database.write() as connection:
            store.put(connection, store.take_old_minutes(connection, floor(now - MINUTES_KEPT, HOUR_S)))
            store.remove_before(connection, now - HOURS_KEPT)

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_S):
            try:
                self.flush()
                self._tidy_hourly()
            except Exception:  # a missing metric must not end the thread; the next round tries again
                log.exception("metrics.not_written")

    def _tidy_hourly(self) -> None:
        now = self._clock.now()
        if self._tidied_at is None or now - self._tidied_at >= timedelta(hours=1):
            self._tidied_at = now
            self.tidy()
