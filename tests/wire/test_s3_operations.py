"""S3's operations as boto3 calls them and reads their replies."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from helpers.s3_client import body_of, request, s3_client
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.services.s3 import S3
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError

B = "pictures"
FIVE_MIB = 5 * 1024 * 1024


@pytest.fixture
def objects(sqlite_database: Database, settings: Settings, clock: FakeClock) -> ObjectStore:
    store = ObjectStore(sqlite_database, settings.objects_dir, clock)
    store.create_bucket(B)
    return store


@pytest.fixture
def s3(objects: ObjectStore, settings: Settings) -> S3:
    return S3(objects, settings)


@pytest.fixture
def client(s3: S3) -> Any:
    return s3_client(s3)


def refused(code: str, status: int, call: Any, **arguments: Any) -> dict[str, Any]:
    """The parsed error of a call. Asserts that it is refused with this code."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    answer: dict[str, Any] = error.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    return answer


def test_buckets_are_created_listed_and_deleted(client: Any, clock: FakeClock) -> None:
    client.create_bucket(Bucket="second")
    client.create_bucket(Bucket="second")
    client.create_bucket(Bucket="third", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    listed = client.list_buckets()
    assert [bucket["Name"] for bucket in listed["Buckets"]] == [B, "second", "third"]
    assert listed["Buckets"][0]["CreationDate"] == clock.now()
    assert listed["Owner"]["ID"] == "111122223333"
    page = client.list_buckets(MaxBuckets=1, Prefix="s")
    assert [bucket["Name"] for bucket in page["Buckets"]] == ["second"]
    pages = client.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 1})
    assert [bucket["Name"] for page in pages for bucket in page["Buckets"]] == [B, "second", "third"]
    assert client.head_bucket(Bucket=B)["BucketRegion"] == "us-east-1"
    assert client.get_bucket_location(Bucket=B)["LocationConstraint"] is None
    assert "Status" not in client.get_bucket_versioning(Bucket=B)
    client.delete_bucket(Bucket="second")
    refused("404", 404, client.head_bucket, Bucket="second")


def test_a_bad_bucket_is_refused_with_s3s_error(client: Any) -> None:
    client.put_object(Bucket=B, Key="x", Body=b"")
    assert refused("BucketNotEmpty", 409, client.delete_bucket, Bucket=B)["Error"]["BucketName"] == B
    refused("NoSuchBucket", 404, client.list_objects_v2, Bucket="nowhere")
    refused("NoSuchBucket", 404, client.put_object, Bucket="nowhere", Key="x", Body=b"")
    refused("InvalidBucketName", 400, client.create_bucket, Bucket="not..good")


def test_another_bucket_owner_is_denied(client: Any) -> None:
    client.head_bucket(Bucket=B, ExpectedBucketOwner="111122223333")
    refused("AccessDenied", 403, client.list_objects_v2, Bucket=B, ExpectedBucketOwner="000000000000")


