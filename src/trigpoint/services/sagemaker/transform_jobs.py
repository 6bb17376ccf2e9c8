"""CreateTransformJob, DescribeTransformJob, ListTransformJobs, StopTransformJob."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from trigpoint.compute.image_uris import builtin_algorithm
from trigpoint.core.errors import Conflict, Invalid, LimitExceeded, NotFound, TrigpointError
from trigpoint.hosting.configs import MAX_INSTANCES
from trigpoint.hosting.models import Models
from trigpoint.hosting.records import Model
from trigpoint.hosting.transform.inputs import nothing_found
from trigpoint.hosting.transform.jobs import TransformJobs
from trigpoint.hosting.transform.model import (
    DEFAULT_PAYLOAD_MB,
    DEFAULT_RETRIES,
    DEFAULT_TIMEOUT_S,
    MAX_PRODUCT_MB,
    TransformJob,
    TransformSpec,
)
from trigpoint.hosting.transform.processing import processing_of
from trigpoint.objects import ObjectStore
from trigpoint.objects.errors import RemoteUnavailable
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField, PartlyServedField, RefusedField
from trigpoint.services.sagemaker.hosting_requests import (
    listed,
    tags_of,
    validation_errors,
    without_tags,
)
from trigpoint.wire.errors import AwsError

Request = Mapping[str, Any]

_NO_KMS = IgnoredField("objects are encrypted by the disk they lie on, not by keys of KMS")


class TransformJobOperations:
    """The operations on transform jobs."""

    FIELDS: ClassVar[Fields] = {
        "CreateTransformJob": {
            "DataCaptureConfig": RefusedField(
                "the data of transforms are not captured", {"DestinationS3Uri": "s3://b/c"}
            ),
            "TransformInput.DataSource.S3DataSource.S3DataType": PartlyServedField(
                "augmented manifests and conversations cannot be transformed", "AugmentedManifestFile"
            ),
            "TransformOutput.KmsKeyId": _NO_KMS,
            "TransformResources.InstanceType": IgnoredField("each instance is a process of this machine"),
            "TransformResources.VolumeKmsKeyId": _NO_KMS,
            "TransformResources.TransformAmiVersion": IgnoredField("there is no machine image"),
            "ExperimentConfig": IgnoredField("there are no experiments"),
        }
    }

    def __init__(self, jobs: TransformJobs, models: Models) -> None:
        self._jobs = jobs
        self._models = models

    def create_transform_job(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with validation_errors():
            model = self._models.describe(request["ModelName"], region=ctx.region)
        spec = _spec(request, model)
        _check(spec, request)
        _check_places(spec, self._jobs.objects)
        job = self._jobs.create(
            request["TransformJobName"],
            spec,
            without_tags(request),
            tags=tags_of(request),
            region=ctx.region,
        )
        return {"TransformJobArn": job.arn}

    def describe_transform_job(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with _aws_codes():
            return _described(self._jobs.describe(request["TransformJobName"]))

    def list_transform_jobs(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        return listed(request, self._jobs.list, "TransformJobSummaries", _summary)

    def stop_transform_job(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        name = request["TransformJobName"]
        with _aws_codes(missing=f"Could not find job to update with name {name}"):
            self._jobs.stop(name)
        return {}


@contextmanager
def _aws_codes(missing: str | None = None) -> Iterator[None]:
    """Missing and ended jobs are ValidationExceptions, as botocore's waiters and the SDKs expect."""
    try:
        yield
    except NotFound as error:
        raise AwsError("ValidationException", missing or error.message) from error
    except Conflict as error:
        raise AwsError("ValidationException", error.message) from error


def _spec(request: Request, model: Model) -> TransformSpec:
    given, output = request["TransformInput"], request["TransformOutput"]
    source = given["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        raise Invalid(
            f"The S3DataType {source['S3DataType']} cannot be transformed; use S3Prefix or ManifestFile."
        )
    if request.get("DataCaptureConfig"):
        raise Invalid("Trigpoint does not capture the data of transforms; leave out DataCaptureConfig.")
    container = model.containers[0]
    algorithm = builtin_algorithm(container.image)
    assert algorithm is not None  # was checked when the model was created
    client = request.get("ModelClientConfig") or {}
    filters = request.get("DataProcessing") or {}
    return TransformSpec(
        model_name=model.name,
        container=container,
        algorithm=algorithm,
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


def _check(spec: TransformSpec, request: Request) -> None:
    """The documented rules beyond the service model. Source: training.md 8.5."""
    payload_mb = DEFAULT_PAYLOAD_MB if spec.max_payload_mb is None else spec.max_payload_mb
    product = (spec.max_concurrent or 1) * payload_mb
    if product > MAX_PRODUCT_MB:
        raise Invalid(
            f"MaxConcurrentTransforms ({spec.max_concurrent or 1}) times MaxPayloadInMB ({payload_mb}) is "
            f"{product}; it must not exceed {MAX_PRODUCT_MB} MB"
        )
    if spec.instance_count > MAX_INSTANCES:
        raise LimitExceeded(
            f"TransformResources.InstanceCount is {spec.instance_count}; the limit is {MAX_INSTANCES}, because "
            "each is a process of this machine"
        )
    for name in sorted(request.get("Environment") or ()):
        if not name.replace("_", "a").isalnum() or name[0].isdigit():
            raise Invalid(f"Environment: {name!r} is not the name of a variable")
    processing_of(spec)


def _check_places(spec: TransformSpec, objects: ObjectStore) -> None:
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


def _described(job: TransformJob) -> dict[str, Any]:
    shown = {
        **job.request,
        "TransformJobName": job.name,
        "TransformJobArn": job.arn,
        "TransformJobStatus": job.status,
        "FailureReason": job.failure_reason,
        "CreationTime": job.created_at,
        "TransformStartTime": job.started_at,
        "TransformEndTime": job.ended_at,
        "TransformInput": {"CompressionType": "None", "SplitType": "None", **job.request["TransformInput"]},
        "TransformOutput": {"AssembleWith": "None", "KmsKeyId": "", **job.request["TransformOutput"]},
        "DataProcessing": {
            "InputFilter": "$",
            "OutputFilter": "$",
            "JoinSource": "None",
            **(job.request.get("DataProcessing") or {}),
        },
    }
    return {name: value for name, value in shown.items() if value is not None}


def _summary(job: TransformJob) -> dict[str, Any]:
    summary = {
        "TransformJobName": job.name,
        "TransformJobArn": job.arn,
        "CreationTime": job.created_at,
        "TransformEndTime": job.ended_at,
        "LastModifiedTime": job.updated_at,
        "TransformJobStatus": job.status,
        "FailureReason": job.failure_reason,
    }
    return {name: value for name, value in summary.items() if value is not None}
