"""Every request to the control plane is answered or refused: never a 500, never a hang."""

from __future__ import annotations

import http.client
import json
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpers.live_server import serving
from helpers.scratch_app import least_requests, scratch_app
from helpers.shape_values import Values
from helpers.toy_aws import KEY
from helpers.valid_values import least
from trigpoint.core.clock import SystemClock
from trigpoint.core.json_size import MAX_VALUES
from trigpoint.core.paging import encode_token
from trigpoint.db import Database
from trigpoint.server.aws_app import AwsApp
from trigpoint.services.dispatch import OperationTable, Served
from trigpoint.settings import Settings

HANG_S = 20.0
JSON_SERVICES = ("sagemaker", "logs", "monitoring")
QUERY_SERVICES = ("sts", "iam", "monitoring")
CREDENTIALS = Credentials(KEY.access_key_id, KEY.secret_access_key)

fuzzed = hypothesis_settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ODD_TEXTS = [
    "",
    "\0",
    "a\0b",
    "\ud800",
    "🚗" * 100,
    "%s%n",
    "' OR 1=1 --",
    "../../x",
    "a" * 70_000,
    "\u202e",
    "arn:",
]
ODD_TEXTS += [
    "s3://",
    "s3:///x",
    "s3://lab",
    "https://lab",
    "arn:aws:sagemaker:::",
    "2026-99-99",
    "1e400",
    "null",
]
ODD_TEXTS += ["https://[", "s3://[::1/x", "arn:aws:sagemaker:us-east-1:111122223333:model/", "{{", "{% if %}"]
ODD_NUMBERS = [0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 0.5, 1e308, float("inf"), float("nan"), -0.0]
ODD_NUMBERS += [253402300800, -62135596801, 1e17]
odd = st.one_of(
    st.sampled_from(
        [*ODD_TEXTS, *ODD_NUMBERS, None, True, False, [], {}, [None], {"": None}, [[]], {"a": {}}]
    ),
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.recursive(st.none() | st.booleans() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3)),
)


KNOWN_TEXTS = [
    "model-1",
    "config-1",
    "ui-1",
    "crew",
    "CREW",
    "s3://lab/in.manifest",
    "s3://lab/a",
    "a",
    "1-1",
]
KNOWN_TEXTS += [
    f"arn:aws:sagemaker:us-east-1:111122223333:{resource}"
    for resource in (
        "model/model-1",
        "workteam/private-crowd/crew",
        "workforce/default",
        "human-task-ui/ui-1",
        "a/b",
    )
]
_FORGED = [
    {},
    {"at": 1},
    {"name": 1},
    {"name": "a", "at": "x"},
    {"created_at": 1e9},
    {"key": []},
    {"start": -1},
]
_FORGED += [
    {"start": 10**30},
    {"ms": 1, "stream": 2, "offset": "x"},
    {"id": "a", "name": "b", "status": None},
]
KNOWN_TEXTS += [encode_token(position) for position in _FORGED]


def similar(value: Any) -> st.SearchStrategy[Any]:
    """Values of the same JSON type, which get further than others."""
    match value:
        case str():
            return st.sampled_from([*KNOWN_TEXTS, *ODD_TEXTS]) | st.text(max_size=20)
        case bool():
            return st.booleans()
        case int() | float():
            return (
                st.sampled_from([0, 1, 2, 99, 100, 101, 2**31 - 1, -62135596800, 253402300799])
                | st.integers()
            )
        case list():
            return st.sampled_from([[], value * 2, value * 51])
        case _:
            return st.sampled_from([{}, value])


