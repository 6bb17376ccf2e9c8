"""What happens next to an endpoint and to each of its instances: pure decisions, no effects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trigpoint.compute.runner import ProcessState
from trigpoint.hosting.records import DeployedVariant, Deployment, Endpoint, EndpointStatus, Instance

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
STABLE_S = 60.0
HUNG_S = 30.0
"""Decision: how long a ready server may leave /ping unanswered before it is killed; AWS names no time."""
MAX_FAILED_STARTS = 3
"""Decision: AWS tries until the time is up; a server that ended three times will not do better later."""
MAX_FAILED_FETCHES = 6
"""Decision: half a minute of pauses in which the store of the model's data may come back, besides its own retries."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was seen of an instance's process: its state, and the port on which its /ping answered."""

    process: ProcessState
    answering_port: int | None = None


def ping_failure(variant: DeployedVariant, cause: str) -> str:
    """Why an endpoint failed whose model server did not come up. Source: training.md 8.2; the cause: ours."""
    return (
        f"The {variant.container.hostname} container for production variant {variant.name} did not pass the "
        f"ping health check. Please check CloudWatch logs for this endpoint. ({cause})"
    )


@dataclass(frozen=True, slots=True)
class Transition:
    """A new status of an endpoint. `promote`: what was pending serves from now on; `discard`: never; `serving`: what
    serves from now on instead of what did.
    """

    status: EndpointStatus
    failure_reason: str | None = None
    promote: bool = False
    discard: bool = False
    serving: Deployment | None = None


def next_instance(instance: Instance, startup_timeout_s: float, facts: Facts, now: datetime) -> Instance:
    """The instance after its process was looked at. Not for phases new and failed, which have no process."""
    if instance.phase == "ready":
        return _look_at_ready(instance, facts, now)
    if facts.process.phase != "running":
        return after_failed_start(instance, _end_of(facts.process), now)
    if facts.answering_port is not None:
        return replace(
            instance,
            phase="ready",
            port=facts.answering_port,
            ready_at=instance.ready_at or now,
            retry_at=None,
        )
    assert instance.started_at is not None
    if now - instance.started_at >= timedelta(seconds=startup_timeout_s):
        late = f"/ping did not answer within {startup_timeout_s} s"
        return after_failed_start(instance, late, now, final=True)
    return instance


def hangs(instance: Instance, now: datetime) -> bool:
    """Whether a ready server has been silent for so long that only killing it helps."""
    return instance.silent_since is not None and now - instance.silent_since >= timedelta(seconds=HUNG_S)


def after_failed_start(instance: Instance, reason: str, now: datetime, *, final: bool = False) -> Instance:
    """The instance after an attempt that came to nothing: tried again later, or failed.

    One that has served before is tried for ever: only its first start decides about the endpoint.
    """
    failures = instance.failures + 1
    most = 0 if final else MAX_FAILED_STARTS
    return _failed_or_again(instance, failures, most, reason, now)


def after_failed_fetch(instance: Instance, reason: str, now: datetime) -> Instance:
    """The instance whose model's data could not be had at the moment: tried again later, or failed."""
    return _failed_or_again(instance, instance.failures + 1, MAX_FAILED_FETCHES, reason, now)


def _failed_or_again(instance: Instance, failures: int, most: int, reason: str, now: datetime) -> Instance:
    if instance.ready_at is None and failures >= most:
        return replace(instance, phase="failed", port=None, failures=failures, failure_reason=reason)
    return _to_be_started(instance, failures, _delay_s(failures), now)


def is_settled(endpoint: Endpoint, instances: Iterable[Instance]) -> bool:
    """Whether exactly the instances that are wanted exist, and all of them are ready."""
    found = list(instances)
    wanted = wanted_slots(endpoint)
    return {i.slot for i in found} == set(wanted) and all(i.phase == "ready" for i in found)


