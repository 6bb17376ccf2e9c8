"""Rules of CreateLabelingJob beyond the patterns of its fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from helpers.labeling_records import a_spec
from trigpoint.core.errors import Invalid
from trigpoint.labeling.specs import check_spec
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.contract import CategoryRules, LabelPlace

SPEC = a_spec(label_categories_uri="https://s3.amazonaws.com/b/l", time_limit_s=30)


@pytest.mark.parametrize(
    "changes", [{}, {"time_limit_s": 28_800, "availability_s": 60, "max_concurrent_objects": 5_000}]
)
def test_a_valid_spec_is_accepted(changes: dict[str, Any]) -> None:
    check_spec(replace(SPEC, **changes), BOUNDING_BOX)


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
        ({"label_categories_uri": None}, "LabelCategoryConfigS3Uri is missing; bounding box jobs need"),
        (
            {"template_uri": None, "human_task_ui_arn": "arn:x/NER"},
            "HumanTaskUiArn 'arn:x/NER': bounding box jobs take",
        ),
        ({"output_path": "https://example.com/out"}, "S3OutputPath"),
    ],
)
def test_a_broken_rule_is_reported_with_field_and_value(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        check_spec(replace(SPEC, **changes), BOUNDING_BOX)


def test_labels_in_files_need_an_attribute_that_ends_with_ref() -> None:
    in_files = replace(BOUNDING_BOX, title="mask", label_place=LabelPlace.FILE)
    check_spec(replace(SPEC, label_attribute="masks-ref"), in_files)
    with pytest.raises(Invalid, match="'masks' must end with -ref: the labels of mask jobs are files"):
        check_spec(replace(SPEC, label_attribute="masks"), in_files)
    either = replace(BOUNDING_BOX, label_place=LabelPlace.EITHER)
    for name in ("masks", "masks-ref"):
        check_spec(replace(SPEC, label_attribute=name), either)


def test_a_type_without_categories_needs_no_label_category_file() -> None:
    free = replace(BOUNDING_BOX, categories=CategoryRules(minimum=0))
    check_spec(replace(SPEC, label_categories_uri=None), free)


def test_a_type_with_a_built_in_user_interface_takes_its_arn_a_template_or_neither() -> None:
    entities = replace(BOUNDING_BOX, title="entity", built_in_ui="Entities")
    arn = "arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/Entities"
    without = replace(SPEC, template_uri=None)
    for good in (SPEC, without, replace(without, human_task_ui_arn=arn)):
        check_spec(good, entities)
    with pytest.raises(Invalid, match="built-in human-task-ui/Entities for entity jobs"):
        check_spec(replace(without, human_task_ui_arn=arn.replace("Entities", "Boxes")), entities)


def test_an_unknown_consolidation_method_is_refused_with_the_choice() -> None:
    typed = replace(BOUNDING_BOX, methods=("reference",))
    check_spec(replace(SPEC, consolidation_method="reference"), typed)
    with pytest.raises(Invalid, match=r"trigpoint:consolidation: .* no method 'best'; it can be reference"):
        check_spec(replace(SPEC, consolidation_method="best"), typed)