def test_an_object_is_returned_with_all_its_metadata(client: Any, clock: FakeClock) -> None:
    said = {
        "ContentType": "image/jpeg",
        "CacheControl": "no-cache",
        "ContentDisposition": "inline",
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "Metadata": {"who": "bob", "two-words": "a b"},
    }
    put = client.put_object(Bucket=B, Key="ä/+ %25", Body=b"jpeg", Tagging="a=b&c=", **said)
    assert put["ETag"] == f'"{hashlib.md5(b"jpeg").hexdigest()}"'
    for answer in (client.get_object(Bucket=B, Key="ä/+ %25"), client.head_object(Bucket=B, Key="ä/+ %25")):
        assert {name: answer[name] for name in said} == said
        assert (answer["ContentLength"], answer["ETag"], answer["LastModified"]) == (
            4,
            put["ETag"],
            clock.now(),
        )
    tags = client.get_object_tagging(Bucket=B, Key="ä/+ %25")["TagSet"]
    assert tags == [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": ""}]


def test_response_headers_can_be_overridden_in_the_query(client: Any, s3: S3) -> None:
    client.put_object(Bucket=B, Key="x", Body=b"")
    answer = client.get_object(Bucket=B, Key="x", ResponseContentType="text/plain")
    assert answer["ContentType"] == "text/plain"
    disposition = "attachment; filename=日.jpg"
    answer = s3.handle(request("GET", B, "x", query={"response-content-disposition": disposition}))
    assert answer.headers["Content-Disposition"].encode("latin-1").decode() == disposition
    body_of(answer)
    with pytest.raises(AwsError, match="control character"):
        s3.handle(request("GET", B, "x", query={"response-content-type": "a\r\nSet-Cookie: b"}))


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-3", 0, 4),
        ("bytes=100-199", 100, 200),
        ("bytes=-5", 995, 1000),
        ("bytes=990-", 990, 1000),
        ("bytes=990-99999", 990, 1000),
        ("bytes=-99999", 0, 1000),
    ],
)
def test_a_range_is_answered_206(client: Any, asked: str, start: int, end: int) -> None:
    body = bytes(range(250)) * 4
    client.put_object(Bucket=B, Key="x", Body=body)
    answer = client.get_object(Bucket=B, Key="x", Range=asked)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert answer["ContentRange"] == f"bytes {start}-{end - 1}/1000"
    assert answer["Body"].read() == body[start:end]


def test_a_range_outside_is_416_and_a_strange_one_is_ignored(client: Any) -> None:
    client.put_object(Bucket=B, Key="x", Body=b"abc")
    client.put_object(Bucket=B, Key="empty", Body=b"")
    answer = refused("InvalidRange", 416, client.get_object, Bucket=B, Key="x", Range="bytes=3-")
    assert answer["Error"]["ActualObjectSize"] == "3"
    refused("InvalidRange", 416, client.get_object, Bucket=B, Key="x", Range="bytes=-0")
    refused("InvalidRange", 416, client.get_object, Bucket=B, Key="empty", Range="bytes=0-")
    for strange in (
        "bytes=2-1",
        "lines=0-1",
        "bytes=0-1,2-2",
        "bytes=-",
        f"bytes={'9' * 5000}-",
    ):
        assert client.get_object(Bucket=B, Key="x", Range=strange)["ContentLength"] == 3


def test_reads_depend_on_their_conditions(client: Any, clock: FakeClock) -> None:
    etag = client.put_object(Bucket=B, Key="x", Body=b"1")["ETag"]
    before, now = "Thu, 01 Jan 2026 11:59:59 GMT", "Thu, 01 Jan 2026 12:00:00 GMT"
    for call in (client.get_object, client.head_object):
        failed = "PreconditionFailed" if call == client.get_object else "412"
        refused("304", 304, call, Bucket=B, Key="x", IfNoneMatch=etag)
        refused("304", 304, call, Bucket=B, Key="x", IfModifiedSince=now)
        refused(failed, 412, call, Bucket=B, Key="x", IfMatch='"0"')
        refused(failed, 412, call, Bucket=B, Key="x", IfUnmodifiedSince=before)
        call(Bucket=B, Key="x", IfMatch=etag, IfUnmodifiedSince=before)
        call(Bucket=B, Key="x", IfNoneMatch='"0"', IfModifiedSince=now)
        call(Bucket=B, Key="x", IfModifiedSince=before)


