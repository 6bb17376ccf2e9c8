"""CreateTransformJob, DescribeTransformJob, ListTransformJobs, StopTransformJob."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from trigpoint.core.errors import Conflict, NotFound
from trigpoint.hosting.models import Models
from trigpoint.hosting.transform.jobs import TransformJobs
from trigpoint.hosting.transform.model import TransformJob
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField, PartlyServedField, RefusedField
from trigpoint.services.sagemaker.hosting_requests import listed, validation_errors, without_tags
from trigpoint.services.sagemaker.tags import tags_of
from trigpoint.services.sagemaker.transform_requests import check_places, check_spec, spec_of
from trigpoint.wire.errors import AwsError

Request = Mapping[str, Any]

_NO_KMS = IgnoredField("there is no key service; encrypt the disk")


class TransformJobOperations:
    """Operations on transform jobs."""

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
        spec = spec_of(request, model)
        check_spec(spec, request)
        check_places(spec, self._jobs.objects)
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
    """Turns NotFound and Conflict into ValidationException, which botocore's waiters and the SDKs expect."""
    try:
        yield
    except NotFound as error:
        raise AwsError("ValidationException", missing or error.message) from error
    except Conflict as error:
        raise AwsError("ValidationException", error.message) from error


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
