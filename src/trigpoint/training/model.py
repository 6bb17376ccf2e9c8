"""Training jobs: the request, the status, and the statuses before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

from trigpoint.compute.group import Group, host_name
from trigpoint.own_code.model import OwnProgram

KIND: Final = "training-job"

IN_PROGRESS, STOPPING = "InProgress", "Stopping"
COMPLETED, FAILED, STOPPED = "Completed", "Failed", "Stopped"
TERMINAL: Final = frozenset({COMPLETED, FAILED, STOPPED})

STARTING, DOWNLOADING, TRAINING, UPLOADING = "Starting", "Downloading", "Training", "Uploading"
MAX_RUNTIME_EXCEEDED, MAX_WAIT_TIME_EXCEEDED = "MaxRuntimeExceeded", "MaxWaitTimeExceeded"
INTERRUPTED, RESTARTING = "Interrupted", "Restarting"
BETWEEN_ATTEMPTS: Final = frozenset({INTERRUPTED, RESTARTING})
"""The statuses in which a job waits for its next attempt; each attempt begins with Starting."""

STOP_REQUESTED, STOP_MAX_RUNTIME, STOP_MAX_WAIT = "request", "max-runtime", "max-wait"
STOP_INTERRUPTED = "interruption"
"""The instances are stopped because they are reclaimed; the job goes on."""

MESSAGES: Final[Mapping[str, str]] = {
    STARTING: "Starting the training job",
    DOWNLOADING: "Downloading input data",
    TRAINING: "Training image download completed. Training in progress.",
    UPLOADING: "Uploading generated training model",
    STOPPING: "Stopping the training job",
    COMPLETED: "Training job completed",
    FAILED: "Training job failed",
    STOPPED: "Training job stopped",
    MAX_RUNTIME_EXCEEDED: "Training job runtime exceeded MaxRuntimeInSeconds provided",
    MAX_WAIT_TIME_EXCEEDED: "Training job wait time exceeded MaxWaitTimeInSeconds provided",
    INTERRUPTED: "Training job interrupted; it continues when an instance is available",
    RESTARTING: "Restarting the training job",
}
"""The StatusMessage of each secondary status. Source: training.md 4.6."""

PREPARING_MESSAGE: Final = "Preparing the instances for training"


@dataclass(frozen=True, slots=True)
class Channel:
    """One input of a job, in AWS's values, with the defaults filled in."""

    name: str
    data_type: str  # S3Prefix, ManifestFile, AugmentedManifestFile
    uri: str
    input_mode: str  # Pipe, File, FastFile
    attributes: tuple[str, ...] = ()
    content_type: str | None = None
    compression: str = "None"
    record_wrapper: str = "None"
    distribution: str = "FullyReplicated"
    shuffle_seed: int | None = None

    instance_groups: tuple[str, ...] = ()
    """The groups of instances that get it; empty: all."""

    shard: tuple[int, int] = (0, 1)
    """(k, n): an instance gets object or line i when i mod n is k; see `launch.channels_of`."""

    @property
    def is_split(self) -> bool:
        """Whether the instance gets a part of the channel."""
        return self.shard[1] > 1


@dataclass(frozen=True, slots=True)
class InstanceGroup:
    """Instances of one type; the job's hosts are numbered through its groups in their order."""

    name: str
    instance_type: str
    count: int


HOMOGENEOUS: Final = "homogeneousCluster"
"""The name of the only group of a job without InstanceGroups. Source: training.md 4.3."""


CHECKPOINTS_PATH: Final = "/opt/ml/checkpoints"
"""The default of CheckpointConfig.LocalPath. Source: training.md 4.7."""


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Where the checkpoints of a job are: below this URI, and on each instance in this folder, which is in /opt/ml."""

    uri: str
    local_path: str = CHECKPOINTS_PATH


@dataclass(frozen=True, slots=True)
class TrainingSpec:
    """What the job needs to run."""

    algorithm: str
    channels: tuple[Channel, ...]
    hyperparameters: Mapping[str, str]
    environment: Mapping[str, str]
    output_uri: str
    compress_output: bool
    instance_type: str
    max_runtime_s: int
    instance_count: int = 1

    instance_groups: tuple[InstanceGroup, ...] = ()
    """As requested; empty when the request has one type and one count."""

    pretrained_warning: str = ""
    """What to report if the job asks for pretrained weights that were not installed when it was created."""

    checkpoints: Checkpoints | None = None

    max_wait_s: int | None = None
    """With managed spot training, how long the job may take with all its waiting; None without."""

    retries: int = 0
    """How often the job is tried again after an InternalServerError."""

    own: OwnProgram | None = None
    """What runs instead of a built-in algorithm, whose name is then empty."""

    role_arn: str = ""

    named_folders: tuple[str, ...] = ()
    """The folders of the objects that manifests name, as prefixes of URIs; known when the job is launched."""

    @property
    def hosts_by_group(self) -> Mapping[InstanceGroup, tuple[str, ...]]:
        """The host names of each group, sorted as texts. Source: training.md 4.3."""
        numbers = count(1)
        groups = self.instance_groups or (
            InstanceGroup(HOMOGENEOUS, self.instance_type, self.instance_count),
        )
        return {each: tuple(sorted(host_name(next(numbers)) for _ in range(each.count))) for each in groups}


@dataclass(frozen=True, slots=True)
class StatusTransition:
    """A secondary status that the job had; `ended_at` is None while it has it."""

    status: str
    started_at: datetime
    ended_at: datetime | None
    message: str


@dataclass(frozen=True, slots=True)
class Metric:
    """The last value of a metric, and the time of its line in the log."""

    name: str
    value: float
    at: datetime


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """A row of the database. `request` is the request as it came; only `services` reads it."""

    id: str
    name: str
    arn: str
    spec: TrainingSpec
    request: Mapping[str, Any]
    revision: int
    status: str
    secondary_status: str
    transitions: tuple[StatusTransition, ...]
    created_at: datetime
    updated_at: datetime
    group: Group
    stop_cause: str | None = None
    failure_reason: str | None = None
    launched_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    metrics: tuple[Metric, ...] = ()

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL

    @property
    def attempts(self) -> int:
        """How often the job was started."""
        return sum(each.status == STARTING for each in self.transitions)

    @property
    def attempt(self) -> tuple[StatusTransition, ...]:
        """The statuses of the last attempt."""
        found: list[StatusTransition] = []
        for each in self.transitions:
            found = [each] if each.status == STARTING else [*found, each]
        return tuple(found)

    @property
    def ran_s(self) -> float:
        """How long instances ran in all attempts, without the statuses that have not ended."""
        return sum(
            (each.ended_at - each.started_at).total_seconds()
            for each in self.transitions
            if each.ended_at is not None and each.status not in (STARTING, *BETWEEN_ATTEMPTS)
        )

    @property
    def training_time_s(self) -> int | None:
        """Whole seconds that an ended job ran, without its waiting for instances."""
        if self.started_at is None or self.ended_at is None:
            return None
        return max(0, round(self.ran_s))

    @property
    def output_prefix(self) -> str:
        """The URI of the job's output folder, without a slash at its end."""
        return f"{self.spec.output_uri.rstrip('/')}/{self.name}/output"

    @property
    def model_uri(self) -> str:
        """The URI of the model: the archive, or the prefix of its files."""
        return (
            f"{self.output_prefix}/model.tar.gz"
            if self.spec.compress_output
            else f"{self.output_prefix}/model/"
        )