def test_writes_depend_on_their_conditions(client: Any) -> None:
    etag = client.put_object(Bucket=B, Key="x", Body=b"1", IfNoneMatch="*")["ETag"]
    refused("PreconditionFailed", 412, client.put_object, Bucket=B, Key="x", Body=b"2", IfNoneMatch="*")
    refused("PreconditionFailed", 412, client.put_object, Bucket=B, Key="x", Body=b"2", IfMatch='"0"')
    refused("NoSuchKey", 404, client.put_object, Bucket=B, Key="y", Body=b"2", IfMatch=etag)
    client.put_object(Bucket=B, Key="x", Body=b"2", IfMatch=etag)
    assert client.get_object(Bucket=B, Key="x")["Body"].read() == b"2"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_is_verified_kept_and_given_back(client: Any, algorithm: str) -> None:
    put = client.put_object(Bucket=B, Key="x", Body=b"x" * 1000, ChecksumAlgorithm=algorithm)
    got = client.get_object(Bucket=B, Key="x", ChecksumMode="ENABLED")
    assert put[f"Checksum{algorithm}"] == got[f"Checksum{algorithm}"]
    assert (got["Body"].read(), got["ChecksumType"]) == (b"x" * 1000, "FULL_OBJECT")
    ranged = client.get_object(Bucket=B, Key="x", ChecksumMode="ENABLED", Range="bytes=0-1")
    assert f"Checksum{algorithm}" not in ranged


def test_every_checksum_may_come_in_a_header_or_a_trailer(s3: S3, objects: ObjectStore) -> None:
    right = {
        "crc32": "y/Q5Jg==",
        "crc32c": "4waSgw==",
        "crc64nvme": "rosUhgp5mIg=",
        "sha1": "98O8HYCOBHMq32eZZczDTKeuNEE=",
        "sha256": "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
    }
    for name, value in right.items():
        header = f"x-amz-checksum-{name}"
        for headers, trailers in (({header: value}, {}), ({"x-amz-trailer": header}, {header: value})):
            answer = s3.handle(request("PUT", B, name, headers=headers, body=b"123456789", trailers=trailers))
            assert answer.headers[header] == value
        wrong = base64.b64encode(bytes(len(base64.b64decode(value)))).decode()
        for headers, trailers in (({header: wrong}, {}), ({"x-amz-trailer": header}, {header: wrong})):
            with pytest.raises(AwsError) as error:
                s3.handle(request("PUT", B, "bad", headers=headers, body=b"123456789", trailers=trailers))
            assert error.value.code == "BadDigest"
        with pytest.raises(AwsError, match="trailing data"):
            s3.handle(request("PUT", B, "bad", headers={"x-amz-trailer": header}, body=b"123456789"))
    assert [info.key for info in objects.iterate(B)] == sorted(right)


def test_bytes_that_do_not_match_their_declaration_are_refused(client: Any) -> None:
    refused("BadDigest", 400, client.put_object, Bucket=B, Key="x", Body=b"abc", ChecksumCRC32="AAAAAA==")
    refused("InvalidRequest", 400, client.put_object, Bucket=B, Key="x", Body=b"abc", ChecksumCRC32="AAAA")
    empty_md5 = "1B2M2Y8AsgTpgAmY7PhCfg=="
    refused("BadDigest", 400, client.put_object, Bucket=B, Key="x", Body=b"abc", ContentMD5=empty_md5)
    refused("InvalidDigest", 400, client.put_object, Bucket=B, Key="x", Body=b"abc", ContentMD5="no")
    refused("404", 404, client.head_object, Bucket=B, Key="x")


def test_a_missing_or_invalid_key_is_refused_with_s3s_error(client: Any, s3: S3) -> None:
    assert refused("NoSuchKey", 404, client.get_object, Bucket=B, Key="none")["Error"]["Key"] == "none"
    refused("404", 404, client.head_object, Bucket=B, Key="none")
    refused("KeyTooLongError", 400, client.put_object, Bucket=B, Key="k" * 1025, Body=b"")
    for key in ("a\0b", "\ud800"):
        with pytest.raises(AwsError) as error:
            s3.handle(request("GET", B, key))
        assert (error.value.code, error.value.status) == ("InvalidArgument", 400)


def test_user_metadata_has_a_limit(client: Any) -> None:
    client.put_object(Bucket=B, Key="x", Body=b"", Metadata={"a": "x" * 2047})
    refused(
        "MetadataTooLarge", 400, client.put_object, Bucket=B, Key="x", Body=b"", Metadata={"a": "x" * 2048}
    )


