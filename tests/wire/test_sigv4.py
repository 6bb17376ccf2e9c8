"""SigV4 matches AWS's published vectors, accepts what botocore signs, and refuses every change to it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from trigpoint.wire.claims import ClaimRefused, Reason, Scheme, carries_credentials, find_claim
from trigpoint.wire.head import RequestHead
from trigpoint.wire.refusals import Manner, refusal
from trigpoint.wire.sigv4 import UNSIGNED_PAYLOAD, Credential, presigned_query, verify

EMPTY = hashlib.sha256(b"").hexdigest()
SUITE = Credential("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "suite")
SUITE_TIME = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
S3_DOCS = Credential("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "docs")
S3_TIME = datetime(2013, 5, 24, tzinfo=UTC)


def _check(head: RequestHead, credential: Credential, payload_hash: str, now: datetime) -> None:
    claim = find_claim(head)
    assert claim is not None
    verify(head, claim, credential, payload_hash, now)


def _refused(head: RequestHead, credential: Credential, payload_hash: str, now: datetime) -> ClaimRefused:
    with pytest.raises(ClaimRefused) as caught:
        _check(head, credential, payload_hash, now)
    return caught.value


def _suite_request(
    method: str, target: str, signature: str, *extra: tuple[str, str], signed: str = "host;x-amz-date"
) -> RequestHead:
    path, _, query = target.partition("?")
    scope = "20150830/us-east-1/service/aws4_request"
    credential = f"Credential={SUITE.access_key_id}/{scope}"
    authorization = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={signed}, Signature={signature}"
    headers = (("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z"), *extra)
    return RequestHead(method, path, query, (*headers, ("authorization", authorization)))


@pytest.mark.parametrize(
    ("method", "target", "signature"),
    [
        ("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        ("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("GET", "/%E1%88%B4", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        (
            "GET",
            "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        ),
        ("GET", "/example/..", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ],
)
def test_the_published_suite_is_accepted(method: str, target: str, signature: str) -> None:
    _check(_suite_request(method, target, signature), SUITE, EMPTY, SUITE_TIME)


def test_the_published_form_post_is_accepted() -> None:
    body = hashlib.sha256(b"Param1=value1").hexdigest()
    signature = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
    content_type = ("content-type", "application/x-www-form-urlencoded")
    signed = "content-type;host;x-amz-date"
    _check(_suite_request("POST", "/", signature, content_type, signed=signed), SUITE, body, SUITE_TIME)


def _s3_request(
    method: str, target: str, signature: str, payload: str, signed: str, *extra: tuple[str, str]
) -> RequestHead:
    path, _, query = target.partition("?")
    scope = "20130524/us-east-1/s3/aws4_request"
    credential = f"Credential={S3_DOCS.access_key_id}/{scope}"
    authorization = f"AWS4-HMAC-SHA256 {credential},SignedHeaders={signed},Signature={signature}"
    headers = (
        ("host", "examplebucket.s3.amazonaws.com"),
        ("x-amz-content-sha256", payload),
        ("x-amz-date", "20130524T000000Z"),
        *extra,
        ("authorization", authorization),
    )
    return RequestHead(method, path, query, headers)


STANDARD = "host;x-amz-content-sha256;x-amz-date"
WELCOME = hashlib.sha256(b"Welcome to Amazon S3.").hexdigest()


@pytest.mark.parametrize(
    "head",
    [
        _s3_request(
            "GET",
            "/test.txt",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            EMPTY,
            "host;range;x-amz-content-sha256;x-amz-date",
            ("range", "bytes=0-9"),
        ),
        _s3_request(
            "PUT",
            "/test%24file.text",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            WELCOME,
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ),
        _s3_request(
            "PUT",
            "/test$file.text",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            WELCOME,
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ),
        _s3_request(
            "GET",
            "/?lifecycle",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            EMPTY,
            STANDARD,
        ),
        _s3_request(
            "GET",
            "/?max-keys=2&prefix=J",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            EMPTY,
            STANDARD,
        ),
    ],
    ids=["range", "put", "put with a raw character", "flag", "list"],
)
def test_the_examples_of_the_s3_reference_are_accepted(head: RequestHead) -> None:
    payload = head.header("x-amz-content-sha256")
    assert payload
    _check(head, S3_DOCS, payload, S3_TIME)


PRESIGNED = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
)


def _presigned(query: str = PRESIGNED) -> RequestHead:
    return RequestHead("GET", "/test.txt", query, (("host", "examplebucket.s3.amazonaws.com"),))


def test_the_presigned_example_of_the_s3_reference_is_accepted_until_it_expires() -> None:
    _check(_presigned(), S3_DOCS, UNSIGNED_PAYLOAD, S3_TIME + timedelta(seconds=86_400))
    late = _refused(_presigned(), S3_DOCS, UNSIGNED_PAYLOAD, S3_TIME + timedelta(seconds=86_401))
    assert late.reason is Reason.EXPIRED
    error = refusal(Manner.S3, late)
    assert (error.code, error.status, error.message) == ("AccessDenied", 403, "Request has expired")
    assert error.fields["Expires"] == "2013-05-25T00:00:00Z"


def test_a_presigned_url_of_the_future_is_not_valid_yet() -> None:
    early = _refused(_presigned(), S3_DOCS, UNSIGNED_PAYLOAD, S3_TIME - timedelta(minutes=16))
    assert early.reason is Reason.NOT_YET_VALID


def test_presigning_gives_the_published_query() -> None:
    host = "examplebucket.s3.amazonaws.com"
    query = presigned_query("GET", host, "/test.txt", "us-east-1", "s3", S3_DOCS, 86_400, S3_TIME)
    assert query == PRESIGNED


@pytest.mark.parametrize("expires", ["604801", "-5", "soon", "", "9" * 30])
def test_a_presigned_lifetime_must_be_a_number_of_seconds_up_to_a_week(expires: str) -> None:
    with pytest.raises(ClaimRefused) as caught:
        find_claim(_presigned(PRESIGNED.replace("86400", expires)))
    assert refusal(Manner.S3, caught.value).code == "AuthorizationQueryParametersError"


def test_a_presigned_url_of_no_lifetime_has_expired() -> None:
    later = S3_TIME + timedelta(seconds=1)
    head = _presigned(PRESIGNED.replace("86400", "0"))
    assert _refused(head, S3_DOCS, UNSIGNED_PAYLOAD, later).reason is Reason.EXPIRED


# --- botocore signs, Trigpoint verifies

KEY = Credential("AKIATESTTESTTESTTEST", "s3cr3t/with+signs=", "test")


def _signed_by_botocore(
    method: str, url: str, body: bytes, headers: dict[str, str], service: str
) -> RequestHead:
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(_botocore_key(), service, "eu-west-3")
    signer.add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    pairs = [(name.lower(), _text(value)) for name, value in prepared.headers.items()]
    return RequestHead(method, parts.path, parts.query, (("host", parts.netloc), *pairs))


def _botocore_key() -> Any:
    return Credentials(KEY.access_key_id, KEY.secret_access_key)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _now(head: RequestHead) -> datetime:
    claim = find_claim(head)
    assert claim is not None and claim.signed_at is not None
    return claim.signed_at


URLS = [
    ("POST", "http://127.0.0.1:8400/", "sagemaker"),
    ("POST", "http://127.0.0.1:8400/endpoints/my%20end/invocations", "sagemaker"),
    (
        "GET",
        "http://localhost:8400/b/a//b/../c%2B~%27%28%29%2A%21%2525%20%C3%A9?list-type=2&prefix=%2F&delimiter=",
        "s3",
    ),
    ("PUT", "http://bucket.localhost:8400/k?partNumber=3&uploadId=x%2By%3D", "s3"),
    ("DELETE", "http://localhost/b/%F0%9F%9A%97", "s3"),
]


@pytest.mark.parametrize(("method", "url", "service"), URLS)
def test_botocores_signature_is_accepted(method: str, url: str, service: str) -> None:
    head = _signed_by_botocore(method, url, b"body", {"x-amz-meta-a": "one   two", "X-Other": "3"}, service)
    _check(head, KEY, hashlib.sha256(b"body").hexdigest(), _now(head))


@pytest.mark.parametrize(("method", "url", "service"), URLS)
def test_any_change_to_what_was_signed_is_refused(method: str, url: str, service: str) -> None:
    head = _signed_by_botocore(method, url, b"body", {"x-amz-meta-a": "1"}, service)
    digest, now = hashlib.sha256(b"body").hexdigest(), _now(head)
    authorization = head.header("authorization") or ""
    changes = {
        "method": replace(head, method="PATCH"),
        "path": replace(head, path=head.path + "x"),
        "case of the path": replace(head, path=head.path.swapcase() + "/q"),
        "query": replace(head, query=head.query + ("&" if head.query else "") + "acl"),
        "signed header": _with_header(head, "x-amz-meta-a", "2"),
        "host": _with_header(head, "host", "elsewhere"),
        "date": _with_header(head, "x-amz-date", (now + timedelta(seconds=1)).strftime("%Y%m%dT%H%M%SZ")),
        "region": _with_header(head, "authorization", authorization.replace("eu-west-3", "eu-west-1")),
        "signature": _with_header(
            head, "authorization", authorization[:-1] + ("0" if authorization[-1] != "0" else "1")
        ),
        "signature's length": _with_header(head, "authorization", authorization[:-1]),
    }
    for what, changed in changes.items():
        assert _refused(changed, KEY, digest, now).reason is Reason.WRONG_SIGNATURE, what
    assert _refused(head, KEY, hashlib.sha256(b"boby").hexdigest(), now).reason is Reason.WRONG_SIGNATURE
    other = replace(KEY, secret_access_key="another")
    assert _refused(head, other, digest, now).reason is Reason.WRONG_SIGNATURE


def test_a_header_of_aws_that_was_not_signed_is_refused() -> None:
    head = _signed_by_botocore("PUT", "http://localhost/b/k", b"", {}, "s3")
    added = replace(head, headers=(*head.headers, ("x-amz-copy-source", "/other/secret")))
    refused = _refused(added, KEY, EMPTY, _now(head))
    assert refused.reason is Reason.UNSIGNED_HEADERS
    assert refusal(Manner.S3, refused).fields["HeadersNotSigned"] == "x-amz-copy-source"


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_differs_by_more_than_a_quarter_of_an_hour_is_refused(minutes: int) -> None:
    head = _signed_by_botocore("POST", "http://localhost/", b"", {}, "sagemaker")
    refused = _refused(head, KEY, EMPTY, _now(head) + timedelta(minutes=minutes))
    assert refused.reason is Reason.SKEWED
    assert refusal(Manner.S3, refused).code == "RequestTimeTooSkewed"
    words = "Signature expired: " if minutes > 0 else "Signature not yet current: "
    assert refusal(Manner.JSON, refused).message.startswith(words)
    _check(head, KEY, EMPTY, _now(head) + timedelta(minutes=minutes / 16 * 15))


def test_a_session_token_that_does_not_belong_to_the_key_is_refused() -> None:
    head = _signed_by_botocore(
        "POST", "http://localhost/", b"", {"x-amz-security-token": "stale"}, "sagemaker"
    )
    refused = _refused(head, KEY, EMPTY, _now(head))
    assert refused.reason is Reason.WRONG_TOKEN
    assert "AWS_SESSION_TOKEN" in refused.message
    _check(head, replace(KEY, session_token="stale"), EMPTY, _now(head))


def test_botocores_presigned_url_is_accepted_and_bound_to_its_object() -> None:
    request = AWSRequest(method="GET", url="http://localhost:8400/b/pictures/%C3%A9.png")
    S3SigV4QueryAuth(_botocore_key(), "s3", "eu-west-3", expires=60).add_auth(request)
    parts = urlsplit(request.prepare().url)
    head = RequestHead("GET", parts.path, parts.query, (("host", parts.netloc),))
    claim = find_claim(head)
    assert claim is not None and claim.scheme is Scheme.QUERY
    _check(head, KEY, UNSIGNED_PAYLOAD, _now(head))
    for changed in (
        replace(head, path="/b/other"),
        replace(head, method="PUT"),
        replace(head, query=head.query + "&response-content-type=text%2Fhtml"),
        replace(head, query=head.query.replace("X-Amz-Expires=60", "X-Amz-Expires=600000")),
    ):
        assert _refused(changed, KEY, UNSIGNED_PAYLOAD, _now(head)).reason is Reason.WRONG_SIGNATURE


def _with_header(head: RequestHead, name: str, value: str) -> RequestHead:
    return replace(
        head, headers=tuple((other, value if other == name else old) for other, old in head.headers)
    )


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=x",
        "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/s3, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=AK/20250101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
    ],
)
def test_a_malformed_authorization_is_refused_and_never_crashes(authorization: str) -> None:
    headers = (("host", "h"), ("x-amz-date", "20260101T000000Z"), ("authorization", authorization))
    with pytest.raises(ClaimRefused) as caught:
        find_claim(RequestHead("GET", "/", "", headers))
    assert caught.value.reason is Reason.MALFORMED


@pytest.mark.parametrize("authorization", ["AWS AKIA:signature=", "Basic YWxpY2U6", "Bearer token", ""])
def test_another_mechanism_than_sigv4_is_refused_with_the_one_to_use(authorization: str) -> None:
    headers = (("host", "h"), ("x-amz-date", "20260101T000000Z"), ("authorization", authorization))
    with pytest.raises(ClaimRefused, match="Please use AWS4-HMAC-SHA256") as caught:
        find_claim(RequestHead("GET", "/", "", headers))
    error = refusal(Manner.S3, caught.value)
    assert (error.code, error.status) == ("InvalidRequest", 400)


@pytest.mark.parametrize("date", ["", "yesterday", "20261341T000000Z", "20260101"])
def test_a_malformed_date_is_refused(date: str) -> None:
    authorization = (
        "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    )
    headers = (("host", "h"), ("x-amz-date", date), ("authorization", authorization))
    with pytest.raises(ClaimRefused):
        find_claim(RequestHead("GET", "/", "", headers))


def test_a_date_header_replaces_a_missing_x_amz_date() -> None:
    request = AWSRequest(method="POST", url="http://localhost/", data=b"", headers={"Date": "x"})
    SigV4Auth(_botocore_key(), "sagemaker", "eu-west-3").add_auth(request)
    pairs = tuple((name.lower(), _text(value)) for name, value in request.headers.items())
    head = RequestHead("POST", "/", "", (("host", "localhost"), *pairs))
    assert head.header("x-amz-date") is None
    _check(head, KEY, EMPTY, _now(head))


def test_a_request_without_credentials_has_no_claim() -> None:
    head = RequestHead("GET", "/b/k", "versionId=3", (("host", "h"), ("cookie", "a=b")))
    assert find_claim(head) is None
    assert not carries_credentials(head)


def test_bytes_that_are_not_utf8_in_a_presigned_url_are_refused() -> None:
    with pytest.raises(ClaimRefused):
        find_claim(_presigned(PRESIGNED + "&x=%FF"))