def wanted_slots(endpoint: Endpoint) -> list[tuple[str, str, int]]:
    """The places of all instances that the endpoint shall have now; none while it is Failed or Deleting."""
    if endpoint.status in ("Failed", "Deleting"):
        return []
    return [slot for deployment in endpoint.deployments for slot in slots_of(deployment)]


def slots_of(deployment: Deployment) -> list[tuple[str, str, int]]:
    """The places of all instances of one deployment."""
    return [
        (deployment.id, variant.name, number)
        for variant in deployment.variants
        for number in range(variant.instance_count)
    ]


def next_step(endpoint: Endpoint, instances: Sequence[Instance]) -> Transition | None:
    """The change of status that is due, seen the instances; None when there is none.

    The end of Deleting is no status: the endpoint is gone as soon as it has no instances.
    """
    if endpoint.status in ("Creating", "Updating") and endpoint.pending:
        return _step_to_pending(endpoint, endpoint.pending, instances)
    if endpoint.status == "Updating" and endpoint.serving:
        return _step_of_resized(endpoint, endpoint.serving, instances)
    if endpoint.status == "RollingBack" and {i.slot for i in instances} <= set(wanted_slots(endpoint)):
        return Transition("InService", endpoint.failure_reason)
    return None


def _step_of_resized(
    endpoint: Endpoint, serving: Deployment, instances: Sequence[Instance]
) -> Transition | None:
    """Decision: when an additional instance fails, the variant goes on with those before it, and the endpoint says
    why; AWS is silent.
    """
    failed = next((instance for instance in instances if instance.phase == "failed"), None)
    if failed:
        return Transition("RollingBack", failed.failure_reason, serving=_without_failed(serving, instances))
    return Transition("InService") if is_settled(endpoint, instances) else None


def _without_failed(serving: Deployment, instances: Sequence[Instance]) -> Deployment:
    """The deployment with as many instances of each variant as lie before its first failed one."""
    failed = [instance for instance in instances if instance.phase == "failed"]
    variants = [
        replace(
            variant,
            instance_count=min(
                [variant.instance_count, *(i.number for i in failed if i.variant_name == variant.name)]
            ),
        )
        for variant in serving.variants
    ]
    return replace(serving, variants=variants)


def _step_to_pending(
    endpoint: Endpoint, pending: Deployment, instances: Sequence[Instance]
) -> Transition | None:
    ours = {instance.slot: instance for instance in instances if instance.deployment_id == pending.id}
    failed = next((instance for instance in ours.values() if instance.phase == "failed"), None)
    if failed:
        status: EndpointStatus = "Failed" if endpoint.status == "Creating" else "RollingBack"
        return Transition(status, failed.failure_reason, discard=True)
    if all(slot in ours and ours[slot].phase == "ready" for slot in slots_of(pending)):
        return Transition("InService", promote=True)
    return None


def _look_at_ready(instance: Instance, facts: Facts, now: datetime) -> Instance:
    if facts.process.phase == "running":
        stable = instance.started_at and now - instance.started_at >= timedelta(seconds=STABLE_S)
        silent_since = None if facts.answering_port is not None else instance.silent_since or now
        return replace(instance, failures=0 if stable else instance.failures, silent_since=silent_since)
    if facts.process.exit_code == 0:  # it was asked to end: the whole installation was stopped
        return _to_be_started(instance, instance.failures, 0.0, now)
    # the first restart after a time of service comes at once, further ones later and later
    delay_s = _delay_s(instance.failures) if instance.failures else 0.0
    return _to_be_started(instance, instance.failures + 1, delay_s, now)


def _to_be_started(instance: Instance, failures: int, delay_s: float, now: datetime) -> Instance:
    retry_at = now + timedelta(seconds=delay_s)
    return replace(instance, phase="new", port=None, failures=failures, retry_at=retry_at, silent_since=None)


def _delay_s(failures: int) -> float:
    return float(min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(failures - 1, 30)))


def _end_of(process: ProcessState) -> str:
    if process.phase == "lost":
        return "the model server was killed"
    return f"the model server ended with exit code {process.exit_code}"