def test_pages_of_both_listings_follow_each_other(client: Any, objects: ObjectStore) -> None:
    keys = sorted([f"l/{n:02}" for n in range(7)] + ["l/sub dir/+&%.x", "l/日/1", "m"], key=str.encode)
    for key in keys:
        objects.put(B, key, key.encode())
    for operation in ("list_objects_v2", "list_objects"):
        pages = client.get_paginator(operation).paginate(Bucket=B, PaginationConfig={"PageSize": 3})
        assert [entry["Key"] for page in pages for entry in page["Contents"]] == keys
        pages = client.get_paginator(operation).paginate(
            Bucket=B, Prefix="l/", Delimiter="/", PaginationConfig={"PageSize": 1}
        )
        found = [(page.get("Contents", []), page.get("CommonPrefixes", [])) for page in pages]
        assert [entry["Key"] for contents, _ in found for entry in contents] == keys[:7]
        assert [entry["Prefix"] for _, prefixes in found for entry in prefixes] == ["l/sub dir/", "l/日/"]


def test_a_page_of_the_second_listing_has_all_its_fields(client: Any, clock: FakeClock) -> None:
    for key in ("a", "b", "c"):
        client.put_object(Bucket=B, Key=key, Body=key.encode())
    page = client.list_objects_v2(Bucket=B, MaxKeys=1, StartAfter="a", FetchOwner=True)
    assert (page["KeyCount"], page["MaxKeys"], page["IsTruncated"], page["StartAfter"]) == (1, 1, True, "a")
    (entry,) = page["Contents"]
    assert entry == {
        "Key": "b",
        "LastModified": clock.now(),
        "ETag": f'"{hashlib.md5(b"b").hexdigest()}"',
        "ChecksumAlgorithm": ["CRC32"],
        "ChecksumType": "FULL_OBJECT",
        "Size": 1,
        "StorageClass": "STANDARD",
        "Owner": {"ID": "111122223333", "DisplayName": "111122223333"},
    }
    rest = client.list_objects_v2(Bucket=B, ContinuationToken=page["NextContinuationToken"])
    assert ([entry["Key"] for entry in rest["Contents"]], rest["IsTruncated"]) == (["c"], False)


def test_wrong_parameters_of_a_listing_are_refused(s3: S3) -> None:
    for query in (
        {"max-keys": "x"},
        {"max-keys": "-1"},
        {"max-keys": "9" * 30},
        {"encoding-type": "base64"},
        {"list-type": "3"},
        {"list-type": "2", "continuation-token": "?"},
        {"prefix": "a\0"},
        {"marker": "\udcff"},
    ):
        with pytest.raises(AwsError) as error:
            s3.handle(request("GET", B, query=query))
        assert (error.value.code, error.value.status) == ("InvalidArgument", 400)


def test_keys_that_xml_cannot_hold_are_listed(s3: S3, objects: ObjectStore, client: Any) -> None:
    objects.put(B, "\x01<&>\r\n\"'", b"")
    assert client.list_objects_v2(Bucket=B)["Contents"][0]["Key"] == "\x01<&>\r\n\"'"
    assert b"&#x1;&lt;&amp;&gt;&#xd;\n" in body_of(s3.handle(request("GET", B)))


def test_a_copy_takes_or_replaces_the_metadata(client: Any) -> None:
    source = {"Bucket": B, "Key": "from +%25/ü"}
    client.put_object(**source, Body=b"src", Metadata={"k": "v"}, ContentType="text/csv", Tagging="t=1")
    copy = client.copy_object(Bucket=B, Key="kept", CopySource=source)["CopyObjectResult"]
    assert (copy["ETag"], "ChecksumCRC32" in copy) == (f'"{hashlib.md5(b"src").hexdigest()}"', True)
    kept = client.head_object(Bucket=B, Key="kept")
    assert (kept["Metadata"], kept["ContentType"]) == ({"k": "v"}, "text/csv")
    assert client.get_object_tagging(Bucket=B, Key="kept")["TagSet"] == [{"Key": "t", "Value": "1"}]
    client.copy_object(
        Bucket=B,
        Key="replaced",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"n": "1"},
        TaggingDirective="REPLACE",
        ChecksumAlgorithm="SHA256",
    )
    replaced = client.head_object(Bucket=B, Key="replaced", ChecksumMode="ENABLED")
    assert (replaced["Metadata"], replaced["ContentType"]) == ({"n": "1"}, "binary/octet-stream")
    assert replaced["ChecksumSHA256"]
    assert client.get_object_tagging(Bucket=B, Key="replaced")["TagSet"] == []


