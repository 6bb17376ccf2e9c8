"""What the form makes: the files of a new job, and the CreateLabelingJob request that names them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from trigpoint.core.errors import Invalid
from trigpoint.datasets.data_setup.creating import manifest_name
from trigpoint.labeling.algorithm_specs import ALGORITHM_OF
from trigpoint.labeling.setup.inputs import InputChoice
from trigpoint.labeling.setup.labels import document_bytes, label_document
from trigpoint.labeling.setup.task_template import build_template
from trigpoint.labeling.task_types.pass_through import PASS_THROUGH
from trigpoint.language import gettext
from trigpoint.server.console.labeling_setup.input_fields import (
    InputProblem,
    chosen_input,
    label_attribute,
    output_folder,
)
from trigpoint.server.console.labeling_setup.task_fields import (
    AUTOMATED,
    chosen_labels,
    chosen_texts,
    task_type_of,
)
from trigpoint.server.console.pairs import read_tags
from trigpoint.settings import Settings

T = TypeVar("T")

FORM_FILE: Final = "form.json"
"""What was typed, from which a copy of the job starts."""

_NOT_KEPT: Final = ("name", "emails", "new_team", "team")


@dataclass(frozen=True, slots=True)
class JobPlan:
    """A job that can be created.

    files: content by URI. manifest_uri: where the manifest of `choice` is written; "" if the job takes an existing one.
    """

    request: dict[str, Any]
    files: Mapping[str, bytes]
    choice: InputChoice
    manifest_uri: str


def job_folder(output: str, name: str) -> str:
    """The folder of the job below the output folder, with a slash at its end."""
    return f"{output.rstrip('/')}/{name}/"


def form_uri(output: str, name: str) -> str:
    return f"{job_folder(output, name)}annotation-tool/{FORM_FILE}"


def plan_job(values: Mapping[str, str], settings: Settings, at: datetime) -> JobPlan:
    """The plan. Decision: all files are below the output folder, because the input may be read-only.

    Raises: InputProblem: a field breaks a rule; names it.
    """
    task_type = task_type_of(values)
    choice = chosen_input(values)
    output = output_folder(values)
    folder = job_folder(output, values["name"])
    labels = _at("labels", lambda: chosen_labels(values, task_type))
    files: dict[str, bytes] = {}
    label_uri = f"{folder}annotation-tool/data.json"
    if labels:
        files[label_uri] = document_bytes(
            label_document(labels, values["reviewed"] if task_type.reviews else "")
        )
    if values["template"]:
        template = values["template"]
    else:
        texts = _at("good", lambda: chosen_texts(values, labels))
        template = _at("short", lambda: build_template(task_type, texts))
    template_uri = f"{folder}annotation-tool/template.liquid"
    files[template_uri] = template.encode()
    kept = {name: value for name, value in values.items() if name not in _NOT_KEPT and name[0] != "_"}
    files[f"{folder}annotation-tool/{FORM_FILE}"] = json.dumps(kept, ensure_ascii=False, indent=1).encode()
    manifest_uri = f"{folder}input/{manifest_name(at)}" if choice.needs_manifest else ""
    request: dict[str, Any] = {
        "LabelingJobName": values["name"],
        "LabelAttributeName": label_attribute(values, task_type),
        "InputConfig": {
            "DataSource": {"S3DataSource": {"ManifestS3Uri": manifest_uri or choice.manifest_uri}}
        },
        "OutputConfig": {"S3OutputPath": output},
        "RoleArn": f"arn:aws:iam::{settings.account_id}:role/trigpoint",
        **({"LabelCategoryConfigS3Uri": label_uri} if labels else {}),
        **_automated(values, task_type.name, settings),
        **_stopping(values),
        "HumanTaskConfig": _human_task(values, template_uri, settings),
        **_tags(values),
    }
    return JobPlan(request, files, choice, manifest_uri)


def _automated(values: Mapping[str, str], task_type: str, settings: Settings) -> dict[str, Any]:
    if values["automated"] != AUTOMATED or task_type not in ALGORITHM_OF:
        return {}
    place = f"arn:aws:sagemaker:{settings.region}:{settings.account_id}"
    arn = f"{place}:labeling-job-algorithm-specification/{ALGORITHM_OF[task_type]}"
    return {"LabelingJobAlgorithmsConfig": {"LabelingJobAlgorithmSpecificationArn": arn}}


def _stopping(values: Mapping[str, str]) -> dict[str, Any]:
    members = {
        "MaxHumanLabeledObjectCount": "stop_objects",
        "MaxPercentageOfInputDatasetLabeled": "stop_share",
    }
    found = {member: round(_number(values, name)) for member, name in members.items() if values[name]}
    return {"StoppingConditions": found} if found else {}


def _tags(values: Mapping[str, str]) -> dict[str, Any]:
    try:
        tags = read_tags(values["tags"])
    except ValueError as problem:
        raise InputProblem("tags", str(problem)) from None
    return {"Tags": tags} if tags else {}


def _human_task(values: Mapping[str, str], template_uri: str, settings: Settings) -> dict[str, Any]:
    pre, post = _functions(values, settings)
    keywords = [each.strip() for each in values["keywords"].split(",") if each.strip()]
    return {
        "WorkteamArn": values["team"],
        "UiConfig": {"UiTemplateS3Uri": template_uri},
        "PreHumanTaskLambdaArn": pre,
        **({"TaskKeywords": keywords} if keywords else {}),
        "TaskTitle": values["title"],
        "TaskDescription": values["description"],
        "NumberOfHumanWorkersPerDataObject": int(_number(values, "workers")),
        "TaskTimeLimitInSeconds": round(60 * _number(values, "minutes")),
        "TaskAvailabilityLifetimeInSeconds": round(86_400 * _number(values, "days")),
        "AnnotationConsolidationConfig": {"AnnotationConsolidationLambdaArn": post},
    }


def _functions(values: Mapping[str, str], settings: Settings) -> tuple[str, str]:
    """The ARNs of the functions before and after the task."""
    task_type = task_type_of(values)
    prefix = f"arn:aws:lambda:{settings.region}:{settings.account_id}:function"
    pre, post = f"{prefix}:PRE-{task_type.name}", f"{prefix}:ACS-{task_type.name}"
    if task_type is PASS_THROUGH:
        return values["pre_function"] or pre, values["post_function"] or post
    return pre, post


def _number(values: Mapping[str, str], name: str) -> float:
    try:
        number = float(values[name])
        if not 0 < number < 1_000_000:
            raise ValueError
    except ValueError:
        raise InputProblem(name, gettext("This must be a number greater than 0.")) from None
    return number


def _at(field: str, made: Callable[[], T]) -> T:
    """What the call makes; its message belongs to the field."""
    try:
        return made()
    except InputProblem:
        raise
    except Invalid as problem:
        raise InputProblem(field, problem.message) from None
