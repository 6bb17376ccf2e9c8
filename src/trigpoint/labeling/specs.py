"""The rules of CreateLabelingJob beyond the API's own field patterns."""

from __future__ import annotations

from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.algorithm_specs import check_algorithms
from trigpoint.labeling.model import DEFAULT_AVAILABILITY_S, JobSpec
from trigpoint.labeling.task_types.contract import LabelPlace, TaskType
from trigpoint.objects.uri import parse_s3_uri

MAX_TIME_LIMIT_S = 28_800
MAX_CONCURRENT_OBJECTS = 5_000
GOLD_TAG = "trigpoint:gold-attribute"
RESERVED_ATTRIBUTES = ("source", "source-ref")


def check_spec(spec: JobSpec, task_type: TaskType[Any]) -> None:
    """Checks what a requester asks for.

    Raises: Invalid: a field breaks a rule, or two together do; names the field, the value and the rule.
    """
    _check_label_attribute(spec.label_attribute, task_type)
    _check_times(spec)
    _check_object_uri("ManifestS3Uri", spec.manifest_uri)
    _check_label_categories(spec, task_type)
    _check_ui(spec, task_type)
    _check_method(spec, task_type)
    _check_gold(spec, task_type)
    check_algorithms(spec, task_type.name)
    _parsed("S3OutputPath", spec.output_path)


def _check_label_attribute(name: str, task_type: TaskType[Any]) -> None:
    if name in RESERVED_ATTRIBUTES:
        raise Invalid(f"LabelAttributeName {name!r} is the name of the input itself; choose another one")
    if name.endswith("-metadata"):
        raise Invalid(
            f"LabelAttributeName {name!r} must not end with -metadata, which is added for the metadata"
        )
    if task_type.label_place is LabelPlace.MANIFEST and name.endswith("-ref"):
        raise Invalid(
            f"LabelAttributeName {name!r} must not end with -ref: the labels of {task_type.title} jobs are written "
            "into the manifest, not into files that it refers to"
        )
    if task_type.label_place is LabelPlace.FILE and not name.endswith("-ref"):
        raise Invalid(
            f"LabelAttributeName {name!r} must end with -ref: the labels of {task_type.title} jobs are files that "
            "the manifest refers to"
        )


def _check_times(spec: JobSpec) -> None:
    if not 30 <= spec.time_limit_s <= MAX_TIME_LIMIT_S:
        raise Invalid(
            f"TaskTimeLimitInSeconds is {spec.time_limit_s}; it must be 30 to {MAX_TIME_LIMIT_S} (8 hours)"
        )
    lifetime_s = spec.availability_s
    if lifetime_s is not None and not 60 <= lifetime_s <= DEFAULT_AVAILABILITY_S:
        raise Invalid(
            f"TaskAvailabilityLifetimeInSeconds is {lifetime_s}; it must be 60 to "
            f"{DEFAULT_AVAILABILITY_S} (30 days)"
        )
    batch = spec.max_concurrent_objects
    if batch is not None and not 1 <= batch <= MAX_CONCURRENT_OBJECTS:
        raise Invalid(f"MaxConcurrentTaskCount is {batch}; it must be between 1 and {MAX_CONCURRENT_OBJECTS}")


def _check_label_categories(spec: JobSpec, task_type: TaskType[Any]) -> None:
    if spec.label_categories_uri:
        _check_object_uri("LabelCategoryConfigS3Uri", spec.label_categories_uri)
    elif task_type.categories.minimum:
        raise Invalid(
            f"LabelCategoryConfigS3Uri is missing; {task_type.title} jobs need a label category file"
        )


def _check_ui(spec: JobSpec, task_type: TaskType[Any]) -> None:
    ui, arn = task_type.built_in_ui, spec.human_task_ui_arn
    if spec.template_uri is not None:
        _check_object_uri("UiTemplateS3Uri", spec.template_uri)
    elif arn is not None and ui is None:
        raise Invalid(
            f"UiConfig.HumanTaskUiArn {arn!r}: {task_type.title} jobs take UiTemplateS3Uri, or neither of the two for "
            "the template of their task type"
        )
    elif arn is not None and arn.rpartition("/")[2] != ui:
        raise Invalid(
            f"UiConfig.HumanTaskUiArn must be the ARN of the built-in human-task-ui/{ui} for "
            f"{task_type.title} jobs"
        )


def _check_method(spec: JobSpec, task_type: TaskType[Any]) -> None:
    method = spec.consolidation_method
    if method is not None and method not in task_type.methods:
        choice = f"; it can be {', '.join(task_type.methods)}" if task_type.methods else ""
        raise Invalid(
            f"tag trigpoint:consolidation: {task_type.title} jobs have no method {method!r}{choice}"
        )


def _check_gold(spec: JobSpec, task_type: TaskType[Any]) -> None:
    name = spec.gold_attribute
    if name is None:
        return
    if task_type.known_label is None:
        raise Invalid(f"tag {GOLD_TAG}: {task_type.title} jobs cannot use known labels")
    if not name or name in RESERVED_ATTRIBUTES or name.startswith("$") or name.endswith("-metadata"):
        raise Invalid(
            f"tag {GOLD_TAG}: {name!r} cannot be the attribute of a known label; source, source-ref, names that "
            "begin with $ and names that end with -metadata are reserved"
        )
    if name == spec.label_attribute:
        raise Invalid(
            f"tag {GOLD_TAG}: {name!r} is the LabelAttributeName of the job itself, and lines that have it are not "
            "labeled; name the known labels differently"
        )


def _check_object_uri(field: str, uri: str) -> None:
    _, key = _parsed(field, uri)
    if not key:
        raise Invalid(f"{field} {uri!r} names a bucket; it must name a file, s3://<bucket>/<key>")


def _parsed(field: str, uri: str) -> tuple[str, str]:
    try:
        return parse_s3_uri(uri)
    except Invalid as problem:
        raise Invalid(f"{field}: {problem.message}") from None
