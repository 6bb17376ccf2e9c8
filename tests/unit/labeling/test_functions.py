"""The built-in functions of labeling jobs: the task types of their ARNs, and the consolidation documents."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from helpers.labeling_records import a_data_object, a_job
from trigpoint.core.errors import Invalid
from trigpoint.labeling import exchange
from trigpoint.labeling.functions.workflow import Workflow, workflow_of
from trigpoint.labeling.model import Answer
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.line_input import line_input

US = "arn:aws:lambda:us-east-1:432418664414:function"
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


ACCOUNTS = {
    "us-east-1": "432418664414",
    "us-east-2": "266458841044",
    "us-west-2": "081040173940",
    "ca-central-1": "918755190332",
    "eu-west-1": "568282634449",
    "eu-west-2": "487402164563",
    "eu-central-1": "203001061592",
    "ap-northeast-1": "477331159723",
    "ap-northeast-2": "845288260483",
    "ap-south-1": "565803892007",
    "ap-southeast-1": "377565633583",
    "ap-southeast-2": "454466003867",
    "x-1": "000000000000",
}
"""AWS's accounts of the built-in functions, and one that AWS does not have."""


@pytest.mark.parametrize("region", ACCOUNTS)
def test_only_the_last_part_of_the_arns_determines_the_task_type(region: str) -> None:
    function = f"arn:aws:lambda:{region}:{ACCOUNTS[region]}:function"
    for name, task_type in TASK_TYPES.items():
        found = workflow_of(f"{function}:PRE-{name}", f"{function}:ACS-{name}")
        assert found == Workflow(task_type, task_type)


@pytest.mark.parametrize(
    ("pre", "acs", "complaint"),
    [
        (f"{US}:PRE-BoundingBox", f"{US}:ACS-ImageMultiClass", "both must be of the same one"),
        *(
            (
                f"{US}:PRE-{name}",
                f"{US}:ACS-{name}",
                f"'{name}' are not served; Trigpoint does not label {what}; served: .*BoundingBox",
            )
            for name, what in (
                ("VideoMultiClass", "videos"),
                ("VideoClassification", "videos"),
                ("AdjustmentVideoObjectTracking", "videos"),
                ("3DPointCloudObjectDetection", "point clouds"),
                ("Adjustment3DPointCloudSemanticSegmentation", "point clouds"),
            )
        ),
        (f"{US}:PRE-Poetry", f"{US}:ACS-Poetry", "'Poetry' are not served; served: .*BoundingBox"),
        (f"{US}:ACS-BoundingBox", f"{US}:ACS-BoundingBox", "is not a function for this step"),
        (f"{US}:mine", f"{US}:PRE-BoundingBox", "is not a function for this step"),
        ("arn:aws:lambda:us-east-1:1:layer:x", None, "is not the ARN of a function"),
        (None, f"{US}:mine:3", "functions have one version"),
    ],
)
def test_functions_that_are_not_served_are_refused_with_those_that_are(
    pre: str | None, acs: str | None, complaint: str
) -> None:
    with pytest.raises(Invalid, match=complaint):
        workflow_of(pre, acs)


BOX, PLAIN = TASK_TYPES["BoundingBox"], TASK_TYPES["PassThrough"]


@pytest.mark.parametrize(
    ("pre", "acs", "found"),
    [
        (None, None, Workflow(PLAIN, PLAIN)),
        (f"{US}:PRE-PassThrough", f"{US}:ACS-PassThrough", Workflow(PLAIN, PLAIN)),
        (f"{US}:PRE-BoundingBox", None, Workflow(PLAIN, BOX)),
        (None, f"{US}:ACS-BoundingBox", Workflow(BOX, PLAIN)),
        (f"{US}:my-pre", f"{US}:ACS-BoundingBox", Workflow(BOX, PLAIN, pre="my-pre")),
        (f"{US}:PRE-BoundingBox", f"{US}:my-post:$LATEST", Workflow(PLAIN, BOX, post="my-post")),
        (f"{US}:my-pre", f"{US}:my-post", Workflow(PLAIN, PLAIN, "my-pre", "my-post")),
    ],
)
def test_functions_of_requesters_go_together_with_built_in_ones(
    pre: str | None, acs: str | None, found: Workflow
) -> None:
    assert workflow_of(pre, acs) == found
    assert found.measuring_type is (BOX if BOX in (found.task_type, found.input_type) else PLAIN)


def test_the_task_input_has_object_labels_and_line() -> None:
    line = {"source-ref": "s3://b/a.png", "camera": "north"}
    data_object = a_data_object(line=json.dumps(line))
    assert line_input(a_job(labels=("cat",)), data_object) == {
        "taskObject": "s3://b/a.png",
        "labels": ["cat"],
        "manifestLine": line,
    }


def given(index: int) -> Answer:
    identity = {"provider_type": "Cognito", "issuer": "https://pool", "sub": "a-b"}
    return Answer(index, "x", "ef7294f850a3d9d1", '{"b":{"boundingBoxes":[]}}', NOW, NOW, 40.5434, identity)


def test_the_request_has_answers_as_json_strings() -> None:
    found = [a_data_object(index=i, line=f'{{"source-ref": "s3://b/{i}.png"}}') for i in (1, 0, 2)]
    entries = exchange.request(found, {1: [given(1)], 0: [given(0)]}, "us-west-2")
    assert [entry["datasetObjectId"] for entry in entries] == ["0", "1"]
    assert entries[0] == {
        "datasetObjectId": "0",
        "dataObject": {"s3Uri": "s3://b/0.png"},
        "annotations": [
            {
                "workerId": "private.us-west-2.ef7294f850a3d9d1",
                "annotationData": {"content": '{"b":{"boundingBoxes":[]}}'},
            }
        ],
    }


def test_the_response_has_the_content_of_each_object() -> None:
    assert exchange.response({3: {"boxes": 1}, 2: {"boxes": 0}}) == [
        {"datasetObjectId": "2", "consolidatedAnnotation": {"content": {"boxes": 0}}},
        {"datasetObjectId": "3", "consolidatedAnnotation": {"content": {"boxes": 1}}},
    ]


def test_a_worker_response_has_the_keys_of_a_private_team() -> None:
    assert exchange.worker_response([given(0)], "us-west-2") == {
        "answers": [
            {
                "acceptanceTime": "2026-01-02T03:04:05.678Z",
                "answerContent": {"b": {"boundingBoxes": []}},
                "submissionTime": "2026-01-02T03:04:05.678Z",
                "timeSpentInSeconds": 40.543,
                "workerId": "private.us-west-2.ef7294f850a3d9d1",
                "workerMetadata": {
                    "identityData": {
                        "identityProviderType": "Cognito",
                        "issuer": "https://pool",
                        "sub": "a-b",
                    }
                },
            }
        ]
    }
