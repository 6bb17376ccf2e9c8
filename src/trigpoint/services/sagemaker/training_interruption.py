"""What a CreateTrainingJob request says about checkpoints, interruption and retries.

Source: training.md 4.7, 5.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.training.model import CHECKPOINTS_PATH, Checkpoints

Request = Mapping[str, Any]

LONGEST_WAIT_S = 30 * 86_400
"""Source: training.md 4.7: a job lives 30 days at most altogether."""
_OPT_ML = PurePosixPath("/opt/ml")
_TAKEN = ("input", "model", "output", "code", "pipe_state")


def read_checkpoints(request: Request) -> Checkpoints | None:
    """The place of the job's checkpoints; None when it keeps none. Raises: Invalid: a place that cannot be used."""
    config = request.get("CheckpointConfig")
    if not config:
        return None
    uri = config["S3Uri"]
    parse_s3_uri(uri)
    path = PurePosixPath(config.get("LocalPath") or CHECKPOINTS_PATH)
    # Decision: AWS mounts any path into the container. Here no file outside /opt/ml belongs to the job.
    if (
        _OPT_ML not in path.parents
        or ".." in path.parts
        or path.relative_to(_OPT_ML).parts[0] in _TAKEN
        or "\0" in str(path)
    ):
        raise Invalid(
            f"CheckpointConfig.LocalPath is {str(path)!r}; it must be below /opt/ml, and not in "
            f"{', '.join(f'/opt/ml/{name}' for name in _TAKEN)}. The default is {CHECKPOINTS_PATH}"
        )
    return Checkpoints(uri, str(path))


def read_max_wait_s(request: Request, max_runtime_s: int) -> int | None:
    """How long a job with managed spot training may take with all its waiting; None for other jobs. Raises: Invalid."""
    wait_s = request["StoppingCondition"].get("MaxWaitTimeInSeconds")
    if not request.get("EnableManagedSpotTraining"):
        if wait_s is not None:
            raise Invalid("MaxWaitTimeInSeconds is only allowed when EnableManagedSpotTraining is true")
        return None
    if not wait_s:
        raise Invalid("MaxWaitTimeInSeconds above 0 is required when EnableManagedSpotTraining is true")
    if wait_s < max_runtime_s:
        raise Invalid(
            f"MaxWaitTimeInSeconds ({wait_s}) must be equal to or greater than "
            f"MaxRuntimeInSeconds ({max_runtime_s})"
        )
    if wait_s > LONGEST_WAIT_S:
        raise Invalid(f"MaxWaitTimeInSeconds is {wait_s}; the maximum is {LONGEST_WAIT_S} seconds (30 days)")
    return int(wait_s)


def read_retries(request: Request) -> int:
    """How often a job that failed through our fault is tried again."""
    strategy = request.get("RetryStrategy")
    return int(strategy["MaximumRetryAttempts"]) if strategy else 0