def test_a_bad_copy_is_refused_with_s3s_error(client: Any) -> None:
    client.put_object(Bucket=B, Key="x", Body=b"1")
    this = {"Bucket": B, "Key": "x", "CopySource": f"{B}/x"}
    refused("InvalidRequest", 400, client.copy_object, **this)
    client.copy_object(**this, MetadataDirective="REPLACE")
    missing = {"Bucket": B, "Key": "none"}
    refused("NoSuchKey", 404, client.copy_object, Bucket=B, Key="y", CopySource=missing)
    refused("PreconditionFailed", 412, client.copy_object, **this | {"Key": "y"}, CopySourceIfMatch='"0"')
    etag = client.head_object(Bucket=B, Key="x")["ETag"]
    refused("PreconditionFailed", 412, client.copy_object, **this | {"Key": "y"}, CopySourceIfNoneMatch=etag)
    refused("InvalidArgument", 400, client.copy_object, Bucket=B, Key="y", CopySource="nothing")


def test_objects_are_deleted_one_by_one_and_together(client: Any, s3: S3) -> None:
    for key in ("a", "b/ü &<", "c"):
        client.put_object(Bucket=B, Key=key, Body=b"")
    assert client.delete_object(Bucket=B, Key="a")["ResponseMetadata"]["HTTPStatusCode"] == 204
    client.delete_object(Bucket=B, Key="a")
    named = {"Objects": [{"Key": "b/ü &<"}, {"Key": "never"}]}
    answer = client.delete_objects(Bucket=B, Delete=named)
    assert [entry["Key"] for entry in answer["Deleted"]] == ["b/ü &<", "never"]
    assert "Deleted" not in client.delete_objects(Bucket=B, Delete={"Objects": [{"Key": "c"}], "Quiet": True})
    assert client.list_objects_v2(Bucket=B)["KeyCount"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<Delete>",
        b"<Delete/>",
        b"<Other/>",
        b"\xff\xfe<Delete/>",
        b"<Delete><Object/></Delete>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><Delete><Object><Key>&a;</Key></Object></Delete>',
        b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1001 + b"</Delete>",
        b"<Delete>" + b" " * (4 << 20) + b"</Delete>",
    ],
    ids=range(9),
)
def test_a_body_that_is_not_xml_is_malformed(s3: S3, body: bytes) -> None:
    with pytest.raises(AwsError) as error:
        s3.handle(request("POST", B, query={"delete": ""}, body=body))
    assert (error.value.code, error.value.status) == ("MalformedXML", 400)


