"""What hosting is about: models, endpoint configurations, endpoints, their deployments and instances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

EndpointStatus = Literal["Creating", "Updating", "RollingBack", "InService", "Deleting", "Failed"]

InstancePhase = Literal["new", "starting", "ready", "failed"]

STARTUP_TIMEOUT_S = 240
"""How long a model server may take until its /ping answers. Source: training.md 8.4."""


@dataclass(frozen=True, slots=True)
class Container:
    """The image of a model and where its data lie: one .tar.gz, or all objects of a prefix."""

    image: str
    data_uri: str | None = None
    data_is_prefix: bool = False
    hostname: str = "primary"
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Model:
    """A model as it was created; `request` is what the description repeats."""

    name: str
    arn: str
    containers: Sequence[Container]
    request: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Variant:
    """A production variant as an endpoint configuration names it."""

    name: str
    model_name: str
    instance_count: int = 1
    weight: float = 1.0
    startup_timeout_s: int = STARTUP_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """An endpoint configuration; immutable."""

    name: str
    arn: str
    variants: Sequence[Variant]
    request: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeployedVariant:
    """A variant with all that its instances need, independent of configuration and model from now on."""

    name: str
    container: Container
    algorithm: str
    instance_count: int
    weight: float
    startup_timeout_s: int = STARTUP_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Deployment:
    """One configuration put to work at an endpoint."""

    id: str
    config_name: str
    variants: Sequence[DeployedVariant]
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint: what serves now, and what shall serve as soon as it can."""

    id: str
    name: str
    arn: str
    config_name: str
    status: EndpointStatus
    failure_reason: str | None
    serving: Deployment | None
    pending: Deployment | None
    revision: int
    created_at: datetime
    updated_at: datetime

    @property
    def deployments(self) -> list[Deployment]:
        """What instances are wanted for."""
        return [deployment for deployment in (self.serving, self.pending) if deployment]


@dataclass(frozen=True, slots=True)
class Instance:
    """One model server: of a variant of an endpoint, or of a transform job, its owner.

    new        waits for `retry_at`, if set, to be started
    starting   the process runs and does not answer /ping yet
    ready      it has answered /ping
    failed     it will not be started again; `failure_reason` says why

    `ready_at` is the first time that it was ready: from then on it is restarted for ever. `failures` counts
    the attempts since it last served. `silent_since` is when a ready one began not to answer /ping.
    """

    id: str
    owner_id: str
    deployment_id: str
    variant_name: str
    number: int
    phase: InstancePhase = "new"
    handle: str | None = None
    port: int | None = None
    failures: int = 0
    started_at: datetime | None = None
    ready_at: datetime | None = None
    retry_at: datetime | None = None
    failure_reason: str | None = None
    silent_since: datetime | None = None

    @property
    def slot(self) -> tuple[str, str, int]:
        """Its place in the endpoint: deployment, variant, number within the variant."""
        return self.deployment_id, self.variant_name, self.number
