"""The next step of a training job: pure functions of the job and of the facts about its instances.

    Starting -> Downloading -> Training -> Uploading -> Completed | Failed | Stopped
                     \\-> Failed (no data)      Stopping -> Uploading -> Stopped
                             Interrupted | Restarting -> Starting

Source: training.md 4.5, 4.6.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from trigpoint.compute.group import GroupStep, MemberResult
from trigpoint.compute.runner import ProcessState
from trigpoint.training import attempts
from trigpoint.training.facts import Facts, InstanceFacts
from trigpoint.training.model import (
    BETWEEN_ATTEMPTS,
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    INTERRUPTED,
    MAX_RUNTIME_EXCEEDED,
    MAX_WAIT_TIME_EXCEEDED,
    MESSAGES,
    STOP_INTERRUPTED,
    STOP_MAX_RUNTIME,
    STOP_MAX_WAIT,
    STOP_REQUESTED,
    STOPPED,
    STOPPING,
    TRAINING,
    UPLOADING,
    TrainingJob,
)
from trigpoint.training.progress import InstanceResult, Phase
from trigpoint.training.transitions import enter

MAX_REASON_CHARS = 1024
CUSTOMER_ERROR_EXIT_CODE = 2
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""Characters that no database, terminal or page should get from people's code."""


class TrainingStep(Enum):
    """What to do for a job."""

    LAUNCH = "launch"
    WATCH = "watch"
    STOP = "stop"
    UPLOAD = "upload"
    FINISH = "finish"
    SUSPEND = "suspend"  # all instances are gone, and the job will be started again
    RESTART = "restart"


def next_step(job: TrainingJob, facts: Facts) -> TrainingStep:
    """What to do now. `follow` must have taken over the facts."""
    match job.group.step(stop_requested=job.stop_cause in (STOP_REQUESTED, STOP_MAX_WAIT, STOP_INTERRUPTED)):
        case GroupStep.START:
            return TrainingStep.RESTART if job.secondary_status in BETWEEN_ATTEMPTS else TrainingStep.LAUNCH
        case GroupStep.WAIT:
            return TrainingStep.WATCH
        case GroupStep.STOP:
            return TrainingStep.STOP
        case GroupStep.END if attempts.next_status(job, facts):
            return TrainingStep.SUSPEND
        case GroupStep.END:
            return TrainingStep.UPLOAD if _has_trained(job, facts) else TrainingStep.FINISH


def _has_trained(job: TrainingJob, facts: Facts) -> bool:
    # the transitions lack the phase when the job was asked to stop before the instance reached it
    phases = (phase.name for each in facts.values() for phase in each.phases)
    return TRAINING in (each.status for each in job.attempt) or TRAINING in phases


# -- how instances and jobs end


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """How a job ends."""

    status: str
    secondary_status: str
    failure_reason: str | None = None


def outcome(job: TrainingJob, facts: Facts) -> TrainingOutcome:
    """How a job ends of which no instance runs."""
    failed = job.group.failed
    if job.stop_cause == STOP_REQUESTED and not (failed and _has_platform_failure(facts.get(failed.number))):
        return TrainingOutcome(STOPPED, STOPPED)
    if job.stop_cause == STOP_MAX_WAIT:
        return TrainingOutcome(STOPPED, MAX_WAIT_TIME_EXCEEDED)
    if failed and failed.result:
        return _failed(failed.result.reason or "")
    if any(each.result and each.result.reason == STOP_MAX_RUNTIME for each in job.group.members):
        return TrainingOutcome(STOPPED, MAX_RUNTIME_EXCEEDED)
    return TrainingOutcome(COMPLETED, COMPLETED)


def _has_platform_failure(facts: InstanceFacts | None) -> bool:
    return facts is not None and facts.result is not None and facts.result.failure is not None


def member_result(job: TrainingJob, facts: InstanceFacts) -> MemberResult | None:
    """How an instance ended; None while it runs."""
    if facts.process.phase == "running":
        return None
    result = facts.result
    if result is not None and result.failure is not None:
        return MemberResult("failed", result.failure)
    if job.stop_cause in (STOP_REQUESTED, STOP_MAX_WAIT):
        return MemberResult("stopped", job.stop_cause)
    if job.stop_cause == STOP_INTERRUPTED and not (result and result.stopped_by is None):
        return MemberResult("stopped", STOP_INTERRUPTED)
    if job.stop_cause == STOP_MAX_RUNTIME or (result and result.stopped_by == STOP_MAX_RUNTIME):
        return MemberResult("stopped", STOP_MAX_RUNTIME)
    if result is None:
        return MemberResult("failed", _lost(job, facts.process))
    if result.stopped_by is not None:
        return MemberResult(
            "failed",
            "InternalServerError: the instance was stopped from outside while the job ran "
            f"(the server was shut down, or the process got SIGTERM); {_way_out(job)}",
        )
    return (
        MemberResult("done")
        if result.exit_code == 0
        else MemberResult("failed", algorithm_failure(result, is_own=job.spec.own is not None))
    )


