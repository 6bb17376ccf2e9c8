"""The next step of a labeling job: a pure decision from its state and a few facts about its objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from trigpoint.labeling.model import Job, JobStatus

ROUND_SPACING_S = 1.0
LINES_PUBLISHED_PER_SECOND = 1_000
"""Decision: while the job runs, output.manifest is rewritten at most every (its lines / this) seconds.

So writing it takes a small share of the time whatever its length. A short manifest is up to date within a second.
"""

EXPIRED = "expired after 30 days"

STOPPING_LOOK_S = 5.0

STOP_LIMIT_S = 600.0
"""Decision: a job that is Stopping ends after this time, even if its results cannot be computed or written."""

GIVEN_UP = (
    f"the results could not be completed within {STOP_LIMIT_S:g} seconds after the job was stopped; "
    "the answers are kept in the database"
)


class LabelingStep(Enum):
    """What a job does next."""

    PREPARE = auto()
    """Read the inputs."""
    EXPIRE = auto()
    """Return overdue tasks to the pool and close objects whose availability has ended."""
    BATCH = auto()
    """Choose the next batch of objects."""
    OPEN = auto()
    """Measure chosen objects and offer them to the workers."""
    MEASURE = auto()
    """Measure objects of the next batch."""
    ROUND = auto()
    """Consolidate the objects that are ready."""
    PUBLISH = auto()
    """Rewrite output.manifest."""
    STOP = auto()
    """Begin to stop, because a stopping condition is met."""
    WITHDRAW = auto()
    """Take back all offers."""
    FINISH = auto()
    """Write the reports about quality, and take the final status."""
    GIVE_UP = auto()
    """Take the final status, though results are missing."""
    WAIT = auto()
    """Do nothing until `wait_s` have passed or a worker or requester has done something."""
    REST = auto()
    """The job has ended."""


@dataclass(frozen=True, slots=True)
class LabelingFacts:
    """What the decision needs to know in addition to the job itself."""

    now: datetime
    any_waiting: bool = False
    any_chosen: bool = False
    any_open: bool = False
    any_ready: bool = False
    ready_count: int = 0
    """How many objects wait for their consolidation; counted only when no object is open or chosen."""
    any_unmeasured: bool = False
    """Whether objects of the next batch have to be measured."""
    any_held: bool = False
    """Whether automated labeling still has to decide about objects."""
    any_audited: bool = False
    """Whether automated labeling still has to decide about labels of the machine that people check."""
    any_extra: bool = False
    """Whether a worker has a task of an object that already has its label."""
    any_unprepared: bool = False
    """Whether chosen objects wait for the pre-annotation function. They are not counted as `any_chosen`."""
    calls_pending: bool = False
    """Whether functions are called for the job: those objects, or a round whose answers a function consolidates."""
    unfinished_round: bool = False
    last_round_at: datetime | None = None
    round_spacing_s: float = ROUND_SPACING_S
    first_overdue_at: datetime | None = None
    """When the first active task's time or the first open object's availability ends."""
    stopping_since: datetime | None = None
    """When the job was stopped, if it is Stopping."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next step, with the new status and its reason for STOP and FINISH, and the time for WAIT."""

    step: LabelingStep
    status: JobStatus | None = None
    reason: str | None = None
    wait_s: float = 0.0


def next_step(job: Job, facts: LabelingFacts) -> NextStep:
    """What the job does next. Doing it and asking again, until REST, ends the job."""
    if job.status.is_terminal:
        return NextStep(LabelingStep.REST)
    if _stop_is_overdue(facts):
        return _given_up(facts)
    if not job.inputs_read:
        return NextStep(LabelingStep.PREPARE)
    if facts.unfinished_round:
        return NextStep(LabelingStep.ROUND)
    if job.status is JobStatus.STOPPING:
        return _stopping(job, facts)
    return _in_progress(job, facts)


def batch_size(job: Job, ready_count: int = 0) -> int:
    """How many objects the next batch may have without exceeding a stopping condition.

    `ready_count` objects of the last batch still have to be consolidated. They count as labeled: if some of them fail,
    a later batch makes up for that.
    """
    return min(job.spec.batch_size, _allowed(job) - ready_count)


