"""The data of an invocation: the request, the reply, what serves, and how it can fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trigpoint.core.errors import TrigpointError
from trigpoint.hosting.records import DeployedVariant, Deployment, ModelServer


@dataclass(frozen=True, slots=True)
class Invocation:
    """The parts of a request to an endpoint that the model may see, and the variant that was asked for."""

    body: bytes
    content_type: str | None = None
    accept: str | None = None
    custom_attributes: str | None = None
    target_variant: str | None = None


@dataclass(frozen=True, slots=True)
class InvokeReply:
    """The model's reply, the variant that gave it, and the time that the model took."""

    body: bytes
    content_type: str | None
    custom_attributes: str | None
    variant: str
    model_s: float


@dataclass(frozen=True, slots=True)
class Serving:
    """An endpoint's serving deployment, and those of its model servers that were ready when last observed, by any
    server process.
    """

    endpoint_id: str
    endpoint_name: str
    deployment: Deployment
    servers: Sequence[ModelServer]

    def of(self, variant: DeployedVariant) -> list[ModelServer]:
        """The model servers of the variant."""
        return [server for server in self.servers if server.variant_name == variant.name]


class NoInstanceReady(TrigpointError):
    """No model server of the variant could be reached in time."""

    def __init__(self, message: str, variant: str) -> None:
        super().__init__(message)
        self.variant = variant


class ModelFailed(TrigpointError):
    """The model replied with an error, or did not reply.

    status:  the HTTP status, 0 without a reply
    message: the model's own, if it replied
    hangs:   the model server has answered nobody since this request was sent
    """

    def __init__(
        self, message: str, status: int, variant: DeployedVariant, server: ModelServer, *, hangs: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.variant = variant.name
        self.hostname = variant.container.hostname
        self.log_stream = f"{variant.name}/{server.id}"
        self.hangs = hangs


class ConnectionLost(ModelFailed):
    """The model server closed the connection before it replied."""


class Unreachable(Exception):
    """Nothing accepts connections on the model server's port."""