def _lost(job: TrainingJob, process: ProcessState) -> str:
    how = "was lost (the machine was restarted, or the process was killed)"
    if process.phase == "exited":
        code = process.exit_code or 0
        how = f"was killed by signal {-code}" if code < 0 else f"ended unexpectedly with exit code {code}"
    during = [each.status for each in job.transitions if each.status != UPLOADING][-1]
    return f"InternalServerError: the instance process {how} while the job was in status {during}; {_way_out(job)}"


def _way_out(job: TrainingJob) -> str:
    if job.spec.checkpoints is None:
        return "create a new job to train again"
    return "create a new job with the same CheckpointConfig to continue from its last checkpoint"


def algorithm_failure(result: InstanceResult, *, is_own: bool = False) -> str:
    """The FailureReason of an algorithm that ended with an exit code other than 0.

    Of people's own code it is always an AlgorithmError: its exit codes have their own meanings.
    """
    text = _CONTROLS.sub(" ", result.failure_text or "").strip()
    by_customer = result.exit_code == CUSTOMER_ERROR_EXIT_CODE and not is_own
    kind = "ClientError" if by_customer else "AlgorithmError"
    for known in ("ClientError: ", "AlgorithmError: "):
        text = text.removeprefix(known)
    if not text and result.exit_code is not None and result.exit_code < 0:
        text = f"the algorithm was killed by signal {-result.exit_code}"
        if result.exit_code == -signal.SIGKILL and not is_own:
            text += "; if the machine had no memory left, lower mini_batch_size"
    ending = f", exit code: {result.exit_code}"
    return f"{kind}: {text}"[: MAX_REASON_CHARS - len(ending)] + ending


def _failed(reason: str) -> TrainingOutcome:
    return TrainingOutcome(FAILED, FAILED, reason[:MAX_REASON_CHARS])


def upload_failed(why: str) -> TrainingOutcome:
    """How a job ends when its outputs cannot be written."""
    return _failed(f"ClientError: Artifact upload failed:{why}")


# -- the job as it is after


def follow(job: TrainingJob, facts: Facts) -> TrainingJob:
    """The job with the new phases of its instances as transitions, and the results of instances that ended.

    A job enters a phase with the first of its instances.
    """
    for phase in sorted(
        (phase for each in facts.values() for phase in each.phases), key=lambda phase: phase.at
    ):
        job = _with_phase(job, phase)
    group = job.group
    for number in sorted(facts):
        if result := member_result(job, facts[number]):
            group = group.ended(number, result)
    return replace(job, group=group)


def _with_phase(job: TrainingJob, phase: Phase) -> TrainingJob:
    if any(each.status == phase.name for each in job.attempt):
        return job
    if phase.name == STOPPING:
        cause = None if job.stop_cause == STOP_INTERRUPTED else job.stop_cause
        job = replace(job, status=STOPPING, stop_cause=cause or STOP_MAX_RUNTIME)
    if job.started_at is None:
        job = replace(job, started_at=phase.at)
    if job.secondary_status in (STOPPING, UPLOADING):
        return job  # it was asked to stop before the instance reached this phase
    if job.secondary_status == INTERRUPTED and phase.name != STOPPING:
        return job  # it was asked to stop before the instance reached this phase
    return enter(job, phase.name, phase.at, _message(job, phase.name))


def _message(job: TrainingJob, phase: str) -> str:
    """The StatusMessage of a phase, with a warning where the job does not get what it asks for."""
    warning = job.spec.pretrained_warning if phase == TRAINING else ""
    return f"{MESSAGES[phase]} Warning: {warning}" if warning else MESSAGES[phase]


def finish(job: TrainingJob, end: TrainingOutcome, at: datetime) -> TrainingJob:
    """The job after its end."""
    job = enter(job, end.secondary_status, at)
    return replace(
        job,
        status=end.status,
        failure_reason=end.failure_reason,
        ended_at=job.transitions[-1].started_at if job.started_at is not None else None,
    )


def request_stop(job: TrainingJob, at: datetime, cause: str = STOP_REQUESTED) -> TrainingJob:
    """The job after a request to stop it."""
    assert job.status == IN_PROGRESS
    return enter(replace(job, status=STOPPING, stop_cause=cause), STOPPING, at)
