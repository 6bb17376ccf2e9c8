"""The data of hosting: models, endpoint configurations, endpoints, their deployments and model servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from trigpoint.own_code.model import OwnProgram

EndpointStatus = Literal["Creating", "Updating", "RollingBack", "InService", "Deleting", "Failed"]

ModelServerPhase = Literal["new", "starting", "ready", "failed"]

STARTUP_TIMEOUT_S = 240
"""How long a model server may take until its /ping answers. Source: training.md 8.4."""


@dataclass(frozen=True, slots=True)
class ContainerDefinition:
    """The image of a model and the place of its data: one .tar.gz, or all objects of a prefix."""

    image: str
    data_uri: str | None = None
    data_is_prefix: bool = False
    hostname: str = "primary"
    environment: Mapping[str, str] = field(default_factory=dict)

    own: OwnProgram | None = None
    """What serves the model, if its image is not one of a built-in algorithm."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model as it was created; `request` is returned by DescribeModel."""

    name: str
    arn: str
    containers: Sequence[ContainerDefinition]
    request: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Variant:
    """A production variant of an endpoint configuration."""

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
    """A variant with everything its model servers need; later changes of configuration and model do not reach it."""

    name: str
    container: ContainerDefinition
    algorithm: str
    instance_count: int
    weight: float
    startup_timeout_s: int = STARTUP_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of a configuration to an endpoint."""

    id: str
    config_name: str
    variants: Sequence[DeployedVariant]
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint: `serving` answers now, `pending` replaces it when all its model servers are ready."""

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
        """The deployments that need model servers."""
        return [deployment for deployment in (self.serving, self.pending) if deployment]


@dataclass(frozen=True, slots=True)
class ModelServer:
    """One instance: the model server of a variant of an endpoint, or of a transform job.

    new        waits to be started, until `retry_at` if it is set
    starting   the process runs, /ping has not answered yet
    ready      /ping has answered
    failed     it will not be started again, see `failure_reason`

    owner_id:     the endpoint's or the job's
    ready_at:     when it was first ready; from then on it is restarted without limit
    failures:     failed starts since it last served
    silent_since: when a ready server stopped answering /ping
    """

    id: str
    owner_id: str
    deployment_id: str
    variant_name: str
    number: int
    phase: ModelServerPhase = "new"
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
        """Its place in the endpoint: deployment, variant, number within the variant from 0."""
        return self.deployment_id, self.variant_name, self.number
