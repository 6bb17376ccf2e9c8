"""Server-side encryption, and the settings of buckets that Trigpoint does not act on, with boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from helpers.s3_client import request, s3_client
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.services.s3 import S3
from trigpoint.services.s3.bucket_settings import SETTINGS
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError

BUCKET = "photos"
KEY_ID = "arn:aws:kms:us-east-1:111122223333:key/1234"


@pytest.fixture
def service(sqlite_database: Database, settings: Settings, clock: FakeClock) -> S3:
    objects = ObjectStore(sqlite_database, settings.objects_dir, clock)
    objects.create_bucket(BUCKET)
    return S3(objects, settings)


@pytest.fixture
def s3(service: S3) -> Any:
    return s3_client(service)


def code_of(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(Bucket=BUCKET, **arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# -- encryption


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"ServerSideEncryption": "AES256"}, {"ServerSideEncryption": "AES256"}),
        ({"ServerSideEncryption": "aws:kms"}, {"ServerSideEncryption": "aws:kms"}),
        (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY_ID, "BucketKeyEnabled": True},
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY_ID, "BucketKeyEnabled": True},
        ),
        ({"ServerSideEncryption": "aws:kms:dsse"}, {"ServerSideEncryption": "aws:kms:dsse"}),
        ({}, {}),
    ],
)
def test_encryption_is_returned_by_every_write_and_read(
    s3: Any, asked: dict[str, Any], kept: dict[str, Any]
) -> None:
    def encryption(answer: dict[str, Any]) -> dict[str, Any]:
        names = ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled")
        return {name: answer[name] for name in names if name in answer}

    assert encryption(s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", **asked)) == kept
    assert encryption(s3.head_object(Bucket=BUCKET, Key="k")) == kept
    assert encryption(s3.get_object(Bucket=BUCKET, Key="k")) == kept
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts", **asked)
    assert encryption(upload) == kept
    named = {"Bucket": BUCKET, "Key": "parts", "UploadId": upload["UploadId"]}
    part = s3.upload_part(**named, PartNumber=1, Body=b"x")
    completed = s3.complete_multipart_upload(
        **named, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )
    assert encryption(completed) == encryption(s3.head_object(Bucket=BUCKET, Key="parts")) == kept


def test_a_copy_has_its_own_encryption_and_keeps_the_other_headers(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"x", ServerSideEncryption="aws:kms", CacheControl="no-store")
    s3.copy_object(Bucket=BUCKET, Key="b", CopySource=f"{BUCKET}/a")
    plain = s3.head_object(Bucket=BUCKET, Key="b")
    assert "ServerSideEncryption" not in plain and plain["CacheControl"] == "no-store"
    s3.copy_object(Bucket=BUCKET, Key="c", CopySource=f"{BUCKET}/a", ServerSideEncryption="AES256")
    assert s3.head_object(Bucket=BUCKET, Key="c")["ServerSideEncryption"] == "AES256"


def test_the_default_encryption_of_a_bucket_applies_to_objects_written_without_any(s3: Any) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY_ID}}
    configuration = {"Rules": [{**rule, "BucketKeyEnabled": True}]}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=configuration)
    found = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]
    assert found == configuration
    written = s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    assert (written["ServerSideEncryption"], written["SSEKMSKeyId"]) == ("aws:kms", KEY_ID)
    own = s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", ServerSideEncryption="AES256")
    assert own["ServerSideEncryption"] == "AES256" and "SSEKMSKeyId" not in own
    s3.delete_bucket_encryption(Bucket=BUCKET)
    assert "ServerSideEncryption" not in s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    assert code_of(s3.get_bucket_encryption)[0] == "ServerSideEncryptionConfigurationNotFoundError"


@pytest.mark.parametrize(
    ("headers", "code", "part"),
    [
        ({"x-amz-server-side-encryption": "rot13"}, "InvalidArgument", "AES256, aws:kms, aws:kms:dsse"),
        ({"x-amz-server-side-encryption-aws-kms-key-id": "k"}, "InvalidArgument", "must be one of"),
        (
            {
                "x-amz-server-side-encryption": "AES256",
                "x-amz-server-side-encryption-aws-kms-key-id": "k",
            },
            "InvalidArgument",
            "needs aws:kms",
        ),
        ({"x-amz-server-side-encryption-customer-algorithm": "AES256"}, "NotImplemented", "SSE-C"),
    ],
)
def test_encryption_that_contradicts_itself_or_needs_the_clients_own_key_is_refused(
    service: S3, headers: dict[str, str], code: str, part: str
) -> None:
    with pytest.raises(AwsError) as refused:
        service.handle(request("PUT", BUCKET, "k", headers=headers, body=b"x"))
    assert refused.value.code == code
    assert part in refused.value.message


# -- settings of buckets


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("get_bucket_accelerate_configuration", {}),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_logging", {}),
        ("get_bucket_notification_configuration", {}),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
        (
            "get_bucket_ownership_controls",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        ),
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_policy_status", "NoSuchBucketPolicy"),
        ("get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_bucket_request_payment", {"Payer": "BucketOwner"}),
        ("get_bucket_versioning", {}),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("list_bucket_analytics_configurations", {"IsTruncated": False}),
        ("list_bucket_intelligent_tiering_configurations", {"IsTruncated": False}),
        ("list_bucket_inventory_configurations", {"IsTruncated": False}),
        ("list_bucket_metrics_configurations", {"IsTruncated": False}),
    ],
)
def test_a_setting_is_read_as_that_of_a_bucket_without_it(
    s3: Any, call: str, answer: str | dict[str, Any]
) -> None:
    if isinstance(answer, str):
        assert code_of(getattr(s3, call))[0] == answer
    else:
        found = getattr(s3, call)(Bucket=BUCKET)
        assert {name: value for name, value in found.items() if name != "ResponseMetadata"} == answer
    with pytest.raises(ClientError, match="NoSuchBucket"):
        getattr(s3, call)(Bucket="elsewhere")


BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@pytest.mark.parametrize(
    ("word", "arguments", "found"),
    [
        ("public_access_block", {"PublicAccessBlockConfiguration": BLOCK}, {"PublicAccessBlockConfiguration": BLOCK}),
        ("bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}}, {"Status": "Suspended"}),
        ("bucket_notification_configuration", {"NotificationConfiguration": {}}, {}),
        ("bucket_logging", {"BucketLoggingStatus": {}}, {}),
        ("bucket_accelerate_configuration", {"AccelerateConfiguration": {"Status": "Suspended"}}, {"Status": "Suspended"}),
        ("bucket_request_payment", {"RequestPaymentConfiguration": {"Payer": "BucketOwner"}}, {"Payer": "BucketOwner"}),
        ("bucket_ownership_controls", {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
         {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}),
    ],
)  # fmt: skip
def test_a_setting_that_asks_for_what_is_the_case_is_accepted_and_kept(
    s3: Any, word: str, arguments: dict[str, Any], found: dict[str, Any]
) -> None:
    getattr(s3, f"put_{word}")(Bucket=BUCKET, **arguments)
    answer = getattr(s3, f"get_{word}")(Bucket=BUCKET)
    assert {name: value for name, value in answer.items() if name != "ResponseMetadata"} == found


@pytest.mark.parametrize(
    ("call", "arguments", "reason"),
    [
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}, "one version of each object"),
        ("put_bucket_policy", {"Policy": "{}"}, "trigpoint key create"),
        ("put_bucket_lifecycle_configuration",
         {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]}}, "never deletes"),
        ("put_bucket_notification_configuration",
         {"NotificationConfiguration": {"QueueConfigurations": [{"QueueArn": "arn:aws:sqs:us-east-1:1:q", "Events": ["s3:ObjectCreated:*"]}]}},
         "sends no events"),
        ("put_bucket_logging", {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "b", "TargetPrefix": ""}}}, "log of its own"),
        ("put_object_lock_configuration", {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}, "can be deleted"),
        ("put_bucket_accelerate_configuration", {"AccelerateConfiguration": {"Status": "Enabled"}}, "no other network"),
        ("put_bucket_request_payment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}, "nobody pays"),
        ("put_bucket_website", {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}}, "no web server"),
        ("put_bucket_ownership_controls",
         {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}, "one account"),
        ("put_bucket_replication", {"ReplicationConfiguration": {"Role": "r", "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "b"}}]}},
         "copies nothing"),
    ],
)  # fmt: skip
def test_a_setting_that_promises_more_is_refused_with_the_reason(
    s3: Any, call: str, arguments: dict[str, Any], reason: str
) -> None:
    code, message = code_of(getattr(s3, call), **arguments)
    assert code == "NotImplemented"
    assert reason in message and "is not served by Trigpoint" in message


def test_every_setting_that_can_be_deleted_is_deleted_whether_it_exists_or_not(service: S3) -> None:
    for word, setting in SETTINGS.items():
        if "DELETE" in setting.operations:
            assert service.handle(request("DELETE", BUCKET, query={word: ""})).status == 204


def test_a_setting_is_written_from_a_document_of_limited_size(service: S3) -> None:
    rules = "".join(f"<Rule><ID>{number}</ID><Status>Disabled</Status></Rule>" for number in range(2000))
    body = f"<LifecycleConfiguration>{rules}</LifecycleConfiguration>".encode()
    with pytest.raises(AwsError, match="more than 65536 bytes"):
        service.handle(request("PUT", BUCKET, query={"lifecycle": ""}, body=body))
