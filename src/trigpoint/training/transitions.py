"""Changes of a job's secondary status, which keep the list of all that it had."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from trigpoint.training.model import (
    COMPLETED,
    FAILED,
    MAX_RUNTIME_EXCEEDED,
    MAX_WAIT_TIME_EXCEEDED,
    MESSAGES,
    STOPPED,
    StatusTransition,
    TrainingJob,
)

_ENDS = (COMPLETED, FAILED, STOPPED, MAX_RUNTIME_EXCEEDED, MAX_WAIT_TIME_EXCEEDED)


def enter(job: TrainingJob, secondary_status: str, at: datetime, message: str | None = None) -> TrainingJob:
    """The job in another secondary status since `at`. A terminal status begins and ends at the same time."""
    at = max(at, job.transitions[-1].started_at) if job.transitions else at
    past = [*job.transitions[:-1]]
    if job.transitions:
        past.append(replace(job.transitions[-1], ended_at=at))
    ended_at = at if secondary_status in _ENDS else None
    new = StatusTransition(secondary_status, at, ended_at, message or MESSAGES[secondary_status])
    return replace(job, secondary_status=secondary_status, transitions=(*past, new))


def with_message(job: TrainingJob, message: str) -> TrainingJob:
    """The job with another message in its current secondary status."""
    return replace(job, transitions=(*job.transitions[:-1], replace(job.transitions[-1], message=message)))
