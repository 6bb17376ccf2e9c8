"""The next step of a transform job and of its instances: pure decisions, no effects.

    InProgress -> Completed | Failed
       \\-> Stopping -> Stopped

The outcome of a job is decided first. The job gets its final status when none of its processes runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum

from trigpoint.compute.group import Group, GroupStep, Member, MemberResult
from trigpoint.compute.runner import ProcessState
from trigpoint.hosting import server_steps
from trigpoint.hosting.records import ModelServer
from trigpoint.hosting.server_steps import ServerFacts
from trigpoint.hosting.transform.model import TransformInstance, TransformJob, TransformOutcome
from trigpoint.hosting.transform.progress import AgentProgress, ObjectFailure

MAX_AGENT_FAILURES = 3
MAX_REASON_CHARS = 1024
SEE_LOGS = "See job logs for more information"


class TransformStep(Enum):
    """The next step of a job."""

    PREPARE = "prepare"  # list the input, add the instances
    RUN = "run"
    DECIDE = "decide"  # decide the outcome
    STOP = "stop"  # stop all processes, then set the final status


def next_step(job: TransformJob) -> TransformStep:
    stop_requested = job.status == "Stopping"
    if job.outcome is not None:
        return TransformStep.STOP
    if job.started_at is None:
        return TransformStep.DECIDE if stop_requested else TransformStep.PREPARE
    match group_of(job).step(stop_requested=stop_requested):
        case GroupStep.START | GroupStep.WAIT:
            return TransformStep.RUN
        case GroupStep.STOP | GroupStep.END:
            return TransformStep.DECIDE


def group_of(job: TransformJob) -> Group:
    """The job's instances as a group.

    Decision: the members are made from the instances and not stored, because an instance has two processes and
    its result follows from their counts.
    """
    members = (
        Member(each.server.number + 1, each.server.handle, result=_result_of(each)) for each in job.instances
    )
    return Group(tuple(members))


def outcome(job: TransformJob, progress: Sequence[AgentProgress]) -> TransformOutcome:
    """The outcome of a job whose next step is DECIDE; `progress` has an entry for each instance."""
    if job.status == "Stopping":
        return TransformOutcome("Stopped")
    failure = group_of(job).failure
    if failure:
        return failed(failure.reason or "the model server could not be started")
    count = sum(each.failed for each in progress)
    if not count:
        return TransformOutcome("Completed")
    first = min((each.first for each in progress if each.first), key=lambda failure: failure.index)
    return failed(_objects_failed(first, count, sum(each.done for each in progress)))


def failed(reason: str) -> TransformOutcome:
    """The outcome Failed; the reason is cut to the length that the API allows."""
    return TransformOutcome("Failed", reason[:MAX_REASON_CHARS])


def server_failure(cause: str) -> str:
    """The failure reason of a job whose model server did not start."""
    return f"AlgorithmError: {SEE_LOGS}: the model server did not pass the ping health check ({cause})"


def next_server(
    server: ModelServer, startup_timeout_s: float, facts: ServerFacts, now: datetime
) -> ModelServer:
    """The model server after its process was observed.

    Unlike an endpoint's server, it is not restarted without limit: each restart has as many attempts as the first.
    """
    after = server_steps.next_server(server, startup_timeout_s, facts, now)
    if server.phase == "ready" and after.phase == "new":
        return replace(after, ready_at=None, failures=0)
    if after.phase == "failed":
        return replace(after, failure_reason=server_failure(after.failure_reason or "it ended"))
    return after


def next_instance(
    instance: TransformInstance, agent: ProcessState, progress: AgentProgress | None
) -> TransformInstance:
    """The instance after its data agent was observed; `progress` is None while the agent runs.

    An agent that ends before its share is finished is started again and continues after the finished objects.
    """
    if instance.attempt == 0 or instance.finished or agent.phase == "running" or progress is None:
        return instance
    if progress.done >= instance.share:
        return replace(instance, finished=True, done=progress.done)
    stopped = agent.exit_code == 0  # it was asked to end: the whole installation was stopped
    futile = progress.done == instance.done and not stopped
    return replace(
        instance,
        attempt=instance.attempt + 1,
        done=progress.done,
        failures=instance.failures + 1 if futile else 0,
    )


def _result_of(instance: TransformInstance) -> MemberResult | None:
    if instance.finished:
        return MemberResult("done")
    if instance.server.phase == "failed":
        return MemberResult("failed", instance.server.failure_reason)
    if instance.failures >= MAX_AGENT_FAILURES:
        return MemberResult(
            "failed",
            f"InternalServerError: {SEE_LOGS}: a data agent of the job ended {MAX_AGENT_FAILURES} times in a row "
            "without finishing an object; its log stream ends in /data-log",
        )
    return None


def _objects_failed(first: ObjectFailure, count: int, total: int) -> str:
    which = (
        f"{count} of {total} objects could not be transformed; the first is" if total > 1 else "the object"
    )
    return f"{first.kind}: {SEE_LOGS}: {which} {first.uri}: {first.message}"
