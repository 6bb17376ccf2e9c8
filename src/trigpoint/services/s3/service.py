"""The S3 service: finds the operation of a request and words its refusals.

The operation follows from the method, the level (service, bucket, object) and the sub-resource in the query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal

from botocore import xform_name

from trigpoint.core.errors import Conflict, Denied, Invalid, NotFound, TrigpointError
from trigpoint.objects import ObjectStore, errors
from trigpoint.objects.names import check_key
from trigpoint.services.s3.acl import AclOperations
from trigpoint.services.s3.attributes import AttributeOperations
from trigpoint.services.s3.bucket_settings import BucketSettings
from trigpoint.services.s3.buckets import BucketOperations
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.services.s3.cors import cors_headers, preflight
from trigpoint.services.s3.encryption import refuse_customer_keys
from trigpoint.services.s3.headers import check_version
from trigpoint.services.s3.objects import ObjectOperations
from trigpoint.services.s3.paging import ListingOperations, invalid_argument
from trigpoint.services.s3.scope import check_scope
from trigpoint.services.s3.unserved import NAMED_BY_CLIENT, unserved
from trigpoint.services.s3.uploads import UploadOperations
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import service_model

Level = Literal["service", "bucket", "object"]
Operation = Callable[[S3Request], S3Response]

SUBRESOURCES = frozenset(
    [
        "abac",
        "accelerate",
        "acl",
        "analytics",
        "annotation",
        "annotations",
        "append",
        "attributes",
        "cors",
        "delete",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "list-type",
        "location",
        "logging",
        "metadataAnnotationTable",
        "metadataConfiguration",
        "metadataInventoryTable",
        "metadataJournalTable",
        "metadataTable",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "partNumber",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "renameObject",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "session",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versioning",
        "versions",
        "website",
    ]
)
"""The words in the query that select another operation; all others are parameters."""

REFUSALS: tuple[tuple[type[TrigpointError], str, int], ...] = (
    (errors.NoSuchBucket, "NoSuchBucket", 404),
    (errors.NoSuchKey, "NoSuchKey", 404),
    (errors.NoSuchUpload, "NoSuchUpload", 404),
    (errors.BucketExists, "BucketAlreadyOwnedByYou", 409),
    (errors.BucketNotEmpty, "BucketNotEmpty", 409),
    (errors.ConditionFailed, "PreconditionFailed", 412),
    (errors.ReadOnlyBucket, "AccessDenied", 403),
    (errors.InvalidBucketName, "InvalidBucketName", 400),
    (errors.KeyTooLong, "KeyTooLongError", 400),
    (errors.InvalidPart, "InvalidPart", 400),
    (errors.InvalidPartOrder, "InvalidPartOrder", 400),
    (errors.EntityTooSmall, "EntityTooSmall", 400),
    (errors.ChecksumMismatch, "BadDigest", 400),
    (errors.RemoteUnavailable, "ServiceUnavailable", 503),
    (NotFound, "NoSuchKey", 404),
    (Conflict, "OperationAborted", 409),
    (Denied, "AccessDenied", 403),
    (Invalid, "InvalidArgument", 400),
)


_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class S3:
    """Answers authenticated S3 requests."""

    def __init__(self, objects: ObjectStore, settings: Settings) -> None:
        self._objects = objects
        buckets, listing = BucketOperations(objects, settings), ListingOperations(objects)
        acls = AclOperations(objects)
        self._settings_of_buckets = bucket_settings = BucketSettings(objects)
        single = ObjectOperations(objects, bucket_settings)
        uploads = UploadOperations(objects, bucket_settings)
        self._operations: Mapping[tuple[str, Level, str], Operation] = {
            ("GET", "service", ""): buckets.list_buckets,
            ("PUT", "bucket", ""): buckets.create_bucket,
            ("HEAD", "bucket", ""): buckets.head_bucket,
            ("DELETE", "bucket", ""): buckets.delete_bucket,
            ("GET", "bucket", "location"): buckets.get_bucket_location,
            ("GET", "bucket", "cors"): buckets.get_bucket_cors,
            ("PUT", "bucket", "cors"): buckets.put_bucket_cors,
            ("DELETE", "bucket", "cors"): buckets.delete_bucket_cors,
            ("GET", "bucket", "tagging"): buckets.get_bucket_tagging,
            ("PUT", "bucket", "tagging"): buckets.put_bucket_tagging,
            ("DELETE", "bucket", "tagging"): buckets.delete_bucket_tagging,
            ("GET", "bucket", "acl"): acls.get_bucket_acl,
            ("PUT", "bucket", "acl"): acls.put_bucket_acl,
            ("GET", "object", "acl"): acls.get_object_acl,
            ("PUT", "object", "acl"): acls.put_object_acl,
            ("GET", "object", "attributes"): AttributeOperations(objects).get_object_attributes,
            ("GET", "bucket", ""): listing.list_objects,
            ("GET", "bucket", "list-type"): listing.list_objects_v2,
            ("GET", "bucket", "versions"): listing.list_object_versions,
            ("GET", "bucket", "uploads"): uploads.list_multipart_uploads,
            ("POST", "bucket", "delete"): single.delete_objects,
            ("GET", "object", ""): single.get_object,
            ("GET", "object", "partNumber"): single.get_object,
            ("HEAD", "object", ""): single.head_object,
            ("HEAD", "object", "partNumber"): single.head_object,
            ("PUT", "object", ""): single.put_object,
            ("PUT", "object", "copy"): single.copy_object,
            ("DELETE", "object", ""): single.delete_object,
            ("GET", "object", "tagging"): single.get_object_tagging,
            ("PUT", "object", "tagging"): single.put_object_tagging,
            ("DELETE", "object", "tagging"): single.delete_object_tagging,
            ("POST", "object", "uploads"): uploads.create_multipart_upload,
            ("PUT", "object", "partNumber+uploadId"): uploads.upload_part,
            ("PUT", "object", "partNumber+uploadId+copy"): uploads.upload_part_copy,
            ("GET", "object", "uploadId"): uploads.list_parts,
            ("POST", "object", "uploadId"): uploads.complete_multipart_upload,
            ("DELETE", "object", "uploadId"): uploads.abort_multipart_upload,
        }

    def operation_names(self) -> list[str]:
        """The AWS names of the operations that are served, sorted."""
        methods = {operation.__name__ for operation in self._operations.values()}
        named = [name for name in service_model("s3").operation_names if xform_name(name) in methods]
        return sorted([*named, *self._settings_of_buckets.operation_names()])

    def handle(self, request: S3Request) -> S3Response:
        """The answer.

        Raises: AwsError: the refusal, with S3's code and status. Unavailable: the server has an outage.
        """
        try:
            _check_text(request)
            _check_owner(request)
            refuse_customer_keys(request.headers)
            if request.method == "OPTIONS":
                return preflight(self._objects.bucket(request.bucket).cors_rules, request)
            return self._operation(request)(request)
        except TrigpointError as problem:
            raise refusal(problem, request) from problem

    def cors_headers(self, bucket: str, method: str, origin: str) -> Mapping[str, str] | None:
        """The headers that the bucket's CORS rules add to every answer to a page of this origin; None without rules."""
        if not bucket or not self._objects.bucket_exists(bucket):
            return None
        return cors_headers(self._objects.bucket(bucket).cors_rules, method, origin)

    def _operation(self, request: S3Request) -> Operation:
        level: Level = "object" if request.key else "bucket" if request.bucket else "service"
        named = sorted(SUBRESOURCES & request.query.keys())
        if level == "object" and "x-amz-copy-source" in request.headers and request.method == "PUT":
            named.append("copy")
        if request.query.get("x-id", "") in NAMED_BY_CLIENT:
            raise unserved(request, level, named)
        check_scope(request, sorted(SUBRESOURCES & request.query.keys()))
        operation = self._operations.get((request.method, level, "+".join(named)))
        if operation is None and level == "bucket":
            operation = self._settings_of_buckets.find(request.method, named)
        if operation is None:
            raise unserved(request, level, named)
        return operation


