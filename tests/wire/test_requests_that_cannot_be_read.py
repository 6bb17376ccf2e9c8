"""The errors for bodies that break the protocol. None of them may become a stack trace."""

from __future__ import annotations

import pytest

from trigpoint.wire import json_protocol, query_protocol, rest_json
from trigpoint.wire.errors import AwsError
from trigpoint.wire.head import RequestHead
from trigpoint.wire.model import operation_model

CREATE = operation_model("sagemaker", "CreateTrainingJob")
LIST = operation_model("sagemaker", "ListModels")


def _message(body: bytes, operation: object = CREATE) -> str:
    with pytest.raises(AwsError) as caught:
        json_protocol.parse(operation, body)
    assert caught.value.code == "SerializationException"
    assert caught.value.status == 400
    return caught.value.message


@pytest.mark.parametrize(
    "body",
    [
        b"{not json",
        b"[1]",
        b'"text"',
        b"\xff\xfe",
        b'{"a":NaN}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"TrainingJobName":1e',
    ],
)
def test_a_body_that_is_not_a_json_object_is_a_serialization_error(body: bytes) -> None:
    assert _message(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"TrainingJobName":5}', "NUMBER_VALUE at 'trainingJobName' can not be converted to a String"),
        (b'{"TrainingJobName":["x"]}', "Start of list at 'trainingJobName' can not be converted to a String"),
        (b'{"InputDataConfig":{}}', "at 'inputDataConfig' can not be converted to a list"),
        (
            b'{"InputDataConfig":[{"ChannelName":"a"},{"ChannelName":true}]}',
            "TRUE_VALUE at 'inputDataConfig.2.member.channelName' can not be converted to a String",
        ),
        (b'{"HyperParameters":{"epochs":3}}', "NUMBER_VALUE at 'hyperParameters.epochs.member'"),
        (b'{"ResourceConfig":{"InstanceCount":"1"}}', "STRING_VALUE at 'resourceConfig.instanceCount'"),
        (b'{"ResourceConfig":{"InstanceCount":1.5}}', "can not be converted to a whole number"),
        (b'{"ResourceConfig":{"InstanceCount":99999999999}}', "a number of 32 bits"),
        (b'{"EnableNetworkIsolation":"true"}', "can not be converted to a Boolean"),
        (b'{"EnableNetworkIsolation":1}', "can not be converted to a Boolean"),
        (b'{"RoleArn":"a\\u0000b"}', "must not contain the character U+0000"),
        (b'{"RoleArn":"\\ud800"}', "not valid JSON"),
    ],
)
def test_a_wrong_json_type_is_named_with_its_member(body: bytes, said: str) -> None:
    assert said in _message(body)


@pytest.mark.parametrize("value", [b'"yesterday"', b"1e300", b"true", b"{}"])
def test_a_malformed_time_is_named(value: bytes) -> None:
    assert "'creationTimeAfter' can not be converted to a Timestamp" in _message(
        b'{"CreationTimeAfter":%s}' % value, LIST
    )


def test_times_are_read_as_numbers_and_as_texts() -> None:
    for value in (b"1767323045.5", b'"2026-01-02T03:04:05.500Z"', b'"2026-01-02T04:04:05.5+01:00"'):
        found = json_protocol.parse(LIST, b'{"CreationTimeAfter":%s}' % value)["CreationTimeAfter"]
        assert found.isoformat() == "2026-01-02T03:04:05.500000+00:00"


def test_a_whole_number_written_as_a_fraction_is_accepted() -> None:
    found = json_protocol.parse(CREATE, b'{"ResourceConfig":{"InstanceCount":2.0}}')
    assert found["ResourceConfig"]["InstanceCount"] == 2


@pytest.mark.parametrize(
    "body",
    [b"\xff=1", b"DurationSeconds=many", b"DurationSeconds=" + b"9" * 5000, b".".join([b"a"] * 5000) + b"=1"],
)
def test_a_form_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(AwsError):
        query_protocol.parse(operation_model("sts", "AssumeRole"), query_protocol.form(body))


def test_a_header_of_the_wrong_type_is_refused() -> None:
    operation = operation_model("sagemaker-runtime", "InvokeEndpointAsync")
    headers = (("x-amzn-sagemaker-requestttlseconds", "soon"),)
    with pytest.raises(AwsError, match="RequestTTLSeconds"):
        rest_json.parse(operation, RequestHead("POST", "/endpoints/e/async-invocations", "", headers), b"")


def test_members_of_a_form_are_in_the_order_of_their_positions() -> None:
    operation = operation_model("monitoring", "ListMetrics")
    fields = {
        f"Dimensions.member.{position}.Name": f"n{position}" for position in ("10", "2", "999999999", "03")
    }
    parsed = query_protocol.parse(operation, fields)
    assert [dimension["Name"] for dimension in parsed["Dimensions"]] == ["n2", "n03", "n10", "n999999999"]


@pytest.mark.parametrize("position", ["1" * 10, "9" * 5000, "-1", "1e3", "", "x", "²", "1.5"])
def test_what_is_no_position_of_at_most_nine_digits_is_ignored(position: str) -> None:
    operation = operation_model("monitoring", "ListMetrics")
    fields = {f"Dimensions.member.{position}.Name": "ignored", "Dimensions.member.1.Name": "kept"}
    parsed = query_protocol.parse(operation, fields)
    assert [dimension.get("Name") for dimension in parsed["Dimensions"]] == ["kept"]