def _in_progress(job: Job, facts: LabelingFacts) -> NextStep:
    nothing_left = not (
        facts.any_waiting
        or facts.any_chosen
        or facts.any_open
        or facts.any_ready
        or facts.any_extra
        or facts.any_held
        or facts.any_audited
        or facts.calls_pending
    )
    if nothing_left:
        return _end(job, JobStatus.COMPLETED, None)
    if facts.now >= job.expires_at:
        return NextStep(LabelingStep.STOP, JobStatus.STOPPING, EXPIRED)
    if facts.first_overdue_at is not None and facts.first_overdue_at <= facts.now:
        return NextStep(LabelingStep.EXPIRE)
    if facts.any_chosen:
        return NextStep(LabelingStep.OPEN)
    is_finished = not (facts.any_open or facts.any_unprepared)
    if facts.any_waiting and is_finished and batch_size(job, facts.ready_count) > 0:
        return NextStep(LabelingStep.BATCH)
    if facts.any_ready and _round_wait_s(facts) <= 0:
        return NextStep(LabelingStep.ROUND)
    if facts.any_waiting and not (facts.any_open or facts.any_ready or facts.calls_pending):
        return NextStep(LabelingStep.STOP, JobStatus.STOPPING)
    if _publish_wait_s(job, facts.now) <= 0:
        return NextStep(LabelingStep.PUBLISH)
    if facts.any_unmeasured:
        return NextStep(LabelingStep.MEASURE)
    return NextStep(LabelingStep.WAIT, wait_s=_wait_s(job, facts))


def _stopping(job: Job, facts: LabelingFacts) -> NextStep:
    if facts.any_open or facts.any_chosen or facts.any_unprepared or facts.any_extra:
        return NextStep(LabelingStep.WITHDRAW)
    if facts.any_ready:
        return NextStep(LabelingStep.ROUND)
    if facts.calls_pending or facts.any_audited:
        return NextStep(LabelingStep.WAIT, wait_s=STOPPING_LOOK_S)
    return _end(job, JobStatus.STOPPED, job.stop_reason)


def _stop_is_overdue(facts: LabelingFacts) -> bool:
    since = facts.stopping_since
    return since is not None and facts.now >= since + timedelta(seconds=STOP_LIMIT_S)


def _given_up(facts: LabelingFacts) -> NextStep:
    if facts.any_open or facts.any_chosen or facts.any_unprepared or facts.any_extra:
        return NextStep(LabelingStep.WITHDRAW)
    return NextStep(LabelingStep.GIVE_UP, JobStatus.STOPPED, GIVEN_UP)


def _end(job: Job, status: JobStatus, reason: str | None) -> NextStep:
    if job.published_count != job.counters.finished:
        return NextStep(LabelingStep.PUBLISH)
    return NextStep(LabelingStep.FINISH, status, reason)


def _allowed(job: Job) -> int:
    """How many more objects the stopping conditions allow to be labeled."""
    return min(job.counters.unlabeled, allowed_people(job), allowed_labels(job))


def allowed_people(job: Job) -> int:
    """How many more objects may be labeled by people; all, without such a stopping condition."""
    if job.spec.stop_after_objects is None:
        return job.counters.total
    return job.spec.stop_after_objects - job.counters.labeled


def allowed_labels(job: Job) -> int:
    """How many more labels the share of the data set allows that is to be labeled by people and machine."""
    counters = job.counters
    if job.spec.stop_after_percent is None:
        return counters.unlabeled
    wanted = -(-job.spec.stop_after_percent * counters.total // 100)
    return wanted - counters.total_labeled


def _round_wait_s(facts: LabelingFacts) -> float:
    """How long ready objects wait for more of them; the last ones of a batch do not wait."""
    if facts.last_round_at is None or not facts.any_open:
        return 0.0
    return (facts.last_round_at - facts.now).total_seconds() + facts.round_spacing_s


def _publish_wait_s(job: Job, now: datetime) -> float:
    """How long until output.manifest is due; infinite when it is up to date."""
    if job.published_count == job.counters.finished:
        return float("inf")
    if job.published_at is None:
        return 0.0
    interval_s = max(1.0, job.counters.total / LINES_PUBLISHED_PER_SECOND)
    return (job.published_at - now).total_seconds() + interval_s


def _wait_s(job: Job, facts: LabelingFacts) -> float:
    """Seconds until the next thing that happens without a worker or requester.

    A task that is accepted from now on has at least its time limit, or ends with its object or job. So looking once in
    each time limit misses none.
    """
    moments = [job.expires_at, facts.now + timedelta(seconds=job.spec.time_limit_s)]
    if facts.first_overdue_at is not None:
        moments.append(facts.first_overdue_at)
    waits = [(moment - facts.now).total_seconds() for moment in moments]
    if facts.any_ready:
        waits.append(_round_wait_s(facts))
    return max(0.0, min(*waits, _publish_wait_s(job, facts.now)))
