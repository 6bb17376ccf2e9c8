"""Trigpoint's codec agrees with botocore's for random values of every operation of every served service."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from zlib import crc32

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from helpers.shape_values import Values
from trigpoint.wire import json_protocol, query_protocol, rest_json
from trigpoint.wire.head import RequestHead
from trigpoint.wire.model import operation_model, service_model

JSON = ("sagemaker", "logs", "monitoring")
QUERY = ("sts", "iam", "monitoring")
ROUNDS = 2


def _operations(service: str) -> list[Any]:
    model = service_model(service)
    operations = [operation_model(service, name) for name in model.operation_names]
    return [op for op in operations if not (op.has_event_stream_input or op.has_event_stream_output)]


def _values(service: str, operation: Any, turn: int, **how: bool) -> Values:
    return Values(crc32(f"{service}.{operation.name}.{turn}".encode()), **how)


def _to_the_millisecond(value: Any) -> Any:
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    if isinstance(value, dict):
        return {name: _to_the_millisecond(item) for name, item in value.items()}
    return [_to_the_millisecond(item) for item in value] if isinstance(value, list) else value


def _same(ours: Any, theirs: Any) -> bool:
    return bool(_to_the_millisecond(ours) == _to_the_millisecond(theirs))


@pytest.mark.parametrize("service", JSON)
def test_a_json_request_of_botocore_parses_to_what_went_in(service: str) -> None:
    serializer = create_serializer("json", include_validation=False)
    for operation in _operations(service):
        for turn in range(ROUNDS):
            wanted = (
                _values(service, operation, turn).of(operation.input_shape) if operation.input_shape else {}
            )
            body = serializer.serialize_to_request(wanted, operation)["body"]
            assert _same(json_protocol.parse(operation, body), wanted), operation.name


@pytest.mark.parametrize("service", JSON)
def test_botocore_reads_a_json_reply(service: str) -> None:
    parser = create_parser("json")
    for operation in _operations(service):
        shape = operation.output_shape
        for turn in range(ROUNDS):
            wanted = _values(service, operation, turn).of(shape) if shape else {}
            body = json_protocol.serialize(operation, wanted)
            found = parser.parse({"status_code": 200, "headers": {}, "body": body}, shape)
            found.pop("ResponseMetadata")
            assert _same(wanted, found), operation.name


@pytest.mark.parametrize("service", QUERY)
def test_a_form_of_botocore_parses_to_what_went_in(service: str) -> None:
    serializer = create_serializer("query", include_validation=False)
    for operation in _operations(service):
        for turn in range(ROUNDS):
            shape = operation.input_shape
            wanted = _values(service, operation, turn, empty=False).of(shape) if shape else {}
            body = urlencode(serializer.serialize_to_request(wanted, operation)["body"]).encode()
            assert _same(query_protocol.parse(operation, query_protocol.form(body)), wanted), operation.name


@pytest.mark.parametrize("service", QUERY)
def test_botocore_reads_an_xml_reply(service: str) -> None:
    parser = create_parser("query")
    for operation in _operations(service):
        shape = operation.output_shape
        for turn in range(ROUNDS):
            wanted = _values(service, operation, turn).of(shape) if shape else {}
            body = query_protocol.serialize(operation, wanted, "the-id")
            found = parser.parse({"status_code": 200, "headers": {}, "body": body}, shape)
            assert found.pop("ResponseMetadata")["RequestId"] == "the-id"
            assert _same(wanted, found), operation.name


def test_a_runtime_request_of_botocore_parses_to_what_went_in() -> None:
    serializer = create_serializer("rest-json", include_validation=False)
    for operation in _operations("sagemaker-runtime"):
        for turn in range(20):
            wanted = _values("runtime", operation, turn, header_safe=True).of(operation.input_shape)
            wanted["EndpointName"] = "my-endpoint"
            if "Body" in operation.input_shape.members:
                wanted.setdefault("Body", b"")  # HTTP cannot tell an absent body from an empty one
            request = serializer.serialize_to_request(wanted, operation)
            url = urlsplit(request["url_path"])
            headers = tuple((name.lower(), str(value)) for name, value in request["headers"].items())
            head = RequestHead(request["method"], url.path, url.query, headers)
            assert rest_json.find_operation("sagemaker-runtime", head) == operation.name
            assert _same(rest_json.parse(operation, head, request["body"]), wanted)


@pytest.mark.parametrize(
    "name, request_members",
    [
        ("CreateFunction", {"FunctionName": "f", "Role": "r", "Code": {"ZipFile": b"PK"}, "Timeout": 5}),
        ("UpdateFunctionCode", {"FunctionName": "f", "S3Bucket": "b", "S3Key": "k"}),
        ("UpdateFunctionConfiguration", {"FunctionName": "f", "Environment": {"Variables": {"A": "b"}}}),
        ("GetFunction", {"FunctionName": "arn:aws:lambda:us-east-1:1:function:f", "Qualifier": "$LATEST"}),
        ("GetFunctionConfiguration", {"FunctionName": "f"}),
        ("ListFunctions", {"Marker": "m=1", "MaxItems": 3}),
        (
            "Invoke",
            {"FunctionName": "f", "InvocationType": "Event", "LogType": "Tail", "Payload": b'{"a": 1}'},
        ),
        ("DeleteFunction", {"FunctionName": "f"}),
        ("AddPermission", {"FunctionName": "f", "StatementId": "s", "Action": "a", "Principal": "p"}),
        ("RemovePermission", {"FunctionName": "f", "StatementId": "s"}),
        ("GetPolicy", {"FunctionName": "f"}),
        ("ListTags", {"Resource": "arn:aws:lambda:us-east-1:1:function:f"}),
    ],
)
def test_a_lambda_request_of_botocore_parses_to_what_went_in(
    name: str, request_members: dict[str, Any]
) -> None:
    operation = operation_model("lambda", name)
    serializer = create_serializer("rest-json", include_validation=False)
    request = serializer.serialize_to_request(request_members, operation)
    url = urlsplit(request["url_path"])
    headers = tuple((key.lower(), str(value)) for key, value in request["headers"].items())
    head = RequestHead(request["method"], url.path, urlencode(request["query_string"]), headers)
    assert rest_json.find_operation("lambda", head) == name
    assert rest_json.parse(operation, head, request["body"] or b"") == request_members


def test_botocore_reads_a_runtime_reply() -> None:
    parser = create_parser("rest-json")
    for operation in _operations("sagemaker-runtime"):
        for turn in range(20):
            wanted = _values("runtime", operation, turn, header_safe=True).of(operation.output_shape)
            if "Body" in wanted:
                wanted["Body"] = b"text, because botocore's parser decodes what it is not given as a stream"
            status, headers, body = rest_json.serialize(operation, wanted)
            answer = {"status_code": status, "headers": HeadersDict(headers), "body": body}
            found = parser.parse(answer, operation.output_shape)
            found.pop("ResponseMetadata")
            if "Body" in found:
                found["Body"] = found["Body"].encode()
            assert wanted.items() <= found.items()


def test_times_travel_as_epoch_seconds_with_milliseconds() -> None:
    operation = operation_model("sagemaker", "DescribeModel")
    at = datetime.fromisoformat("2026-01-02T03:04:05.678901+00:00")
    assert json_protocol.serialize(operation, {"CreationTime": at}) == b'{"CreationTime":1767323045.678}'
    whole = at.replace(microsecond=0) + timedelta(0)
    assert json_protocol.serialize(operation, {"CreationTime": whole}) == b'{"CreationTime":1767323045}'


def test_a_time_without_zone_is_an_error_of_the_server() -> None:
    operation = operation_model("sagemaker", "DescribeModel")
    with pytest.raises(TypeError, match="no time zone"):
        json_protocol.serialize(operation, {"CreationTime": datetime(2026, 1, 1)})


def test_absent_members_and_none_are_left_out() -> None:
    operation = operation_model("sagemaker", "DescribeModel")
    result = {"ModelName": "m", "VpcConfig": None, "Containers": None}
    assert json_protocol.serialize(operation, result) == b'{"ModelName":"m"}'


def test_an_operation_without_output_answers_an_empty_body() -> None:
    assert json_protocol.serialize(operation_model("sagemaker", "StopTrainingJob"), {}) == b""


def test_unknown_members_and_nulls_of_a_request_are_ignored() -> None:
    operation = operation_model("sagemaker", "DescribeModel")
    body = b'{"ModelName":"m","FromTheFuture":{"x":1},"Other":null}'
    assert json_protocol.parse(operation, body) == {"ModelName": "m"}


def test_an_empty_body_is_an_empty_request() -> None:
    assert json_protocol.parse(operation_model("sagemaker", "ListModels"), b"") == {}
