"""The records of this package: functions, and the outcome of one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

DEFAULT_TIMEOUT_S = 3
LONGEST_TIMEOUT_S = 900
DEFAULT_MEMORY_MB = 128
LARGEST_MEMORY_MB = 10_240
MAX_PAYLOAD_BYTES = 6 * 2**20
"""Of an event and of a response. Source: the quota of synchronous calls of AWS Lambda."""

MAX_EVENT_CALL_BYTES = 2**20
"""Of an event that is accepted to be handled later. Source: the quota of asynchronous calls of AWS Lambda."""


class FunctionKind(StrEnum):
    """Where a function comes from."""

    PACKAGE = "package"
    """A zip archive, uploaded through the Lambda API."""
    PYTHON = "python"
    """An entry point that is installed next to Trigpoint, registered by the operator."""
    HTTP = "http"
    """A URL that is sent the event, registered by the operator."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function as it is stored.

    handler:      of a package `module.function`, of an entry point `module:function`, "" with HTTP
    url:          with HTTP, where the event is sent
    environment:  variables of its process; they are encrypted in the database
    revision:     changes with every change; processes of an earlier revision are not reused
    code:         the name of the folder with the unpacked package
    code_sha256:  of the zip archive, in base64
    policy:       the statements of AddPermission by their ids; they have no effect
    shown:        settings of the Lambda API that have no effect and are only shown again
    """

    name: str
    kind: FunctionKind
    handler: str
    created_at: datetime
    updated_at: datetime
    revision: str
    runtime: str = ""
    url: str = ""
    role_arn: str = ""
    description: str = ""
    timeout_s: int = DEFAULT_TIMEOUT_S
    memory_mb: int = DEFAULT_MEMORY_MB
    environment: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    code_sha256: str = ""
    code_bytes: int = 0
    policy: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    shown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def log_group(self) -> str:
        """The name of the log group of its calls."""
        return f"/aws/lambda/{self.name}"


class Cause(StrEnum):
    """Why a call has no result."""

    RAISED = "raised"
    """The function raised an exception, or an endpoint refused the event."""
    TIMED_OUT = "timed out"
    MEMORY = "memory"
    ENDED = "ended"
    """The function's process ended in the middle of the call, or an endpoint could not be reached or is overloaded."""
    TOO_LARGE = "too large"
    """The response is longer than `MAX_PAYLOAD_BYTES`."""

    @property
    def may_pass(self) -> bool:
        """Whether the same call may succeed when it is tried again."""
        return self in (Cause.TIMED_OUT, Cause.ENDED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call of a function gave.

    payload:     JSON: the result, or with a `cause` an object with errorMessage and errorType
    message:     with a `cause`, what went wrong, for people
    log_tail:    the last 4 KiB of the log of this call
    duration_s:  how long the function ran
    """

    request_id: str
    payload: bytes
    cause: Cause | None
    message: str
    log_tail: bytes
    duration_s: float
