"""Presigned URLs, form uploads, requests of web pages and bucket host names, over a socket to the real store."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from helpers.s3_server import Reply, S3Server, s3_server
from helpers.toy_aws import KEY

VERSIONS = pytest.mark.parametrize("version", ["s3", "s3v4"])
PAGE = "https://app.example.com"
RULES = {
    "CORSRules": [
        {
            "AllowedMethods": ["GET", "PUT", "POST"],
            "AllowedOrigins": [PAGE],
            "AllowedHeaders": ["content-type", "x-amz-*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 60,
        }
    ]
}


@pytest.fixture
def server(tmp_path: Any) -> Iterator[S3Server]:
    with s3_server(tmp_path) as running:
        running.objects.create_bucket("pics")
        running.objects.put("pics", "a b/é.png", b"image", content_type="image/png")
        yield running


def presigned(server: S3Server, version: str, operation: str, expires_s: int = 600, **params: Any) -> str:
    params = {"Bucket": "pics", "Key": "a b/é.png", **params}
    url: str = server.client(version).generate_presigned_url(operation, Params=params, ExpiresIn=expires_s)
    return url


def changed(value: str) -> str:
    """The value with another last character."""
    return value[:-1] + ("1" if value.endswith("0") else "0")


def refused(reply: Reply) -> tuple[int, str]:
    assert b"<Error>" in reply.body, reply
    return reply.status, reply.code


def test_boto3_presigns_with_the_version_under_test(server: S3Server) -> None:
    assert "AWSAccessKeyId=" in presigned(server, "s3", "get_object")
    assert "X-Amz-Signature=" in presigned(server, "s3v4", "get_object")


# --- presigned URLs


@VERSIONS
def test_a_presigned_url_works_until_it_expires(server: S3Server, version: str) -> None:
    url = presigned(server, version, "get_object", expires_s=600)
    assert server.send("GET", url).body == b"image"
    server.clock.advance(590)
    assert server.send("GET", url).body == b"image"
    server.clock.advance(15)
    reply = server.send("GET", url)
    assert refused(reply) == (403, "AccessDenied")
    assert b"Request has expired" in reply.body and b"<Expires>" in reply.body
    assert b"image" not in reply.body


def test_a_presigned_url_lives_for_seven_days_at_most(server: S3Server) -> None:
    week_s = 7 * 24 * 3600
    longest, longer = (presigned(server, "s3v4", "get_object", s) for s in (week_s, week_s + 1))
    assert refused(server.send("GET", longer)) == (400, "AuthorizationQueryParametersError")
    server.clock.advance(week_s - 10)
    assert server.send("GET", longest).status == 200
    server.clock.advance(20)
    assert refused(server.send("GET", longest)) == (403, "AccessDenied")


def test_a_presigned_url_of_a_clock_far_ahead_is_not_valid_yet(server: S3Server) -> None:
    url = presigned(server, "s3v4", "get_object", 3600)
    server.clock.advance(-14 * 60)
    assert server.send("GET", url).status == 200
    server.clock.advance(-2 * 60)
    reply = server.send("GET", url)
    assert refused(reply) == (403, "AccessDenied")
    assert b"not valid yet" in reply.body


@VERSIONS
def test_no_part_of_a_presigned_url_can_be_changed(server: S3Server, version: str) -> None:
    server.objects.put("pics", "other", b"other")
    server.objects.create_bucket("others")
    server.objects.put("others", "a b/é.png", b"other")
    url = presigned(server, version, "get_object", ResponseContentType="text/plain", VersionId="null")
    assert server.send("GET", url).headers["content-type"] == "text/plain"
    parts = urlsplit(url)
    query = parse_qsl(parts.query)
    assert len(query) >= 5
    queries = [[p for p in query if p != pair] for pair in query]
    queries += [[(n, changed(v) if (n, v) == pair else v) for n, v in query] for pair in query]
    queries += [[*query, ("response-content-disposition", "attachment")], [*query, ("acl", "")], []]
    tampered = [parts._replace(query=urlencode(each)).geturl() for each in queries]
    for attempt in [
        *tampered,
        url.replace("/pics/", "/others/"),
        parts._replace(path="/pics/other").geturl(),
    ]:
        reply = server.send("GET", attempt)
        assert reply.status in (400, 403), attempt
        assert b"image" not in reply.body and reply.body != b"other"
    for method in ("PUT", "DELETE", "POST"):
        assert server.send(method, url, b"x" if method == "PUT" else b"").status in (400, 403)
    assert server.objects.get("pics", "a b/é.png") == b"image"


@VERSIONS
def test_a_presigned_url_of_a_deleted_bucket_or_object_names_it(server: S3Server, version: str) -> None:
    url = presigned(server, version, "get_object")
    delete = presigned(server, version, "delete_object")
    server.objects.delete("pics", "a b/é.png")
    assert refused(server.send("GET", url)) == (404, "NoSuchKey")
    server.objects.delete_bucket("pics")
    assert refused(server.send("GET", url)) == (404, "NoSuchBucket")
    assert refused(server.send("DELETE", delete)) == (404, "NoSuchBucket")
    assert server.send("HEAD", presigned(server, version, "head_object")).status == 404
    del server.keys[KEY.access_key_id]
    assert refused(server.send("GET", url)) == (403, "InvalidAccessKeyId")


@VERSIONS
def test_a_presigned_put_takes_any_body_of_the_content_type_that_was_signed(
    server: S3Server, version: str
) -> None:
    url = presigned(server, version, "put_object", Key="new", ContentType="image/png")
    assert server.send("PUT", url, b"png", Content_Type="image/png").status == 200
    info = server.objects.head("pics", "new")
    assert (info.size_bytes, info.content_type) == (3, "image/png")
    assert refused(server.send("PUT", url, b"<p>", Content_Type="text/html")) == (
        403,
        "SignatureDoesNotMatch",
    )
    added = {"Content_Type": "image/png", "x_amz_meta_by": "mallory"}
    assert server.send("PUT", url, b"<p>", **added).status == 403
    assert server.objects.get("pics", "new") == b"png"


@VERSIONS
def test_a_read_only_key_cannot_presign_a_write(server: S3Server, version: str) -> None:
    put, get = (presigned(server, version, operation) for operation in ("put_object", "get_object"))
    server.keys[KEY.access_key_id] = replace(KEY, read_only=True)
    assert refused(server.send("PUT", put, b"x")) == (403, "AccessDenied")
    assert server.send("GET", get).body == b"image"


@VERSIONS
def test_parts_of_an_upload_can_be_presigned(server: S3Server, version: str) -> None:
    client = server.client()
    upload = client.create_multipart_upload(Bucket="pics", Key="big")["UploadId"]
    url = presigned(server, version, "upload_part", Key="big", UploadId=upload, PartNumber=1)
    etag = server.send("PUT", url, b"part").headers["etag"]
    other = re.sub("partNumber=1", "partNumber=2", url)
    assert refused(server.send("PUT", other, b"part")) == (403, "SignatureDoesNotMatch")
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    client.complete_multipart_upload(Bucket="pics", Key="big", UploadId=upload, MultipartUpload=parts)
    assert server.objects.get("pics", "big") == b"part"


# --- signed requests, replayed and on wrong clocks


def signed_put(server: S3Server, body: bytes, **headers: str) -> dict[str, str]:
    asked = AWSRequest("PUT", f"{server.url}/pics/x", headers=headers, data=body)
    S3SigV4Auth(Credentials(KEY.access_key_id, KEY.secret_access_key), "s3", "us-east-1").add_auth(asked)
    return dict(asked.headers.items())


def test_a_captured_request_is_valid_for_a_quarter_of_an_hour_and_only_for_the_same_bytes(
    server: S3Server,
) -> None:
    headers, url = signed_put(server, b"first"), f"{server.url}/pics/x"
    assert server.send("PUT", url, b"first", **headers).status == 200
    server.clock.advance(14 * 60)
    assert server.send("PUT", url, b"first", **headers).status == 200
    assert refused(server.send("PUT", url, b"other", **headers)) == (400, "XAmzContentSHA256Mismatch")
    assert server.send("PUT", f"{server.url}/pics/y", b"first", **headers).code == "SignatureDoesNotMatch"
    assert server.send("DELETE", url, **headers).code == "SignatureDoesNotMatch"
    server.clock.advance(2 * 60)
    reply = server.send("PUT", url, b"first", **headers)
    assert refused(reply) == (403, "RequestTimeTooSkewed")
    assert b"<MaxAllowedSkewMilliseconds>900000<" in reply.body
    assert server.objects.get("pics", "x") == b"first"


def test_a_request_of_a_clock_that_is_ahead_by_more_than_a_quarter_of_an_hour_is_refused(
    server: S3Server,
) -> None:
    headers, url = signed_put(server, b"x"), f"{server.url}/pics/x"
    server.clock.advance(-16 * 60)
    assert refused(server.send("PUT", url, b"x", **headers)) == (403, "RequestTimeTooSkewed")
    server.clock.advance(2 * 60)
    assert server.send("PUT", url, b"x", **headers).status == 200


def test_the_client_gets_100_continue_only_if_its_signature_is_valid(server: S3Server) -> None:
    headers = signed_put(server, b"hello") | {"Expect": "100-continue", "Content-Length": "5"}
    for changed, first in (({}, b"HTTP/1.1 100 "), ({"X-Amz-Date": "20200101T000000Z"}, b"HTTP/1.1 4")):
        lines = "".join(f"{name}: {value}\r\n" for name, value in (headers | changed).items())
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(
                f"PUT /pics/x HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{lines}\r\n".encode()
            )
            assert connection.recv(4096).startswith(first)


# --- forms


def posted(server: S3Server, url: str, fields: dict[str, str], data: bytes = b"png", **headers: str) -> Reply:
    lines = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    lines += '--edge\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n'
    body = lines.encode() + data + b"\r\n--edge--\r\n"
    return server.send("POST", url, body, Content_Type="multipart/form-data; boundary=edge", **headers)


def form(server: S3Server, version: str, fields: dict[str, str], expires_s: int = 600) -> dict[str, str]:
    conditions = [{name: value} for name, value in fields.items()]
    post = server.client(version).generate_presigned_post(
        "pics", "up/${filename}", Fields=fields, Conditions=conditions, ExpiresIn=expires_s
    )
    return dict(post["fields"])


@VERSIONS
def test_a_form_can_set_everything_that_a_put_can(server: S3Server, version: str) -> None:
    tags = "<Tagging><TagSet><Tag><Key>by</Key><Value>alice</Value></Tag></TagSet></Tagging>"
    said = {
        "Content-Type": "image/png",
        "Cache-Control": "no-cache",
        "x-amz-meta-by": "alice",
        "tagging": tags,
        "acl": "private",
        "success_action_status": "201",
    }
    reply = posted(server, f"{server.url}/pics", form(server, version, said))
    assert reply.status == 201
    assert f"<Location>{server.url}/pics/up/x.png</Location>".encode() in reply.body
    assert b"<Bucket>pics</Bucket><Key>up/x.png</Key>" in reply.body
    info = server.objects.head("pics", "up/x.png")
    assert (info.content_type, info.metadata, info.tags) == ("image/png", {"by": "alice"}, {"by": "alice"})
    assert info.headers == {"cache-control": "no-cache"}


@VERSIONS
@pytest.mark.parametrize(("asked", "status"), [("200", 200), ("201", 201), ("204", 204), ("404", 204)])
def test_a_form_chooses_the_status_of_success_among_three(
    server: S3Server, version: str, asked: str, status: int
) -> None:
    said = form(server, version, {"success_action_status": asked})
    assert posted(server, f"{server.url}/pics", said).status == status
    assert server.objects.get("pics", "up/x.png") == b"png"


@VERSIONS
def test_a_form_that_asks_for_something_unserved_is_refused(server: S3Server, version: str) -> None:
    url = f"{server.url}/pics"
    for said, code in (
        ({"acl": "public-read"}, "AccessControlListNotSupported"),
        ({"tagging": "<Tagging>"}, "MalformedXML"),
        ({"x-amz-server-side-encryption": "rot13"}, "InvalidArgument"),
    ):
        assert posted(server, url, form(server, version, said)).code == code
    assert server.objects.list("pics", prefix="up/").objects == []


@VERSIONS
def test_a_form_redirects_the_browser(server: S3Server, version: str) -> None:
    target = "https://app.example.com/done?step=2"
    reply = posted(server, f"{server.url}/pics", form(server, version, {"success_action_redirect": target}))
    etag = hashlib.md5(b"png", usedforsecurity=False).hexdigest()
    assert reply.status == 303
    assert reply.headers["location"] == f"{target}&bucket=pics&key=up%2Fx.png&etag=%22{etag}%22"


@VERSIONS
def test_a_form_works_until_its_policy_expires(server: S3Server, version: str) -> None:
    fields = form(server, version, {}, expires_s=600)
    assert posted(server, f"{server.url}/pics", fields).status == 204
    server.clock.advance(601)
    reply = posted(server, f"{server.url}/pics", fields)
    assert refused(reply) == (403, "AccessDenied") and b"Policy expired" in reply.body


@VERSIONS
def test_a_form_is_bound_to_its_bucket_key_and_signer(server: S3Server, version: str) -> None:
    server.objects.create_bucket("others")
    fields = form(server, version, {})
    assert refused(posted(server, f"{server.url}/others", fields)) == (403, "AccessDenied")
    assert refused(posted(server, f"{server.url}/pics", fields | {"key": "elsewhere"})) == (
        403,
        "AccessDenied",
    )
    signature = "x-amz-signature" if version == "s3v4" else "signature"
    forged = fields | {signature: fields[signature][:-2] + "00"}
    assert refused(posted(server, f"{server.url}/pics", forged)) == (403, "SignatureDoesNotMatch")
    server.keys[KEY.access_key_id] = replace(KEY, read_only=True)
    assert refused(posted(server, f"{server.url}/pics", fields)) == (403, "AccessDenied")
    server.objects.delete_bucket("others")
    del server.keys[KEY.access_key_id]
    assert refused(posted(server, f"{server.url}/pics", fields)) == (403, "InvalidAccessKeyId")


def test_a_form_signed_by_hand_in_version_2_is_accepted_as_the_old_tutorials_write_it(
    server: S3Server,
) -> None:
    expires_at = (server.clock.now() + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    conditions = [{"bucket": "pics"}, ["starts-with", "$key", "user/"], ["content-length-range", 0, 10]]
    policy = base64.b64encode(json.dumps({"expiration": expires_at, "conditions": conditions}).encode())
    digest = hmac.new(KEY.secret_access_key.encode(), policy, hashlib.sha1).digest()
    fields = {
        "key": "user/${filename}",
        "AWSAccessKeyId": KEY.access_key_id,
        "policy": policy.decode(),
        "signature": base64.b64encode(digest).decode(),
    }
    assert posted(server, f"{server.url}/pics", fields).status == 204
    assert server.objects.get("pics", "user/x.png") == b"png"
    assert posted(server, f"{server.url}/pics", fields, b"x" * 11).code == "EntityTooLarge"


# --- pages of other origins


def preflight(server: S3Server, url: str, origin: str, method: str, headers: str = "") -> Reply:
    asked = {"Origin": origin, "Access_Control_Request_Method": method}
    return server.send(
        "OPTIONS", url, **asked, **({"Access_Control_Request_Headers": headers} if headers else {})
    )


@VERSIONS
@pytest.mark.parametrize("virtual", [False, True])
def test_a_page_may_do_what_the_buckets_cors_rules_say(server: S3Server, version: str, virtual: bool) -> None:
    server.client().put_bucket_cors(Bucket="pics", CORSConfiguration=RULES)
    put = presigned(server, version, "put_object", Key="new", ContentType="image/png")
    if virtual:
        put = virtual_url(server, version, "put_object", Key="new", ContentType="image/png")
    asked = preflight(server, put, PAGE, "PUT", "Content-Type")
    assert asked.status == 200
    assert asked.headers["access-control-allow-origin"] == PAGE
    assert "PUT" in asked.headers["access-control-allow-methods"]
    assert asked.headers["access-control-allow-headers"] == "content-type"
    assert asked.headers["access-control-max-age"] == "60"
    done = server.send("PUT", put, b"png", Content_Type="image/png", Origin=PAGE)
    assert (done.status, done.headers["access-control-allow-origin"]) == (200, PAGE)
    assert done.headers["access-control-expose-headers"] == "ETag"
    assert refused(preflight(server, put, "https://evil.example", "PUT")) == (403, "AccessForbidden")
    assert refused(preflight(server, put, PAGE, "DELETE")) == (403, "AccessForbidden")
    assert refused(preflight(server, put, PAGE, "PUT", "Authorization")) == (403, "AccessForbidden")
    assert refused(server.send("OPTIONS", put)) == (400, "BadRequest")


def test_a_page_of_an_allowed_origin_can_read_the_refusal(server: S3Server) -> None:
    server.client().put_bucket_cors(Bucket="pics", CORSConfiguration=RULES)
    put = presigned(server, "s3v4", "put_object", expires_s=60)
    server.clock.advance(61)
    reply = server.send("PUT", put, b"x", Origin=PAGE)
    assert refused(reply) == (403, "AccessDenied")
    assert reply.headers["access-control-allow-origin"] == PAGE
    other = server.send("PUT", put, b"x", Origin="https://evil.example")
    assert "access-control-allow-origin" not in other.headers and "Origin" in other.headers["vary"]


def test_without_rules_every_page_may_read_and_none_may_write(server: S3Server) -> None:
    get = presigned(server, "s3v4", "get_object")
    assert preflight(server, get, PAGE, "GET", "range").headers["access-control-allow-origin"] == "*"
    assert server.send("GET", get, Origin=PAGE).headers["access-control-allow-origin"] == "*"
    assert refused(preflight(server, get, PAGE, "PUT")) == (403, "AccessForbidden")


def test_rules_apply_to_reads_except_in_the_frame_of_a_task(server: S3Server) -> None:
    server.client().put_bucket_cors(Bucket="pics", CORSConfiguration=RULES)
    get = presigned(server, "s3v4", "get_object")
    assert server.send("GET", get, Origin=PAGE).headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-origin" not in server.send("GET", get, Origin="https://evil.example").headers
    assert refused(preflight(server, get, "https://evil.example", "GET")) == (403, "AccessForbidden")
    assert preflight(server, get, "null", "GET", "range").headers["access-control-allow-origin"] == "*"
    assert server.send("GET", get, Origin="null").headers["access-control-allow-origin"] == "*"


# --- the bucket in the host's name


def virtual_url(server: S3Server, version: str, operation: str, **params: Any) -> str:
    """A presigned URL of a client with the endpoint `http://localhost` and virtual addressing."""
    params = {"Bucket": "pics", **params}
    url: str = _virtual(server, version).generate_presigned_url(operation, Params=params)
    return url


def _virtual(server: S3Server, version: str = "s3v4") -> Any:
    # On an IP address boto3 keeps to path style: it has no subdomains.
    on_localhost = replace(server, url=f"http://localhost:{server.port}")
    client = on_localhost.client(version, s3={"addressing_style": "virtual"})
    client.meta.events.register("before-send.s3", _to_this_machine)
    return client


def _to_this_machine(request: Any, **_: Any) -> None:
    """Sends requests for `pics.localhost` to the loopback address, because not every resolver knows such names."""
    parts = urlsplit(request.url)
    assert parts.hostname == "pics.localhost" or parts.hostname == "localhost"
    request.headers["Host"] = parts.netloc
    request.url = parts._replace(netloc=f"127.0.0.1:{parts.port}").geturl()


def test_a_virtual_host_style_client_can_do_everything(server: S3Server) -> None:
    client = _virtual(server)
    client.put_object(Bucket="pics", Key="v/1 ü.txt", Body=b"virtual", Tagging="a=b")
    assert client.get_object(Bucket="pics", Key="v/1 ü.txt", Range="bytes=1-3")["Body"].read() == b"irt"
    client.copy_object(Bucket="pics", Key="v/2", CopySource={"Bucket": "pics", "Key": "v/1 ü.txt"})
    listed = client.list_objects_v2(Bucket="pics", Prefix="v/")["Contents"]
    assert [one["Key"] for one in listed] == ["v/1 ü.txt", "v/2"]
    upload = client.create_multipart_upload(Bucket="pics", Key="v/3")["UploadId"]
    etag = client.upload_part(Bucket="pics", Key="v/3", UploadId=upload, PartNumber=1, Body=b"p")["ETag"]
    done = client.complete_multipart_upload(
        Bucket="pics",
        Key="v/3",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]},
    )
    assert done["ETag"].endswith('-1"')
    client.delete_objects(
        Bucket="pics", Delete={"Objects": [{"Key": f"v/{n}"} for n in ("1 ü.txt", "2", "3")]}
    )
    assert client.list_objects_v2(Bucket="pics", Prefix="v/")["KeyCount"] == 0
    assert "pics" in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
    client.delete_bucket_cors(Bucket="pics")
    client.delete_object(Bucket="pics", Key="a b/é.png")
    client.delete_bucket(Bucket="pics")
    assert not server.objects.bucket_exists("pics")


@VERSIONS
def test_a_presigned_url_of_virtual_host_style_names_its_bucket_only_in_the_host(
    server: S3Server, version: str
) -> None:
    server.objects.create_bucket("others")
    server.objects.put("others", "a b/é.png", b"other")
    url = virtual_url(server, version, "get_object", Key="a b/é.png")
    assert urlsplit(url).hostname == "pics.localhost"
    assert server.send("GET", url).body == b"image"
    assert refused(server.send("GET", url.replace("//pics.", "//others."))) == (403, "SignatureDoesNotMatch")


@VERSIONS
def test_a_form_may_be_posted_to_the_buckets_host(server: S3Server, version: str) -> None:
    fields = form(server, version, {})
    reply = posted(server, f"http://pics.localhost:{server.port}/", fields)
    assert reply.status == 204
    assert reply.headers["location"] == f"http://pics.localhost:{server.port}/up/x.png"
    assert server.objects.get("pics", "up/x.png") == b"png"
