"""The Lambda API with boto3: what notebooks do with functions, and what is refused."""

from __future__ import annotations

import base64
import io
import json
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from helpers.live_server import serving
from helpers.scratch_app import ACCOUNT, ROLE, ScratchApp
from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.compute.logs import read_lines
from trigpoint.core.clock import SystemClock
from trigpoint.functions.code import MAX_ENTRIES, MAX_UNPACKED_BYTES

ECHO = "import os\ndef handler(event, context):\n    print('seen', event)\n    return {'got': event, 'mode': os.environ.get('MODE')}\n"
Create = Callable[..., dict[str, Any]]


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.fixture(scope="module")
def client(app: ScratchApp) -> Iterator[Any]:
    settings = app.application.settings
    key = AccessKeys(app.application.database, SecretBox(settings.key_file), SystemClock()).create("root")
    with serving(app.application.asgi) as url:
        yield boto3.client(
            "lambda",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}),
        )
    app.application.invoker.stop()


@pytest.fixture
def create(client: Any) -> Iterator[Create]:
    made = set()

    def make(name: str, code: str | bytes | Mapping[str, str] = ECHO, **fields: Any) -> dict[str, Any]:
        files = {"main.py": code} if isinstance(code, str | bytes) else code
        request: dict[str, Any] = {
            "FunctionName": name,
            "Runtime": "python3.12",
            "Role": ROLE,
            "Handler": "main.handler",
            "Code": {"ZipFile": zipped(files)},
            "Timeout": 60,
            **fields,
        }
        created: dict[str, Any] = client.create_function(**request)
        made.add(name)
        return created

    yield make
    for name in made:
        client.delete_function(FunctionName=name)


