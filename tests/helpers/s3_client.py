"""A real boto3 client whose requests go directly to the S3 service, without HTTP and signatures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from trigpoint.services.context import RequestContext
from trigpoint.services.s3 import S3
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.services.s3.xml import NAMESPACE, document
from trigpoint.wire.errors import AwsError

CONTEXT = RequestContext(
    request_id="request-1",
    region="us-east-1",
    account_id="111122223333",
    access_key_id="AKIATEST",
    identity_arn="arn:aws:iam::111122223333:root",
    source_ip="127.0.0.1",
    base_url="http://127.0.0.1:8400",
    received_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def s3_client(s3: S3, **config: Any) -> Any:
    """A boto3 client that talks to `s3`."""
    settings = {"s3": {"addressing_style": "path"}, "retries": {"total_max_attempts": 1}, **config}
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://s3.test",
        aws_access_key_id="AKIATEST",
        aws_secret_access_key="secret",
        config=Config(**settings),
    )
    client.meta.events.register("before-send.s3", lambda request, **_: _answer(s3, request))
    return client


def request(
    method: str,
    bucket: str = "",
    key: str = "",
    *,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    trailers: dict[str, str] | None = None,
) -> S3Request:
    """A request as the chain passes it on."""
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return S3Request(
        method, bucket, key, query or {}, lower, io.BytesIO(body), lambda: trailers or {}, CONTEXT
    )


def body_of(response: S3Response) -> bytes:
    """All bytes of a reply."""
    if response.file is None:
        return response.body if isinstance(response.body, bytes) else b"".join(response.body)
    file, start, length = response.file
    assert not hasattr(file, "joinpath")
    with file:
        file.seek(start)
        return file.read(length)


def _answer(s3: S3, prepared: AWSPreparedRequest) -> AWSResponse:
    parts = urlsplit(prepared.url)
    bucket, _, key = parts.path.removeprefix("/").partition("/")
    headers = {name.lower(): _text(value) for name, value in prepared.headers.items()}
    body = prepared.body or b""
    asked = S3Request(
        prepared.method,
        unquote(bucket),
        unquote(key),
        dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers,
        io.BytesIO(body) if isinstance(body, bytes) else body,
        dict,
        CONTEXT,
    )
    try:
        response = s3.handle(asked)
        status, answered, content = response.status, response.headers, body_of(response)
    except AwsError as problem:
        fields = [("Code", problem.code), ("Message", problem.message), *problem.fields.items()]
        status, answered, content = problem.status, {}, _without_namespace(document("Error", fields))
    content = b"" if prepared.method == "HEAD" or status == 304 else content
    answered = {"x-amz-request-id": "1", "Content-Length": str(len(content)), **answered}
    return AWSResponse(prepared.url, status, answered, _Raw(content))


def _without_namespace(error: bytes) -> bytes:
    return error.replace(f' xmlns="{NAMESPACE}"'.encode(), b"")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


class _Raw(io.BytesIO):
    """What botocore reads a body from."""

    def stream(self, *_arguments: Any, **_options: Any) -> Iterator[bytes]:
        yield self.read()
