"""What is a transform job: its input and output, its instances, how it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from trigpoint.hosting.records import Container, DeployedVariant, Instance

JobStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"]
Strategy = Literal["MultiRecord", "SingleRecord"]
SplitType = Literal["None", "Line", "RecordIO", "TFRecord"]
AssembleWith = Literal["None", "Line"]

DEFAULT_TIMEOUT_S = 600
DEFAULT_RETRIES = 3
DEFAULT_PAYLOAD_MB = 6
MAX_PRODUCT_MB = 100
"""Source of all: training.md 8.5."""


@dataclass(frozen=True, slots=True)
class TransformSpec:
    """What a job needs to run, independent of its model from now on.

    `max_concurrent`, `max_payload_mb` and `strategy` are None where the request leaves them to the model; a
    payload of 0 MB means no limit. `manifest`: the input URI names a manifest instead of a prefix.
    """

    model_name: str
    container: Container
    algorithm: str
    input_uri: str
    output_uri: str
    manifest: bool = False
    content_type: str | None = None
    accept: str | None = None
    gzipped: bool = False
    split_type: SplitType = "None"
    assemble_with: AssembleWith = "None"
    instance_count: int = 1
    max_concurrent: int | None = None
    max_payload_mb: int | None = None
    strategy: Strategy | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_s: int = DEFAULT_TIMEOUT_S
    max_retries: int = DEFAULT_RETRIES
    input_filter: str = "$"
    output_filter: str = "$"
    join_input: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TransformSpec:
        return cls(**{**value, "container": Container(**value["container"])})

    @property
    def served(self) -> DeployedVariant:
        """What the job's model servers serve, in the terms of endpoints."""
        container = Container(
            image=self.container.image,
            data_uri=self.container.data_uri,
            data_is_prefix=self.container.data_is_prefix,
            hostname=self.container.hostname,
            environment=self._server_environment(),
        )
        return DeployedVariant(self.model_name, container, self.algorithm, self.instance_count, 1.0)

    def _server_environment(self) -> dict[str, str]:
        """Source: training.md 8.5; the variables about the payload only where the request names them."""
        asked = {
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": self.max_payload_mb,
            "SAGEMAKER_BATCH_STRATEGY": strategy_for_containers(self.strategy),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": self.max_concurrent or None,
        }
        named = {name: str(value) for name, value in asked.items() if value is not None}
        return {**self.container.environment, **self.environment, "SAGEMAKER_BATCH": "true", **named}


def strategy_for_containers(strategy: Strategy | None) -> str | None:
    """How containers spell a strategy: MULTI_RECORD."""
    return None if strategy is None else strategy.replace("Record", "_Record").upper()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ends."""

    status: JobStatus
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """One instance of a job: a model server, and the data agent that sends it its share of the objects.

    `share` is how many objects it has to transform. `attempt` counts the agents that were started, 0 before the first; `failures` those in a row that ended
    before they had finished another object. `done` is how many objects were finished when it was last counted.
    """

    server: Instance
    share: int
    attempt: int = 0
    failures: int = 0
    done: int = 0
    finished: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"server": _times_to_json(asdict(self.server))}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Worker:
        return cls(**{**value, "server": Instance(**_times_from_json(value["server"]))})


@dataclass(frozen=True, slots=True)
class TransformJob:
    """A transform job; `outcome` is set when it is decided how it ends, the final status when all is over."""

    id: str
    name: str
    arn: str
    spec: TransformSpec
    request: Mapping[str, Any]
    revision: int
    status: JobStatus
    created_at: datetime
    updated_at: datetime
    outcome: Outcome | None = None
    failure_reason: str | None = None
    workers: Sequence[Worker] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_terminal(self) -> bool:
        return self.status in ("Completed", "Failed", "Stopped")


_TIMES = ("started_at", "ready_at", "retry_at", "silent_since")


def _times_to_json(server: dict[str, Any]) -> dict[str, Any]:
    return server | {name: server[name].isoformat() for name in _TIMES if server[name]}


def _times_from_json(server: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: datetime.fromisoformat(server[name]) for name in _TIMES if server[name]}
    return {**server, **times}
