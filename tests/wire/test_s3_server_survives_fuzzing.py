"""Whatever bytes reach the port: a real server answers or hangs up; it never fails, never hangs, never strays."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from helpers.server_process import ServerProcess, env_of

SECONDS = 12.0
PATIENCE_S = 5.0
SEED = 20_260_101
BODIES = (
    b"<Delete><Object><Key>x</Key></Object></Delete>",
    b'<!DOCTYPE a [<!ENTITY b "'
    + b"b" * 500
    + b'"><!ENTITY c "'
    + b"&b;" * 500
    + b'">]><Delete>&c;</Delete>',
    b"<a>" * 20_000,
    b"<Delete>" * 5_000 + b"</Delete>" * 5_000,
    b"\xff\xfe<\x00D\x00",
    b"<Delete><Object><Key>../../../escaped</Key></Object></Delete>",
    b"5;chunk-signature=0\r\nhello\r\n0\r\n\r\n",
    b"ffffffffffffffff\r\n",
    b"-5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
    b"",
)
TARGETS = (
    "/fuzz/x",
    "/fuzz/..%2f..%2f..%2fescaped",
    "/fuzz/../../../escaped",
    "/fuzz//x/%2e%2e/%2e%2e/escaped",
    "/%2e%2e/escaped",
    "/fuzz/%00",
    "/fuzz/%ff%fe",
    "/fuzz/" + "k" * 1025,
    "/fuzz",
    "/fuzz/x?uploads",
    "/fuzz/x?uploadId=../../x&partNumber=1",
    "/fuzz/x?partNumber=99999999999999999999&uploadId=1",
    "/fuzz?delete",
    "/fuzz?tagging",
    "/fuzz?cors",
    "/fuzz?acl",
    "/fuzz/x?tagging",
    "/fuzz/x?attributes",
    "/fuzz?versions&key-marker=%ff&version-id-marker=9",
    "/fuzz?list-type=2&max-keys=-1&continuation-token=%%%",
    "/fuzz?list-type=2&encoding-type=url&prefix=%01&delimiter=%ef%bf%bf",
)
HEADERS = {
    "x-amz-content-sha256": (
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x",
        "0" * 64,
    ),
    "x-amz-decoded-content-length": ("5", "-5", "99999999999999999999", "x"),
    "x-amz-trailer": ("x-amz-checksum-crc32", "x-amz-checksum-md5", ","),
    "x-amz-copy-source": ("/fuzz/x", "../../escaped", "%00", "/"),
    "x-amz-checksum-sha256": ("x", "A" * 44),
    "content-md5": ("x", "AAAAAAAAAAAAAAAAAAAAAA=="),
    "range": ("bytes=-0", "bytes=9-1", "bytes=0-0,2-3", "bytes=" + "9" * 400 + "-"),
    "if-modified-since": ("Thu, 99 Foo 2026", "-1"),
    "x-amz-tagging": ("a=b&a=c", "%", "&" * 100),
    "x-amz-object-attributes": ("ETag,Nothing", "ObjectParts"),
    "x-amz-max-parts": ("-1", "x"),
    "x-amz-if-match-size": ("x", "-1"),
    "x-amz-acl": ("everybody", "public-read"),
    "expect": ("100-continue", "200-maybe"),
    "x-amz-meta-x": ("\u00e9", "=?UTF-8?B?AA==?=", "y" * 3000),
}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("fuzz") / "data").start()
    bucket = server.aws("s3")
    bucket.create_bucket(Bucket="fuzz")
    bucket.put_object(Bucket="fuzz", Key="x", Body=b"content")
    bucket.put_object(Bucket="fuzz", Key="kept", Body=b"so that no DELETE of the bucket succeeds")
    yield server
    server.stop()


class Fuzzer:
    """Signed requests of odd content, mutated or not, each over a connection of its own."""

    def __init__(self, server: ServerProcess) -> None:
        environment = env_of(server.data_dir)
        credentials = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        self._auth = S3SigV4Auth(credentials, "s3", "us-east-1")
        self._url = server.url
        self._chance = random.Random(SEED)
        parts = urlsplit(server.url)
        self.address = (parts.hostname or "", parts.port or 0)

    def request(self) -> bytes:
        chance = self._chance
        names = chance.sample(sorted(HEADERS), chance.randint(0, 3))
        headers = {name: chance.choice(HEADERS[name]) for name in names}
        method = chance.choice(["GET", "HEAD", "PUT", "PUT", "POST", "DELETE", "OPTIONS"])
        body = chance.choice(BODIES)
        asked = AWSRequest(method, self._url + chance.choice(TARGETS), headers=headers, data=body)
        self._auth.add_auth(asked)
        target = asked.url.removeprefix(self._url)
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._url.removeprefix('http://')}"]
        lines += [f"{name}: {value}" for name, value in asked.headers.items()]
        length = chance.choice([len(body)] * 6 + [0, len(body) + 7, max(0, len(body) - 3)])
        lines.append(chance.choice([f"Content-Length: {length}"] * 5 + ["Transfer-Encoding: chunked", ""]))
        raw = "\r\n".join(line for line in lines if line).encode() + b"\r\n\r\n" + body
        return self._mutated(raw) if chance.random() < 0.4 else raw + (raw if chance.random() < 0.1 else b"")

    def _mutated(self, raw: bytes) -> bytes:
        chance, data = self._chance, bytearray(raw)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[at] = chance.randrange(256)
                case 1:
                    data[at:at] = bytes(chance.randrange(256) for _ in range(3))
                case 2:
                    del data[at : at + 4]
                case _:
                    del data[at + 1 :]
            if not data:
                return raw
        return bytes(data)


def answer_to(address: tuple[str, int], raw: bytes) -> bytes:
    """All that comes back once the client has said that nothing follows; fails when the server hangs."""
    with socket.create_connection(address, timeout=PATIENCE_S) as connection:
        received = b""
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                received += piece
        except TimeoutError:
            raise AssertionError(f"no end of the answer within {PATIENCE_S} s to {raw[:300]!r}") from None
        except OSError:
            pass  # the server has hung up already
        return received


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if "data/" not in f"{path}/"}


def test_a_real_server_survives_whatever_is_sent_to_it(fuzzed: ServerProcess) -> None:
    outside = fuzzed.data_dir.parent
    before, fuzzer, sent = tree(outside), Fuzzer(fuzzed), 0
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        raw = fuzzer.request()
        answer = answer_to(fuzzer.address, raw)
        assert not answer.startswith((b"HTTP/1.1 500", b"HTTP/1.1 502")), (raw[:600], answer[:600])
        sent += 1
    assert sent > 20
    assert tree(outside) == before
    assert not list(outside.rglob("*escaped*")) or all(
        "objects" in str(path) for path in outside.rglob("*escaped*")
    )
    assert "request.failed" not in fuzzed.text()
    client: boto3.client = fuzzed.aws("s3")
    client.put_object(Bucket="fuzz", Key="after", Body=b"alive")
    assert client.get_object(Bucket="fuzz", Key="after")["Body"].read() == b"alive"


def test_a_flood_of_bytes_that_are_no_request_ends_the_connection_alone(fuzzed: ServerProcess) -> None:
    fuzzer = Fuzzer(fuzzed)
    for raw in (
        b"\0" * 5000,
        b"GET\r\n\r\n" * 100,
        b"A" * 100_000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\0\xa5",
    ):
        assert not answer_to(fuzzer.address, raw).startswith(b"HTTP/1.1 500")
    assert fuzzed.aws("s3").head_bucket(Bucket="fuzz")["ResponseMetadata"]["HTTPStatusCode"] == 200
