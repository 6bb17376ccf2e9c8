"""A browser's form upload: its policy is verified, then its file is put like any other object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote, urlencode, urlsplit

from trigpoint.server.exchange import AwsServices, Exchange
from trigpoint.server.http import HttpReply
from trigpoint.server.s3.address import S3Address
from trigpoint.server.s3.cors import ANY_ORIGIN
from trigpoint.server.s3.form import UploadForm
from trigpoint.services.context import RequestContext
from trigpoint.services.errors import read_only_key
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.services.s3.xml import tags_in
from trigpoint.wire.claims import ClaimRefused
from trigpoint.wire.errors import AwsError
from trigpoint.wire.head import RequestHead
from trigpoint.wire.post_policy import check_fields, read_policy, signer_of, verify_form
from trigpoint.wire.refusals import Manner, missing_credentials, refusal, unknown_key
from trigpoint.wire.sigv4 import Credential
from trigpoint.wire.xml import DECLARATION, element, escape

_OBJECT_HEADERS = frozenset(
    [
        "content-type",
        "content-encoding",
        "content-disposition",
        "content-language",
        "cache-control",
        "expires",
        "x-amz-storage-class",
        "x-amz-website-redirect-location",
    ]
)
_OBJECT_PREFIXES = ("x-amz-meta-", "x-amz-checksum-", "x-amz-server-side-encryption", "x-amz-object-lock-")


def posts_form(head: RequestHead) -> bool:
    """Whether the body is a form with parts, whatever its address is."""
    return head.method == "POST" and head.content_type == "multipart/form-data"


def is_form(head: RequestHead, address: S3Address) -> bool:
    """Whether this is a form upload: a POST of multipart/form-data to a bucket."""
    return posts_form(head) and not address.key


def put_form(exchange: Exchange, services: AwsServices, address: S3Address) -> HttpReply:
    """The reply to a form upload.

    Raises: AwsError, TrigpointError, Disconnected.
    """
    now = exchange.received_at
    form = UploadForm(exchange.source, exchange.head.header("content-type") or "")
    credential = _authenticated(form.fields, services.find_credential, now)
    policy = read_policy(form.fields["policy"])
    key = form.fields.get("key", "").replace("${filename}", form.file_name)
    check_fields(policy, {**form.fields, **({"key": key} if key else {})}, address.bucket, now)
    form.hold_to(policy)
    context = services.context(exchange, credential)
    if credential.read_only:
        raise read_only_key("s3", "PutObject", context.identity_arn)
    if not key:
        raise AwsError("InvalidArgument", "Bucket POST must contain a field named 'key'.", 400)
    request = S3Request("PUT", address.bucket, key, {}, _headers(form.fields), form, dict, context)
    response = services.s3.handle(request)
    form.drain()
    return _reply(form.fields, address, key, response, context)


def _authenticated(
    fields: Mapping[str, str], find: Callable[[str, str], Credential | None], now: datetime
) -> Credential:
    try:
        access_key_id = signer_of(fields)
        if access_key_id is None:
            raise missing_credentials(Manner.S3)
        credential = find(access_key_id, fields.get("x-amz-security-token", ""))
        if credential is None:
            raise unknown_key(Manner.S3, access_key_id)
        verify_form(fields, credential, now)
    except ClaimRefused as refused:
        raise refusal(Manner.S3, refused) from None
    return credential


def _headers(fields: Mapping[str, str]) -> dict[str, str]:
    """The headers of a PUT that does the same as the form; the service refuses those that it does not serve."""
    headers = {
        name: value
        for name, value in fields.items()
        if name in _OBJECT_HEADERS or name.startswith(_OBJECT_PREFIXES)
    }
    if "acl" in fields:
        headers["x-amz-acl"] = fields["acl"]
    if "tagging" in fields:
        headers["x-amz-tagging"] = urlencode(tags_in(fields["tagging"]))
    return headers


def _reply(
    fields: Mapping[str, str], address: S3Address, key: str, response: S3Response, context: RequestContext
) -> HttpReply:
    etag = response.headers.get("ETag", "")
    location = f"{context.base_url}/{'' if address.host_bucket else address.bucket + '/'}{quote(key)}"
    headers = {**ANY_ORIGIN, **response.headers, "Location": location}
    target = fields.get("success_action_redirect") or fields.get("redirect") or ""
    if urlsplit(target).scheme in ("http", "https"):
        query = urlencode({"bucket": address.bucket, "key": key, "etag": etag})
        headers["Location"] = f"{target}{'&' if '?' in target else '?'}{query}"
        return HttpReply(303, {**headers, "Content-Length": "0"})
    status = fields.get("success_action_status", "")
    if status == "201":
        parts = {"Location": location, "Bucket": address.bucket, "Key": key, "ETag": etag}
        content = "".join(element(name, escape(value)) for name, value in parts.items())
        body = DECLARATION + element("PostResponse", content).encode()
        return HttpReply(
            201, {**headers, "Content-Type": "application/xml", "Content-Length": str(len(body))}, body
        )
    if status == "200":
        return HttpReply(200, {**headers, "Content-Length": "0"})
    headers.pop("Content-Length", None)
    return HttpReply(204, headers)
