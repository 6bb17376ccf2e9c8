"""Real clients over HTTP get replies, AWS's refusals, and large bodies in bounded memory."""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
import re
import socket
import time
import tracemalloc
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from helpers.live_server import serving
from helpers.toy_aws import KEY, MADE_AT, READER, ToyAws, client
from trigpoint.services.presign import presign_get
from trigpoint.services.s3.contract import S3Response
from trigpoint.wire.sigv4 import Credential

MIB = 1 << 20
UNKNOWN = Credential("AKIAUNKNOWNUNKNOWN00", "x" * 40, "nobody")
WRONG = replace(KEY, secret_access_key="wrong")


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> ToyAws:
    return ToyAws(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def url(toy: ToyAws) -> Iterator[str]:
    with serving(toy.app) as address:
        yield address


def _error(call: Any, **arguments: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return (
        response["Error"]["Code"],
        response["Error"]["Message"],
        response["ResponseMetadata"]["HTTPStatusCode"],
    )


def _job(name: str) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": "object-detection:1", "TrainingInputMode": "Pipe"},
        "RoleArn": "arn:aws:iam::111122223333:role/Trigpoint",
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


# --- answers


def test_sts_says_who_signed_as_a_session_of_a_role(url: str) -> None:
    answer = client(url, "sts").get_caller_identity()
    assert answer["Arn"] == "arn:aws:sts::111122223333:assumed-role/TrigpointRole/root"
    assert answer["Account"] == "111122223333"
    assert re.fullmatch(r"AROA[A-Z2-7]{17}:root", answer["UserId"])
    assert re.fullmatch(r"[0-9a-f-]{36}", answer["ResponseMetadata"]["RequestId"])


def test_iam_answers_what_the_sdks_ask_first(url: str) -> None:
    iam = client(url, "iam")
    role = iam.get_role(RoleName="TrigpointRole")["Role"]
    assert role["Arn"] == "arn:aws:iam::111122223333:role/TrigpointRole"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "Service": "sagemaker.amazonaws.com"
    }
    simulated = iam.simulate_principal_policy(
        PolicySourceArn=role["Arn"], ActionNames=["s3:GetObject", "a:B"]
    )
    assert [result["EvalDecision"] for result in simulated["EvaluationResults"]] == ["allowed", "allowed"]
    assert simulated["IsTruncated"] is False


def test_a_control_operation_gets_its_request_and_the_region_of_the_signature(url: str, toy: ToyAws) -> None:
    answer = client(url, "sagemaker", region_name="eu-west-3").create_training_job(**_job("there-and-back"))
    assert answer["TrainingJobArn"] == "arn:aws:sagemaker:eu-west-3:111122223333:training-job/there-and-back"
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.1"
    assert toy.sagemaker.jobs["there-and-back"] == _job("there-and-back")
    context = toy.sagemaker.contexts[-1]
    assert (context.base_url, context.source_ip, context.access_key_id) == (
        url,
        "127.0.0.1",
        KEY.access_key_id,
    )
    listed = client(url, "sagemaker").list_training_jobs()["TrainingJobSummaries"]
    assert listed[0]["CreationTime"] == MADE_AT
    assert "TrainingEndTime" not in listed[0]


def test_an_operation_without_output_answers_200_and_an_empty_body(url: str) -> None:
    client(url, "sagemaker").create_training_job(**_job("to-stop"))
    answer = client(url, "sagemaker").stop_training_job(TrainingJobName="to-stop")
    metadata = answer["ResponseMetadata"]
    assert (metadata["HTTPStatusCode"], metadata["HTTPHeaders"]["content-length"]) == (200, "0")


def test_the_runtime_carries_bytes_and_headers(url: str) -> None:
    runtime = client(url, "sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName="e", Body=bytes(range(256)), ContentType="image/jpeg")
    assert answer["Body"].read() == bytes(range(256))[::-1]
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("image/jpeg", "AllTraffic")


def test_a_modelled_error_carries_its_members(url: str) -> None:
    with pytest.raises(ClientError) as caught:
        client(url, "sagemaker-runtime").invoke_endpoint(EndpointName="broken", Body=b"x")
    response = caught.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert (response["OriginalStatusCode"], response["OriginalMessage"]) == (500, "boom")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424


# --- refusals


def test_domain_errors_become_modelled_ones(url: str) -> None:
    sagemaker = client(url, "sagemaker")
    sagemaker.create_training_job(**_job("twice"))
    assert _error(sagemaker.create_training_job, **_job("twice")) == (
        "ResourceInUse",
        "training job twice exists",
        400,
    )
    assert _error(sagemaker.describe_model, ModelName="m")[0] == "ResourceNotFound"
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_model(ModelName="m")


def test_a_request_that_breaks_the_model_is_a_validation_exception(url: str) -> None:
    request = _job("a_b")
    request["ResourceConfig"] = {"InstanceType": "ml.nonsense", "InstanceCount": 1, "VolumeSizeInGB": 5}
    code, message, status = _error(client(url, "sagemaker").create_training_job, **request)
    assert (code, status) == ("ValidationException", 400)
    assert message.startswith(
        "2 validation errors detected: Value 'a_b' at 'trainingJobName' failed to satisfy"
    )


def test_an_unserved_operation_is_named(url: str) -> None:
    code, message, status = _error(client(url, "sagemaker").list_domains)
    assert (code, message, status) == (
        "UnknownOperationException",
        "sagemaker ListDomains is not served by Trigpoint; use Jupyter on your own machine with `trigpoint env`.",
        400,
    )
    assert _error(client(url, "sts").get_federation_token, Name="bob")[::2] == ("InvalidAction", 400)


@pytest.mark.parametrize(
    ("service", "call", "arguments", "named"),
    [
        # JSON
        ("ecr", "describe_repositories", {}, "ecr DescribeRepositories"),
        ("kms", "list_keys", {}, "kms ListKeys"),
        ("ssm", "get_parameter", {"Name": "p"}, "ssm GetParameter"),
        ("stepfunctions", "list_state_machines", {}, "states ListStateMachines"),
        ("cognito-idp", "list_user_pools", {"MaxResults": 1}, "cognito-idp ListUserPools"),
        ("glue", "get_databases", {}, "glue GetDatabases"),
        ("application-autoscaling", "describe_scalable_targets", {"ServiceNamespace": "sagemaker"},
         "application-autoscaling DescribeScalableTargets"),
        # CBOR
        ("comprehend", "detect_sentiment", {"Text": "t", "LanguageCode": "en"}, "comprehend DetectSentiment"),
        # query
        ("cloudformation", "list_stacks", {}, "cloudformation ListStacks"),
        ("autoscaling", "describe_auto_scaling_groups", {}, "autoscaling DescribeAutoScalingGroups"),
        ("iam", "create_user", {"UserName": "u"}, "iam CreateUser"),
        # EC2
        ("ec2", "describe_vpcs", {}, "ec2 DescribeVpcs"),
        # REST with JSON
        ("lambda", "list_layers", {}, "lambda ListLayers"),
        ("efs", "describe_file_systems", {}, "elasticfilesystem DescribeFileSystems"),
        ("batch", "describe_job_queues", {}, "batch DescribeJobQueues"),
        ("sagemaker-featurestore-runtime", "get_record", {"FeatureGroupName": "g", "RecordIdentifierValueAsString": "1"},
         "sagemaker-featurestore-runtime GetRecord"),
        ("bedrock-runtime", "invoke_model", {"modelId": "m", "body": b"{}"}, "bedrock-runtime InvokeModel"),
        # REST with XML
        ("route53", "list_hosted_zones", {}, "route53 ListHostedZones"),
        ("cloudfront", "list_distributions", {}, "cloudfront ListDistributions"),
    ],
)  # fmt: skip
def test_the_client_of_a_service_that_is_not_served_shows_the_operation_and_the_reason(
    url: str, service: str, call: str, arguments: dict[str, Any], named: str
) -> None:
    code, message, status = _error(getattr(client(url, service), call), **arguments)
    assert code in ("UnknownOperationException", "InvalidAction")
    assert status == 400
    assert f"{named} is not served by Trigpoint" in message


def test_an_unexpected_exception_is_an_internal_failure_with_its_request_id_and_no_detail(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(ClientError) as caught:
        client(url, "sagemaker").delete_model(ModelName="m")
    response = caught.value.response
    assert response["Error"]["Code"] == "InternalFailure"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert response["ResponseMetadata"]["RequestId"] in response["Error"]["Message"]
    assert "hunter2" not in response["Error"]["Message"]
    assert response["ResponseMetadata"]["RequestId"] in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("service", "operation", "unknown", "wrong"),
    [
        (
            "sagemaker",
            "list_training_jobs",
            ("UnrecognizedClientException", 400),
            ("InvalidSignatureException", 400),
        ),
        ("sts", "get_caller_identity", ("InvalidClientTokenId", 403), ("SignatureDoesNotMatch", 403)),
        ("iam", "list_roles", ("InvalidClientTokenId", 403), ("SignatureDoesNotMatch", 403)),
        ("s3", "list_buckets", ("InvalidAccessKeyId", 403), ("SignatureDoesNotMatch", 403)),
    ],
)
def test_unknown_keys_and_wrong_secrets_are_refused_as_the_service_does(
    url: str, service: str, operation: str, unknown: tuple[str, int], wrong: tuple[str, int]
) -> None:
    assert _error(getattr(client(url, service, UNKNOWN), operation))[::2] == unknown
    assert _error(getattr(client(url, service, WRONG), operation))[::2] == wrong


def test_a_stale_session_token_is_refused(url: str) -> None:
    assert (
        _error(client(url, "sagemaker", aws_session_token="old").list_training_jobs)[0]
        == "UnrecognizedClientException"
    )
    assert (
        _error(client(url, "sts", aws_session_token="old").get_caller_identity)[0] == "InvalidClientTokenId"
    )
    assert _error(client(url, "s3", aws_session_token="old").list_buckets)[0] == "InvalidToken"


def _raw(
    url: str, method: str, target: str, body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, target, body or None, named)
    response = connection.getresponse()
    answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return answer


def _signed(
    url: str,
    method: str,
    target: str,
    body: bytes,
    service: str,
    headers: dict[str, str],
    key: Credential = KEY,
) -> dict[str, str]:
    request = AWSRequest(method=method, url=url + target, data=body, headers=headers)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials(key.access_key_id, key.secret_access_key), service, "us-east-1").add_auth(request)
    return dict(request.headers.items())


TARGET = {"X-Amz-Target": "SageMaker.ListTrainingJobs", "Content-Type": "application/x-amz-json-1.1"}


def test_unsigned_requests_are_refused_in_their_protocol(url: str) -> None:
    status, headers, body = _raw(url, "POST", "/", b"{}", **TARGET)
    assert (status, json.loads(body)["__type"]) == (400, "MissingAuthenticationTokenException")
    assert headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    assert headers["x-amzn-requestid"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, body = _raw(url, "POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", **form)
    assert status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in body
    status, headers, body = _raw(url, "GET", "/bucket/key")
    assert status == 403
    assert body.startswith(b"<?xml") and b"<Code>AccessDenied</Code>" in body
    assert headers["x-amz-request-id"].encode() in body
    status, _, body = _raw(url, "POST", "/endpoints/e/invocations", b"x")
    assert (status, json.loads(body)["__type"]) == (400, "MissingAuthenticationTokenException")


def test_an_error_on_head_has_no_body(url: str) -> None:
    status, headers, body = _raw(url, "HEAD", "/bucket/key")
    assert (status, body) == (403, b"")
    assert headers["x-amz-request-id"]
    assert _error(client(url, "s3").head_object, Bucket="b", Key="missing")[::2] == ("404", 404)


def test_a_body_that_is_not_json_is_a_serialization_exception(url: str) -> None:
    headers = _signed(url, "POST", "/", b"{not json", "sagemaker", TARGET)
    status, _, body = _raw(url, "POST", "/", b"{not json", **headers)
    assert (status, json.loads(body)["__type"]) == (400, "SerializationException")


def test_a_body_changed_in_transit_is_refused(url: str) -> None:
    headers = _signed(url, "POST", "/", b'{"MaxResults":1}', "sagemaker", TARGET)
    status, _, body = _raw(url, "POST", "/", b'{"MaxResults":2}', **headers)
    assert (status, json.loads(body)["__type"]) == (400, "InvalidSignatureException")
    headers = _signed(url, "PUT", "/b/changed", b"abc", "s3", {})
    status, _, body = _raw(url, "PUT", "/b/changed", b"abd", **headers)
    assert status == 400
    assert b"<Code>XAmzContentSHA256Mismatch</Code>" in body


def test_a_clock_that_differs_too_much_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = datetime.now(UTC) - timedelta(minutes=30)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: old)
    sagemaker = _signed(url, "POST", "/", b"{}", "sagemaker", TARGET)
    bucket = _signed(url, "GET", "/b/k", b"", "s3", {})
    monkeypatch.undo()
    status, _, body = _raw(url, "POST", "/", b"{}", **sagemaker)
    assert (status, json.loads(body)["__type"]) == (400, "InvalidSignatureException")
    assert json.loads(body)["message"].startswith("Signature expired: ")
    status, _, body = _raw(url, "GET", "/b/k", **bucket)
    assert status == 403
    assert b"<Code>RequestTimeTooSkewed</Code>" in body


def test_a_read_only_key_reads_and_changes_nothing(url: str, toy: ToyAws) -> None:
    reader = client(url, "sagemaker", READER)
    assert "TrainingJobSummaries" in reader.list_training_jobs()
    code, message, status = _error(reader.create_training_job, **_job("forbidden"))
    assert (code, status) == ("AccessDeniedException", 400)
    assert (
        "assumed-role/TrigpointRole/reader is not authorized to perform: sagemaker:CreateTrainingJob"
        in message
    )
    assert "forbidden" not in toy.sagemaker.jobs
    assert _error(client(url, "s3", READER).put_object, Bucket="b", Key="k", Body=b"x")[0] == "AccessDenied"
    assert _error(client(url, "s3", READER).get_object, Bucket="b", Key="none")[0] == "NoSuchKey"


def test_bodies_beyond_the_limits_are_refused_in_aws_words(url: str) -> None:
    runtime = client(url, "sagemaker-runtime")
    assert len(runtime.invoke_endpoint(EndpointName="e", Body=b"x" * 6_291_456)["Body"].read()) == 6_291_456
    assert _error(runtime.invoke_endpoint, EndpointName="e", Body=b"x" * 6_291_457) == (
        "413",
        "HTTP content length exceeded 6291456 bytes.",
        413,
    )
    code, _, status = _error(client(url, "sagemaker").create_training_job, **_job("x" * 9 * MIB))
    assert (code, status) == ("RequestEntityTooLargeException", 413)


# --- S3


def test_keys_arrive_as_they_were_sent(url: str, toy: ToyAws) -> None:
    for key in ("a//b/../c", "+ %25~'()*!", "Größe/写真.png", "./..", "/leading"):
        client(url, "s3").put_object(Bucket="keys", Key=key, Body=b"1")
        assert toy.s3.requests[-1].key == key


def test_a_large_upload_passes_in_bounded_memory(url: str, toy: ToyAws) -> None:
    class Generated:
        """A body of 50 MB, generated piece by piece."""

        left = 50 * MIB

        def read(self, size: int = -1) -> bytes:
            size = min(self.left, size if size >= 0 else self.left)
            self.left -= size
            return b"z" * size

    digest = hashlib.sha256()
    for _ in range(50):
        digest.update(b"z" * MIB)
    headers = _unsigned_payload(url, "/big/upload")
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    tracemalloc.start()
    connection.request("PUT", "/big/upload", Generated(), headers | {"Content-Length": str(50 * MIB)})
    assert connection.getresponse().status == 200
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert toy.s3.put["big/upload"][:2] == (50 * MIB, digest.hexdigest())
    assert peak < 12 * MIB, f"{peak / MIB:.1f} MiB were held at once"


def _unsigned_payload(url: str, target: str, method: str = "PUT") -> dict[str, str]:
    request = AWSRequest(method=method, url=url + target, headers={})
    request.context["payload_signing_enabled"] = False
    key = Credentials(KEY.access_key_id, KEY.secret_access_key)
    signer = S3SigV4Auth(key, "s3", "us-east-1")
    signer._should_sha256_sign_payload = lambda request: False
    signer.add_auth(request)
    return dict(request.headers.items())


def test_a_large_download_passes_in_bounded_memory(url: str, toy: ToyAws) -> None:
    with (toy.s3.folder / "large").open("wb") as file:
        file.truncate(50 * MIB)
    headers = _signed(url, "GET", "/b/large", b"", "s3", {})
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    tracemalloc.start()
    connection.request("GET", "/b/large", headers=headers)
    response, size = connection.getresponse(), 0
    while piece := response.read(1 << 16):
        size += len(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == 50 * MIB
    assert peak < 12 * MIB, f"{peak / MIB:.1f} MiB were held at once"


def test_an_abandoned_download_closes_its_file(url: str, toy: ToyAws) -> None:
    with (toy.s3.folder / "huge").open("wb") as file:
        file.truncate(2000 * MIB)
    target = urlsplit(url)
    headers = _signed(url, "GET", "/b/huge", b"", "s3", {})
    with socket.create_connection((target.hostname, target.port)) as connection:
        lines = [f"GET /b/huge HTTP/1.1\r\nHost: {target.netloc}", *(f"{n}: {v}" for n, v in headers.items())]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    deadline = time.monotonic() + 10
    while _open_files("huge"):
        assert time.monotonic() < deadline, "the file is still open"
        time.sleep(0.05)


def _open_files(name: str) -> list[Path]:
    if not Path("/proc/self/fd").exists():
        pytest.skip("open files are counted in /proc, which this system does not have")
    links = (path for path in Path("/proc/self/fd").iterdir() if path.is_symlink())
    return [path for path in links if str(path.resolve(strict=False)).endswith(name)]


def test_the_client_is_told_to_continue_before_it_sends_the_body(url: str) -> None:
    target = urlsplit(url)
    headers = _signed(url, "PUT", "/b/expect", b"x" * 1000, "s3", {})
    with socket.create_connection((target.hostname, target.port), timeout=10) as connection:
        lines = [
            f"PUT /b/expect HTTP/1.1\r\nHost: {target.netloc}",
            *(f"{n}: {v}" for n, v in headers.items()),
        ]
        lines += ["Expect: 100-continue", "Content-Length: 1000"]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(b"x" * 1000)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_refused_upload_is_refused_before_its_body_and_closes_the_connection(url: str) -> None:
    target = urlsplit(url)
    with socket.create_connection((target.hostname, target.port), timeout=10) as connection:
        wanted = "Expect: 100-continue\r\nContent-Length: 9"
        connection.sendall(f"PUT /b/k HTTP/1.1\r\nHost: {target.netloc}\r\n{wanted}\r\n\r\n".encode())
        answer = b""
        while piece := connection.recv(4096):  # ends when the server closes
            answer += piece
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"connection: close" in answer.lower()


def test_unsigned_trailer_uploads_are_unwrapped(url: str, toy: ToyAws) -> None:
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    wanted = {
        "Content-Encoding": "gzip,aws-chunked",
        "X-Amz-Trailer": "x-amz-checksum-crc32",
        "X-Amz-Decoded-Content-Length": "5",
        "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    }
    request = AWSRequest(method="PUT", url=url + "/b/trailer", headers=wanted)
    request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
    key = Credentials(KEY.access_key_id, KEY.secret_access_key)
    S3SigV4Auth(key, "s3", "us-east-1").add_auth(request)
    status, _, answer = _raw(url, "PUT", "/b/trailer", body, **dict(request.headers.items()))
    assert status == 200, answer
    assert toy.s3.put["b/trailer"] == (
        5,
        hashlib.sha256(b"hello").hexdigest(),
        {"x-amz-checksum-crc32": "NhCmhg=="},
    )
    assert toy.s3.requests[-1].headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "host", ["pics.localhost:{port}", "pics.s3.localhost:{port}", "pics.s3.eu-west-3.amazonaws.com"]
)
def test_the_host_may_name_the_bucket(url: str, toy: ToyAws, host: str) -> None:
    host = host.format(port=urlsplit(url).port)
    headers = _signed(f"http://{host}", "PUT", "/a/b.png", b"1", "s3", {})
    status, _, _ = _raw(url, "PUT", "/a/b.png", b"1", Host=host, **headers)
    assert status == 200
    assert (toy.s3.requests[-1].bucket, toy.s3.requests[-1].key) == ("pics", "a/b.png")


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls_of_both_kinds_work_and_cannot_be_changed(url: str, toy: ToyAws, version: str) -> None:
    (toy.s3.folder / "pic.png").write_bytes(b"png")
    presigned = client(url, "s3", config={"signature_version": version}).generate_presigned_url(
        "get_object", Params={"Bucket": "b", "Key": "pic.png"}
    )
    with urllib.request.urlopen(presigned) as answer:
        assert answer.read() == b"png"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(presigned.replace("pic.png", "large"))
    assert caught.value.code == 403


def test_a_url_signed_by_the_server_is_readable_by_any_page_and_never_runs_in_its_origin(
    url: str, toy: ToyAws
) -> None:
    (toy.s3.folder / "a_b c+é.png").write_bytes(b"image")
    presigned = presign_get("us-east-1", KEY, 60, url, datetime.now(UTC), None, "s3://b/a/b c+é.png")
    with urllib.request.urlopen(presigned) as answer:
        assert answer.read() == b"image"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Content-Security-Policy"] == "sandbox"


def _post_form(
    url: str, fields: dict[str, str], data: bytes, name: str = "x.png"
) -> tuple[int, dict[str, str], bytes]:
    lines = b""
    for field, value in fields.items():
        lines += f'--edge\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
    lines += f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return _raw(
        url,
        "POST",
        "/forms",
        lines + data + b"\r\n--edge--\r\n",
        Content_Type="multipart/form-data; boundary=edge",
    )


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_form_uploads_what_its_policy_allows(url: str, toy: ToyAws, version: str) -> None:
    s3 = client(url, "s3", config={"signature_version": version})
    conditions = [["content-length-range", 2, 100_000], ["starts-with", "$x-amz-meta-by", "al"]]
    post = s3.generate_presigned_post("forms", "up/${filename}", Conditions=conditions, ExpiresIn=60)
    fields = post["fields"] | {"x-amz-meta-by": "alice"}
    picture = bytes(range(256)) * 390
    status, headers, body = _post_form(url, fields, picture)
    assert status == 204, body
    assert headers["location"] == f"{url}/forms/up/x.png"
    assert toy.s3.put["forms/up/x.png"][:2] == (len(picture), hashlib.sha256(picture).hexdigest())
    assert toy.s3.requests[-1].headers["x-amz-meta-by"] == "alice"
    refused = {
        "a file too large": _post_form(url, fields, b"p" * 100_001),
        "a file too small": _post_form(url, fields, b"p"),
        "another key": _post_form(url, fields | {"key": "elsewhere"}, b"data"),
        "a value that no condition allows": _post_form(url, fields | {"x-amz-meta-by": "mallory"}, b"data"),
        "a field without a condition": _post_form(url, fields | {"Content-Type": "text/html"}, b"data"),
        "another policy": _post_form(url, fields | {"policy": fields["policy"][:-4] + "AAAA"}, b"data"),
        "no policy": _post_form(url, {"key": "k"}, b"data"),
        "no file": _raw(
            url, "POST", "/forms", b"--edge--\r\n", Content_Type="multipart/form-data; boundary=edge"
        ),
        "no boundary": _raw(url, "POST", "/forms", b"abc", Content_Type="multipart/form-data"),
    }
    codes = {what: re.search(rb"<Code>(.*?)</Code>", answer[2]) for what, answer in refused.items()}
    assert {what: code and code[1].decode() for what, code in codes.items()} == {
        "a file too large": "EntityTooLarge",
        "a file too small": "EntityTooSmall",
        "another key": "AccessDenied",
        "a value that no condition allows": "AccessDenied",
        "a field without a condition": "AccessDenied",
        "another policy": "SignatureDoesNotMatch",
        "no policy": "AccessDenied",
        "no file": "InvalidArgument",
        "no boundary": "MalformedPOSTRequest",
    }


def test_a_browser_may_read_after_a_preflight(url: str) -> None:
    status, headers, _ = _raw(
        url,
        "OPTIONS",
        "/b/k",
        Origin="null",
        Access_Control_Request_Method="GET",
        Access_Control_Request_Headers="range",
    )
    assert status == 200
    assert (headers["access-control-allow-origin"], headers["access-control-allow-headers"]) == ("*", "range")


def test_an_answer_may_be_produced_piece_by_piece(url: str) -> None:
    assert (
        client(url, "s3").get_object(Bucket="b", Key="iterated")["Body"].read() == b"a" * 1000 + b"b" * 1000
    )


def test_header_values_cannot_break_the_reply(url: str, toy: ToyAws) -> None:
    answered = S3Response(
        200, {"Content-Disposition": "attachment; filename=写真\r\nSet-Cookie: a=b", "ETag": "é"}
    )
    toy.s3.canned["odd-headers"] = answered
    status, headers, _ = _raw(
        url, "GET", "/b/odd-headers", **_signed(url, "GET", "/b/odd-headers", b"", "s3", {})
    )
    assert status == 200
    assert "set-cookie" not in headers
    assert headers["etag"] == "é"


def test_sts_accepts_a_signed_get(url: str) -> None:
    target = "/?" + urlencode({"Action": "GetCallerIdentity", "Version": "2011-06-15"})
    status, _, body = _raw(url, "GET", target, **_signed(url, "GET", target, b"", "sts", {}))
    assert status == 200
    assert b"<GetCallerIdentityResult>" in body


def test_many_requests_share_a_connection_and_eight_clients_do_not_disturb_each_other(url: str) -> None:
    s3 = client(url, "s3")

    def upload(number: int) -> int:
        return int(
            s3.put_object(Bucket="many", Key=str(number), Body=b"k" * number)["ResponseMetadata"][
                "HTTPStatusCode"
            ]
        )

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(upload, range(100))) == {200}
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.connect()
    kept = connection.sock
    for _ in range(20):
        connection.request("POST", "/", b"{}", _signed(url, "POST", "/", b"{}", "sagemaker", TARGET))
        assert connection.getresponse().read()
        assert connection.sock is kept


def test_a_malformed_path_is_refused(url: str) -> None:
    for target in ("/%FF%FE", "/b/%00", "//", "/b?%ff=%fe", "/b/k?uploadId=%F0%28%8C%28"):
        headers = _signed(url, "GET", target, b"", "s3", {})
        status, _, body = _raw(url, "GET", target, **headers)
        assert status < 500, (target, body)
