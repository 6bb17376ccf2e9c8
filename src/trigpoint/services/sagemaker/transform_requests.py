"""CreateTransformJob requests as `TransformSpec`, and their checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint.compute.image_uris import builtin_algorithm
from trigpoint.core.errors import Invalid, LimitExceeded, TrigpointError
from trigpoint.hosting.configs import MAX_INSTANCES
from trigpoint.hosting.records import Model
from trigpoint.hosting.transform.inputs import nothing_found
from trigpoint.hosting.transform.model import (
    DEFAULT_PAYLOAD_MB,
    DEFAULT_RETRIES,
    DEFAULT_TIMEOUT_S,
    MAX_PRODUCT_MB,
    TransformSpec,
)
from trigpoint.hosting.transform.processing import processing_of
from trigpoint.objects import ObjectStore
from trigpoint.objects.errors import RemoteUnavailable
from trigpoint.objects.uri import parse_s3_uri

Request = Mapping[str, Any]


def spec_of(request: Request, model: Model) -> TransformSpec:
    """The job of the request.

    Raises: Invalid: it needs something that is not served.
    """
    given, output = request["TransformInput"], request["TransformOutput"]
    source = given["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        raise Invalid(
            f"The S3DataType {source['S3DataType']} cannot be transformed; use S3Prefix or ManifestFile."
        )
    if request.get("DataCaptureConfig"):
        raise Invalid("Trigpoint does not capture the data of transforms; remove DataCaptureConfig.")
    container = model.containers[0]
    client = request.get("ModelClientConfig") or {}
    filters = request.get("DataProcessing") or {}
    return TransformSpec(
        model_name=model.name,
        container=container,
        algorithm=builtin_algorithm(container.image) or "",
        input_uri=source["S3Uri"],
        output_uri=output["S3OutputPath"],
        manifest=source["S3DataType"] == "ManifestFile",
        content_type=given.get("ContentType"),
        accept=output.get("Accept"),
        gzipped=given.get("CompressionType") == "Gzip",
        split_type=given.get("SplitType") or "None",
        assemble_with=output.get("AssembleWith") or "None",
        instance_count=request["TransformResources"]["InstanceCount"],
        max_concurrent=request.get("MaxConcurrentTransforms"),
        max_payload_mb=request.get("MaxPayloadInMB"),
        strategy=request.get("BatchStrategy"),
        environment=request.get("Environment") or {},
        timeout_s=client.get("InvocationsTimeoutInSeconds", DEFAULT_TIMEOUT_S),
        max_retries=client.get("InvocationsMaxRetries", DEFAULT_RETRIES),
        input_filter=filters.get("InputFilter") or "$",
        output_filter=filters.get("OutputFilter") or "$",
        join_input=filters.get("JoinSource") == "Input",
    )


def check_spec(spec: TransformSpec, request: Request) -> None:
    """Checks the documented rules that the service model does not have. Source: training.md 8.5.

    Raises: Invalid; LimitExceeded.
    """
    payload_mb = DEFAULT_PAYLOAD_MB if spec.max_payload_mb is None else spec.max_payload_mb
    product = (spec.max_concurrent or 1) * payload_mb
    if product > MAX_PRODUCT_MB:
        raise Invalid(
            f"MaxConcurrentTransforms ({spec.max_concurrent or 1}) times MaxPayloadInMB ({payload_mb}) is "
            f"{product}; it must not exceed {MAX_PRODUCT_MB} MB"
        )
    if spec.instance_count < 1:
        raise Invalid(f"TransformResources.InstanceCount is {spec.instance_count}; it must be 1 or more")
    if spec.instance_count > MAX_INSTANCES:
        raise LimitExceeded(
            f"TransformResources.InstanceCount is {spec.instance_count}; the limit is {MAX_INSTANCES}, because "
            "each is a process of this machine"
        )
    for name in sorted(request.get("Environment") or ()):
        if not name.replace("_", "a").isalnum() or name[0].isdigit():
            raise Invalid(f"Environment: {name!r} is not a valid name of a variable")
    processing_of(spec)


def check_places(spec: TransformSpec, objects: ObjectStore) -> None:
    """Checks that the input has objects and the output bucket can be written.

    Raises: Invalid; RemoteUnavailable.
    """
    bucket, prefix = parse_s3_uri(spec.input_uri)
    found = objects.bucket_exists(bucket) and objects.list(bucket, prefix, max_keys=1).objects
    if not found:
        raise Invalid(nothing_found(spec.input_uri))
    output, _ = parse_s3_uri(spec.output_uri)
    try:
        objects.writable(output)
    except RemoteUnavailable:
        raise
    except TrigpointError as error:
        raise Invalid(f"TransformOutput.S3OutputPath: {error.message}") from error
