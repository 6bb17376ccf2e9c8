"""Access control lists: the owner of a bucket has all rights, and nobody else has any.

As in every bucket that AWS makes today ("bucket owner enforced"): ACLs can be read, they can be set to what they
are, and grants to others are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

from trigpoint.objects import ObjectStore
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.services.s3.xml import Content, document, read_document
from trigpoint.wire.errors import AwsError

SERVED_ACLS = ("private", "bucket-owner-full-control", "bucket-owner-read")
_KNOWN_ACLS = (*SERVED_ACLS, "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "log-delivery-write")  # fmt: skip
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


class AclOperations:
    """One method per operation."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def get_bucket_acl(self, request: S3Request) -> S3Response:
        self._objects.bucket(request.bucket)
        return _owners_acl(request)

    def put_bucket_acl(self, request: S3Request) -> S3Response:
        self._objects.bucket(request.bucket)
        return _accepted(request)

    def get_object_acl(self, request: S3Request) -> S3Response:
        self._objects.head(request.bucket, request.key)
        return _owners_acl(request)

    def put_object_acl(self, request: S3Request) -> S3Response:
        self._objects.head(request.bucket, request.key)
        return _accepted(request)


def refuse_grants(headers: Mapping[str, str]) -> None:
    """Raises AccessControlListNotSupported when the headers of a write would grant others access."""
    acl = headers.get("x-amz-acl", "private")
    if acl not in _KNOWN_ACLS:
        raise AwsError("InvalidArgument", f"{acl!r} is no canned ACL.", fields={"ArgumentName": "x-amz-acl"})
    if acl not in SERVED_ACLS or any(name.startswith("x-amz-grant-") for name in headers):
        raise _not_supported()


def _owners_acl(request: S3Request) -> S3Response:
    account = request.context.account_id
    owner: Content = [("ID", account), ("DisplayName", account)]
    grant: Content = [("Grantee", owner), ("Permission", "FULL_CONTROL")]
    body = document("AccessControlPolicy", [("Owner", owner), ("AccessControlList", [("Grant", grant)])])
    typed = f'<Grantee xmlns:xsi="{_XSI}" xsi:type="CanonicalUser">'.encode()
    return S3Response(200, {"Content-Type": "application/xml"}, body.replace(b"<Grantee>", typed))


def _accepted(request: S3Request) -> S3Response:
    refuse_grants(request.headers)
    if "x-amz-acl" not in request.headers:
        policy = read_document(request, "AccessControlPolicy")
        if any(_goes_further(grant, request) for grant in policy.findall("AccessControlList/Grant")):
            raise _not_supported()
    return S3Response(200)


def _goes_further(grant: ElementTree.Element, request: S3Request) -> bool:
    return grant.findtext("Grantee/ID") != request.context.account_id


def _not_supported() -> AwsError:
    return AwsError(
        "AccessControlListNotSupported",
        "The bucket does not allow ACLs: everything in Trigpoint belongs to its one account, and access is by key.",
    )
