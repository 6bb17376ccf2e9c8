"""Rules of CreateLabelingJob beyond the patterns of its fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import JobSpec
from trigpoint.labeling.specs import check_spec

FUNCTION = "arn:aws:lambda:us-east-1:432418664414:function"
SPEC = JobSpec(
    name="j",
    label_attribute="boxes",
    manifest_uri="s3://b/in",
    output_path="s3://b",
    role_arn="r",
    label_categories_uri="https://s3.amazonaws.com/b/l",
    team_arn="t",
    template_uri="s3://b/t",
    pre_function_arn=f"{FUNCTION}:PRE-BoundingBox",
    consolidation_function_arn=f"{FUNCTION}:ACS-BoundingBox",
    title="t",
    description="d",
    workers_per_object=1,
    time_limit_s=30,
)


@pytest.mark.parametrize(
    "changes", [{}, {"time_limit_s": 28_800, "availability_s": 60, "max_concurrent_objects": 5_000}]
)
def test_what_keeps_the_rules_passes(changes: dict[str, Any]) -> None:
    check_spec(replace(SPEC, **changes))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"label_attribute": "source"}, "LabelAttributeName 'source'"),
        ({"label_attribute": "source-ref"}, "LabelAttributeName 'source-ref'"),
        ({"label_attribute": "my-metadata"}, "must not end with -metadata"),
        ({"label_attribute": "my-ref"}, "must not end with -ref"),
        ({"time_limit_s": 29}, "TaskTimeLimitInSeconds is 29"),
        ({"time_limit_s": 28_801}, "TaskTimeLimitInSeconds is 28801"),
        ({"availability_s": 59}, "TaskAvailabilityLifetimeInSeconds is 59"),
        ({"availability_s": 2_592_001}, "TaskAvailabilityLifetimeInSeconds is 2592001"),
        ({"max_concurrent_objects": 5_001}, "MaxConcurrentTaskCount is 5001"),
        ({"manifest_uri": "https://example.com/in"}, "ManifestS3Uri: 'https://example.com/in'"),
        ({"manifest_uri": "s3://b"}, "ManifestS3Uri 's3://b' names a bucket"),
        ({"template_uri": "s3://b/"}, "UiTemplateS3Uri"),
        ({"label_categories_uri": "s3:///x"}, "LabelCategoryConfigS3Uri"),
        ({"output_path": "https://example.com/out"}, "S3OutputPath"),
    ],
)
def test_what_breaks_a_rule_is_named_with_field_and_value(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        check_spec(replace(SPEC, **changes))
