"""What happens next to a transform job and to its instances: pure decisions, no effects.

    InProgress -> Completed | Failed
       \\-> Stopping -> Stopped

It is first decided how the job ends (its outcome); it takes its last status when none of its processes runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum

from trigpoint.compute.runner import ProcessState
from trigpoint.hosting.records import Instance
from trigpoint.hosting.steps import Facts, next_instance
from trigpoint.hosting.transform.model import Outcome, TransformJob, Worker
from trigpoint.hosting.transform.progress import Failure, Progress

MAX_AGENT_FAILURES = 3
MAX_REASON_CHARS = 1024
SEE_LOGS = "See job logs for more information"


class Step(Enum):
    """What to do for a job."""

    PREPARE = "prepare"
    RUN = "run"
    DECIDE = "decide"
    STOP = "stop"


def next_step(job: TransformJob) -> Step:
    """What to do now."""
    if job.outcome is not None:
        return Step.STOP
    if job.status == "Stopping":
        return Step.DECIDE
    if job.started_at is None:
        return Step.PREPARE
    broken = any(worker.server.phase == "failed" for worker in job.workers)
    exhausted = any(worker.failures >= MAX_AGENT_FAILURES for worker in job.workers)
    all_done = all(worker.finished for worker in job.workers)
    return Step.DECIDE if broken or exhausted or all_done else Step.RUN


def outcome(job: TransformJob, progress: Sequence[Progress]) -> Outcome:
    """How a job ends for which there is nothing left to do; `progress` of each of its instances."""
    if job.status == "Stopping":
        return Outcome("Stopped")
    broken = next((w.server for w in job.workers if w.server.phase == "failed"), None)
    if broken:
        return failed(broken.failure_reason or "the model server could not be started")
    if not all(worker.finished for worker in job.workers):
        return failed(
            f"InternalServerError: {SEE_LOGS}: a data agent of the job ended {MAX_AGENT_FAILURES} times in a row "
            "without finishing an object; its log stream ends in /data-log"
        )
    count = sum(each.failed for each in progress)
    if not count:
        return Outcome("Completed")
    first = min((each.first for each in progress if each.first), key=lambda failure: failure.index)
    return failed(_objects_failed(first, count, sum(each.done for each in progress)))


def failed(reason: str) -> Outcome:
    """The end of a job that failed for this reason, cut to what the API allows."""
    return Outcome("Failed", reason[:MAX_REASON_CHARS])


def server_failure(cause: str) -> str:
    """Why a job failed whose model server did not come up."""
    return f"AlgorithmError: {SEE_LOGS}: the model server did not pass the ping health check ({cause})"


def next_server(server: Instance, startup_timeout_s: float, facts: Facts, now: datetime) -> Instance:
    """The model server after its process was looked at.

    Unlike an endpoint's it is not restarted for ever: each restart has as many attempts as the first.
    """
    after = next_instance(server, startup_timeout_s, facts, now)
    if server.phase == "ready" and after.phase == "new":
        return replace(after, ready_at=None, failures=0)
    if after.phase == "failed":
        return replace(after, failure_reason=server_failure(after.failure_reason or "it ended"))
    return after


def next_worker(worker: Worker, agent: ProcessState, progress: Progress | None) -> Worker:
    """The instance after its data agent was looked at.

    `progress` is None while the agent runs. An agent that has ended before it was through is started again;
    it goes on behind the objects that are finished.
    """
    if worker.attempt == 0 or worker.finished or agent.phase == "running" or progress is None:
        return worker
    if progress.done >= worker.share:
        return replace(worker, finished=True, done=progress.done)
    stopped = agent.exit_code == 0  # it was asked to end: the whole installation was stopped
    futile = progress.done == worker.done and not stopped
    return replace(
        worker,
        attempt=worker.attempt + 1,
        done=progress.done,
        failures=worker.failures + 1 if futile else 0,
    )


def _objects_failed(first: Failure, count: int, total: int) -> str:
    which = (
        f"{count} of {total} objects could not be transformed; the first is" if total > 1 else "the object"
    )
    return f"{first.kind}: {SEE_LOGS}: {which} {first.uri}: {first.message}"
