"""The next status of an endpoint: pure decisions, no effects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from trigpoint.hosting.records import DeployedVariant, Deployment, Endpoint, EndpointStatus, ModelServer


@dataclass(frozen=True, slots=True)
class EndpointTransition:
    """A new status of an endpoint.

    promote: the pending deployment serves from now on
    discard: the pending deployment is given up
    serving: replaces the serving deployment
    """

    status: EndpointStatus
    failure_reason: str | None = None
    promote: bool = False
    discard: bool = False
    serving: Deployment | None = None


def ping_failure(variant: DeployedVariant, cause: str) -> str:
    """The failure reason of an endpoint whose model server did not start.

    Source: training.md 8.2; the cause in parentheses is ours.
    """
    return (
        f"The {variant.container.hostname} container for production variant {variant.name} did not pass the "
        f"ping health check. Please check CloudWatch logs for this endpoint. ({cause})"
    )


def next_step(endpoint: Endpoint, servers: Sequence[ModelServer]) -> EndpointTransition | None:
    """The change of status that is due; None when there is none.

    Deleting has no next status: the endpoint is removed when its last model server is gone.
    """
    if endpoint.status in ("Creating", "Updating") and endpoint.pending:
        return _next_of_pending(endpoint, endpoint.pending, servers)
    if endpoint.status == "Updating" and endpoint.serving:
        return _next_of_resized(endpoint, endpoint.serving, servers)
    if endpoint.status == "RollingBack" and {s.slot for s in servers} <= set(wanted_slots(endpoint)):
        return EndpointTransition("InService", endpoint.failure_reason)
    return None


def is_settled(endpoint: Endpoint, servers: Iterable[ModelServer]) -> bool:
    """Whether exactly the wanted model servers exist, and all of them are ready."""
    found = list(servers)
    return {s.slot for s in found} == set(wanted_slots(endpoint)) and all(s.phase == "ready" for s in found)


def wanted_slots(endpoint: Endpoint) -> list[tuple[str, str, int]]:
    """The slots of all model servers that the endpoint needs now; none while it is Failed or Deleting."""
    if endpoint.status in ("Failed", "Deleting"):
        return []
    return [slot for deployment in endpoint.deployments for slot in slots_of(deployment)]


def slots_of(deployment: Deployment) -> list[tuple[str, str, int]]:
    """The slots of all model servers of one deployment."""
    return [
        (deployment.id, variant.name, number)
        for variant in deployment.variants
        for number in range(variant.instance_count)
    ]


def _next_of_pending(
    endpoint: Endpoint, pending: Deployment, servers: Sequence[ModelServer]
) -> EndpointTransition | None:
    ours = {server.slot: server for server in servers if server.deployment_id == pending.id}
    failed = next((server for server in ours.values() if server.phase == "failed"), None)
    if failed:
        status: EndpointStatus = "Failed" if endpoint.status == "Creating" else "RollingBack"
        return EndpointTransition(status, failed.failure_reason, discard=True)
    if all(slot in ours and ours[slot].phase == "ready" for slot in slots_of(pending)):
        return EndpointTransition("InService", promote=True)
    return None


def _next_of_resized(
    endpoint: Endpoint, serving: Deployment, servers: Sequence[ModelServer]
) -> EndpointTransition | None:
    """Decision: when an additional instance fails, the variant keeps the instances before it and the endpoint
    shows the reason; AWS documents nothing.
    """
    failed = next((server for server in servers if server.phase == "failed"), None)
    if failed:
        kept = _without_failed(serving, servers)
        return EndpointTransition("RollingBack", failed.failure_reason, serving=kept)
    return EndpointTransition("InService") if is_settled(endpoint, servers) else None


def _without_failed(serving: Deployment, servers: Sequence[ModelServer]) -> Deployment:
    """The deployment in which each variant keeps the instances before its first failed one."""
    failed = [server for server in servers if server.phase == "failed"]
    variants = [
        replace(
            variant,
            instance_count=min(
                [variant.instance_count, *(s.number for s in failed if s.variant_name == variant.name)]
            ),
        )
        for variant in serving.variants
    ]
    return replace(serving, variants=variants)
