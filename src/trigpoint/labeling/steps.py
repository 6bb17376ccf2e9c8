"""What does a labeling job do next: a pure decision from its state and a few facts about its objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from trigpoint.labeling.model import Job, JobStatus

ROUND_SPACING_S = 1.0
LINES_PUBLISHED_A_SECOND = 1_000
"""Decision: output.manifest is rewritten at most every (its lines / this) seconds while the job runs, so
that writing it takes a small share of the time whatever its length; a short manifest is up to date within a
second."""

EXPIRED = "expired after 30 days"


class Step(Enum):
    """The things that a job can do next."""

    PREPARE = auto()
    """Read the inputs, then offer tasks."""
    EXPIRE = auto()
    """Return overdue tasks to the pool and close objects whose availability has ended."""
    BATCH = auto()
    """Choose the next batch of objects."""
    OPEN = auto()
    """Look at images of the chosen objects and offer them to the workers."""
    ROUND = auto()
    """Consolidate the objects that are ready."""
    PUBLISH = auto()
    """Rewrite output.manifest."""
    STOP = auto()
    """Begin to stop, because a condition for it has come true."""
    WITHDRAW = auto()
    """Take back all offers."""
    FINISH = auto()
    """Take the final status."""
    WAIT = auto()
    """Nothing until `wait_s` have passed, or somebody has done something."""
    REST = auto()
    """Nothing ever again."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the decision needs to know beside the job itself."""

    now: datetime
    any_waiting: bool = False
    any_chosen: bool = False
    any_open: bool = False
    any_ready: bool = False
    unfinished_round: bool = False
    last_round_at: datetime | None = None
    first_overdue_at: datetime | None = None
    """When the first active task's time or the first open object's availability ends."""


@dataclass(frozen=True, slots=True)
class Transition:
    """The next step; for STOP and FINISH the status and its reason, for WAIT the time."""

    step: Step
    status: JobStatus | None = None
    reason: str | None = None
    wait_s: float = 0.0


def next_step(job: Job, facts: Facts) -> Transition:
    """What the job does next; doing it and asking again leads to its end."""
    if job.status.is_terminal:
        return Transition(Step.REST)
    if job.labels is None:
        return Transition(Step.PREPARE)
    if facts.unfinished_round:
        return Transition(Step.ROUND)
    if job.status is JobStatus.STOPPING:
        return _stopping(job, facts)
    return _in_progress(job, facts)


def batch_size(job: Job) -> int:
    """How many objects the next batch may have, so that no stopping condition is overshot."""
    return min(job.spec.batch_size, _allowed(job))


def _in_progress(job: Job, facts: Facts) -> Transition:
    nothing_left = not (facts.any_waiting or facts.any_chosen or facts.any_open or facts.any_ready)
    if nothing_left:
        return _end(job, JobStatus.COMPLETED, None)
    if facts.now >= job.expires_at:
        return Transition(Step.STOP, JobStatus.STOPPING, EXPIRED)
    if facts.first_overdue_at is not None and facts.first_overdue_at <= facts.now:
        return Transition(Step.EXPIRE)
    if facts.any_chosen:
        return Transition(Step.OPEN)
    if facts.any_ready and _round_wait_s(facts) <= 0:
        return Transition(Step.ROUND)
    if not facts.any_open and not facts.any_ready:
        if _allowed(job) <= 0:
            return Transition(Step.STOP, JobStatus.STOPPING)
        return Transition(Step.BATCH)
    if _publish_wait_s(job, facts.now) <= 0:
        return Transition(Step.PUBLISH)
    return Transition(Step.WAIT, wait_s=_wait_s(job, facts))


def _stopping(job: Job, facts: Facts) -> Transition:
    if facts.any_open or facts.any_chosen:
        return Transition(Step.WITHDRAW)
    if facts.any_ready:
        return Transition(Step.ROUND)
    return _end(job, JobStatus.STOPPED, job.stop_reason)


def _end(job: Job, status: JobStatus, reason: str | None) -> Transition:
    if job.published_count != job.counters.finished:
        return Transition(Step.PUBLISH)
    return Transition(Step.FINISH, status, reason)


def _allowed(job: Job) -> int:
    """How many more objects may be labeled by the stopping conditions."""
    counters = job.counters
    allowed = [counters.unlabeled]
    if job.spec.stop_after_objects is not None:
        allowed.append(job.spec.stop_after_objects - counters.labeled)
    if job.spec.stop_after_percent is not None:
        wanted = -(-job.spec.stop_after_percent * counters.total // 100)
        allowed.append(wanted - counters.total_labeled)
    return min(allowed)


def _round_wait_s(facts: Facts) -> float:
    """How long objects that are ready wait for more of them; the last ones of a batch do not."""
    if facts.last_round_at is None or not facts.any_open:
        return 0.0
    return (facts.last_round_at - facts.now).total_seconds() + ROUND_SPACING_S


def _publish_wait_s(job: Job, now: datetime) -> float:
    """How long until output.manifest is due; infinite when it is up to date."""
    if job.published_count == job.counters.finished:
        return float("inf")
    if job.published_at is None:
        return 0.0
    interval_s = max(1.0, job.counters.total / LINES_PUBLISHED_A_SECOND)
    return (job.published_at - now).total_seconds() + interval_s


def _wait_s(job: Job, facts: Facts) -> float:
    """Until the next thing that happens by itself.
    A task accepted from now on has at least its time limit, or ends with its object or job, so that looking
       once in each time limit misses none.
    """
    moments = [job.expires_at, facts.now + timedelta(seconds=job.spec.time_limit_s)]
    if facts.first_overdue_at is not None:
        moments.append(facts.first_overdue_at)
    waits = [(moment - facts.now).total_seconds() for moment in moments]
    if facts.any_ready:
        waits.append(_round_wait_s(facts))
    return max(0.0, min(*waits, _publish_wait_s(job, facts.now)))
