"""Requests must keep the service model's rules; the errors use AWS's wording."""

from __future__ import annotations

from typing import Any

import pytest

from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import operation_model, service_model
from trigpoint.wire.patterns import compile_pattern, matches
from trigpoint.wire.validate import answer_problems, validate

DESCRIBE = operation_model("sagemaker", "DescribeTrainingJob")
CREATE = operation_model("sagemaker", "CreateTrainingJob")
CREATE_MODEL = operation_model("sagemaker", "CreateModel")


def _job(**changes: Any) -> dict[str, Any]:
    job: dict[str, Any] = {
        "TrainingJobName": "job-1",
        "AlgorithmSpecification": {"TrainingImage": "object-detection:1", "TrainingInputMode": "Pipe"},
        "RoleArn": "arn:aws:iam::111122223333:role/Trigpoint",
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    return job | changes


def _refusal(operation: Any, request: dict[str, Any]) -> str:
    with pytest.raises(AwsError) as caught:
        validate(operation, request)
    assert caught.value.code == "ValidationException"
    assert caught.value.status == 400
    return caught.value.message


def test_a_request_that_keeps_the_rules_passes() -> None:
    validate(CREATE, _job())


def test_a_broken_pattern_is_named_as_aws_does() -> None:
    assert _refusal(DESCRIBE, {"TrainingJobName": "a_b"}) == (
        "1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: Member "
        "must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    )


def test_a_required_member_must_not_be_null() -> None:
    assert _refusal(DESCRIBE, {}) == (
        "1 validation error detected: Value null at 'trainingJobName' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_several_broken_rules_are_one_message() -> None:
    request = _job(TrainingJobName="x" * 64, StoppingCondition={"MaxRuntimeInSeconds": 0})
    del request["RoleArn"]
    message = _refusal(CREATE, request)
    assert message.startswith("3 validation errors detected: ")
    assert f"Value '{'x' * 64}' at 'trainingJobName' failed to satisfy constraint: " in message
    assert "Member must have length less than or equal to 63; " in message
    assert "Value null at 'roleArn' failed to satisfy constraint: Member must not be null" in message
    assert "Value '0' at 'stoppingCondition.maxRuntimeInSeconds' failed" in message
    assert "Member must have value greater than or equal to 1" in message


def test_an_enum_is_listed() -> None:
    spec = {"TrainingImage": "i", "TrainingInputMode": "Stream"}
    message = _refusal(CREATE, _job(AlgorithmSpecification=spec))
    assert "Value 'Stream' at 'algorithmSpecification.trainingInputMode' failed" in message
    assert "Member must satisfy enum value set: [Pipe, File, FastFile]" in message


def test_items_of_a_list_count_from_one() -> None:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/k"}}
    channels = [
        {"ChannelName": "a", "DataSource": source},
        {"ChannelName": "b", "DataSource": {"S3DataSource": {}}},
    ]
    message = _refusal(CREATE, _job(InputDataConfig=channels))
    assert "Value null at 'inputDataConfig.2.member.dataSource.s3DataSource.s3DataType' failed" in message


def test_values_of_a_map_list_all_their_rules() -> None:
    message = _refusal(CREATE, _job(HyperParameters={"epochs": "x" * 2501}))
    assert (
        "at 'hyperParameters' failed to satisfy constraint: Map value must satisfy constraint: [" in message
    )
    assert "Member must have length less than or equal to 2500" in message
    assert len(message) < 1024


def test_keys_of_a_map_must_keep_their_rules() -> None:
    assert "Map keys must satisfy constraint: [" in _refusal(CREATE, _job(HyperParameters={"k" * 257: "v"}))


def test_scalars_in_a_list_must_keep_their_rules() -> None:
    request = {"ModelName": "m", "VpcConfig": {"SecurityGroupIds": ["sg 1"], "Subnets": ["subnet-1"]}}
    message = _refusal(CREATE_MODEL, request)
    assert (
        "Value '[sg 1]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: Member must satisfy"
        in message
    )


def test_a_null_in_a_list_is_named() -> None:
    message = _refusal(
        operation_model("sagemaker", "AddTags"), {"ResourceArn": "arn:aws:x:y:z:q", "Tags": [None]}
    )
    assert "Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null" in message


def test_lists_have_a_limit() -> None:
    channels = [
        {
            "ChannelName": f"c{n}",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b"}},
        }
        for n in range(21)
    ]
    message = _refusal(CREATE, _job(InputDataConfig=channels))
    assert (
        "at 'inputDataConfig' failed to satisfy constraint: Member must have length less than or equal to 20"
        in message
    )
    assert len(message) < 2000


def test_no_more_than_twenty_broken_rules_are_spelled_out() -> None:
    tags = [{"Key": "", "Value": "v"} for _ in range(40)]
    message = _refusal(
        operation_model("sagemaker", "AddTags"),
        {"ResourceArn": "arn:aws:sagemaker:us-east-1:111122223333:model/m", "Tags": tags},
    )
    assert message.startswith("40 validation errors detected: ")
    assert message.count("failed to satisfy") == 20
    assert message.endswith("; ...")


@pytest.mark.parametrize(
    "instance_type",
    ["ml.m5.large", "ml.p9.96xlarge", "ml.c8gn.metal-48xl", "ml.p6-b200.48xlarge", "ml.x1.32xlarge"],
)
def test_instance_types_newer_than_the_model_are_accepted(instance_type: str) -> None:
    validate(
        CREATE, _job(ResourceConfig={"InstanceType": instance_type, "InstanceCount": 1, "VolumeSizeInGB": 1})
    )


@pytest.mark.parametrize(
    "instance_type", ["ml.nonsense", "m5.large", "ml.m5", "ml.m5.huge", "ml..large", "local"]
)
def test_an_unknown_instance_type_is_refused(instance_type: str) -> None:
    config = {"InstanceType": instance_type, "InstanceCount": 1, "VolumeSizeInGB": 1}
    assert "Member must satisfy enum value set: [ml." in _refusal(CREATE, _job(ResourceConfig=config))


def test_a_long_value_is_cut_in_the_message() -> None:
    message = _refusal(DESCRIBE, {"TrainingJobName": "_" * 100_000})
    assert len(message) < 1024


def test_every_pattern_of_every_model_can_be_understood() -> None:
    for service in ("sagemaker", "sagemaker-runtime", "logs", "sts", "iam", "monitoring"):
        model = service_model(service)
        for name in model.shape_names:
            pattern = model.shape_for(name).metadata.get("pattern")
            assert pattern is None or compile_pattern(pattern) is not None, f"{service} {name}: {pattern}"


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "Größe 写真 42", True),
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "tick`", False),
        (r"\p{ASCII}*", "plain ~", True),
        (r"\p{ASCII}*", "ü", False),
        (r"\A\S[\p{Print}]*\z", "id 1", True),
        (r"\A\S[\p{Print}]*\z", " id", False),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "car 🚗", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "bell\x07", False),
        ("[a-z]+", "abc\n", False),
        ("(unclosed", "anything", True),
    ],
)
def test_java_patterns_match_as_in_java(pattern: str, text: str, wanted: bool) -> None:
    assert matches(pattern, text) is wanted


def test_a_reply_that_breaks_the_model_is_noticed() -> None:
    operation = operation_model("sagemaker", "DescribeModel")
    problems = answer_problems(operation, {"ModelName": "m", "Colour": "red", "PrimaryContainer": {"Foo": 1}})
    assert "unknown member colour" in problems
    assert "unknown member primaryContainer.foo" in problems
    assert "required member modelArn is absent" in problems
    assert answer_problems(operation_model("sagemaker", "StopTrainingJob"), {"X": 1})
