"""The server's log: one line per event on stderr, first the event, then its fields."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from trigpoint.core.log_flood import FloodFilter
from trigpoint.core.outage import details_of, outage_of

REPEAT_S = 60.0
"""An outage that goes on is logged again after this time, with the number of failures since."""
_MOST_OUTAGES = 100


def configure(*, verbose: bool = False) -> None:
    """Sends Trigpoint's own log to stderr, and of libraries only warnings and errors."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(OutageFilter())
    if not verbose:
        handler.addFilter(FloodFilter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("trigpoint").setLevel(logging.DEBUG if verbose else logging.INFO)


@dataclass(slots=True)
class _Seen:
    logged_at: float
    count: int = 0


class OutageFilter(logging.Filter):
    """Makes one line out of all tracebacks of an outage, such as a full disk; counts what it leaves out."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._seen: dict[str, _Seen] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged; a record of an outage loses its traceback."""
        problem = record.exc_info[1] if record.exc_info else None
        outage = outage_of(problem) if problem is not None else None
        if problem is None or outage is None:
            return True
        failures = self._failures(outage.message)
        if not failures:
            return False
        record.msg, record.args = (
            "outage failures=%d reason=%r details=%r first=%r",
            (failures, outage.message, details_of(problem), record.getMessage()),
        )
        record.exc_info = record.exc_text = None
        return True

    def _failures(self, message: str) -> int:
        """How many failures this line reports; 0 when it is not logged."""
        now = self._monotonic()
        with self._lock:
            seen = self._seen.get(message)
            if seen is None or now - seen.logged_at >= REPEAT_S:
                if len(self._seen) >= _MOST_OUTAGES:
                    self._seen.clear()
                self._seen[message] = _Seen(now)
                return 1 + (seen.count if seen else 0)
            seen.count += 1
            return 0