def refusal(call: Callable[..., Any], **request: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    response = caught.value.response
    return (
        response["Error"]["Code"],
        response["Error"]["Message"],
        response["ResponseMetadata"]["HTTPStatusCode"],
    )


def test_a_new_function_is_active_and_shown(client: Any, create: Create) -> None:
    created = create("echo", Environment={"Variables": {"MODE": "test"}}, Tags={"a": "b"}, Publish=True)
    assert created["FunctionArn"] == f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:echo"
    assert (created["Version"], created["State"], created["Timeout"]) == ("$LATEST", "Active", 60)
    assert created["Environment"] == {"Variables": {"MODE": "test"}}
    client.get_waiter("function_active_v2").wait(FunctionName="echo")
    client.get_waiter("function_updated_v2").wait(FunctionName="echo")
    found = client.get_function(FunctionName=created["FunctionArn"] + ":$LATEST")
    assert found["Configuration"]["CodeSha256"] == created["CodeSha256"]
    assert found["Tags"] == client.list_tags(Resource=created["FunctionArn"])["Tags"] == {"a": "b"}
    assert created["CodeSize"] == len(zipped({"main.py": ECHO}))


def test_a_call_returns_the_result_and_the_end_of_the_log(
    client: Any, create: Create, app: ScratchApp
) -> None:
    create("called", Environment={"Variables": {"MODE": "x"}})
    reply = client.invoke(FunctionName="called", Payload=b'{"n": 1}', LogType="Tail")
    assert (reply["StatusCode"], "FunctionError" in reply) == (200, False)
    assert json.loads(reply["Payload"].read()) == {"got": {"n": 1}, "mode": "x"}
    lines = base64.b64decode(reply["LogResult"]).decode().splitlines()
    assert lines[0].startswith("START RequestId: ") and lines[1] == "seen {'n': 1}"
    assert lines[2].startswith("END RequestId: ") and "Memory Size: 128 MB" in lines[3]
    (group,) = [
        group
        for group in app.call("DescribeLogGroups", "logs")["logGroups"]
        if group["logGroupName"] == "/aws/lambda/called"
    ]
    streams = app.call("DescribeLogStreams", "logs", logGroupName=group["logGroupName"])["logStreams"]
    events = app.call(
        "GetLogEvents",
        "logs",
        logGroupName=group["logGroupName"],
        logStreamName=streams[0]["logStreamName"],
    )["events"]
    assert [event["message"] for event in events] == lines


def test_an_exception_is_a_function_error(client: Any, create: Create) -> None:
    create("failing", "def handler(event, context):\n    raise ValueError('not today')\n")
    reply = client.invoke(FunctionName="failing")
    described = json.loads(reply["Payload"].read())
    assert reply["FunctionError"] == "Unhandled"
    assert (described["errorType"], described["errorMessage"]) == ("ValueError", "not today")


def test_a_call_that_takes_too_long_is_a_function_error(client: Any, create: Create) -> None:
    create("slow", "import time\ndef handler(event, context):\n    time.sleep(100)\n", Timeout=1)
    reply = client.invoke(FunctionName="slow")
    described = json.loads(reply["Payload"].read())
    assert (reply["FunctionError"], described["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert "Task timed out after 1.00 seconds" in described["errorMessage"]


def test_new_code_is_used_by_the_next_call(client: Any, create: Create) -> None:
    before = create("changing")
    client.invoke(FunctionName="changing")
    after = client.update_function_code(
        FunctionName="changing",
        ZipFile=zipped({"main.py": "def handler(event, context):\n    return 'new'\n"}),
        RevisionId=before["RevisionId"],
    )
    assert json.loads(client.invoke(FunctionName="changing")["Payload"].read()) == "new"
    code, _, status = refusal(
        client.update_function_code,
        FunctionName="changing",
        ZipFile=zipped({"main.py": ECHO}),
        RevisionId=before["RevisionId"],
    )
    assert (code, status) == ("PreconditionFailedException", 412)
    assert after["RevisionId"] != before["RevisionId"]


def test_code_can_come_from_a_bucket(client: Any, create: Create, app: ScratchApp) -> None:
    app.application.objects.put("lab", "code.zip", zipped({"main.py": ECHO}))
    created = create("from-s3", Code={"S3Bucket": "lab", "S3Key": "code.zip"})
    assert created["CodeSize"] > 0
    code, message, _ = refusal(
        client.update_function_code, FunctionName="from-s3", S3Bucket="lab", S3Key="absent.zip"
    )
    assert code == "InvalidParameterValueException" and "s3://lab/absent.zip cannot be read" in message


def test_a_changed_configuration_is_used_by_the_next_call(client: Any, create: Create) -> None:
    create("configured")
    changed = client.update_function_configuration(
        FunctionName="configured",
        Timeout=30,
        MemorySize=256,
        Environment={"Variables": {"MODE": "later"}},
        TracingConfig={"Mode": "Active"},
    )
    assert (changed["Timeout"], changed["MemorySize"], changed["TracingConfig"]) == (
        30,
        256,
        {"Mode": "Active"},
    )
    assert client.get_function_configuration(FunctionName="configured")["Handler"] == "main.handler"
    assert json.loads(client.invoke(FunctionName="configured")["Payload"].read())["mode"] == "later"


def test_functions_are_listed_in_pages(client: Any, create: Create) -> None:
    for name in ("page-a", "page-b", "page-c"):
        create(name)
    pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    assert names == sorted(names) and {"page-a", "page-b", "page-c"} <= set(names)


def test_permissions_are_shown_and_have_no_effect(client: Any, create: Create) -> None:
    create("permitted")
    assert refusal(client.get_policy, FunctionName="permitted")[0] == "ResourceNotFoundException"
    asked = {
        "FunctionName": "permitted",
        "StatementId": "gt",
        "Action": "lambda:InvokeFunction",
        "Principal": "sagemaker.amazonaws.com",
        "SourceAccount": ACCOUNT,
    }
    client.add_permission(**asked)
    assert refusal(client.add_permission, **asked)[0] == "ResourceConflictException"
    (statement,) = json.loads(client.get_policy(FunctionName="permitted")["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    client.remove_permission(FunctionName="permitted", StatementId="gt")
    assert refusal(client.remove_permission, FunctionName="permitted", StatementId="gt")[2] == 404


def test_a_deleted_function_is_gone(client: Any, create: Create) -> None:
    create("short-lived")
    client.delete_function(FunctionName="short-lived")
    code, message, status = refusal(client.invoke, FunctionName="short-lived")
    assert (code, status) == ("ResourceNotFoundException", 404)
    assert message == f"Function not found: arn:aws:lambda:us-east-1:{ACCOUNT}:function:short-lived"
    create("short-lived")


def test_a_name_is_taken_once(client: Any, create: Create) -> None:
    create("taken")
    assert refusal(create, name="taken") == (
        "ResourceConflictException",
        "Function already exist: taken",
        409,
    )


def _link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("link.py")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def _compressed(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("main.py", ECHO)
    return out.getvalue()


def _damaged() -> bytes:
    archive = bytearray(zipped({"main.py": ECHO * 100}))
    archive[60:80] = bytes(20)
    return bytes(archive)


@pytest.mark.parametrize(
    "archive, text",
    [
        (lambda: b"not a zip archive", "cannot be unpacked"),
        (lambda: zipped({"../outside.py": "x"}), "would be outside of the folder"),
        (lambda: zipped({"/outside.py": "x"}), "would be outside of the folder"),
        (_link, "links are not followed"),
        (_damaged, "cannot be unpacked"),
        (lambda: _compressed(zipfile.ZIP_BZIP2), "'main.py' is compressed by a method"),
        (lambda: _compressed(zipfile.ZIP_LZMA), "store or deflate it"),
        (lambda: zipped({"big": bytes(MAX_UNPACKED_BYTES + 1)}), "unpacks to more than"),
        (lambda: zipped({f"{n}": b"" for n in range(MAX_ENTRIES + 1)}), "members; at most"),
        (lambda: bytes(50 * 2**20 + 1), "at most 52428800"),
    ],
)
def test_a_bad_archive_is_refused_and_leaves_nothing(
    client: Any, create: Create, app: ScratchApp, archive: Callable[[], bytes], text: str
) -> None:
    folder = app.application.settings.functions_dir / "code"
    before = set(folder.glob("*"))
    code, message, _ = refusal(create, name="bad-archive", Code={"ZipFile": archive()})
    assert code == "InvalidParameterValueException" and text in message
    assert set(folder.glob("*")) == before


@pytest.mark.parametrize(
    "fields, text",
    [
        ({"Runtime": "nodejs20.x"}, "only Python functions are run here"),
        ({"PackageType": "Image", "Code": {"ImageUri": "x"}}, "container images are not run"),
        ({"Layers": ["arn:aws:lambda:us-east-1:111122223333:layer:l:1"]}, "into the zip archive"),
        ({"Handler": "handler"}, "must be module.function"),
        ({"Timeout": 901}, "it must be 1 to 900 seconds"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "is set for every function"),
        ({"Environment": {"Variables": {"A_B": "x" * 5000}}}, "at most 4096 are allowed"),
        ({"Code": {}}, "must have ZipFile"),
        ({"FunctionName": "PRE-Mine"}, "those of built-in functions"),
    ],
)
def test_a_function_that_cannot_run_is_refused(
    client: Any, create: Create, fields: dict[str, Any], text: str
) -> None:
    name = fields.pop("FunctionName", "refused")
    code, message, status = refusal(create, name=name, **fields)
    assert (code, status) == ("InvalidParameterValueException", 400) and text in message


def test_an_event_must_be_json_of_limited_length(client: Any, create: Create) -> None:
    create("picky")
    assert refusal(client.invoke, FunctionName="picky", Payload=b"{")[0] == "InvalidRequestContentException"
    long = json.dumps("x" * (6 * 2**20)).encode()
    assert refusal(client.invoke, FunctionName="picky", Payload=long)[2] == 413
    assert client.invoke(FunctionName="picky", InvocationType="DryRun")["StatusCode"] == 204
    assert refusal(client.invoke, FunctionName="picky", Qualifier="7")[0] == "ResourceNotFoundException"


def test_an_event_for_later_is_kept_and_then_handled(client: Any, create: Create, app: ScratchApp) -> None:
    create("later", "def handler(event, context):\n    print('handled', event['n'])\n")
    reply = client.invoke(FunctionName="later", InvocationType="Event", Payload=b'{"n": 7}')
    assert reply["StatusCode"] == 202
    assert app.application.function_loop.run_due() == 1
    (path,) = (app.application.settings.functions_dir / "logs" / "later").iterdir()
    assert "handled 7" in [text for _, text in read_lines(path, 0)[0]]
    assert app.application.function_loop.run_due() == 0


def test_an_operation_that_is_not_served_says_what_to_do(client: Any) -> None:
    code, message, _ = refusal(client.create_alias, FunctionName="f", Name="live", FunctionVersion="1")
    assert code == "UnknownOperationException" and "name it without a qualifier" in message
