"""Figures per worker: tasks, time, agreement with the labels and estimated accuracy, per job and in all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from trigpoint.labeling.model import JobStatus


@dataclass(frozen=True, slots=True)
class JobFigures:
    """What one worker has done in one job.

    answers, declined, returned, expired: how their tasks ended
    time_s:    the active time on the tasks that they submitted
    last_at:   when their last task ended; None if none has
    judged:    answers that were compared with a label, or used for one
    agreement: how well these agree with the labels on average, from 0 to 1; None without any
    accuracy:  the estimated probability that an answer of theirs is right; None if unknown
    """

    worker_id: str
    job_name: str
    job_status: JobStatus
    answers: int
    declined: int
    returned: int
    expired: int
    time_s: float
    last_at: datetime | None
    judged: int
    agreement: float | None
    accuracy: float | None

    @property
    def seconds_per_answer(self) -> float | None:
        """None without an answer."""
        return self.time_s / self.answers if self.answers else None


@dataclass(frozen=True, slots=True)
class Totals:
    """What one worker has done in all jobs. The means count each judged answer once."""

    answers: int = 0
    declined: int = 0
    returned: int = 0
    expired: int = 0
    time_s: float = 0.0
    judged: int = 0
    agreement: float | None = None
    accuracy: float | None = None

    @property
    def seconds_per_answer(self) -> float | None:
        """None without an answer."""
        return self.time_s / self.answers if self.answers else None


def totals(figures: Iterable[JobFigures]) -> Totals:
    """The sums and means over the jobs of one worker."""
    found = list(figures)
    return Totals(
        answers=sum(each.answers for each in found),
        declined=sum(each.declined for each in found),
        returned=sum(each.returned for each in found),
        expired=sum(each.expired for each in found),
        time_s=sum(each.time_s for each in found),
        judged=sum(each.judged for each in found),
        agreement=_mean((each.agreement, each.judged) for each in found),
        accuracy=_mean((each.accuracy, each.judged) for each in found),
    )


def _mean(weighted: Iterable[tuple[float | None, int]]) -> float | None:
    """The mean of the known values; None if none has a weight."""
    known = [(value, weight) for value, weight in weighted if value is not None and weight]
    weights = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / weights if weights else None
