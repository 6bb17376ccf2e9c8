"""For any bytes that reach the port, a real server answers or closes the connection. It never fails, hangs or
leaves its folder.
"""

from __future__ import annotations

import random
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from helpers.server_process import ServerProcess, env_of

REQUESTS = 900
PATIENCE_S = 30.0  # a hang lasts forever; a busy machine is only slow
SEED = 20_260_101
DEPTH = 8  # folders above the data directory that are watched
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
    b'--edge\r\nContent-Disposition: form-data; name="key"\r\n\r\n../../../escaped\r\n'
    b'--edge\r\nContent-Disposition: form-data; name="file"; filename="../../escaped"\r\n\r\nx\r\n--edge--\r\n',
    b"--edge\r\n" * 2000,
    b"",
)
TARGETS = (
    "/fuzz/x",
    "/fuzz/..%2f..%2f..%2fescaped",
    "/fuzz/../../../escaped",
    "/fuzz/../other/escaped",
    "/fuzz/..%2fother%2fkept",
    "/fuzz/.trigpoint/staging/escaped",
    "/fuzz/" + "../" * 12 + "escaped",
    "/fuzz/a/..%00/escaped",
    "/fuzz/x/y",
    "/fuzz/x/",
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
    "x-amz-copy-source": ("/fuzz/x", "../../escaped", "/fuzz/../other/kept", "%00", "/"),
    "content-type": (
        "multipart/form-data; boundary=edge",
        "multipart/form-data",
        "text/plain; charset=\u00ff",
    ),
    "origin": ("null", "https://page.example", "\u00e9"),
    "access-control-request-method": ("GET", "PUT", "?"),
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
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder far enough above the data directory that a path which climbs out of it ends here."""
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def fuzzed(outside: Path) -> Iterator[ServerProcess]:
    folder = outside.joinpath(*(f"above-{n}" for n in range(DEPTH)))
    folder.mkdir(parents=True)
    with ServerProcess(folder / "data").start() as server:
        client = server.aws("s3")
        for bucket in ("fuzz", "other"):
            client.create_bucket(Bucket=bucket)
            client.put_object(Bucket=bucket, Key="kept", Body=b"so that no DELETE of the bucket succeeds")
        client.put_object(Bucket="fuzz", Key="x", Body=b"content")
        yield server


class Fuzzer:
    """Signed requests of odd content, mutated or not, each over its own connection."""

    def __init__(self, server: ServerProcess, outside: Path) -> None:
        # A key that is an absolute path must not be taken for one.
        self._targets = [*TARGETS, f"/fuzz/{outside}/escaped", f"/fuzz/%2f{str(outside)[1:]}/escaped"]
        environment = env_of(server.data_dir)
        credentials = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        self._auth = S3SigV4Auth(credentials, "s3", "us-east-1")
        self._url = server.url
        self._chance = random.Random(SEED)
        parts = urlsplit(server.url)
        self.address = (parts.hostname or "", parts.port or 0)

    def request(self) -> tuple[bytes, bool]:
        """The bytes to send, and whether the reply must come before the end of the request."""
        chance = self._chance
        names = chance.sample(sorted(HEADERS), chance.randint(0, 3))
        headers = {name: chance.choice(HEADERS[name]) for name in names}
        method = chance.choice(["GET", "HEAD", "PUT", "PUT", "POST", "DELETE", "OPTIONS"])
        body = chance.choice(BODIES)
        asked = AWSRequest(method, self._url + chance.choice(self._targets), headers=headers, data=body)
        self._auth.add_auth(asked)
        target = asked.url.removeprefix(self._url)
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._url.removeprefix('http://')}"]
        unsigned = ("Authorization",) if chance.random() < 0.1 else ()
        lines += [f"{name}: {value}" for name, value in asked.headers.items() if name not in unsigned]
        length = chance.choice([len(body)] * 6 + [0, len(body) + 7, max(0, len(body) - 3)])
        framing = chance.choice([f"Content-Length: {length}"] * 5 + ["Transfer-Encoding: chunked", ""])
        kept = "\r\n".join(line for line in [*lines, framing] if line).encode() + b"\r\n"
        raw = kept + b"Connection: close\r\n\r\n" + body
        if chance.random() < 0.4:
            return self._mutated(raw), False
        is_whole = length <= len(body) and not framing.startswith("Transfer")
        return (kept + b"\r\n" + body + raw if chance.random() < 0.1 and is_whole else raw), is_whole

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


def answer_to(address: tuple[str, int], raw: bytes, *, is_whole: bool = False) -> bytes:
    """Everything that the server sends until it closes the connection. Fails if it does not. After an
    incomplete request, the client closes its sending side.
    """
    with socket.create_connection(address, timeout=PATIENCE_S) as connection:
        received = b""
        try:
            connection.sendall(raw)
            if not is_whole:
                connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                received += piece
        except TimeoutError:
            raise AssertionError(f"no end of the answer within {PATIENCE_S} s to {raw[:600]!r}") from None
        except OSError:
            pass  # the server has already closed the connection
        return received


def files_not_of(bucket: str, server: ServerProcess, outside: Path) -> dict[str, bytes]:
    """Every file and folder with its bytes, except the bucket's own folder, the database and the server's output."""
    own = server.data_dir / "objects" / bucket
    found = {}
    for path in outside.rglob("*"):
        if own in path.parents or path == server.output or path.name.startswith("trigpoint.db"):
            continue
        found[str(path)] = path.read_bytes() if path.is_file() else b""
    return found


def test_a_real_server_survives_odd_requests(fuzzed: ServerProcess, outside: Path) -> None:
    before, fuzzer = files_not_of("fuzz", fuzzed, outside), Fuzzer(fuzzed, outside)
    assert any(name.endswith("objects/other/kept") for name in before)
    statuses: Counter[bytes] = Counter()
    for _ in range(REQUESTS):
        raw, is_whole = fuzzer.request()
        answer = answer_to(fuzzer.address, raw, is_whole=is_whole)
        assert not answer.startswith((b"HTTP/1.1 500", b"HTTP/1.1 502")), (raw[:600], answer[:600])
        statuses[answer[9:12]] += is_whole
    assert files_not_of("fuzz", fuzzed, outside) == before
    assert "request.failed" not in fuzzed.text()
    assert {b"200", b"204", b"400", b"403", b"404"} <= statuses.keys(), "they were refused for few reasons"
    listed = {one["Key"] for one in fuzzed.aws("s3").list_objects_v2(Bucket="fuzz")["Contents"]}
    assert any("../" in key and "escaped" in key for key in listed), "no hostile key was written"
    client = fuzzed.aws("s3")
    client.put_object(Bucket="fuzz", Key="after", Body=b"alive")
    assert client.get_object(Bucket="fuzz", Key="after")["Body"].read() == b"alive"


@pytest.mark.parametrize(
    "path", [b"/fuzz/x", b"/", b"/portal/sign-in", b"/endpoints/x/invocations", b"/health/live"]
)
def test_control_characters_in_headers_and_paths_are_answered_or_refused(
    fuzzed: ServerProcess, outside: Path, path: bytes
) -> None:
    address = Fuzzer(fuzzed, outside).address
    for code in [*range(32), 127, 128, 255]:
        odd = bytes([code])
        for head in (
            b"GET %s HTTP/1.1\r\nHost: h\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a%sb" % (path, odd),
            b"GET %s HTTP/1.1\r\nHost: h%sx\r\nX-Amz-Target: SageMaker.%s" % (path, odd, odd),
            b"POST %s%s?%s=%s HTTP/1.1\r\nHost: h\r\nContent-Type: %s" % (path, odd, odd, odd, odd),
        ):
            answer = answer_to(address, head + b"\r\nConnection: close\r\n\r\n")
            assert not answer.startswith(b"HTTP/1.1 5"), (head, answer)
    assert "request.failed" not in fuzzed.text()


def test_a_flood_of_bytes_that_are_no_request_ends_only_its_connection(
    fuzzed: ServerProcess, outside: Path
) -> None:
    fuzzer = Fuzzer(fuzzed, outside)
    for raw in (
        b"\0" * 5000,
        b"GET\r\n\r\n" * 100,
        b"A" * 100_000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\0\xa5",
    ):
        assert not answer_to(fuzzer.address, raw).startswith(b"HTTP/1.1 500")
    assert fuzzed.aws("s3").head_bucket(Bucket="fuzz")["ResponseMetadata"]["HTTPStatusCode"] == 200
