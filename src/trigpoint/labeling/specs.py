"""Is what a requester asks for something that can be done: the rules beyond the API's own field
patterns."""

from __future__ import annotations

from trigpoint.core.errors import Invalid
from trigpoint.labeling import functions
from trigpoint.labeling.model import DEFAULT_AVAILABILITY_S, JobSpec
from trigpoint.objects.uri import parse_s3_uri

MAX_TIME_LIMIT_S = 28_800
MAX_CONCURRENT_OBJECTS = 5_000
RESERVED_ATTRIBUTES = ("source", "source-ref")


def check_spec(spec: JobSpec) -> None:
    """Raises: Invalid: a field, or two together, break a rule; names the field, the value and the rule."""
    functions.task_type(spec.pre_function_arn, spec.consolidation_function_arn)
    _check_label_attribute(spec.label_attribute)
    _check_times(spec)
    for field, uri in (
        ("ManifestS3Uri", spec.manifest_uri),
        ("LabelCategoryConfigS3Uri", spec.label_categories_uri),
        ("UiTemplateS3Uri", spec.template_uri),
    ):
        _check_object_uri(field, uri)
    _parsed("S3OutputPath", spec.output_path)


def _check_label_attribute(name: str) -> None:
    if name in RESERVED_ATTRIBUTES:
        raise Invalid(f"LabelAttributeName {name!r} is the name of the input itself; choose another one")
    if name.endswith("-metadata"):
        raise Invalid(
            f"LabelAttributeName {name!r} must not end with -metadata, which is added for the metadata"
        )
    if name.endswith("-ref"):
        raise Invalid(
            f"LabelAttributeName {name!r} must not end with -ref: boxes are written into the manifest "
            "itself, not into files that it refers to"
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


def _check_object_uri(field: str, uri: str) -> None:
    _, key = _parsed(field, uri)
    if not key:
        raise Invalid(f"{field} {uri!r} names a bucket; it must name a file, s3://<bucket>/<key>")


def _parsed(field: str, uri: str) -> tuple[str, str]:
    try:
        return parse_s3_uri(uri)
    except Invalid as problem:
        raise Invalid(f"{field}: {problem.message}") from None
