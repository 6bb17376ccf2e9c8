"""The data of a transform job: input, output, instances, outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from trigpoint.hosting.records import ContainerDefinition, DeployedVariant, ModelServer

KIND: Final = "transform-job"

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
    """Everything that a job needs to run; later changes of its model do not reach it.

    `max_concurrent`, `max_payload_mb` and `strategy` are None when the model decides. A payload of 0 MB has no
    limit. `manifest`: the input URI names a manifest instead of a prefix.
    """

    model_name: str
    container: ContainerDefinition
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

    named_folders: tuple[str, ...] = ()
    """The folders of the objects that a manifest names, as prefixes of URIs; known when the job is prepared."""

    @property
    def served(self) -> DeployedVariant:
        """The variant that the job's model servers serve."""
        container = replace(self.container, environment=self._server_environment())
        return DeployedVariant(self.model_name, container, self.algorithm, self.instance_count, 1.0)

    def _server_environment(self) -> dict[str, str]:
        """The payload's variables are there only when the request has them. Source: training.md 8.5."""
        asked = {
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": self.max_payload_mb,
            "SAGEMAKER_BATCH_STRATEGY": strategy_for_containers(self.strategy),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": self.max_concurrent or None,
        }
        named = {name: str(value) for name, value in asked.items() if value is not None}
        return {**self.container.environment, **self.environment, "SAGEMAKER_BATCH": "true", **named}


def strategy_for_containers(strategy: Strategy | None) -> str | None:
    """The strategy as containers spell it: MULTI_RECORD."""
    return None if strategy is None else strategy.replace("Record", "_Record").upper()


@dataclass(frozen=True, slots=True)
class TransformOutcome:
    """How a job ends."""

    status: JobStatus
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True)
class TransformInstance:
    """One instance of a job: a model server, and the data agent that sends it its share of the objects.

    share:    the number of objects it transforms
    attempt:  how many agents were started
    failures: agents in a row that ended before they finished another object
    done:     finished objects when the last agent ended
    finished: all objects of the share are finished
    """

    server: ModelServer
    share: int
    attempt: int = 0
    failures: int = 0
    done: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class TransformJob:
    """A transform job. `outcome` is set first; `status` is final when no process of the job runs any more."""

    id: str
    name: str
    arn: str
    spec: TransformSpec
    request: Mapping[str, Any]
    revision: int
    status: JobStatus
    created_at: datetime
    updated_at: datetime
    outcome: TransformOutcome | None = None
    failure_reason: str | None = None
    instances: Sequence[TransformInstance] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_terminal(self) -> bool:
        return self.status in ("Completed", "Failed", "Stopped")
