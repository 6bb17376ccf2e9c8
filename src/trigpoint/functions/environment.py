"""The environment variables of a function's process, as on AWS Lambda."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from trigpoint.access.session_keys import IssueKeys
from trigpoint.core.errors import Invalid
from trigpoint.functions.model import LONGEST_TIMEOUT_S, Function
from trigpoint.functions.processes import OLDEST_S

CREDENTIALS_LIFETIME_S = int(OLDEST_S) + LONGEST_TIMEOUT_S + 300
MAX_ENVIRONMENT_BYTES = 4096
"""Source: a quota of AWS Lambda."""

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)
"""Names that a function's configuration must not set. Source: AWS Lambda, "Defined runtime environment variables"."""


def check_variables(variables: Mapping[str, str]) -> None:
    """Raises: Invalid: a name is reserved or malformed, or they are too long together."""
    for name, value in variables.items():
        if name in RESERVED:
            raise Invalid(
                f"Environment: the variable {name} is set for every function and cannot be changed; choose another name"
            )
        if not _NAME.fullmatch(name):
            raise Invalid(
                f"Environment: {name!r} is not a name of a variable: use two or more letters, digits and underscores, "
                "and begin with a letter"
            )
        if "\0" in value or not _is_text(value):
            raise Invalid(f"Environment: the value of {name} has a character that is not text")
    size_bytes = sum(
        len(name.encode()) + len(value.encode(errors="replace")) for name, value in variables.items()
    )
    if size_bytes > MAX_ENVIRONMENT_BYTES:
        raise Invalid(
            f"Environment: the variables have {size_bytes} bytes together; at most {MAX_ENVIRONMENT_BYTES} are allowed"
        )


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class Environments:
    """Makes the variables of processes.

    Decision: a process gets nothing of the server's own environment but PATH, so that no secret of the server's gets
    into the hands of a function by accident.
    """

    def __init__(self, region: str, server_url: str, issue: IssueKeys) -> None:
        self._region = region
        self._server_url = server_url
        self._issue = issue

    def variables(self, function: Function, log_stream: str, folder: Path, code: Path) -> dict[str, str]:
        """All variables of a new process."""
        role = function.role_arn.rpartition("/")[2] or "FunctionRole"
        keys = self._issue(f"{role}/{function.name}", CREDENTIALS_LIFETIME_S)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            **function.environment,
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_ENDPOINT_URL": self._server_url,
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_SESSION_TOKEN": keys.session_token,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_EXECUTION_ENV": "AWS_Lambda_"
            + (function.runtime or f"python{sys.version_info[0]}.{sys.version_info[1]}"),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
            "LAMBDA_TASK_ROOT": str(code),
            "_HANDLER": function.handler,
        }
