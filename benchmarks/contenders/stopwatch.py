"""What every contender says at its end: one JSON line. Plain Python, for any of the environments.

The starting moment is that of the process (BENCH_T0, set by who starts it), so that imports and workers' starts count
for the first record; the rate is measured from there to the end of the epoch.
"""

from __future__ import annotations

import json
import os
import sys
import time


class Stopwatch:
    """Counts records and bytes of one epoch."""

    def __init__(self) -> None:
        self._t0 = float(os.environ["BENCH_T0"])
        self._first = 0.0
        self._before_first = 0
        self._records = 0
        self._bytes = 0

    def add(self, records: int, size_bytes: int) -> None:
        """Notes what has just arrived."""
        if not self._records:
            self._first = time.time()
            self._before_first = records
        self._records += records
        self._bytes += size_bytes

    def report(self, **more: object) -> None:
        """Prints the result."""
        now = time.time()
        seconds = max(now - self._first, 1e-9)
        share = (self._records - self._before_first) / max(self._records, 1)
        print(
            json.dumps(
                {
                    "records": self._records,
                    "bytes": self._bytes,
                    "first_s": self._first - self._t0,
                    "whole_s": now - self._t0,
                    "per_s": (self._records - self._before_first) / seconds,
                    "mb_per_s": self._bytes * share / seconds / 1e6,
                    **more,
                }
            )
        )
        sys.stdout.flush()


def spec() -> dict:
    """What is to be read, from the command line: files, manifest, URLs, sizes."""
    with open(sys.argv[1]) as file:
        return json.load(file)
