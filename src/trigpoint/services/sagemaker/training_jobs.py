"""The SageMaker operations on training jobs: create, describe, list, stop, update, delete."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

from trigpoint.core.errors import Conflict, NotFound, TrigpointError
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields
from trigpoint.services.sagemaker.list_requests import list_filter
from trigpoint.services.sagemaker.own_programs import FindProgram, no_program
from trigpoint.services.sagemaker.tags import tags_of
from trigpoint.services.sagemaker.training_fields import CREATE_FIELDS, UPDATE_FIELDS
from trigpoint.services.sagemaker.training_requests import check_data, check_output, training_spec
from trigpoint.training.jobs import TrainingJobs
from trigpoint.training.metrics import metric_definitions
from trigpoint.training.model import StatusTransition, TrainingJob
from trigpoint.wire.errors import AwsError

Request = Mapping[str, Any]

_NOT_SHOWN = ("Tags", "SessionChainingConfig")  # DescribeTrainingJob has no such members


class TrainingJobOperations:
    """Translates between the wire and the training package.

    Jobs run on the server's machine and read their data from S3. `FIELDS` lists the settings that have no effect.

    find_program: what runs for images that are not those of built-in algorithms
    """

    FIELDS: ClassVar[Fields] = {"CreateTrainingJob": CREATE_FIELDS, "UpdateTrainingJob": UPDATE_FIELDS}

    def __init__(self, training_jobs: TrainingJobs, find_program: FindProgram = no_program) -> None:
        self._jobs = training_jobs
        self._find_program = find_program

    def create_training_job(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        spec = training_spec(request, ctx.region, self._jobs.most_instances, self._find_program)
        check_data(spec, self._has_objects, request["RoleArn"], ctx.region)
        check_output(spec, self._is_writable)
        tags = tags_of(request)
        shown = {name: value for name, value in request.items() if name not in _NOT_SHOWN}
        name = request["TrainingJobName"]
        job = self._jobs.create(name, spec, shown, tags, ctx.region, ctx.account_id)
        return {"TrainingJobArn": job.arn}

    def describe_training_job(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with _aws_codes():
            return _described(self._jobs.describe(request["TrainingJobName"]))

    def list_training_jobs(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        if request.get("WarmPoolStatusEquals") or request.get("TrainingPlanArnEquals"):
            return {"TrainingJobSummaries": []}  # there are no warm pools and no training plans
        status = request.get("StatusEquals")
        # Source: API reference. With both, the page is cut before it is filtered, so it may be short or empty.
        filter_after = status is not None and "MaxResults" in request
        wanted = list_filter(request)
        page = self._jobs.list(replace(wanted, status=None) if filter_after else wanted)
        shown = [job for job in page.items if not filter_after or job.status == status]
        return _without_none(
            {"TrainingJobSummaries": [_summary(job) for job in shown], "NextToken": page.next_token}
        )

    def stop_training_job(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with _aws_codes(conflict="ValidationException"):
            self._jobs.stop(request["TrainingJobName"])
        return {}

    def delete_training_job(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with _aws_codes():
            self._jobs.delete(request["TrainingJobName"])
        return {}

    def update_training_job(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        """Stores the new settings, which DescribeTrainingJob then shows.

        Decision: the settings that can be updated have no effect here, so a job in any status accepts them.
        """
        changes = {name: value for name, value in request.items() if name != "TrainingJobName"}
        with _aws_codes():
            return {"TrainingJobArn": self._jobs.update(request["TrainingJobName"], changes).arn}

    def _has_objects(self, prefix_uri: str) -> bool:
        bucket, prefix = parse_s3_uri(prefix_uri)
        objects = self._jobs.objects
        return objects.bucket_exists(bucket) and bool(objects.list(bucket, prefix, max_keys=1).objects)

    def _is_writable(self, bucket: str) -> bool:
        try:
            self._jobs.objects.writable(bucket)
        except TrigpointError:
            return False
        return True


@contextmanager
def _aws_codes(conflict: str = "ResourceInUse") -> Iterator[None]:
    """Reports a missing job as ValidationException, as AWS does and botocore's waiters expect."""
    try:
        yield
    except NotFound as missing:
        raise AwsError("ValidationException", missing.message) from missing
    except Conflict as clash:
        raise AwsError(conflict, clash.message) from clash


def _described(job: TrainingJob) -> dict[str, Any]:
    return _without_none(
        {
            **_echo(job),
            "TrainingJobName": job.name,
            "TrainingJobArn": job.arn,
            "ModelArtifacts": {"S3ModelArtifacts": job.model_uri},
            "TrainingJobStatus": job.status,
            "SecondaryStatus": job.secondary_status,
            "FailureReason": job.failure_reason,
            "CreationTime": job.created_at,
            "TrainingStartTime": job.started_at,
            "TrainingEndTime": job.ended_at,
            "LastModifiedTime": job.updated_at,
            "SecondaryStatusTransitions": [_transition(each) for each in job.transitions],
            "FinalMetricDataList": [
                {"MetricName": metric.name, "Value": metric.value, "Timestamp": metric.at}
                for metric in job.metrics
            ]
            or None,
            "TrainingTimeInSeconds": job.training_time_s,
            "BillableTimeInSeconds": job.training_time_s,
        }
    )


def _echo(job: TrainingJob) -> dict[str, Any]:
    """The request with the defaults that AWS shows."""
    echo: dict[str, Any] = copy.deepcopy(dict(job.request))
    for flag in (
        "EnableNetworkIsolation",
        "EnableInterContainerTrafficEncryption",
        "EnableManagedSpotTraining",
    ):
        echo.setdefault(flag, False)
    algorithm = echo["AlgorithmSpecification"]
    algorithm.setdefault("EnableSageMakerMetricsTimeSeries", False)
    definitions = job.spec.own.metrics if job.spec.own else metric_definitions(job.spec.algorithm)
    algorithm["MetricDefinitions"] = [{"Name": name, "Regex": regex} for name, regex in definitions.items()]
    echo["OutputDataConfig"].setdefault("KmsKeyId", "")
    echo["StoppingCondition"].setdefault("MaxRuntimeInSeconds", job.spec.max_runtime_s)
    for channel in echo.get("InputDataConfig", ()):
        channel.setdefault("CompressionType", "None")
        channel.setdefault("RecordWrapperType", "None")
        channel["DataSource"]["S3DataSource"].setdefault("S3DataDistributionType", "FullyReplicated")
    return echo


def _transition(each: StatusTransition) -> dict[str, Any]:
    return _without_none(
        {
            "Status": each.status,
            "StartTime": each.started_at,
            "EndTime": each.ended_at,
            "StatusMessage": each.message,
        }
    )


def _summary(job: TrainingJob) -> dict[str, Any]:
    return _without_none(
        {
            "TrainingJobName": job.name,
            "TrainingJobArn": job.arn,
            "CreationTime": job.created_at,
            "TrainingEndTime": job.ended_at,
            "LastModifiedTime": job.updated_at,
            "TrainingJobStatus": job.status,
            "SecondaryStatus": job.secondary_status,
        }
    )


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
