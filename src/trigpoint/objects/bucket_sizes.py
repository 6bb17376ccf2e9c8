"""How many objects each bucket holds, and how large they are together.

The index of the objects is counted in a thread of its own, and only when somebody asks. A page shows what was counted last, and
never waits for a count of many objects.

Decision: counters that change with each object would make all writes to a bucket wait for one row. A count instead takes at most
1 % of the time of one processor: the more objects there are, the less often they are counted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from trigpoint.core.clock import Clock
from trigpoint.db import Database
from trigpoint.db.outages import DATABASE_ERRORS
from trigpoint.objects.store import bucket_rows

LEAST_S: Final = 2.0
"""At least so long after a count, the next one begins."""
SHARE: Final = 0.01
FIRST_WAIT_S: Final = 0.05
"""So long the first page waits, which is enough for a few thousand objects."""


@dataclass(frozen=True, slots=True)
class BucketSize:
    """The objects in a local bucket. Linked folders and buckets of other stores have no index, and are not counted."""

    objects: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class BucketSizes:
    """The sizes by bucket, without empty ones, at a time."""

    by_bucket: Mapping[str, BucketSize]
    at: datetime

    @property
    def in_all(self) -> BucketSize:
        found = self.by_bucket.values()
        return BucketSize(sum(each.objects for each in found), sum(each.size_bytes for each in found))

    def of(self, bucket: str) -> BucketSize:
        return self.by_bucket.get(bucket, BucketSize())


class SizeCounter:
    """Counts the objects of all buckets. Thread-safe."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._known: BucketSizes | None = None
        self._next_at_s = 0.0
        self._is_counting = False

    def sizes(self) -> BucketSizes | None:
        """The sizes that were counted last; None if they are being counted for the first time."""
        with self._lock:
            is_due = not self._is_counting and time.monotonic() >= self._next_at_s
            self._is_counting |= is_due
        if is_due:
            thread = threading.Thread(target=self._count, name="bucket-sizes", daemon=True)
            thread.start()
            if self._known is None:
                thread.join(FIRST_WAIT_S)
        return self._known

    def _count(self) -> None:
        began_s = time.monotonic()
        try:
            at = self._clock.now()
            with self._database.read() as connection:
                found = bucket_rows.sizes(connection)
            self._known = BucketSizes({name: BucketSize(*size) for name, size in found.items()}, at)
        except DATABASE_ERRORS:
            pass  # the database is away, or the server stops; the next page tries again
        finally:
            ended_s = time.monotonic()
            with self._lock:
                self._is_counting = False
                self._next_at_s = ended_s + max(LEAST_S, (ended_s - began_s) / SHARE)
