"""The attempts of a training job: when a job whose instances are gone starts again, and after how long.

    Managed spot training: an instance that is reclaimed or lost interrupts the job. It goes on until it has waited for
    MaxWaitTimeInSeconds.
    RetryStrategy: after an InternalServerError the job restarts, as often as MaximumRetryAttempts says.

Without CheckpointConfig each attempt starts from the beginning. MaxRuntimeInSeconds counts the time of all attempts.

Source: training.md 4.6, 4.7.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from trigpoint.compute.group import new_group
from trigpoint.core.errors import Conflict
from trigpoint.training.facts import Facts
from trigpoint.training.model import (
    BETWEEN_ATTEMPTS,
    IN_PROGRESS,
    INTERRUPTED,
    MESSAGES,
    RESTARTING,
    STOP_INTERRUPTED,
    UPLOADING,
    TrainingJob,
)
from trigpoint.training.transitions import enter

INTERNAL: Final = "InternalServerError"
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
"""Decision: each attempt waits twice as long as the one before, so that a machine that kills its jobs gets some rest."""
MAX_MESSAGE_CHARS: Final = 1024


def next_status(job: TrainingJob, facts: Facts) -> str | None:
    """The status in which a job waits for its next attempt when no instance runs; None when the job is at its end."""
    if job.status != IN_PROGRESS or job.secondary_status == UPLOADING:
        return None
    if job.stop_cause == STOP_INTERRUPTED and not job.group.failed:
        is_done = all(each.result and each.result.ending == "done" for each in job.group.members)
        return None if is_done else INTERRUPTED
    failed = job.group.failed
    if failed is None or failed.result is None or not (failed.result.reason or "").startswith(INTERNAL):
        return None
    if job.spec.max_wait_s is not None and _is_gone(facts, failed.number):
        return INTERRUPTED
    tried = sum(each.status == RESTARTING for each in job.transitions)
    return RESTARTING if tried < job.spec.retries else None


def _is_gone(facts: Facts, number: int) -> bool:
    """Whether an instance was lost or stopped from outside, as a reclaimed one is; it did not fail by itself."""
    result = facts[number].result if number in facts else None
    return result is None or (result.failure is None and result.stopped_by is not None)


def suspended(job: TrainingJob, facts: Facts, at: datetime) -> TrainingJob:
    """The job waiting for its next attempt, whose instances are new ones."""
    status = next_status(job, facts)
    assert status is not None
    if job.secondary_status != status:
        failure = job.group.failure
        reason = f"{MESSAGES[status]}: {failure.reason}" if failure else MESSAGES[status]
        job = enter(job, status, at, reason[:MAX_MESSAGE_CHARS])
    return replace(job, stop_cause=None, launched_at=None, group=new_group(len(job.group.members)))


def interrupted(job: TrainingJob, at: datetime) -> TrainingJob:
    """The job after its instances were reclaimed; they have their grace period yet.

    Raises: Conflict: the job cannot be interrupted now, or ever (says why).
    """
    if job.spec.max_wait_s is None:
        raise Conflict(
            f"the training job {job.name} does not use managed spot training, so its instances are not reclaimed; "
            "create it with EnableManagedSpotTraining and MaxWaitTimeInSeconds"
        )
    if job.secondary_status == INTERRUPTED:
        raise Conflict(f"the training job {job.name} is interrupted already; it starts again by itself")
    if job.status != IN_PROGRESS or job.secondary_status == UPLOADING or not job.group.running:
        raise Conflict(
            f"the training job {job.name} is in status {job.status}/{job.secondary_status}, in which no instance of it "
            "trains"
        )
    return enter(replace(job, stop_cause=STOP_INTERRUPTED), INTERRUPTED, at)


def next_attempt_at(job: TrainingJob) -> datetime:
    """When a job that waits for its next attempt starts again."""
    count = sum(each.status in BETWEEN_ATTEMPTS for each in job.transitions)
    pause_s = min(FIRST_PAUSE_S * 2.0 ** min(count - 1, 30), LONGEST_PAUSE_S)
    return job.transitions[-1].started_at + timedelta(seconds=pause_s)


def has_waited_too_long(job: TrainingJob, now: datetime) -> bool:
    """Whether MaxWaitTimeInSeconds is over before the job is."""
    if job.spec.max_wait_s is None or job.status != IN_PROGRESS or job.secondary_status == UPLOADING:
        return False
    return now >= job.created_at + timedelta(seconds=job.spec.max_wait_s)