class Caller:
    """Signed requests to the application, over one connection."""

    def __init__(self, url: str, table: OperationTable) -> None:
        self.table = table
        self._url = url
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=HANG_S)

    def served(self, services: tuple[str, ...]) -> list[Served]:
        there = [service for service in services if service in self.table.services]
        return [self.table.find(service, name) for service in there for name in self.table.names(service)]

    def send(self, service: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        signing = "sagemaker" if service == "sagemaker-runtime" else service
        request = AWSRequest("POST", self._url + path, headers, body)
        SigV4Auth(CREDENTIALS, signing, "us-east-1").add_auth(request)
        try:
            self._connection.request("POST", path, body, dict(request.headers))
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (ConnectionError, http.client.RemoteDisconnected):
            self._connection.close()  # a refusal before the body was read closes the connection
            return 400, b""

    def send_json(self, service: str, operation: str, body: bytes) -> tuple[int, bytes]:
        prefix = self.table.find(service, operation).model.service_model.metadata["targetPrefix"]
        headers = {"X-Amz-Target": f"{prefix}.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        return self.send(service, "/", headers, body)


@pytest.fixture
def caller(database: Database, tmp_path: Path) -> Iterator[Caller]:
    with scratch_app(database, tmp_path) as scratch:
        for name in ("CreateModel", "CreateEndpointConfig", "CreateHumanTaskUi"):
            scratch.call(name, **least_requests()[name])
        app, settings = scratch.application, Settings(data_dir=tmp_path / "data")
        keys = {KEY.access_key_id: KEY}
        aws = AwsApp(app.operations, app.s3, keys.get, settings, SystemClock())
        with serving(aws) as url:
            yield Caller(url, app.operations)


def check(answer: tuple[int, bytes], what: Any) -> None:
    status, body = answer
    assert status < 500, (status, body[:500], what)


@fuzzed
@given(data=st.data(), seed=st.integers(0, 1 << 32))
def test_a_request_with_an_odd_value_anywhere_is_answered_or_refused(
    caller: Caller, data: st.DataObject, seed: int
) -> None:
    operation = data.draw(st.sampled_from(caller.served(JSON_SERVICES)))
    document = valid(operation, seed)
    place = data.draw(st.sampled_from(places(document)))
    value = data.draw(st.one_of(odd, *[similar(at(document, place))] * 4))
    check(
        caller.send_json(operation.service, operation.name, dump(replaced(document, place, value))),
        (operation.name, place, value),
    )


@fuzzed
@given(data=st.data(), seed=st.integers(0, 1 << 32))
def test_a_body_with_bytes_changed_is_answered_or_refused(
    caller: Caller, data: st.DataObject, seed: int
) -> None:
    operation = data.draw(st.sampled_from(caller.served(JSON_SERVICES)))
    body = dump(valid(operation, seed))
    begin = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(begin, min(len(body), begin + 8)))
    pieces = [b"", b"\0", b"\xff", b"[", b"{", b'"', b"\\u0000", b"\\ud800", b"NaN", b"1e999", b",", b"//"]
    piece = data.draw(st.sampled_from(pieces) | st.binary(max_size=4))
    changed = body[:begin] + piece + body[end:]
    check(caller.send_json(operation.service, operation.name, changed), (operation.name, changed))


@fuzzed
@given(data=st.data(), seed=st.integers(0, 1 << 32), value=st.sampled_from(ODD_TEXTS) | st.text(max_size=20))
def test_a_form_with_an_odd_field_is_answered_or_refused(
    caller: Caller, data: st.DataObject, seed: int, value: str
) -> None:
    operation = data.draw(st.sampled_from(caller.served(QUERY_SERVICES)))
    fields = {"Action": operation.name, "Version": "2011-06-15", **flat(valid(operation, seed))}
    name = data.draw(st.sampled_from([*fields, "X.member.1.member.2", "ActionNames.member.0", "a" * 300, ""]))
    body = urlencode({**fields, name: value.encode("utf-8", "surrogatepass")}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    check(caller.send(operation.service, "/", headers, body), (operation.name, name, value))


@fuzzed
@given(
    name=st.sampled_from(["endpoint-1", "%00", "%ff", "a%2fb", "..", "x" * 300, "%F0%9F%9A%97"]),
    tail=st.sampled_from(["invocations", "async-invocations", "invocations-response-stream", "", "x?y=%00"]),
    header=st.sampled_from(
        ["Accept", "Content-Type", "X-Amzn-SageMaker-Target-Variant", "X-Amzn-SageMaker-X"]
    ),
    value=st.sampled_from(["", "\xe9", "image/jpeg", "*/*", "a" * 5000, "application/json; charset=latin-9"]),
    body=st.binary(max_size=50),
)
def test_an_invocation_of_any_kind_is_answered_or_refused(
    caller: Caller, name: str, tail: str, header: str, value: str, body: bytes
) -> None:
    path = f"/endpoints/{name}/{tail}"
    check(caller.send("sagemaker-runtime", path, {header: value}, body), (path, header, value))


def test_bodies_that_no_client_sends_are_refused_at_once(caller: Caller) -> None:
    def said(body: bytes, operation: str = "ListTrainingJobs") -> tuple[int, str]:
        status, answer = caller.send_json("sagemaker", operation, body)
        return status, str(json.loads(answer or b"{}").get("__type", ""))

    assert said(b"[" * 200_000) == (400, "SerializationException")
    assert said(b'{"a":' * 100_000 + b"1" + b"}" * 100_000) == (400, "SerializationException")
    assert said(b'{"MaxResults":' + b"9" * 100_000 + b"}") == (400, "SerializationException")
    assert said(b'{"NameContains":"%s"}' % (b"a" * (10 << 20)))[0] in (400, 413)
    assert said(b'{"NameContains":"%s"}' % (b"a" * (7 << 20))) == (400, "ValidationException")
    assert said(b'{"NameContains":"a\\u0000b"}') == (400, "SerializationException")
    assert said(b'{"MaxResults":1,"MaxResults":2}') == (200, "")
    assert said(b'{"MaxResults":1,"MaxResults":"x"}') == (400, "SerializationException")
    assert said(b'{"Tags":[' + b"[]," * MAX_VALUES + b"1]}") == (413, "RequestEntityTooLargeException")
    assert said(b'{"MaxResults":NaN}') == (400, "SerializationException")
    assert said(b'{"NameContains":"\xff"}') == (400, "SerializationException")
    assert said(b"{%s}" % b",".join(b'"k%d":1' % n for n in range(100_000))) == (200, "")
    assert said(b'{"Tags":[' + b'{"Key":"a","Value":"b"},' * 80_000 + b"{}]}", "CreateModel")[0] == 400
    assert said(b"\xef\xbb\xbf{}") == (400, "SerializationException")


def test_forms_that_no_client_sends_are_refused_at_once(caller: Caller) -> None:
    def said(body: bytes) -> int:
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        status, answer = caller.send(
            "monitoring", "/", headers, b"Action=ListMetrics&Version=2010-08-01&" + body
        )
        assert status < 500, (status, answer[:500], body[:100])
        return status

    assert said(b"&" * (7 << 20)) == 400
    assert said(b"a=b&" * 9_000) == 200
    assert said(b"Namespace=" + b"%41" * (2 << 20)) == 400
    assert said(b"MetricName=%ff") == 400
    assert said(b"MetricName=%00") == 400
    assert said(b"x" + b".member.1" * 100_000 + b"=1") == 400
    assert said(b"&".join(b"Dimensions.member.%d.Name=a" % number for number in range(1, 9_000))) == 400
    assert said(b"Dimensions.member.%s.Name=a" % (b"9" * 5000)) == 200  # no position, so ignored
    assert said(b"Action=GetMetricStatistics&Period=" + b"9" * 5000) == 400
    assert said(b"Action=GetMetricStatistics&StartTime=" + b"9" * 5000) == 400


def test_invocations_that_no_client_sends_are_refused_at_once(caller: Caller) -> None:
    for body in (b"[" * 200_000, b"\xff" * 1000, b'{"a":' * 100_000, b"[]," * (2 << 20)):
        for content_type in ("application/json", "application/x-amz-json-1.1", "text/csv"):
            headers = {"Content-Type": content_type, "X-Amzn-SageMaker-Custom-Attributes": "a" * 1025}
            check(caller.send("sagemaker-runtime", "/endpoints/x/invocations", headers, body), body[:10])


def test_a_target_or_content_type_that_is_wrong_is_refused(caller: Caller) -> None:
    for target in (
        "",
        "SageMaker",
        "SageMaker.",
        "SageMaker.Nope",
        "Logs_20140328.DescribeLogGroups",
        "\xe9",
        "." * 999,
    ):
        for content_type in (
            "application/x-amz-json-1.1",
            "text/html",
            "application/x-www-form-urlencoded",
            "",
        ):
            headers = {"X-Amz-Target": target, "Content-Type": content_type}
            status, body = caller.send("sagemaker", "/", headers, b"{}")
            assert status in (400, 403, 404, 405), (status, body, headers)


# -- requests


def valid(operation: Served, seed: int) -> Any:
    """A JSON document for the operation: an accepted one, a minimal one, or random values of its shapes."""
    shape = operation.model.input_shape
    if shape is None:
        return {}
    choice = seed % 8
    if choice < 5 and operation.name in least_requests():
        return least_requests()[operation.name]
    if choice == 7:
        value = Values(seed).of(shape)
    else:
        value = {
            name: least(member) for name, member in shape.members.items() if name in shape.required_members
        }
        optional = [name for name in shape.members if name not in value]
        for name in random.Random(seed).sample(optional, k=min(seed % 4, len(optional))):
            try:
                value[name] = least(shape.members[name])
            except AssertionError:
                continue  # no known text matches its pattern
    return plain(value)


def plain(value: Any) -> Any:
    """The value with times and blobs as JSON has them."""
    match value:
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case datetime():
            return value.timestamp()
        case bytes():
            return "AAAA"
        case _:
            return value


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in the document, including the document itself."""
    found = [path]
    items = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, item in items:
        found += places(item, (*path, key))
    return found


def at(document: Any, path: tuple[Any, ...]) -> Any:
    """The value at the path."""
    for key in path:
        document = document[key]
    return document


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with the value at the path."""
    if not path:
        return value
    inner = replaced(document[path[0]], path[1:], value)
    if isinstance(document, dict):
        return {**document, path[0]: inner}
    return [inner if index == path[0] else item for index, item in enumerate(document)]


def dump(document: Any) -> bytes:
    return json.dumps(document).encode("utf-8", "surrogatepass")


def flat(document: Any, prefix: str = "") -> dict[str, str]:
    """The document as form fields."""
    if isinstance(document, dict):
        pairs = [(f"{prefix}.{key}" if prefix else key, item) for key, item in document.items()]
    elif isinstance(document, list):
        pairs = [(f"{prefix}.member.{index}", item) for index, item in enumerate(document, 1)]
    else:
        return {prefix: str(document)}
    return {name: text for path, item in pairs for name, text in flat(item, path).items()}
