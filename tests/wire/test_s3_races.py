"""Many clients at once over HTTP on one key or one upload: one outcome, never a mixture, never a 500."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from helpers.s3_server import S3Server, s3_server
from helpers.toy_aws import KEY
from trigpoint.remote import RemoteConfig

CLIENTS = 8
ROUNDS = 4
FIRST = b"a" * (5 << 20)
LAST = b"z" * 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("races")) as running:
        running.objects.create_bucket("local")
        yield running


@pytest.fixture(scope="module", params=["local", "remote"])
def bucket(request: pytest.FixtureRequest, server: S3Server, tmp_path_factory: Any) -> Iterator[str]:
    """A local bucket, and one on another server."""
    if request.param == "local":
        yield "local"
        return
    with s3_server(tmp_path_factory.mktemp("other")) as other:
        other.objects.create_bucket("lent")
        there = RemoteConfig(other.url, "us-east-1", KEY.access_key_id, KEY.secret_access_key)
        server.objects.add_remote_bucket("remote", there, "lent")
        yield "remote"


def at_once(*calls: Callable[[], Any]) -> list[str]:
    """Starts all calls at the same moment. Returns the ETag of each, or the code of its refusal."""
    ready = threading.Barrier(len(calls))

    def begin(call: Callable[[], Any]) -> str:
        ready.wait(30)
        try:
            return str(call().get("ETag", "done"))
        except ClientError as refusal:
            status = refusal.response["ResponseMetadata"]["HTTPStatusCode"]
            assert status < 500, refusal.response
            return str(refusal.response["Error"]["Code"])

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(begin, calls))


def clients(server: S3Server, number: int = CLIENTS) -> list[Any]:
    return [server.client() for _ in range(number)]


def read(client: Any, bucket: str, key: str) -> bytes:
    """The object's bytes. Asserts that they match its headers."""
    answer = client.get_object(Bucket=bucket, Key=key)
    data: bytes = answer["Body"].read()
    if "-" not in answer["ETag"]:
        assert answer["ETag"].strip('"') == hashlib.md5(data, usedforsecurity=False).hexdigest()
        assert answer["Metadata"]["by"] == str(data[0])
    return data


