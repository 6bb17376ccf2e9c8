"""What happens next to a training job: pure functions of the job and of what is known about its instance.

    Starting -> Downloading -> Training -> Uploading -> Completed | Failed | Stopped
                     \\-> Failed (no data)      Stopping -> Uploading -> Stopped

Source: training.md 4.5, 4.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from trigpoint.compute.runner import ProcessState
from trigpoint.training.model import (
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    MAX_RUNTIME_EXCEEDED,
    MESSAGES,
    STOP_MAX_RUNTIME,
    STOP_REQUESTED,
    STOPPED,
    STOPPING,
    TRAINING,
    UPLOADING,
    TrainingJob,
    Transition,
)
from trigpoint.training.progress import Phase, Result

MAX_REASON_CHARS = 1024
CUSTOMER_ERROR_EXIT_CODE = 2


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the instance; `process` is the oldest fact: when it has ended, the others are
    final.
    """

    process: ProcessState
    phases: Sequence[Phase]
    result: Result | None


class Step(Enum):
    """What to do for a job."""

    LAUNCH = "launch"
    WATCH = "watch"
    STOP = "stop"
    UPLOAD = "upload"
    FINISH = "finish"


def next_step(job: TrainingJob, facts: Facts | None) -> Step:
    """What to do now; `facts` are None as long as no instance was launched."""
    if facts is None:
        return Step.FINISH if job.status == STOPPING else Step.LAUNCH
    if facts.process.phase == "running":
        return Step.STOP if job.stop_cause == STOP_REQUESTED else Step.WATCH
    return Step.UPLOAD if _has_trained(job) or _has_phase(facts, TRAINING) else Step.FINISH


def _has_trained(job: TrainingJob) -> bool:
    return any(each.status == TRAINING for each in job.transitions)


def _has_phase(facts: Facts, name: str) -> bool:
    return any(phase.name == name for phase in facts.phases)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ends."""

    status: str
    secondary_status: str
    failure_reason: str | None = None


def outcome(job: TrainingJob, facts: Facts | None) -> Outcome:
    """How a job ends whose instance has ended, or that was stopped before it had one."""
    result = facts.result if facts is not None else None
    if result is not None and result.failure is not None:
        return _failed(result.failure)
    stopped = _stopped(job, result)
    if stopped is not None:
        return stopped
    assert facts is not None
    if result is None:
        return _failed(_lost(job, facts.process))
    if result.stopped_by is not None:
        return _failed(
            "InternalServerError: the instance was stopped from outside while the job ran "
            "(the server was shut down, or the process got SIGTERM); create a new job to train again"
        )
    if result.exit_code == 0:
        return Outcome(COMPLETED, COMPLETED)
    return _failed(algorithm_failure(result))


def _stopped(job: TrainingJob, result: Result | None) -> Outcome | None:
    if job.stop_cause == STOP_REQUESTED:
        return Outcome(STOPPED, STOPPED)
    by_time = job.stop_cause == STOP_MAX_RUNTIME or (result and result.stopped_by == STOP_MAX_RUNTIME)
    return Outcome(STOPPED, MAX_RUNTIME_EXCEEDED) if by_time else None


def _lost(job: TrainingJob, process: ProcessState) -> str:
    how = "was lost (the machine was restarted, or the process was killed)"
    if process.phase == "exited":
        code = process.exit_code or 0
        how = f"was killed by signal {-code}" if code < 0 else f"ended unexpectedly with exit code {code}"
    during = [each.status for each in job.transitions if each.status != UPLOADING][-1]
    return (
        f"InternalServerError: the instance process {how} while the job was in status {during}; "
        "create a new job to train again"
    )


def algorithm_failure(result: Result) -> str:
    """The FailureReason of an algorithm that ended with an exit code other than 0."""
    text = (result.failure_text or "").strip()
    kind = "ClientError" if result.exit_code == CUSTOMER_ERROR_EXIT_CODE else "AlgorithmError"
    for known in ("ClientError: ", "AlgorithmError: "):
        text = text.removeprefix(known)
    if not text and result.exit_code is not None and result.exit_code < 0:
        text = f"the algorithm was killed by signal {-result.exit_code}"
    ending = f", exit code: {result.exit_code}"
    return f"{kind}: {text}"[: MAX_REASON_CHARS - len(ending)] + ending


def _failed(reason: str) -> Outcome:
    return Outcome(FAILED, FAILED, reason[:MAX_REASON_CHARS])


def upload_failed(why: str) -> Outcome:
    """How a job ends whose outputs cannot be written."""
    return _failed(f"ClientError: Artifact upload failed:{why}")


# -- the job as it is after


def follow(job: TrainingJob, phases: Sequence[Phase]) -> TrainingJob:
    """The job with the phases that its instance has entered, and not yet taken over, as transitions."""
    for phase in phases:
        if any(each.status == phase.name for each in job.transitions):
            continue
        if phase.name == STOPPING:
            job = replace(job, status=STOPPING, stop_cause=job.stop_cause or STOP_MAX_RUNTIME)
        if job.started_at is None:
            job = replace(job, started_at=phase.at)
        if job.secondary_status in (STOPPING, UPLOADING):
            continue  # it was asked to stop before it came so far
        job = enter(job, phase.name, phase.at)
    return job


def enter(job: TrainingJob, secondary_status: str, at: datetime, message: str | None = None) -> TrainingJob:
    """The job in another secondary status, since `at`; a terminal one begins and ends at the same time."""
    at = max(at, job.transitions[-1].started_at) if job.transitions else at
    past = [*job.transitions[:-1]]
    if job.transitions:
        past.append(replace(job.transitions[-1], ended_at=at))
    ended_at = at if secondary_status in (COMPLETED, FAILED, STOPPED, MAX_RUNTIME_EXCEEDED) else None
    new = Transition(secondary_status, at, ended_at, message or MESSAGES[secondary_status])
    return replace(job, secondary_status=secondary_status, transitions=(*past, new))


def say(job: TrainingJob, message: str) -> TrainingJob:
    """The job with another message in its present secondary status."""
    return replace(job, transitions=(*job.transitions[:-1], replace(job.transitions[-1], message=message)))


def finish(job: TrainingJob, end: Outcome, at: datetime) -> TrainingJob:
    """The job as it ended."""
    job = enter(job, end.secondary_status, at)
    return replace(
        job,
        status=end.status,
        failure_reason=end.failure_reason,
        ended_at=job.transitions[-1].started_at if job.started_at is not None else None,
    )


def request_stop(job: TrainingJob, at: datetime) -> TrainingJob:
    """The job that somebody asked to stop."""
    assert job.status == IN_PROGRESS
    return enter(replace(job, status=STOPPING, stop_cause=STOP_REQUESTED), STOPPING, at)
