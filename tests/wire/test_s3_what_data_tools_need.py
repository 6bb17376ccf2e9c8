"""What tools on top of S3 need besides reading and writing: versions, ACLs, attributes, tags, conditional
deletes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from helpers.s3_client import request, s3_client
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.services.s3 import S3
from trigpoint.settings import Settings

B = "pictures"
ODD_KEYS = [
    "a",
    "a/",
    "a/b",
    "A",
    "a//b",
    "/a",
    "a/../b",
    "..",
    ".",
    "./a",
    "a b+c%20d",
    "\u00e9",
    "e\u0301",
    "tab\there",
    "line\nbreak",
    "bell\x07",
    "\uffff",
    "\U0001f600",
    ".trigpoint/keys/x",
    "k" * 1024,
    "d/" * 512,
]


@pytest.fixture
def s3(sqlite_database: Database, settings: Settings, clock: FakeClock) -> S3:
    objects = ObjectStore(sqlite_database, settings.objects_dir, clock)
    objects.create_bucket(B)
    return S3(objects, settings)


@pytest.fixture
def client(s3: S3) -> Any:
    return s3_client(s3)


def code_of(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    code: str = refused.value.response["Error"]["Code"]
    return code


def test_odd_keys_stay_distinct_and_are_listed_unchanged(client: Any) -> None:
    for key in ODD_KEYS:
        client.put_object(Bucket=B, Key=key, Body=key.encode())
    for key in ODD_KEYS:
        assert client.get_object(Bucket=B, Key=key)["Body"].read() == key.encode()
    listed = [found["Key"] for found in client.list_objects_v2(Bucket=B)["Contents"]]
    assert listed == sorted(ODD_KEYS, key=str.encode)
    for key in ODD_KEYS:
        client.delete_object(Bucket=B, Key=key)
    assert client.list_objects_v2(Bucket=B)["KeyCount"] == 0


def test_a_bucket_without_versioning_lists_one_version_of_each_object(client: Any) -> None:
    for key in ("a", "b", "c/1", "c/2"):
        client.put_object(Bucket=B, Key=key, Body=b"")
    first = client.list_object_versions(Bucket=B, Delimiter="/", MaxKeys=2)
    assert [(one["Key"], one["VersionId"], one["IsLatest"]) for one in first["Versions"]] == [
        ("a", "null", True),
        ("b", "null", True),
    ]
    assert (first["NextKeyMarker"], first["NextVersionIdMarker"]) == ("b", "null")
    rest = client.list_object_versions(Bucket=B, Delimiter="/", KeyMarker="b", VersionIdMarker="null")
    assert [one["Prefix"] for one in rest["CommonPrefixes"]] == ["c/"]
    assert code_of(client.list_object_versions, Bucket=B, VersionIdMarker="null") == "InvalidArgument"


def test_the_acl_of_everything_is_the_owners(client: Any, s3: S3) -> None:
    client.put_object(Bucket=B, Key="x", Body=b"", ACL="bucket-owner-full-control")
    for answer in (client.get_bucket_acl(Bucket=B), client.get_object_acl(Bucket=B, Key="x")):
        assert [grant["Permission"] for grant in answer["Grants"]] == ["FULL_CONTROL"]
        assert answer["Grants"][0]["Grantee"]["Type"] == "CanonicalUser"
        assert answer["Grants"][0]["Grantee"]["ID"] == answer["Owner"]["ID"]
    client.put_object_acl(Bucket=B, Key="x", ACL="private")
    acl = client.get_bucket_acl(Bucket=B)
    client.put_bucket_acl(Bucket=B, AccessControlPolicy={"Owner": acl["Owner"], "Grants": acl["Grants"]})
    everybody = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    public = {"Owner": acl["Owner"], "Grants": [{"Grantee": everybody, "Permission": "READ"}]}
    not_supported = "AccessControlListNotSupported"
    assert code_of(client.put_bucket_acl, Bucket=B, AccessControlPolicy=public) == not_supported
    assert code_of(client.put_object_acl, Bucket=B, Key="x", ACL="public-read") == not_supported
    assert code_of(client.put_object, Bucket=B, Key="x", GrantRead="id=1") == not_supported
    assert code_of(client.put_object, Bucket=B, Key="x", ACL="everybody") == "InvalidArgument"
    assert code_of(client.get_object_acl, Bucket=B, Key="absent") == "NoSuchKey"
    rules = client.get_bucket_ownership_controls(Bucket=B)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_the_attributes_of_an_object_are_returned_without_its_bytes(client: Any) -> None:
    names = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    this = {"Bucket": B, "Key": "x"}
    upload = {
        **this,
        "UploadId": client.create_multipart_upload(**this, ChecksumAlgorithm="SHA256")["UploadId"],
    }
    bodies = [b"a" * 5 * 1024 * 1024, b"b"]
    parts = [
        {"PartNumber": number, **{name: part[name] for name in ("ETag", "ChecksumSHA256")}}
        for number, body in enumerate(bodies, 1)
        for part in [client.upload_part(**upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")]
    ]
    done = client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    found = client.get_object_attributes(**this, ObjectAttributes=names)
    assert (found["ETag"], found["ObjectSize"]) == (done["ETag"].strip('"'), len(b"".join(bodies)))
    assert found["Checksum"] == {"ChecksumSHA256": done["ChecksumSHA256"], "ChecksumType": "COMPOSITE"}
    assert found["ObjectParts"]["TotalPartsCount"] == 2
    assert [(part["Size"], part["ChecksumSHA256"]) for part in found["ObjectParts"]["Parts"]] == [
        (len(body), part["ChecksumSHA256"]) for body, part in zip(bodies, parts, strict=True)
    ]
    second = client.get_object(**this, PartNumber=2)
    assert (second["Body"].read(), second["ChecksumSHA256"]) == (b"b", parts[1]["ChecksumSHA256"])
    page = client.get_object_attributes(**this, ObjectAttributes=names, MaxParts=1)["ObjectParts"]
    assert (page["IsTruncated"], page["NextPartNumberMarker"], len(page["Parts"])) == (True, 1, 1)
    rest = client.get_object_attributes(**this, ObjectAttributes=names, PartNumberMarker=1)["ObjectParts"]
    assert (rest["IsTruncated"], rest["Parts"][0]["PartNumber"]) == (False, 2)
    assert code_of(client.get_object_attributes, **this, ObjectAttributes=["Colour"]) == "InvalidArgument"


def test_a_bucket_has_tags_of_its_own(client: Any) -> None:
    assert code_of(client.get_bucket_tagging, Bucket=B) == "NoSuchTagSet"
    tags = [{"Key": f"key{number:02}", "Value": "v"} for number in range(50)]
    client.put_bucket_tagging(Bucket=B, Tagging={"TagSet": tags})
    assert client.get_bucket_tagging(Bucket=B)["TagSet"] == tags
    one_more = {"TagSet": [*tags, {"Key": "z", "Value": ""}]}
    assert code_of(client.put_bucket_tagging, Bucket=B, Tagging=one_more) == "BadRequest"
    client.delete_bucket_tagging(Bucket=B)
    assert code_of(client.get_bucket_tagging, Bucket=B) == "NoSuchTagSet"


def test_a_deletion_depends_on_its_conditions(client: Any) -> None:
    this = {"Bucket": B, "Key": "x"}
    etag = client.put_object(**this, Body=b"content")["ETag"]
    at = client.head_object(**this)["LastModified"]
    for wrong in (
        {"IfMatch": "bad"},
        {"IfMatchSize": 1},
        {"IfMatchLastModifiedTime": at - timedelta(days=1)},
    ):
        assert code_of(client.delete_object, **this, **wrong) == "PreconditionFailed"
    client.delete_object(**this, IfMatch=etag, IfMatchSize=7, IfMatchLastModifiedTime=at)
    assert code_of(client.get_object, **this) == "NoSuchKey"
    client.delete_object(**this, IfMatch="bad")


def test_each_object_of_a_multiple_delete_has_its_own_condition_and_version(client: Any) -> None:
    etags = {key: client.put_object(Bucket=B, Key=key, Body=key.encode())["ETag"] for key in "abcd"}
    named = [
        {"Key": "a", "VersionId": "null"},
        {"Key": "b", "ETag": "bad"},
        {"Key": "c", "ETag": etags["c"]},
        {"Key": "d", "VersionId": "other"},
        {"Key": "k" * 1025},
    ]
    answer = client.delete_objects(Bucket=B, Delete={"Objects": named})
    assert [one["Key"] for one in answer["Deleted"]] == ["a", "c"]
    codes = [one["Code"] for one in answer["Errors"]]
    assert codes == ["PreconditionFailed", "NoSuchVersion", "KeyTooLongError"]
    assert [one["Key"] for one in client.list_objects_v2(Bucket=B)["Contents"]] == ["b", "d"]


def test_a_write_can_require_that_an_etag_is_absent(client: Any) -> None:
    etag = client.put_object(Bucket=B, Key="x", Body=b"1")["ETag"]
    assert code_of(client.put_object, Bucket=B, Key="x", Body=b"2", IfNoneMatch=etag) == "PreconditionFailed"
    client.put_object(Bucket=B, Key="x", Body=b"2", IfNoneMatch='"another"')
    assert client.get_object(Bucket=B, Key="x")["Body"].read() == b"2"


@pytest.mark.parametrize(
    "sent", ["Gr\u00fc\u00dfe \u4e16".encode().decode("latin-1"), "=?UTF-8?B?R3LDvMOfZSDkuJY=?=", "=?utf-8?q?Gr=C3=BC=C3=9Fe_=E4=B8=96?="]
)  # fmt: skip
def test_metadata_that_are_not_ascii_are_returned_in_rfc_2047(s3: S3, sent: str) -> None:
    s3.handle(request("PUT", B, "x", headers={"x-amz-meta-greeting": sent}))
    assert s3.handle(request("HEAD", B, "x")).headers["x-amz-meta-greeting"] == "=?UTF-8?B?R3LDvMOfZSDkuJY=?="