def test_a_multipart_upload_becomes_an_object(client: Any) -> None:
    first, last = b"a" * FIVE_MIB, b"b" * 123
    begun = client.create_multipart_upload(Bucket=B, Key="mp", ContentType="image/png", Metadata={"m": "1"})
    this = {"Bucket": B, "Key": "mp", "UploadId": begun["UploadId"]}
    etags = {
        n: client.upload_part(**this, PartNumber=n, Body=data)["ETag"] for n, data in ((2, last), (1, first))
    }
    listed = client.list_parts(**this)
    assert [(part["PartNumber"], part["Size"]) for part in listed["Parts"]] == [(1, FIVE_MIB), (2, 123)]
    page = client.list_parts(**this, MaxParts=1)
    assert (page["IsTruncated"], page["NextPartNumberMarker"]) == (True, 1)
    refused("404", 404, client.head_object, Bucket=B, Key="mp")
    parts = [{"PartNumber": n, "ETag": etags[n]} for n in (1, 2)]
    done = client.complete_multipart_upload(**this, MultipartUpload={"Parts": parts})
    md5s = hashlib.md5(first).digest() + hashlib.md5(last).digest()
    assert done["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-2"'
    assert done["Location"] == f"http://127.0.0.1:8400/{B}/mp"
    head = client.head_object(Bucket=B, Key="mp", PartNumber=2)
    assert (head["PartsCount"], head["ContentLength"]) == (2, 123)
    got = client.get_object(Bucket=B, Key="mp")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (
        first + last,
        "image/png",
        {"m": "1"},
    )


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("SHA256", "COMPOSITE")]
)
def test_a_multipart_upload_has_a_checksum(client: Any, algorithm: str, kind: str) -> None:
    begun = client.create_multipart_upload(Bucket=B, Key="mp", ChecksumAlgorithm=algorithm, ChecksumType=kind)
    this = {"Bucket": B, "Key": "mp", "UploadId": begun["UploadId"]}
    part = client.upload_part(**this, PartNumber=1, Body=b"abc", ChecksumAlgorithm=algorithm)
    name = f"Checksum{algorithm}"
    wrong = {"PartNumber": 1, "ETag": part["ETag"], name: "AAAAAA=="}
    refused("InvalidPart", 400, client.complete_multipart_upload, **this, MultipartUpload={"Parts": [wrong]})
    right = {"PartNumber": 1, "ETag": part["ETag"], name: part[name]}
    done = client.complete_multipart_upload(**this, MultipartUpload={"Parts": [right]})
    assert done["ChecksumType"] == kind
    assert done[name] == part[name] if kind == "FULL_OBJECT" else done[name].endswith("-1")
    assert client.head_object(Bucket=B, Key="mp", ChecksumMode="ENABLED")[name] == done[name]


def test_a_bad_multipart_upload_is_refused_with_s3s_error(client: Any) -> None:
    this = {"Bucket": B, "Key": "x"}
    this["UploadId"] = client.create_multipart_upload(**this)["UploadId"]
    etags = [client.upload_part(**this, PartNumber=n, Body=b"small")["ETag"] for n in (1, 2)]
    complete = client.complete_multipart_upload
    parts = [{"PartNumber": n + 1, "ETag": etag} for n, etag in enumerate(etags)]
    refused("EntityTooSmall", 400, complete, **this, MultipartUpload={"Parts": parts})
    refused("InvalidPartOrder", 400, complete, **this, MultipartUpload={"Parts": parts[::-1]})
    refused("InvalidPart", 400, complete, **this, MultipartUpload={"Parts": [{"PartNumber": 3, "ETag": "x"}]})
    refused("MalformedXML", 400, complete, **this, MultipartUpload={"Parts": []})
    refused("InvalidArgument", 400, client.upload_part, **this, PartNumber=10_001, Body=b"")
    assert [upload["UploadId"] for upload in client.list_multipart_uploads(Bucket=B)["Uploads"]] == [
        this["UploadId"]
    ]
    client.abort_multipart_upload(**this)
    for call in (client.list_parts, client.abort_multipart_upload):
        refused("NoSuchUpload", 404, call, **this)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=B)


def test_pages_of_unfinished_uploads_follow_each_other(client: Any) -> None:
    begun = [
        client.create_multipart_upload(Bucket=B, Key=key)["UploadId"]
        for key in ("a/1", "a/1", "a/2", "b", "c/1")
    ]
    pages = client.get_paginator("list_multipart_uploads").paginate(
        Bucket=B, PaginationConfig={"PageSize": 2}
    )
    found = [upload["UploadId"] for page in pages for upload in page["Uploads"]]
    assert sorted(found) == sorted(begun)
    assert found[2:] == begun[2:]
    page = client.list_multipart_uploads(Bucket=B, Delimiter="/", MaxUploads=2)
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["a/"]
    assert (page["NextKeyMarker"], page["IsTruncated"]) == ("b", True)
    rest = client.list_multipart_uploads(
        Bucket=B, Delimiter="/", KeyMarker="b", UploadIdMarker=page["NextUploadIdMarker"]
    )
    assert ([entry["Prefix"] for entry in rest["CommonPrefixes"]], "Uploads" in rest) == (["c/"], False)


