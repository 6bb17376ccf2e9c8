"""A read-only key with every operation of every service model, and with presigned URLs and forms of S3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from helpers.live_server import serving
from helpers.scratch_app import ScratchApp, least_requests
from helpers.valid_values import least
from trigpoint.access.keys import AccessKey, AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import SystemClock
from trigpoint.wire.model import operation_model

SERVICES = ("sagemaker", "sagemaker-runtime", "logs", "monitoring", "sts", "iam", "lambda")
CLIENTS = {"monitoring": "cloudwatch"}
READING = re.compile(r"(Describe|List|Get|Filter|Simulate|Render|Assume|InvokeEndpoint$|InvokeEndpointWith)")


@pytest.fixture(scope="module")
def reader(app: ScratchApp) -> AccessKey:
    settings = app.application.settings
    keys = AccessKeys(app.application.database, SecretBox(settings.key_file), SystemClock())
    keys.create("root")
    return keys.create("reader", read_only=True)


@pytest.fixture(scope="module")
def url(app: ScratchApp) -> Iterator[str]:
    with serving(app.application.asgi) as url:
        yield url


def client(url: str, key: AccessKey, service: str, **config: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, **config),
    )


def code_of(made_by: Any, operation: str, request: dict[str, Any]) -> tuple[str, str]:
    """Code and message of the refusal, or empty texts if the operation was answered."""
    try:
        made_by._make_api_call(operation, request)
    except ClientError as refusal:
        return refusal.response["Error"]["Code"], refusal.response["Error"]["Message"]
    return "", ""


@pytest.mark.parametrize("service", SERVICES)
def test_an_operation_that_changes_something_is_refused_and_no_other(
    app: ScratchApp, reader: AccessKey, url: str, service: str
) -> None:
    made_by = client(url, reader, CLIENTS.get(service, service))
    names = app.application.operations.names(service)
    assert names
    wrong = []
    for name in names:
        shape = operation_model(service, name).input_shape
        request = least_requests().get(name) or (least(shape) if shape is not None else {})
        code, message = code_of(made_by, name, request)
        denied = "its key is read-only" in message and code in ("AccessDenied", "AccessDeniedException")
        if denied == (READING.match(name) is not None):
            wrong.append(f"{name}: {code} {message}")
    assert wrong == []


def everything(app: ScratchApp) -> list[Any]:
    """Everything in all buckets, with the metadata of each object."""
    objects = app.application.objects
    return [
        [(bucket.name, info) for info in objects.iterate(bucket.name, "")] or bucket.name
        for bucket in objects.list_buckets()
    ]


def test_every_operation_of_s3_that_is_no_get_or_head_is_refused(
    app: ScratchApp, reader: AccessKey, url: str
) -> None:
    made_by = client(url, reader, "s3", s3={"addressing_style": "path"})
    before, answered = everything(app), []
    for name in made_by.meta.service_model.operation_names:
        model = made_by.meta.service_model.operation_model(name)
        if model.http["method"] in ("GET", "HEAD") or model.endpoint:
            continue
        request = {**_least_of_s3(model), "Bucket": "lab"}
        if "Key" in model.input_shape.members:
            request["Key"] = "a.png"
        code, message = code_of(made_by, name, request)
        if code != "AccessDenied":
            answered.append(f"{name}: {code} {message}")
    assert answered == []
    assert everything(app) == before


def _least_of_s3(model: Any) -> dict[str, Any]:
    """The required members. botocore fills in bodies and the like."""
    found = {}
    for name in model.input_shape.required_members:
        member = model.input_shape.members[name]
        if member.type_name == "string":
            found[name] = (member.enum or ["lab/a.png" if name == "CopySource" else "x"])[0]
        elif member.type_name == "integer":
            found[name] = 1
        elif member.type_name == "structure":
            found[name] = {"Objects": [{"Key": "a.png"}]} if name == "Delete" else {}
    return found


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_neither_presigned_urls_nor_forms_get_more_than_the_key(
    app: ScratchApp, reader: AccessKey, url: str, version: str
) -> None:
    made_by = client(url, reader, "s3", signature_version=version, s3={"addressing_style": "path"})
    before = everything(app)
    where = {"Bucket": "lab", "Key": "a.png"}
    presigned = {
        method: made_by.generate_presigned_url(operation, where)
        for method, operation in (("PUT", "put_object"), ("DELETE", "delete_object"))
    }
    form = made_by.generate_presigned_post("lab", "form.png")
    with httpx.Client(trust_env=False) as http:
        answers = [http.request(method, link, content=b"") for method, link in presigned.items()]
        answers.append(http.post(form["url"], data=form["fields"], files={"file": b"x"}))
        for answer in answers:
            assert answer.status_code == 403, answer.text
            assert "<Code>AccessDenied</Code>" in answer.text
            assert "its key is read-only" in answer.text
        assert http.get(made_by.generate_presigned_url("get_object", where)).status_code == 200
    assert everything(app) == before


def test_another_protocol_does_not_get_around_a_read_only_key(
    app: ScratchApp, reader: AccessKey, url: str
) -> None:
    """PutMetricData as a form, as old clients send it, and with the name of a reading operation in its query."""
    form = (
        "Action=PutMetricData&Version=2010-08-01&Namespace=N"
        "&MetricData.member.1.MetricName=m&MetricData.member.1.Value=1"
    )
    credentials = Credentials(reader.access_key_id, reader.secret_access_key)
    for query in ("", "?Action=ListMetrics"):
        request = AWSRequest(
            "POST",
            f"{url}/{query}",
            data=form,
            headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        )
        SigV4Auth(credentials, "monitoring", "us-east-1").add_auth(request)
        answer = httpx.post(f"{url}/{query}", content=form, headers=dict(request.headers), trust_env=False)
        assert answer.status_code in (400, 403) and "AccessDenied" in answer.text, answer.text
    assert client(url, reader, "cloudwatch").list_metrics(Namespace="N")["Metrics"] == []
