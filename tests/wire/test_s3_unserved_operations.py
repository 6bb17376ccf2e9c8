"""Every S3 operation of the service model is either served or refused by its name."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.serialize import create_serializer

from helpers.s3_client import CONTEXT
from helpers.valid_values import least
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.services.s3 import S3
from trigpoint.services.s3.contract import S3Request
from trigpoint.services.s3.unserved import level_of
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import service_model

MODEL = service_model("s3")
LOOKS_LIKE_ANOTHER = {
    "GetBucketLifecycle",
    "GetBucketNotification",
    "ListDirectoryBuckets",
    "PutBucketLifecycle",
    "PutBucketNotification",
}
"""Operations whose requests are those of a served one, such as its older version.

A client that means ListDirectoryBuckets, and not ListBuckets, says so in `x-id`.
"""

SERVED = [
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateBucket",
    "CreateMultipartUpload",
    "DeleteBucket",
    "DeleteBucketCors",
    "DeleteBucketEncryption",
    "DeleteBucketLifecycle",
    "DeleteBucketOwnershipControls",
    "DeleteBucketPolicy",
    "DeleteBucketReplication",
    "DeleteBucketTagging",
    "DeleteBucketWebsite",
    "DeleteObject",
    "DeleteObjects",
    "DeleteObjectTagging",
    "DeletePublicAccessBlock",
    "GetBucketAccelerateConfiguration",
    "GetBucketAcl",
    "GetBucketAnalyticsConfiguration",
    "GetBucketCors",
    "GetBucketEncryption",
    "GetBucketIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration",
    "GetBucketLifecycleConfiguration",
    "GetBucketLocation",
    "GetBucketLogging",
    "GetBucketMetricsConfiguration",
    "GetBucketNotificationConfiguration",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketReplication",
    "GetBucketRequestPayment",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetBucketWebsite",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAttributes",
    "GetObjectLockConfiguration",
    "GetObjectTagging",
    "GetPublicAccessBlock",
    "HeadBucket",
    "HeadObject",
    "ListBucketAnalyticsConfigurations",
    "ListBucketIntelligentTieringConfigurations",
    "ListBucketInventoryConfigurations",
    "ListBucketMetricsConfigurations",
    "ListBuckets",
    "ListMultipartUploads",
    "ListObjects",
    "ListObjectsV2",
    "ListObjectVersions",
    "ListParts",
    "PutBucketAccelerateConfiguration",
    "PutBucketAcl",
    "PutBucketCors",
    "PutBucketEncryption",
    "PutBucketLifecycleConfiguration",
    "PutBucketLogging",
    "PutBucketNotificationConfiguration",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutBucketReplication",
    "PutBucketRequestPayment",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutBucketWebsite",
    "PutObject",
    "PutObjectAcl",
    "PutObjectLockConfiguration",
    "PutObjectTagging",
    "PutPublicAccessBlock",
    "UploadPart",
    "UploadPartCopy",
]


@pytest.fixture
def s3(sqlite_database: Database, settings: Settings, clock: FakeClock) -> S3:
    objects = ObjectStore(sqlite_database, settings.objects_dir, clock)
    objects.create_bucket("bucket")
    objects.put("bucket", "key", b"content")
    return S3(objects, settings)


def asked(name: str) -> S3Request:
    """The minimal request of an operation, as botocore writes it."""
    operation = MODEL.operation_model(name)
    parameters = least(operation.input_shape) if operation.input_shape else {}
    parameters |= {key: key.lower() for key in ("Bucket", "Key") if key in parameters}
    parsed: Any = create_serializer(operation.metadata["protocol"]).serialize_to_request(
        parameters, operation
    )
    parts = urlsplit(parsed["url_path"])
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {
        k: str(v) for k, v in parsed["query_string"].items()
    }
    bucket, _, key = parts.path.removeprefix("/").partition("/")
    headers = {header.lower(): str(value) for header, value in parsed["headers"].items()}
    body = parsed["body"] if isinstance(parsed["body"], bytes) else b""
    return S3Request(parsed["method"], bucket, key, query, headers, io.BytesIO(body), dict, CONTEXT)


def test_the_list_of_served_operations(s3: S3) -> None:
    assert s3.operation_names() == sorted(SERVED)


@pytest.mark.parametrize("name", sorted(set(MODEL.operation_names) - {*SERVED, *LOOKS_LIKE_ANOTHER}))
def test_an_operation_that_is_not_served_is_refused_by_its_name(s3: S3, name: str) -> None:
    with pytest.raises(AwsError) as refused:
        s3.handle(asked(name))
    assert (refused.value.code, refused.value.status) == ("NotImplemented", 501)
    assert f"s3 {name} is not served by Trigpoint" in refused.value.message


@pytest.mark.parametrize("name", ["ListDirectoryBuckets", "WriteGetObjectResponse"])
def test_a_client_that_names_its_operation_is_accepted(s3: S3, name: str) -> None:
    request = replace(asked(name), query={"x-id": name})
    with pytest.raises(AwsError, match=name):
        s3.handle(request)


def test_a_request_that_matches_no_operation_is_not_allowed(s3: S3) -> None:
    with pytest.raises(AwsError) as refused:
        s3.handle(replace(asked("DeleteBucket"), method="PATCH"))
    assert (refused.value.code, refused.value.status) == ("MethodNotAllowed", 405)


@pytest.mark.parametrize("name", sorted(SERVED))
def test_the_minimal_request_of_a_served_operation_is_routed_to_it(s3: S3, name: str) -> None:
    request = asked(name)
    assert level_of(MODEL.operation_model(name)) == (
        "object" if request.key else "bucket" if request.bucket else "service"
    )
    try:
        s3.handle(request)
    except AwsError as refused:
        assert refused.status < 500 or "with these values" in refused.message
