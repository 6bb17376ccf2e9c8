"""The form filled in from an existing job: a copy of it, its continuation, or a job that checks its labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from trigpoint.core.errors import Invalid, NotFound, TrigpointError
from trigpoint.labeling.functions.workflow import Workflow, workflow_of
from trigpoint.labeling.inputs import MAX_CATEGORY_FILE_BYTES, read_category_file
from trigpoint.labeling.setup.labels import LabelLine
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.contract import CategoryRules, TaskType
from trigpoint.labeling.template_files import read_small_file, read_template
from trigpoint.objects import ObjectStore
from trigpoint.server.console.labeling_setup.input_fields import ALL, MANIFEST
from trigpoint.server.console.labeling_setup.job_plan import form_uri
from trigpoint.server.console.labeling_setup.task_fields import AUTOMATED, VERDICTS, first_values
from trigpoint.server.console.pairs import write_tags
from trigpoint.workforce.form_drafts import MAX_BYTES

CLONE, CHAIN, VERIFY, ADJUST = "clone", "chain", "verify", "adjust"
WAYS: Final = (CLONE, CHAIN, VERIFY, ADJUST)
_REVIEWS: Final = {VERIFY: "Verification", ADJUST: "Adjustment"}

Job = Mapping[str, Any]


def review_type(task_type: TaskType[Any], way: str) -> TaskType[Any] | None:
    """The task type that verifies or adjusts labels of this one; None if there is none."""
    return next(
        (
            each
            for each in TASK_TYPES.values()
            if each.reviews == task_type.output_type and each.name.startswith(_REVIEWS[way])
        ),
        None,
    )


def possible_ways(job: Job) -> list[str]:
    """What can be made of a job: always a copy; the rest needs labels in its output manifest."""
    has_output = "OutputDatasetS3Uri" in job.get("LabelingJobOutput", {})
    if not has_output or not job["LabelCounters"]["TotalLabeled"]:
        return [CLONE]
    task_type = _workflow(job).task_type
    return [CLONE, CHAIN, *(way for way in (VERIFY, ADJUST) if review_type(task_type, way) is not None)]


def prefilled(job: Job, way: str, objects: ObjectStore) -> dict[str, str]:
    """The values of the form, from what DescribeLabelingJob says.

    Raises: Invalid: this cannot be made of the job; says why.
    """
    if way not in possible_ways(job):
        raise Invalid(
            f"{way} needs the labels of {job['LabelingJobName']}; it has none yet, or its task type has no such job"
        )
    if way in (CLONE, CHAIN):
        values = {**_copied(job, objects), **_typed(job, objects)}
        if way == CHAIN:
            values |= _output_as_input(job)
    else:
        values = _review(job, way, objects)
    return {**values, "name": new_name(job["LabelingJobName"], way)}


def new_name(name: str, way: str) -> str:
    """A name for the new job, of at most 63 characters."""
    suffix = {CLONE: "-copy", CHAIN: "-chain", VERIFY: "-verify", ADJUST: "-adjust"}[way]
    return f"{name[: 63 - len(suffix)].rstrip('-')}{suffix}"


def _copied(job: Job, objects: ObjectStore) -> dict[str, str]:
    """All that the job itself says."""
    workflow = _workflow(job)
    task = job["HumanTaskConfig"]
    values = {
        **first_values(workflow.task_type),
        **_people(job),
        "attribute": job["LabelAttributeName"],
        "source": MANIFEST,
        "manifest": job["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"],
        "subset": ALL,
        "output": job["OutputConfig"]["S3OutputPath"],
        "task_type": workflow.task_type.name,
        "labels": _labels(job, objects),
        "stop_objects": _stop(job, "MaxHumanLabeledObjectCount"),
        "stop_share": _stop(job, "MaxPercentageOfInputDatasetLabeled"),
        "tags": write_tags(job.get("Tags") or ()),
        "automated": AUTOMATED if "LabelingJobAlgorithmsConfig" in job else "",
        "pre_function": task.get("PreHumanTaskLambdaArn", "") if workflow.pre else "",
        "post_function": task["AnnotationConsolidationConfig"]["AnnotationConsolidationLambdaArn"]
        if workflow.post
        else "",
    }
    template_uri = task["UiConfig"].get("UiTemplateS3Uri")
    if template_uri:
        with suppress(TrigpointError):  # it is gone: the template of the task type is used
            values["template"] = read_template(objects, template_uri)
    return values


def _typed(job: Job, objects: ObjectStore) -> dict[str, str]:
    """What was typed for a job that the console made; nothing for others."""
    uri = form_uri(job["OutputConfig"]["S3OutputPath"], job["LabelingJobName"])
    try:
        found = json.loads(read_small_file(objects, "the form", uri, MAX_BYTES))
    except (TrigpointError, ValueError):
        return {}
    kept = found if isinstance(found, dict) else {}
    return {name: value for name, value in kept.items() if isinstance(value, str) and name[:1] != "_"}


def _output_as_input(job: Job) -> dict[str, str]:
    """Decision: a continued job keeps the label attribute, so that only objects without a label are shown."""
    return {
        "source": MANIFEST,
        "manifest": job["LabelingJobOutput"]["OutputDatasetS3Uri"],
        "subset": ALL,
        "attribute": job["LabelAttributeName"],
    }


def _review(job: Job, way: str, objects: ObjectStore) -> dict[str, str]:
    found = review_type(_workflow(job).task_type, way)
    assert found is not None
    standard = first_values(found)
    return {
        **standard,
        **_people(job),
        "title": standard["title"],
        "description": standard["description"],
        **_output_as_input(job),
        "attribute": "",
        "output": job["OutputConfig"]["S3OutputPath"],
        "task_type": found.name,
        "reviewed": job["LabelAttributeName"],
        "labels": VERDICTS if way == VERIFY else _typed(job, objects).get("labels") or _labels(job, objects),
    }


def _people(job: Job) -> dict[str, str]:
    task = job["HumanTaskConfig"]
    values = {
        "team": task["WorkteamArn"],
        "title": task["TaskTitle"],
        "description": task["TaskDescription"],
        "keywords": ", ".join(task.get("TaskKeywords", [])),
        "workers": str(task["NumberOfHumanWorkersPerDataObject"]),
        "minutes": f"{task['TaskTimeLimitInSeconds'] / 60:g}",
    }
    if "TaskAvailabilityLifetimeInSeconds" in task:
        values["days"] = f"{task['TaskAvailabilityLifetimeInSeconds'] / 86_400:g}"
    return values


def _labels(job: Job, objects: ObjectStore) -> str:
    uri = job.get("LabelCategoryConfigS3Uri")
    if not uri:
        return ""
    try:
        content = read_small_file(objects, "the label category file", uri, MAX_CATEGORY_FILE_BYTES)
        labels = read_category_file(content, uri, CategoryRules()).labels
    except (Invalid, NotFound):
        return ""
    return "\n".join(LabelLine(name).text for name in labels)


def _stop(job: Job, member: str) -> str:
    return str((job.get("StoppingConditions") or {}).get(member, ""))


def _workflow(job: Job) -> Workflow:
    task = job["HumanTaskConfig"]
    post = task.get("AnnotationConsolidationConfig") or {}
    return workflow_of(task.get("PreHumanTaskLambdaArn"), post.get("AnnotationConsolidationLambdaArn"))
