"""STS's temporary credentials are accepted in every protocol; expired, changed and foreign ones are refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from helpers.live_server import serving
from helpers.toy_aws import KEY, READER, ToyAws, client
from trigpoint.wire.aws_chunked import SIGNED
from trigpoint.wire.sigv4 import Credential, signing_key

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/Trainer"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Trainer/alice"


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> ToyAws:
    return ToyAws(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def url(toy: ToyAws) -> Iterator[str]:
    with serving(toy.app) as address:
        yield address


def aws(url: str, service: str, key: Credential, **config: Any) -> Any:
    token = {"aws_session_token": key.session_token} if key.session_token else {}
    return client(url, service, key, config=config, **token)


def assume(url: str, key: Credential = KEY, **arguments: Any) -> Credential:
    """The credentials of a session `alice` of the role `Trainer`, as a client gets them."""
    answer = aws(url, "sts", key).assume_role(RoleArn=ROLE, RoleSessionName="alice", **arguments)
    return as_credential(answer["Credentials"])


def as_credential(answer: dict[str, Any]) -> Credential:
    return Credential(
        answer["AccessKeyId"], answer["SecretAccessKey"], "", session_token=answer["SessionToken"]
    )


def refusal(call: Any, **arguments: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def http(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(
        url,
        data=body,
        method=method,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


# --- replies of STS


def test_assume_role_names_the_session(url: str) -> None:
    answer = aws(url, "sts", KEY).assume_role(RoleArn=ROLE, RoleSessionName="alice")
    assert answer["AssumedRoleUser"]["Arn"] == SESSION
    assert answer["AssumedRoleUser"]["AssumedRoleId"].endswith(":alice")
    left = answer["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    who = aws(url, "sts", as_credential(answer["Credentials"])).get_caller_identity()
    assert (who["Arn"], who["UserId"]) == (SESSION, answer["AssumedRoleUser"]["AssumedRoleId"])


def test_a_session_token_keeps_the_callers_identity_for_twelve_hours(url: str) -> None:
    answer = aws(url, "sts", KEY).get_session_token()["Credentials"]
    left = answer["Expiration"] - datetime.now(UTC)
    assert timedelta(hours=11, minutes=59) < left <= timedelta(hours=12)
    who = aws(url, "sts", as_credential(answer)).get_caller_identity()
    assert who["Arn"] == aws(url, "sts", KEY).get_caller_identity()["Arn"]


def test_durations_are_limited_as_with_aws(url: str) -> None:
    sts = aws(url, "sts", KEY, parameter_validation=False)
    role = {"RoleArn": ROLE, "RoleSessionName": "alice"}
    sts.assume_role(**role, DurationSeconds=43_200)
    sts.get_session_token(DurationSeconds=129_600)
    for seconds in (899, 43_201):
        assert refusal(sts.assume_role, **role, DurationSeconds=seconds) == ("ValidationError", 400)
    for seconds in (899, 129_601):
        assert refusal(sts.get_session_token, DurationSeconds=seconds) == ("ValidationError", 400)
    chained = aws(url, "sts", assume(url))
    chained.assume_role(**role, DurationSeconds=3600)
    assert refusal(chained.assume_role, **role, DurationSeconds=3601) == ("ValidationError", 400)
    assert refusal(chained.get_session_token) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    "role", ["Trainer-without-arn-at-all", "arn:aws:iam::12:role/Trainer", "arn:aws:s3:::bucket/role"]
)
def test_only_a_role_can_be_assumed(url: str, role: str) -> None:
    sts = aws(url, "sts", KEY)
    assert refusal(sts.assume_role, RoleArn=role, RoleSessionName="alice") == ("ValidationError", 400)


def test_a_session_policy_is_refused_because_it_would_have_no_effect(url: str) -> None:
    sts = aws(url, "sts", KEY)
    for extra in ({"Policy": "{}"}, {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]}):
        assert refusal(sts.assume_role, RoleArn=ROLE, RoleSessionName="alice", **extra) == (
            "ValidationError",
            400,
        )


def test_every_access_key_belongs_to_the_one_account(url: str) -> None:
    assert aws(url, "sts", KEY).get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")["Account"] == ACCOUNT


# --- every protocol accepts them


@pytest.mark.parametrize("service", ["sagemaker", "sts", "iam", "sagemaker-runtime", "s3"])
def test_signed_requests_are_accepted(url: str, service: str) -> None:
    call_of(aws(url, service, assume(url)), service)


def call_of(made: Any, service: str) -> Any:
    match service:
        case "sagemaker":
            return made.list_training_jobs()
        case "sts":
            return made.get_caller_identity()
        case "iam":
            return made.get_role(RoleName="Trainer")
        case "sagemaker-runtime":
            return made.invoke_endpoint(EndpointName="e", Body=b"abc")
        case _:
            return made.put_object(Bucket="bucket", Key="k", Body=b"abc")


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_urls_are_accepted(url: str, toy: ToyAws, version: str) -> None:
    (toy.s3.folder / "photo").write_bytes(b"jpeg")
    s3 = aws(url, "s3", assume(url), signature_version=version)
    signed = s3.generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "photo"}, ExpiresIn=60
    )
    assert ("X-Amz-Signature" in signed) == (version == "s3v4")
    assert http(signed) == (200, b"jpeg")
    name = "X-Amz-Security-Token=" if version == "s3v4" else "x-amz-security-token="
    head, _, rest = signed.partition(name)
    without = head + rest.partition("&")[2]
    assert http(without.rstrip("&"))[0] == 403
    assert http(f"{head}{name}A{rest[1:]}")[0] in (400, 403)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_form_uploads_are_accepted(url: str, toy: ToyAws, version: str) -> None:
    key = assume(url)
    form = aws(url, "s3", key, signature_version=version).generate_presigned_post("bucket", f"form-{version}")
    assert post(form["url"], form["fields"])[0] == 204
    assert toy.s3.put[f"bucket/form-{version}"][1] == hashlib.sha256(b"posted").hexdigest()
    status, body = post(form["url"], form["fields"] | {"x-amz-security-token": "A" + key.session_token[1:]})
    assert (status, b"<Code>InvalidToken</Code>" in body) == (400, True)
    unnamed = {name: value for name, value in form["fields"].items() if name != "x-amz-security-token"}
    status, body = post(form["url"], unnamed)
    assert (status, b"<Code>InvalidAccessKeyId</Code>" in body) == (403, True)


def post(url: str, fields: dict[str, str]) -> tuple[int, bytes]:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    body = (
        "".join(parts)
        + '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nposted\r\n--b--\r\n'
    )
    return http(url, "POST", body.encode(), Content_Type="multipart/form-data; boundary=b")


def test_signed_chunks_are_accepted(url: str, toy: ToyAws) -> None:
    status, body = put_chunked(url, assume(url), b"in chunks")
    assert status == 200, body
    assert toy.s3.put["bucket/chunked"][1] == hashlib.sha256(b"in chunks").hexdigest()


def put_chunked(url: str, key: Credential, data: bytes) -> tuple[int, bytes]:
    """A PUT whose frames are signed with the temporary secret, each chained to the one before."""
    request = AWSRequest(
        "PUT", f"{url}/bucket/chunked", data=b"", headers={"X-Amz-Decoded-Content-Length": str(len(data))}
    )
    request.headers["X-Amz-Content-SHA256"] = SIGNED
    signer = S3SigV4Auth(
        Credentials(key.access_key_id, key.secret_access_key, key.session_token), "s3", "us-east-1"
    )
    signer._get_sha256 = lambda: SIGNED
    signer.payload = lambda _: SIGNED  # type: ignore[method-assign]
    signer.add_auth(request)
    timestamp, previous = request.headers["X-Amz-Date"], request.headers["Authorization"].rpartition("=")[2]
    scope = f"{timestamp[:8]}/us-east-1/s3/aws4_request"
    framed, empty = b"", hashlib.sha256(b"").hexdigest()
    for piece in (data, b""):
        words = [
            "AWS4-HMAC-SHA256-PAYLOAD",
            timestamp,
            scope,
            previous,
            empty,
            hashlib.sha256(piece).hexdigest(),
        ]
        signed = hmac.new(
            signing_key(key.secret_access_key, scope), "\n".join(words).encode(), hashlib.sha256
        )
        previous = signed.hexdigest()
        framed += b"%x;chunk-signature=%s\r\n%s\r\n" % (len(piece), previous.encode(), piece)
    return http(f"{url}/bucket/chunked", "PUT", framed, **dict(request.headers.items()))


# --- and refuses invalid ones

EXPIRED = {
    "sagemaker": ("ExpiredTokenException", 400),
    "sagemaker-runtime": ("ExpiredTokenException", 400),
    "sts": ("ExpiredToken", 403),
    "iam": ("ExpiredToken", 403),
    "s3": ("ExpiredToken", 400),
}
WRONG = {
    "sagemaker": ("UnrecognizedClientException", 400),
    "sagemaker-runtime": ("UnrecognizedClientException", 400),
    "sts": ("InvalidClientTokenId", 403),
    "iam": ("InvalidClientTokenId", 403),
    "s3": ("InvalidToken", 400),
}


@pytest.mark.parametrize("service", sorted(EXPIRED))
def test_expired_ones_are_refused_as_the_service_does(url: str, toy: ToyAws, service: str) -> None:
    expired = toy.sessions.issue(SESSION, KEY.access_key_id, -1, read_only=False)
    assert refusal(lambda: call_of(aws(url, service, expired), service)) == EXPIRED[service]


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_url_ends_with_the_credentials(url: str, toy: ToyAws, version: str) -> None:
    expired = toy.sessions.issue(SESSION, KEY.access_key_id, -1, read_only=False)
    s3 = aws(url, "s3", expired, signature_version=version)
    signed = s3.generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "photo"}, ExpiresIn=3600
    )
    status, body = http(signed)
    assert (status, b"<Code>ExpiredToken</Code>" in body) == (400, True)
    form = s3.generate_presigned_post("bucket", "late")
    status, body = post(form["url"], form["fields"])
    assert (status, b"<Code>ExpiredToken</Code>" in body) == (400, True)


@pytest.mark.parametrize("service", sorted(WRONG))
def test_a_changed_token_is_refused_as_the_service_does(url: str, service: str) -> None:
    key = assume(url)
    changed = replace(key, session_token="A" + key.session_token[1:])
    assert refusal(lambda: call_of(aws(url, service, changed), service)) == WRONG[service]
    swapped = replace(key, session_token=assume(url).session_token)
    assert refusal(lambda: call_of(aws(url, service, swapped), service)) == WRONG[service]
    left_out = replace(key, session_token="")
    unknown = WRONG[service] if service != "s3" else ("InvalidAccessKeyId", 403)
    assert refusal(lambda: call_of(aws(url, service, left_out), service)) == unknown


def test_they_end_with_the_permanent_key_even_through_a_chain_of_roles(url: str, toy: ToyAws) -> None:
    other = Credential("AKIAOTHEROTHEROTHERO", "yet/another", "other")
    toy.keys[other.access_key_id] = other
    first = assume(url, other)
    second = assume(url, first)
    aws(url, "s3", second).put_object(Bucket="bucket", Key="k", Body=b"")
    del toy.keys[other.access_key_id]
    for key in (first, second):
        assert refusal(aws(url, "s3", key).list_buckets) == ("InvalidAccessKeyId", 403)
        assert refusal(aws(url, "sagemaker", key).list_training_jobs)[0] == "UnrecognizedClientException"


# --- a read-only key stays read-only in every protocol


def _disguises(url: str) -> list[Credential]:
    session = as_credential(aws(url, "sts", READER).get_session_token()["Credentials"])
    return [READER, assume(url, READER), session, assume(url, assume(url, READER))]


def test_a_read_only_key_reads_and_changes_nothing_whatever_the_protocol(url: str, toy: ToyAws) -> None:
    (toy.s3.folder / "photo").write_bytes(b"jpeg")
    for key in _disguises(url):
        assert aws(url, "s3", key).get_object(Bucket="bucket", Key="photo")["Body"].read() == b"jpeg"
        aws(url, "sagemaker", key).list_training_jobs()
        aws(url, "sagemaker-runtime", key).invoke_endpoint(EndpointName="e", Body=b"abc")
        assert refusal(aws(url, "s3", key).put_object, Bucket="bucket", Key="k", Body=b"") == (
            "AccessDenied",
            403,
        )
        assert refusal(aws(url, "s3", key).delete_object, Bucket="bucket", Key="photo") == (
            "AccessDenied",
            403,
        )
        stop = aws(url, "sagemaker", key).stop_training_job
        assert refusal(stop, TrainingJobName="x") == ("AccessDeniedException", 400)
        status, body = put_chunked(url, key, b"x")
        assert (status, b"read-only" in body) == (403, True)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_url_presigned_with_a_read_only_key_changes_nothing(url: str, toy: ToyAws, version: str) -> None:
    (toy.s3.folder / "photo").write_bytes(b"jpeg")
    for key in _disguises(url):
        s3 = aws(url, "s3", key, signature_version=version)
        where = {"Bucket": "bucket", "Key": "photo"}
        assert http(s3.generate_presigned_url("get_object", Params=where)) == (200, b"jpeg")
        upload = s3.generate_presigned_url("put_object", Params=where | {"ContentType": "image/png"})
        removal = s3.generate_presigned_url("delete_object", Params=where)
        for status, body in (http(upload, "PUT", b"", Content_Type="image/png"), http(removal, "DELETE")):
            assert (status, b"read-only" in body) == (403, True)
        form = s3.generate_presigned_post("bucket", "form-read-only")
        status, body = post(form["url"], form["fields"])
        assert (status, b"read-only" in body) == (403, True)
    assert "bucket/form-read-only" not in toy.s3.put


# --- dates that differ


def test_a_form_is_signed_for_the_day_of_its_scope_and_a_week_at_most(url: str) -> None:
    now = datetime.now(UTC)
    assert post(f"{url}/bucket", form_signed_at(now, now))[0] == 204
    cases = {
        "another day": (form_signed_at(now - timedelta(days=1), now), b"AuthorizationQueryParametersError"),
        "more than a week ago": (form_signed_at(now - timedelta(days=7, hours=1)), b"AccessDenied"),
        "in an hour": (form_signed_at(now + timedelta(hours=1)), b"AccessDenied"),
    }
    for what, (fields, code) in cases.items():
        status, body = post(f"{url}/bucket", fields)
        assert (status in (400, 403), code in body) == (True, True), (what, status, body)
    assert post(f"{url}/bucket", form_signed_at(now - timedelta(days=6)))[0] == 204


def form_signed_at(scope_at: datetime, at: datetime | None = None) -> dict[str, str]:
    """The fields of a form whose policy is valid for another day, signed with the key of `scope_at`'s day."""
    at = at or scope_at
    scope = f"{scope_at:%Y%m%d}/us-east-1/s3/aws4_request"
    fields = {
        "key": "form-dated",
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"{KEY.access_key_id}/{scope}",
        "x-amz-date": f"{at:%Y%m%dT%H%M%SZ}",
    }
    expiration = datetime.now(UTC) + timedelta(days=1)
    policy = {
        "expiration": f"{expiration:%Y-%m-%dT%H:%M:%SZ}",
        "conditions": [{"bucket": "bucket"}, *({name: value} for name, value in fields.items())],
    }
    encoded = base64.b64encode(json.dumps(policy).encode())
    signed = hmac.new(signing_key(KEY.secret_access_key, scope), encoded, hashlib.sha256).hexdigest()
    return fields | {"policy": encoded.decode(), "x-amz-signature": signed}


def test_a_presigned_url_whose_scope_is_of_another_day_is_refused(url: str) -> None:
    s3 = aws(url, "s3", KEY, signature_version="s3v4")
    signed = s3.generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "photo"}, ExpiresIn=60
    )
    today = f"{datetime.now(UTC):%Y%m%d}"
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y%m%d}"
    moved = signed.replace(f"%2F{today}%2F", f"%2F{yesterday}%2F")
    assert moved != signed and urlsplit(moved).path == "/bucket/photo"
    status, body = http(moved)
    assert (status, b"AuthorizationQueryParametersError" in body) == (400, True)
    assert (
        f"Invalid credential date &quot;{yesterday}".encode() in body or f'date "{yesterday}'.encode() in body
    )