class OneUpload:
    """An upload of two parts, ready to be completed."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self.named = {"Bucket": bucket, "Key": key}
        self.named["UploadId"] = client.create_multipart_upload(**self.named)["UploadId"]
        self.etags = [self.part(client, number, data) for number, data in ((1, FIRST), (2, LAST))]

    def part(self, client: Any, number: int, data: bytes) -> str:
        return str(client.upload_part(**self.named, PartNumber=number, Body=data)["ETag"])

    def complete(self, client: Any, **more: Any) -> dict[str, Any]:
        parts = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(self.etags, 1)]
        answer: dict[str, Any] = client.complete_multipart_upload(
            **self.named, MultipartUpload={"Parts": parts}, **more
        )
        return answer


def test_of_clients_that_create_a_key_only_when_absent_exactly_one_wins(
    server: S3Server, bucket: str
) -> None:
    for number in range(ROUNDS):
        key, several = f"once/{number}", clients(server)
        ended = at_once(
            *(
                partial(
                    c.put_object,
                    Bucket=bucket,
                    Key=key,
                    Body=bytes([n]) * 1000,
                    Metadata={"by": str(n)},
                    IfNoneMatch="*",
                )
                for n, c in enumerate(several)
            )
        )
        assert ended.count("PreconditionFailed") == CLIENTS - 1, ended
        winner = next(n for n, how in enumerate(ended) if how != "PreconditionFailed")
        assert read(several[0], bucket, key) == bytes([winner]) * 1000


def test_of_clients_that_replace_the_same_version_exactly_one_wins(server: S3Server, bucket: str) -> None:
    several = clients(server)
    etag = several[0].put_object(Bucket=bucket, Key="cas", Body=b"\0", Metadata={"by": "0"})["ETag"]
    for _ in range(ROUNDS):
        ended = at_once(
            *(
                partial(c.put_object, Bucket=bucket, Key="cas", Body=f"{n}{etag}".encode(), IfMatch=etag)
                for n, c in enumerate(several)
            )
        )
        (won,) = [how for how in ended if how != "PreconditionFailed"]
        assert several[0].head_object(Bucket=bucket, Key="cas")["ETag"] == won
        etag = won


def test_writers_of_one_key_leave_one_of_their_objects_and_readers_see_whole_ones(
    server: S3Server, bucket: str
) -> None:
    several = clients(server)
    sizes = [10, 70_000, 300_000, 1_500_000]
    several[0].put_object(Bucket=bucket, Key="one", Body=b"\0", Metadata={"by": "0"})
    going_on = threading.Event()
    going_on.set()

    def watch() -> set[int]:
        seen, client = set(), server.client()
        while going_on.is_set():
            data = read(client, bucket, "one")
            assert set(data) == {data[0]}
            seen.add(data[0])
        return seen

    with ThreadPoolExecutor(1) as watcher:
        seen = watcher.submit(watch)
        for number in range(ROUNDS):
            at_once(
                *(
                    partial(
                        c.put_object,
                        Bucket=bucket,
                        Key="one",
                        Body=bytes([n]) * sizes[n % 4],
                        Metadata={"by": str(n)},
                    )
                    for n, c in enumerate(several)
                )
            )
            several[number].put_object(
                Bucket=bucket, Key="one", Body=bytes([100 + number]) * 9, Metadata={"by": str(100 + number)}
            )
            assert read(several[0], bucket, "one") == bytes([100 + number]) * 9, "the last one wins"
        going_on.clear()
        assert seen.result()


def test_two_clients_that_complete_an_upload_at_the_same_moment_both_succeed(
    server: S3Server, bucket: str
) -> None:
    for number in range(ROUNDS):
        several = clients(server, 3)
        upload = OneUpload(several[0], bucket, f"twice/{number}")
        only_new = {"IfNoneMatch": "*"} if number % 2 else {}
        first, second = at_once(*(partial(upload.complete, c, **only_new) for c in several[1:]))
        assert first == second and first.endswith('-2"')
        assert upload.complete(several[0])["ETag"] == first, "asked again, it answers the same"
        assert read(several[0], bucket, f"twice/{number}") == FIRST + LAST
        assert "Uploads" not in several[0].list_multipart_uploads(Bucket=bucket, Prefix="twice/")


def test_completing_an_upload_twice_does_not_replace_a_later_write(
    server: S3Server,
) -> None:
    client = server.client()
    upload = OneUpload(client, "local", "replaced")
    upload.complete(client)
    client.put_object(Bucket="local", Key="replaced", Body=b"later")
    with pytest.raises(ClientError, match="NoSuchUpload"):
        upload.complete(client)
    assert client.get_object(Bucket="local", Key="replaced")["Body"].read() == b"later"
    with pytest.raises(ClientError, match="NoSuchUpload"):
        client.abort_multipart_upload(**upload.named)


def test_completing_and_aborting_at_once_does_one_of_the_two(server: S3Server, bucket: str) -> None:
    for number in range(ROUNDS):
        several = clients(server, 3)
        upload = OneUpload(several[0], bucket, f"torn/{number}")
        completed, aborted = at_once(
            partial(upload.complete, several[1]),
            partial(several[2].abort_multipart_upload, **upload.named),
        )
        assert (completed, aborted) in [(completed, "NoSuchUpload"), ("NoSuchUpload", "done")]
        if aborted == "done":
            with pytest.raises(ClientError, match="NoSuchKey"):
                read(several[0], bucket, f"torn/{number}")
        else:
            assert completed.endswith('-2"')
            assert read(several[0], bucket, f"torn/{number}") == FIRST + LAST
        assert "Uploads" not in several[0].list_multipart_uploads(Bucket=bucket, Prefix="torn/")


@pytest.mark.parametrize("other", [FIRST, b"b" * len(FIRST)], ids=["the same bytes", "other bytes"])
def test_a_part_sent_again_during_completion_is_in_the_object_as_named_or_not_at_all(
    server: S3Server, bucket: str, other: bytes
) -> None:
    for number in range(ROUNDS):
        several = clients(server, 5)
        upload = OneUpload(several[0], bucket, f"again/{number}")
        completed, *_ = at_once(
            partial(upload.complete, several[0]),
            *(partial(c.upload_part, **upload.named, PartNumber=1, Body=other) for c in several[1:]),
        )
        if completed.endswith('-2"'):
            assert read(several[0], bucket, f"again/{number}") == FIRST + LAST
        else:
            assert other != FIRST and completed == "InvalidPart"
            several[0].abort_multipart_upload(**upload.named)


def test_a_bucket_is_not_deleted_under_a_write_that_was_acknowledged(server: S3Server) -> None:
    for number in range(ROUNDS):
        several, name = clients(server, 4), f"brief-{number}"
        several[0].create_bucket(Bucket=name)
        deleted, *puts = at_once(
            partial(several[0].delete_bucket, Bucket=name),
            *(partial(c.put_object, Bucket=name, Key=f"k{n}", Body=b"x") for n, c in enumerate(several[1:])),
        )
        written = [f"k{n}" for n, how in enumerate(puts) if how != "NoSuchBucket"]
        if deleted == "done":
            assert not written
        else:
            assert deleted == "BucketNotEmpty"
            listed = several[0].list_objects_v2(Bucket=name).get("Contents", ())
            assert [one["Key"] for one in listed] == written


def test_a_reader_of_a_large_object_gets_the_version_that_it_started_with(
    server: S3Server, bucket: str
) -> None:
    client = server.client()
    client.put_object(Bucket=bucket, Key="large", Body=b"1" * (24 << 20))
    body = client.get_object(Bucket=bucket, Key="large")["Body"]
    begun = body.read(1000)
    client.put_object(Bucket=bucket, Key="large", Body=b"2" * (24 << 20))
    client.delete_object(Bucket=bucket, Key="large")
    assert begun + body.read() == b"1" * (24 << 20)
