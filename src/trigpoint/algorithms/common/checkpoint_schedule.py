"""When a training writes its next checkpoint: by time, and so rarely that writing takes a small share of it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from trigpoint.algorithms.common.harness import CustomerError

PERIOD_S: Final = 30.0
"""Decision: at most this much work is lost, unless writing takes so long that checkpoints must be rarer."""

LARGEST_SHARE: Final = 0.01
"""Decision: the largest share of the time that writing checkpoints may take."""

PERIOD_VARIABLE: Final = "TRIGPOINT_CHECKPOINT_SECONDS"
"""A variable in the job's Environment that sets the period exactly; 0 writes after each batch."""


class CheckpointSchedule:
    """The times of the checkpoints of one process. Raises: CustomerError: the variable is not a number of seconds."""

    def __init__(self) -> None:
        self._exactly_s = _wanted_period_s()
        self._due_s = time.monotonic() + self._pause_s(0.0)

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._due_s

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Measures the writing of a checkpoint, and plans the next."""
        began_s = time.monotonic()
        yield
        ended_s = time.monotonic()
        self._due_s = ended_s + self._pause_s(ended_s - began_s)

    def _pause_s(self, took_s: float) -> float:
        return max(PERIOD_S, took_s / LARGEST_SHARE) if self._exactly_s is None else self._exactly_s


def _wanted_period_s() -> float | None:
    text = os.environ.get(PERIOD_VARIABLE)
    if text is None:
        return None
    try:
        period_s = float(text)
    except ValueError:
        period_s = -1.0
    if not 0 <= period_s < float("inf"):
        raise CustomerError(f"{PERIOD_VARIABLE} is {text!r}; it must be a number of seconds, 0 or more")
    return period_s