def refusal(problem: TrigpointError, request: S3Request) -> AwsError:
    """S3's code and status for an error of ours."""
    if isinstance(problem, errors.ConditionFailed) and problem.absent:
        return AwsError("NoSuchKey", problem.message, 404, {"Key": request.key})
    code, status = next((code, status) for kind, code, status in REFUSALS if isinstance(problem, kind))
    fields: dict[str, str] = {}
    if isinstance(problem, errors.ConditionFailed):
        fields = {"Condition": problem.condition}
    elif code == "NoSuchKey":
        fields = {"Key": request.key}
    elif code in ("NoSuchBucket", "BucketNotEmpty", "BucketAlreadyOwnedByYou", "InvalidBucketName"):
        fields = {"BucketName": request.bucket}
    return AwsError(code, problem.message, status, fields)


def _check_text(request: S3Request) -> None:
    """Refuses names, keys and parameters that are not UTF-8 or contain NUL."""
    if request.key:
        check_key(request.key)
    check_version(request.query.get("versionId", ""))
    for name, value in (("bucket", request.bucket), *request.query.items()):
        if _NO_TEXT.search(name) or _NO_TEXT.search(value):
            raise invalid_argument(
                ascii(name), ascii(value), "The value is not valid UTF-8 or contains a NUL character"
            )


def _check_owner(request: S3Request) -> None:
    for name in ("x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"):
        if request.headers.get(name, request.context.account_id) != request.context.account_id:
            raise AwsError("AccessDenied", "Access Denied", 403)
