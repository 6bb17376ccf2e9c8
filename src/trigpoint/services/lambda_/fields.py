"""Which fields of the Lambda API are served, and functions on the wire."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

from trigpoint.core.errors import Invalid, NotFound
from trigpoint.functions.model import Function, FunctionKind
from trigpoint.functions.registry import Functions, name_in
from trigpoint.services.coverage import Coverage, IgnoredField, PartlyServedField, RefusedField

Request = Mapping[str, Any]

LATEST = "$LATEST"

_HERE = "functions run as processes of this server"
_NO_IMAGES = "container images are not run; upload a zip archive"
_NO_VERSIONS = "a function has one version, $LATEST, which UpdateFunctionCode changes"

QUALIFIER: Final = PartlyServedField(f"only {LATEST}: {_NO_VERSIONS}", refused="1")

SHOWN: Final = (
    "VpcConfig",
    "DeadLetterConfig",
    "KMSKeyArn",
    "TracingConfig",
    "EphemeralStorage",
    "LoggingConfig",
    "Architectures",
)
"""Fields without an effect that are returned again."""

CONFIGURATION: Final[Mapping[str, Coverage]] = {
    "Runtime": PartlyServedField(
        "any Python 3: the function runs on the Python of this server", refused="nodejs20.x"
    ),
    "VpcConfig": IgnoredField(_HERE),
    "DeadLetterConfig": IgnoredField("there are no topics and queues"),
    "KMSKeyArn": IgnoredField("there is no key service; variables are encrypted with the server's key"),
    "TracingConfig": IgnoredField("there is no X-Ray"),
    "Layers": RefusedField(
        "put the packages of the layers into the zip archive",
        ["arn:aws:lambda:us-east-1:111122223333:layer:name:1"],
    ),
    "FileSystemConfigs": RefusedField(
        "link the folder as a bucket with `trigpoint bucket link`",
        [
            {
                "Arn": "arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-0123456789abcdef0",
                "LocalMountPath": "/mnt/a",
            }
        ],
    ),
    "ImageConfig": RefusedField(_NO_IMAGES),
    "EphemeralStorage": IgnoredField("a process may write files of up to 512 MiB"),
    "SnapStart": IgnoredField("processes are kept for the next calls"),
    "LoggingConfig": IgnoredField("the log group is /aws/lambda/<name>"),
    "CapacityProviderConfig": RefusedField(
        _HERE,
        {
            "LambdaManagedInstancesCapacityProviderConfig": {
                "CapacityProviderArn": "arn:aws:lambda:us-east-1:111122223333:capacity-provider:name"
            }
        },
    ),
    "DurableConfig": RefusedField("durable functions are not served"),
    "RuntimeConfig": IgnoredField("the runtime is the Python of this server"),
    "AcceleratorConfig": RefusedField(_HERE),
}
"""Of CreateFunction and UpdateFunctionConfiguration."""


def function_name(request: Request) -> str:
    """The name in the request's FunctionName and Qualifier.

    Raises: NotFound: another version than $LATEST is named.
    """
    name, qualifier = name_in(request["FunctionName"])
    qualifier = request.get("Qualifier") or qualifier
    if qualifier not in (None, LATEST):
        raise NotFound(f"Function not found: {name}:{qualifier} (Qualifier {qualifier!r}): {_NO_VERSIONS}")
    return name


def checked_runtime(request: Request) -> str:
    """Raises: Invalid: the runtime is not Python 3."""
    runtime: str = request.get("Runtime") or ""
    if not runtime:
        raise Invalid("Runtime is missing; it must be python3.x, such as python3.12")
    if not runtime.startswith("python3"):
        raise Invalid(f"Runtime {runtime}: only Python functions are run here; use python3.x")
    return runtime


def configuration(function: Function, functions: Functions) -> dict[str, Any]:
    """A FunctionConfiguration."""
    modified_at = function.updated_at
    config: dict[str, Any] = {
        "FunctionName": function.name,
        "FunctionArn": functions.arn(function.name),
        "Runtime": function.runtime or _runtime(function),
        "Role": function.role_arn or f"arn:aws:iam::{functions.account_id}:role/FunctionRole",
        "Handler": function.handler or "http",
        "CodeSize": function.code_bytes,
        "Description": function.description,
        "Timeout": function.timeout_s,
        "MemorySize": function.memory_mb,
        "LastModified": f"{modified_at:%Y-%m-%dT%H:%M:%S}.{modified_at.microsecond // 1000:03d}+0000",
        "CodeSha256": function.code_sha256,
        "Version": LATEST,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": function.revision,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": function.log_group},
        **function.shown,
    }
    if function.environment:
        config["Environment"] = {"Variables": dict(function.environment)}
    return config


def _runtime(function: Function) -> str:
    if function.kind is FunctionKind.HTTP:
        return "provided"
    return f"python{sys.version_info[0]}.{sys.version_info[1]}"
