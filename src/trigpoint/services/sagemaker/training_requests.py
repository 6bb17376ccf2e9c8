"""The specification of a training job, read from a CreateTrainingJob request that the service model allows.

Source: training.md 4.8, 5.1, 5.4. The rules for channels are in training_channels.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trigpoint.builtin import ALGORITHMS, TRAINABLE, Algorithm
from trigpoint.compute.image_uris import builtin_algorithm, builtin_image
from trigpoint.core.errors import Invalid
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.services.coverage import refuse_declared
from trigpoint.services.sagemaker.own_programs import FindProgram, no_program, own_program
from trigpoint.services.sagemaker.training_channels import read_channels
from trigpoint.services.sagemaker.training_fields import CREATE_FIELDS
from trigpoint.services.sagemaker.training_interruption import (
    read_checkpoints,
    read_max_wait_s,
    read_retries,
)
from trigpoint.services.sagemaker.training_resources import check_channel_groups, read_groups
from trigpoint.training.model import TrainingSpec

Request = Mapping[str, Any]

# A serverless job lacks the fields that other jobs require, so this is checked first.
_REFUSED_FIRST = {"ServerlessJobConfig": CREATE_FIELDS["ServerlessJobConfig"]}
_REQUIRED = ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition")

DEFAULT_MAX_RUNTIME_S = 86_400
LONGEST_RUNTIME_S = 28 * 86_400
MAX_METRIC_OVERRIDE = (
    "You can't override the metric definitions for Amazon SageMaker algorithms. "
    "Please retry the request without specifying metric definitions."
)


def training_spec(
    request: Request, region: str, most_instances: int, find_program: FindProgram = no_program
) -> TrainingSpec:
    """What the job needs to run.

    Raises: Invalid, LimitExceeded: the request breaks a rule (says which, and what to do).
    """
    # Decision: the values of hyperparameters are not checked here. On AWS the algorithm checks them, so a job with a
    # wrong value exists and is Failed; clients that wait for it depend on that. Source: training.md 5.4
    refuse_declared(request, _REFUSED_FIRST)
    _check_required(request)
    own = own_program(request, find_program)
    algorithm = None if own else _algorithm(request["AlgorithmSpecification"], region)
    groups = read_groups(request["ResourceConfig"], most_instances)
    if own and own.isolated and sum(each.count for each in groups) > 1:
        raise Invalid(
            "EnableNetworkIsolation with several instances is not served for people's own code: they could not reach each "
            "other; use one instance, or retry the request without isolation"
        )
    max_runtime_s = _max_runtime_s(request["StoppingCondition"])
    max_wait_s = read_max_wait_s(request, max_runtime_s)
    output = request["OutputDataConfig"]
    parse_s3_uri(output["S3OutputPath"])
    channels = read_channels(request, algorithm)
    check_channel_groups(channels, groups)
    refuse_declared(request, CREATE_FIELDS)
    return TrainingSpec(
        algorithm="" if algorithm is None else algorithm.name,
        channels=channels,
        hyperparameters=dict(request.get("HyperParameters") or {}),
        environment=dict(request.get("Environment") or {}),
        output_uri=output["S3OutputPath"],
        compress_output=output.get("CompressionType", "GZIP") == "GZIP",
        instance_type=groups[0].instance_type,
        instance_count=sum(each.count for each in groups),
        instance_groups=groups if request["ResourceConfig"].get("InstanceGroups") else (),
        max_runtime_s=max_runtime_s,
        checkpoints=read_checkpoints(request),
        max_wait_s=max_wait_s,
        retries=read_retries(request),
        own=own,
        role_arn=request["RoleArn"] if own else "",
    )


def _check_required(request: Request) -> None:
    """Checks the fields that newer service models leave optional for the sake of serverless jobs."""
    missing = [name for name in _REQUIRED if name not in request]
    if missing:
        rules = (
            f"Value null at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: Member must not be null"
            for name in missing
        )
        count = f"{len(missing)} validation error{'s' if len(missing) > 1 else ''} detected: "
        raise Invalid(count + "; ".join(rules))


def _algorithm(wanted: Request, region: str) -> Algorithm:
    image, name = wanted.get("TrainingImage"), wanted.get("AlgorithmName")
    if (image is None) == (name is None):
        raise Invalid("Exactly one of TrainingImage or AlgorithmName must be specified")
    served = ", ".join(f"{each} ({builtin_image(each, region)})" for each in TRAINABLE)
    if image is None and name not in TRAINABLE:
        raise Invalid(
            f"AlgorithmName {name!r} does not exist: Trigpoint does not support algorithm resources. "
            f"Name one of its built-in algorithms, or its image in TrainingImage: {served}"
        )
    algorithm = name if image is None else builtin_algorithm(image)
    if algorithm not in TRAINABLE:
        raise Invalid(
            f"TrainingImage {image!r} is not served by Trigpoint: it is neither an image of PyTorch or scikit-learn nor "
            "registered with `trigpoint image add`, and no docker or podman runs here. "
            f"Register it, or name one of the built-in algorithms: {served}"
        )
    if wanted.get("MetricDefinitions"):
        raise Invalid(MAX_METRIC_OVERRIDE)
    for field in ("ContainerEntrypoint", "ContainerArguments"):
        if wanted.get(field):
            raise Invalid(f"{field} has no effect on a built-in algorithm; retry the request without it")
    return ALGORITHMS[algorithm]


def _max_runtime_s(condition: Request) -> int:
    runtime_s = int(condition.get("MaxRuntimeInSeconds", DEFAULT_MAX_RUNTIME_S))
    if runtime_s > LONGEST_RUNTIME_S:
        raise Invalid(
            f"MaxRuntimeInSeconds is {runtime_s}; the maximum is {LONGEST_RUNTIME_S} seconds (28 days)"
        )
    return runtime_s


def check_data(spec: TrainingSpec, has_objects: Callable[[str], bool], role_arn: str, region: str) -> None:
    """Refuses a channel whose prefix matches no object.

    Decision: a missing manifest is not refused, because it may be written between the request and the start. If it is
    still missing then, the job fails and its FailureReason names it.

    Raises: Invalid.
    """
    for channel in spec.channels:
        if channel.data_type == "S3Prefix" and not has_objects(channel.uri):
            bucket = parse_s3_uri(channel.uri)[0]
            raise Invalid(
                f'No S3 objects found under S3 URL "{channel.uri}" given in input data source. '
                f"Please ensure that the bucket exists in the selected region ({region}), "
                f"that objects exist under that S3 prefix, and that "
                f'the role "{role_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
            )


def check_output(spec: TrainingSpec, bucket_is_writable: Callable[[str], bool]) -> None:
    """Refuses places in a bucket that cannot be written to, before hours of training are lost.

    Raises: Invalid.
    """
    places = {"OutputDataConfig.S3OutputPath": spec.output_uri}
    if spec.checkpoints is not None:
        places["CheckpointConfig.S3Uri"] = spec.checkpoints.uri
    for field, uri in places.items():
        bucket = parse_s3_uri(uri)[0]
        if not bucket_is_writable(bucket):
            raise Invalid(
                f"{field} {uri!r}: the bucket {bucket} does not exist or is read-only; create it, or name another"
            )