def test_a_part_is_copied_from_an_object(client: Any) -> None:
    client.put_object(Bucket=B, Key="from", Body=bytes(range(100)))
    this = {"Bucket": B, "Key": "x"}
    this["UploadId"] = client.create_multipart_upload(**this)["UploadId"]
    copy = {**this, "PartNumber": 1, "CopySource": f"{B}/from"}
    part = client.upload_part_copy(**copy, CopySourceRange="bytes=10-19")["CopyPartResult"]
    refused("InvalidRange", 416, client.upload_part_copy, **copy, CopySourceRange="bytes=90-100")
    refused("InvalidArgument", 400, client.upload_part_copy, **copy, CopySourceRange="bytes=10-")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    client.complete_multipart_upload(**this, MultipartUpload={"Parts": parts})
    assert client.get_object(Bucket=B, Key="x")["Body"].read() == bytes(range(10, 20))


def test_files_go_up_and_down_in_parallel_parts(client: Any, tmp_path: Path) -> None:
    from boto3.s3.transfer import TransferConfig

    source = tmp_path / "up"
    source.write_bytes(bytes(range(256)) * 50_000)
    config = TransferConfig(multipart_threshold=FIVE_MIB, multipart_chunksize=FIVE_MIB)
    client.upload_file(str(source), B, "big", Config=config)
    client.download_file(B, "big", str(tmp_path / "down"), Config=config)
    assert (tmp_path / "down").read_bytes() == source.read_bytes()
    assert client.head_object(Bucket=B, Key="big")["ETag"].endswith('-3"')


def test_tags_are_put_read_and_deleted(client: Any) -> None:
    client.put_object(Bucket=B, Key="x", Body=b"")
    tags = [{"Key": "a", "Value": "b"}]
    client.put_object_tagging(Bucket=B, Key="x", Tagging={"TagSet": tags})
    assert client.get_object_tagging(Bucket=B, Key="x")["TagSet"] == tags
    assert client.get_object(Bucket=B, Key="x")["TagCount"] == 1
    client.delete_object_tagging(Bucket=B, Key="x")
    assert client.get_object_tagging(Bucket=B, Key="x")["TagSet"] == []
    for wrong, code in (
        (tags * 2, "InvalidTag"),
        ([{"Key": str(n), "Value": ""} for n in range(11)], "BadRequest"),
    ):
        refused(code, 400, client.put_object_tagging, Bucket=B, Key="x", Tagging={"TagSet": wrong})
    refused("NoSuchKey", 404, client.put_object_tagging, Bucket=B, Key="none", Tagging={"TagSet": tags})


RULE = {
    "ID": "portal",
    "AllowedMethods": ["GET", "PUT"],
    "AllowedOrigins": ["https://*.example.com"],
    "AllowedHeaders": ["x-amz-*"],
    "ExposeHeaders": ["ETag"],
    "MaxAgeSeconds": 60,
}


