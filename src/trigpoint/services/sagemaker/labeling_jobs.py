"""CreateLabelingJob, DescribeLabelingJob, ListLabelingJobs, ListLabelingJobsForWorkteam, StopLabelingJob."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from trigpoint.core.errors import Invalid
from trigpoint.labeling.algorithm_specs import audit_share_of
from trigpoint.labeling.jobs import LabelingJobs
from trigpoint.labeling.model import Counters, Job, JobSpec, JobStatus
from trigpoint.labeling.outputs import published_manifest_uri
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField, PartlyServedField, RefusedField
from trigpoint.services.sagemaker.list_requests import list_filter
from trigpoint.services.sagemaker.tags import tags_of

Request = Mapping[str, Any]

METHOD_TAG = "trigpoint:consolidation"
GOLD_TAG = "trigpoint:gold-attribute"
AUDIT_TAG = "trigpoint:audit-share"
LEARNER_TAG = "trigpoint:learner-image"
"""Tags of a job that choose what the API has no fields for."""

MAX_OBJECTS_SHOWN = 50
MAX_REASON_CHARACTERS = 1024
MAX_CAUSE_CHARACTERS = 300

_UNSERVED_TASK = "arn:aws:lambda:us-east-1:432418664414:function:PRE-VideoMultiClass"
_SERVED_TASKS = "built-in functions of the task types that are served, and functions that exist here"


class LabelingJobOperations:
    """Translates between the wire and the labeling package."""

    FIELDS: ClassVar[Fields] = {
        "CreateLabelingJob": {
            "InputConfig.DataSource.SnsDataSource": RefusedField(
                "streaming labeling jobs are not served yet"
            ),
            "InputConfig.DataAttributes": IgnoredField("shown again; matters to public work teams only"),
            "OutputConfig.KmsKeyId": IgnoredField("there is no key service; encrypt the disk"),
            "OutputConfig.SnsTopicArn": RefusedField("notifications to a topic are not served yet"),
            "RoleArn": IgnoredField("jobs run with the rights of the server"),
            "LabelingJobAlgorithmsConfig.LabelingJobResourceConfig": IgnoredField(
                "trainings run on this machine; the values are shown again"
            ),
            "HumanTaskConfig.UiConfig.HumanTaskUiArn": RefusedField(
                "it is for text, video and 3D tasks, which are not served yet",
                "arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/NamedEntityRecognition",
            ),
            "HumanTaskConfig.PreHumanTaskLambdaArn": PartlyServedField(_SERVED_TASKS, refused=_UNSERVED_TASK),
            "HumanTaskConfig.AnnotationConsolidationConfig.AnnotationConsolidationLambdaArn": PartlyServedField(
                _SERVED_TASKS, refused=_UNSERVED_TASK.replace("PRE-", "ACS-")
            ),
            "HumanTaskConfig.PublicWorkforceTaskPrice": RefusedField("there are private work teams only"),
        }
    }

    def __init__(self, labeling_jobs: LabelingJobs) -> None:
        self._jobs = labeling_jobs

    def create_labeling_job(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        tags = tags_of(request)
        return {"LabelingJobArn": self._jobs.create(_spec(request, tags), tags).arn}

    def describe_labeling_job(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        job = self._jobs.describe(request["LabelingJobName"])
        tags = [{"Key": key, "Value": value} for key, value in self._jobs.tags(job).items()]
        return _without_none(
            {
                "LabelingJobStatus": job.status.value,
                "LabelCounters": _label_counters(job.counters),
                "FailureReason": job.failure_reason or self._objects_failed(job),
                "CreationTime": job.created_at,
                "LastModifiedTime": job.updated_at,
                "JobReferenceCode": job.reference_code,
                "LabelingJobName": job.name,
                "LabelingJobArn": job.arn,
                "LabelAttributeName": job.spec.label_attribute,
                "InputConfig": _input_config(job.spec),
                "OutputConfig": _without_none(
                    {"S3OutputPath": job.spec.output_path, "KmsKeyId": job.spec.output_kms_key_id}
                ),
                "RoleArn": job.spec.role_arn,
                "LabelCategoryConfigS3Uri": job.spec.label_categories_uri,
                "StoppingConditions": _stopping_conditions(job.spec),
                "LabelingJobAlgorithmsConfig": _algorithms_config(job.spec),
                "HumanTaskConfig": _human_task_config(job.spec),
                "Tags": tags or None,
                "LabelingJobOutput": _output(job),
            }
        )

    def _objects_failed(self, job: Job) -> str | None:
        """Which data objects could not be labeled, and why, and how many were left out.

        Decision: as soon as there is such an object, this is the FailureReason of a job that has not failed itself,
        because the output manifest does not show it.
        """
        skipped = self._jobs.count_skipped(job.name) if job.spec.pre_function_arn else 0
        parts = []
        if skipped:
            parts.append(
                f"{skipped} of {job.counters.total} data objects were not given to workers, because the pre-annotation "
                "function returned isHumanAnnotationRequired false"
            )
        if job.counters.failed:
            reasons = self._jobs.failed_objects(job.name, MAX_OBJECTS_SHOWN)
            parts.append(failed_objects_reason(job.spec.manifest_uri, job.counters, reasons))
        return "; ".join(parts)[:MAX_REASON_CHARACTERS] or None

    def list_labeling_jobs(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        page = self._jobs.list(list_filter(request))
        summaries = [_summary(job) for job in page.items]
        return _without_none({"LabelingJobSummaryList": summaries, "NextToken": page.next_token})

    def list_labeling_jobs_for_workteam(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        page = self._jobs.list(
            list_filter(request),
            team_arn=self._jobs.team_arn(request["WorkteamArn"]),
            reference_code_contains=request.get("JobReferenceCodeContains"),
        )
        pending = self._jobs.pending(page)
        summaries = [_team_summary(ctx, job, pending.get(job.id, 0)) for job in page.items]
        return _without_none({"LabelingJobSummaryList": summaries, "NextToken": page.next_token})

    def stop_labeling_job(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        self._jobs.stop(request["LabelingJobName"])
        return {}


# -- from the wire


def _spec(request: Request, tags: Mapping[str, str]) -> JobSpec:
    """The request, translated.

    Raises: Invalid: the request needs a part of the API that is not served, or a field is missing.
    """
    tasks = request["HumanTaskConfig"]
    _check_served(request, tasks)
    source = request["InputConfig"]["DataSource"]
    stopping = request.get("StoppingConditions") or {}
    automated = request.get("LabelingJobAlgorithmsConfig") or {}
    keywords = tasks.get("TaskKeywords")
    classifiers = (request["InputConfig"].get("DataAttributes") or {}).get("ContentClassifiers")
    return JobSpec(
        name=request["LabelingJobName"],
        label_attribute=request["LabelAttributeName"],
        manifest_uri=source["S3DataSource"]["ManifestS3Uri"],
        output_path=request["OutputConfig"]["S3OutputPath"],
        role_arn=request["RoleArn"],
        label_categories_uri=request.get("LabelCategoryConfigS3Uri") or None,
        team_arn=tasks["WorkteamArn"],
        template_uri=tasks["UiConfig"].get("UiTemplateS3Uri"),
        pre_function_arn=tasks.get("PreHumanTaskLambdaArn"),
        consolidation_function_arn=(tasks.get("AnnotationConsolidationConfig") or {}).get(
            "AnnotationConsolidationLambdaArn"
        ),
        title=tasks["TaskTitle"],
        description=tasks["TaskDescription"],
        workers_per_object=tasks["NumberOfHumanWorkersPerDataObject"],
        time_limit_s=tasks["TaskTimeLimitInSeconds"],
        keywords=None if keywords is None else tuple(keywords),
        availability_s=tasks.get("TaskAvailabilityLifetimeInSeconds"),
        max_concurrent_objects=tasks.get("MaxConcurrentTaskCount"),
        stop_after_objects=stopping.get("MaxHumanLabeledObjectCount"),
        stop_after_percent=stopping.get("MaxPercentageOfInputDatasetLabeled"),
        content_classifiers=None if classifiers is None else tuple(classifiers),
        output_kms_key_id=request["OutputConfig"].get("KmsKeyId"),
        human_task_ui_arn=tasks["UiConfig"].get("HumanTaskUiArn"),
        consolidation_method=tags.get(METHOD_TAG),
        gold_attribute=tags.get(GOLD_TAG),
        algorithm_arn=automated.get("LabelingJobAlgorithmSpecificationArn"),
        audit_share=audit_share_of(tags.get(AUDIT_TAG)),
        learner_image=tags.get(LEARNER_TAG),
        initial_model_arn=automated.get("InitialActiveLearningModelArn"),
        algorithm_resources=automated.get("LabelingJobResourceConfig"),
    )


def _check_served(request: Request, tasks: Request) -> None:
    source = request["InputConfig"]["DataSource"]
    if "SnsDataSource" in source:
        raise Invalid("InputConfig.DataSource.SnsDataSource: streaming labeling jobs are not served yet")
    if "S3DataSource" not in source:
        raise Invalid("InputConfig.DataSource must have S3DataSource with the ManifestS3Uri of the input")
    if request["OutputConfig"].get("SnsTopicArn"):
        raise Invalid("OutputConfig.SnsTopicArn: notifications to a topic are not served yet; leave it out")
    if "PublicWorkforceTaskPrice" in tasks:
        raise Invalid(
            "PublicWorkforceTaskPrice is for Amazon Mechanical Turk; only private work teams are served"
        )
    ui = tasks["UiConfig"]
    if "UiTemplateS3Uri" in ui and "HumanTaskUiArn" in ui:
        raise Invalid("UiConfig must not have both UiTemplateS3Uri and HumanTaskUiArn")


# -- to the wire


def _input_config(spec: JobSpec) -> dict[str, Any]:
    config: dict[str, Any] = {"DataSource": {"S3DataSource": {"ManifestS3Uri": spec.manifest_uri}}}
    if spec.content_classifiers is not None:
        config["DataAttributes"] = {"ContentClassifiers": list(spec.content_classifiers)}
    return config


def _algorithms_config(spec: JobSpec) -> dict[str, Any] | None:
    config = _without_none(
        {
            "LabelingJobAlgorithmSpecificationArn": spec.algorithm_arn,
            "InitialActiveLearningModelArn": spec.initial_model_arn,
            "LabelingJobResourceConfig": spec.algorithm_resources,
        }
    )
    return config or None


def _stopping_conditions(spec: JobSpec) -> dict[str, Any] | None:
    conditions = _without_none(
        {
            "MaxHumanLabeledObjectCount": spec.stop_after_objects,
            "MaxPercentageOfInputDatasetLabeled": spec.stop_after_percent,
        }
    )
    return conditions or None


def _human_task_config(spec: JobSpec) -> dict[str, Any]:
    return _without_none(
        {
            "WorkteamArn": spec.team_arn,
            "UiConfig": _without_none(
                {"UiTemplateS3Uri": spec.template_uri, "HumanTaskUiArn": spec.human_task_ui_arn}
            ),
            "PreHumanTaskLambdaArn": spec.pre_function_arn,
            "TaskKeywords": None if spec.keywords is None else list(spec.keywords),
            "TaskTitle": spec.title,
            "TaskDescription": spec.description,
            "NumberOfHumanWorkersPerDataObject": spec.workers_per_object,
            "TaskTimeLimitInSeconds": spec.time_limit_s,
            "TaskAvailabilityLifetimeInSeconds": spec.availability_s,
            "MaxConcurrentTaskCount": spec.max_concurrent_objects,
            "AnnotationConsolidationConfig": _without_none(
                {"AnnotationConsolidationLambdaArn": spec.consolidation_function_arn}
            )
            or None,
        }
    )


def _summary(job: Job) -> dict[str, Any]:
    return _without_none(
        {
            "LabelingJobName": job.name,
            "LabelingJobArn": job.arn,
            "CreationTime": job.created_at,
            "LastModifiedTime": job.updated_at,
            "LabelingJobStatus": job.status.value,
            "LabelCounters": _label_counters(job.counters),
            "WorkteamArn": job.spec.team_arn,
            "PreHumanTaskLambdaArn": job.spec.pre_function_arn,
            "AnnotationConsolidationLambdaArn": job.spec.consolidation_function_arn,
            "FailureReason": job.failure_reason,
            "LabelingJobOutput": _output(job),
            "InputConfig": _input_config(job.spec),
        }
    )


def _team_summary(ctx: RequestContext, job: Job, offered: int) -> dict[str, Any]:
    counters = job.counters
    # Decision: objects that wait for their batch are also pending; those of a job that has ended are not
    pending = counters.unlabeled if job.status is JobStatus.IN_PROGRESS else offered
    return {
        "LabelingJobName": job.name,
        "JobReferenceCode": job.reference_code,
        "WorkRequesterAccountId": ctx.account_id,
        "CreationTime": job.created_at,
        "LabelCounters": {
            "HumanLabeled": counters.human_labeled,
            "PendingHuman": 0 if job.status.is_terminal else pending,
            "Total": counters.total,
        },
        "NumberOfHumanWorkersPerDataObject": job.spec.workers_per_object,
    }


def _label_counters(counters: Counters) -> dict[str, int]:
    return {
        "TotalLabeled": counters.total_labeled,
        "HumanLabeled": counters.human_labeled,
        "MachineLabeled": counters.machine_labeled,
        "FailedNonRetryableError": counters.failed,
        "Unlabeled": counters.unlabeled,
    }


def failed_objects_reason(manifest_uri: str, counters: Counters, reasons: Mapping[int, str]) -> str:
    """One text about the data objects that failed: their lines, from 1, and the reasons, as many as fit.

    Lines with the same reason are listed together.

    Args:   reasons: by the object's index from 0, in manifest order; the first ones are enough.
    """
    text = f"{counters.failed} of {counters.total} data objects could not be labeled: {manifest_uri}"
    lines_of: dict[str, list[str]] = {}
    for index, why in reasons.items():
        lines_of.setdefault(why[:MAX_CAUSE_CHARACTERS], []).append(str(index + 1))
    shown = 0
    for why, lines in lines_of.items():
        part = f"{';' if shown else ','} line{'s' * (len(lines) > 1)} {', '.join(lines)}: {why}"
        left = counters.failed - shown - len(lines)
        if len(text) + len(part) + len(_and_more(left)) > MAX_REASON_CHARACTERS:
            break
        text += part
        shown += len(lines)
    return (text + _and_more(counters.failed - shown))[:MAX_REASON_CHARACTERS]


def _and_more(count: int) -> str:
    return f"; and {count} more" if count else ""


def _output(job: Job) -> dict[str, Any] | None:
    uri = published_manifest_uri(job)
    if uri is None:
        return None
    return _without_none({"OutputDatasetS3Uri": uri, "FinalActiveLearningModelArn": job.final_model_arn})


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
