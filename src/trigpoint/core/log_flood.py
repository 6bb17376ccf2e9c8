"""A limit on the log lines that strangers can cause."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

LINES = 100
PERIOD_S = 10.0
_LOGGERS = ("trigpoint.server", "uvicorn")


@dataclass(slots=True)
class _Period:
    began_s: float
    count: int = 0


class FloodFilter(logging.Filter):
    """Passes LINES of each event of the HTTP server in PERIOD_S; the next line says how many were left out.

    Errors always pass: they have a cause in the server, not in a request.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._lock = threading.Lock()
        # By the message without its arguments: there are no more of these than log calls in the source.
        self._periods: dict[str, _Period] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged."""
        if record.levelno >= logging.ERROR or not record.name.startswith(_LOGGERS):
            return True
        with self._lock:
            left_out = self._left_out(str(record.msg))
        if left_out is None:
            return False
        if left_out:
            record.msg, record.args = "%s left_out=%d", (record.getMessage(), left_out)
        return True

    def _left_out(self, event: str) -> int | None:
        """None when the line is left out; else how many were left out before it."""
        now_s = self._monotonic()
        period = self._periods.get(event)
        if period is None or now_s - period.began_s >= PERIOD_S:
            self._periods[event] = _Period(now_s, 1)
            return max(0, period.count - LINES) if period else 0
        period.count += 1
        return 0 if period.count <= LINES else None