def test_cors_rules_are_kept(client: Any) -> None:
    refused("NoSuchCORSConfiguration", 404, client.get_bucket_cors, Bucket=B)
    client.put_bucket_cors(Bucket=B, CORSConfiguration={"CORSRules": [RULE]})
    assert client.get_bucket_cors(Bucket=B)["CORSRules"] == [RULE]
    client.delete_bucket_cors(Bucket=B)
    refused("NoSuchCORSConfiguration", 404, client.get_bucket_cors, Bucket=B)
    bad = {"AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]}
    refused("InvalidRequest", 400, client.put_bucket_cors, Bucket=B, CORSConfiguration={"CORSRules": [bad]})


def test_cors_rules_decide_which_page_may_read(client: Any, s3: S3) -> None:
    client.put_bucket_cors(Bucket=B, CORSConfiguration={"CORSRules": [RULE]})
    origin = "https://a.example.com"
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "X-Amz-Date",
    }
    granted = s3.handle(request("OPTIONS", B, "x", headers=asked)).headers
    assert granted["Access-Control-Allow-Origin"] == origin
    assert granted["Access-Control-Allow-Headers"] == "x-amz-date"
    assert granted["Access-Control-Max-Age"] == "60"
    answered = s3.cors_headers(B, "PUT", origin)
    assert answered and answered["Access-Control-Expose-Headers"] == "ETag"
    for other in ({"Origin": "https://example.com"}, {"Access-Control-Request-Method": "DELETE"}):
        with pytest.raises(AwsError, match="not allowed"):
            s3.handle(request("OPTIONS", B, "x", headers=asked | other))
    for missing in ("Origin", "Access-Control-Request-Method"):
        with pytest.raises(AwsError) as error:
            s3.handle(request("OPTIONS", B, "x", headers={n: v for n, v in asked.items() if n != missing}))
        assert (error.value.code, error.value.status) == ("BadRequest", 400)


@pytest.mark.parametrize(
    ("method", "origin", "granted"),
    [
        ("GET", "foo.suffix", True),
        ("GET", "foo.suffix.get", False),
        ("GET", "startend", True),
        ("GET", "start12end", True),
        ("GET", "0start12end", False),
        ("GET", "prefix.suffix", True),
        ("GET", "bla.prefix", False),
        ("GET", "foo.put", False),
        ("HEAD", "foo.suffix", False),
        ("PUT", "foo.put", True),
        ("PUT", "foo.suffix", False),
    ],
)
def test_an_origin_is_allowed_by_one_asterisk_and_a_method_by_its_rule(
    client: Any, s3: S3, method: str, origin: str, granted: bool
) -> None:
    """The patterns of the public conformance suite, which sends them without credentials."""
    reading = [
        {"AllowedMethods": ["GET"], "AllowedOrigins": [o]} for o in ("*suffix", "start*end", "prefix*")
    ]
    writing = {"AllowedMethods": ["PUT"], "AllowedOrigins": ["*.put"]}
    client.put_bucket_cors(Bucket=B, CORSConfiguration={"CORSRules": [*reading, writing]})
    headers = s3.cors_headers(B, method, origin)
    assert headers is not None
    assert headers.get("Access-Control-Allow-Origin") == (origin if granted else None)
    assert headers.get("Access-Control-Allow-Methods") == (method if granted else None)
    assert "Origin" in headers["Vary"]


def test_an_unserved_operation_is_refused_by_name(client: Any, s3: S3) -> None:
    client.put_object(Bucket=B, Key="x", Body=b"")
    refused("NotImplemented", 501, client.get_object_torrent, Bucket=B, Key="x")
    refused("NotImplemented", 501, client.put_object, Bucket=B, Key="x", WebsiteRedirectLocation="/y")
    refused("AccessControlListNotSupported", 400, client.put_object, Bucket=B, Key="x", ACL="public-read")
    refused("NoSuchVersion", 404, client.get_object, Bucket=B, Key="x", VersionId="1")
    with pytest.raises(AwsError) as error:
        s3.handle(request("PATCH", B, "x"))
    assert (error.value.code, error.value.status) == ("MethodNotAllowed", 405)


def test_parameters_without_effect_are_ignored(s3: S3) -> None:
    assert (
        s3.handle(request("PUT", B, "x", query={"x-id": "PutObject", "X-Amz-Signature": "1"})).status == 200
    )


def test_a_linked_bucket_is_read_and_not_written(client: Any, objects: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "1.jpg").write_bytes(b"jpeg")
    objects.link_bucket("linked", tmp_path / "linked")
    assert client.get_object(Bucket="linked", Key="1.jpg")["Body"].read() == b"jpeg"
    assert client.list_objects_v2(Bucket="linked")["KeyCount"] == 1
    answer = refused("AccessDenied", 403, client.put_object, Bucket="linked", Key="x", Body=b"")
    assert "read-only" in answer["Error"]["Message"]
