"""S3's operations on buckets."""

from __future__ import annotations

from urllib.parse import quote
from xml.etree import ElementTree

from trigpoint.objects import Bucket, ObjectStore
from trigpoint.objects.errors import BucketExists
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.services.s3.headers import refuse_unserved
from trigpoint.services.s3.paging import number
from trigpoint.services.s3.tags import MAX_BUCKET_TAGS, checked_tags
from trigpoint.services.s3.xml import (
    Content,
    malformed,
    read_document,
    read_tags,
    required_text,
    tag_set,
    timestamp,
    xml_response,
)
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError

_CORS_LISTS = ("AllowedHeader", "AllowedMethod", "AllowedOrigin", "ExposeHeader")
_CORS_METHODS = ("GET", "PUT", "HEAD", "POST", "DELETE")
_MAX_CORS_RULES = 100


class BucketOperations:
    """Lists, creates, describes, deletes and configures buckets."""

    def __init__(self, objects: ObjectStore, settings: Settings) -> None:
        self._objects = objects
        self._settings = settings

    def list_buckets(self, request: S3Request) -> S3Response:
        query = request.query
        limit = number(query, "max-buckets", 10_000, lowest=1)
        prefix, after = query.get("prefix", ""), query.get("continuation-token", "")
        found = [b for b in self._objects.list_buckets() if b.name.startswith(prefix) and b.name > after]
        page = found[:limit]
        content: list[tuple[str, Content]] = [
            ("Owner", [("ID", request.context.account_id), ("DisplayName", request.context.account_id)]),
            ("Buckets", [("Bucket", self._bucket(bucket)) for bucket in page]),
        ]
        if len(found) > len(page):
            content.append(("ContinuationToken", page[-1].name))
        if prefix:
            content.append(("Prefix", prefix))
        return xml_response("ListAllMyBucketsResult", content)

    def create_bucket(self, request: S3Request) -> S3Response:
        """Decision: as S3 does in us-east-1, creating a bucket that the caller already owns succeeds.

        A LocationConstraint is accepted whatever it is: one store serves the clients of every Region.
        """
        refuse_unserved(request.headers)
        if request.headers.get("content-length", "0") != "0":
            read_document(request, "CreateBucketConfiguration")
        try:
            self._objects.create_bucket(request.bucket)
        except BucketExists:
            if self._settings.region != "us-east-1":
                raise
        return S3Response(200, {"Location": f"/{quote(request.bucket)}"})

    def head_bucket(self, request: S3Request) -> S3Response:
        self._objects.bucket(request.bucket)
        return S3Response(
            200, {"x-amz-bucket-region": self._settings.region, "Content-Type": "application/xml"}
        )

    def delete_bucket(self, request: S3Request) -> S3Response:
        self._objects.delete_bucket(request.bucket)
        return S3Response(204)

    def get_bucket_location(self, request: S3Request) -> S3Response:
        self._objects.bucket(request.bucket)
        region = self._settings.region
        return xml_response("LocationConstraint", "" if region == "us-east-1" else region)

    def get_bucket_cors(self, request: S3Request) -> S3Response:
        rules = self._objects.bucket(request.bucket).cors_rules
        if not rules:
            raise AwsError(
                "NoSuchCORSConfiguration",
                "The CORS configuration does not exist",
                404,
                {"BucketName": request.bucket},
            )
        content: Content = [
            ("CORSRule", [(name, value) for name, value in rule["elements"]]) for rule in rules
        ]
        return xml_response("CORSConfiguration", content)

    def put_bucket_cors(self, request: S3Request) -> S3Response:
        rules = read_document(request, "CORSConfiguration").findall("CORSRule")
        if not 1 <= len(rules) <= _MAX_CORS_RULES:
            raise malformed(f"a CORSConfiguration has 1 to {_MAX_CORS_RULES} CORSRules, not {len(rules)}")
        self._objects.set_cors_rules(request.bucket, [{"elements": _cors_rule(rule)} for rule in rules])
        return S3Response(200)

    def delete_bucket_cors(self, request: S3Request) -> S3Response:
        self._objects.set_cors_rules(request.bucket, [])
        return S3Response(204)

    def get_bucket_tagging(self, request: S3Request) -> S3Response:
        tags = self._objects.bucket(request.bucket).tags
        if not tags:
            raise AwsError("NoSuchTagSet", "The TagSet does not exist", 404, {"BucketName": request.bucket})
        return xml_response("Tagging", [("TagSet", tag_set(tags))])

    def put_bucket_tagging(self, request: S3Request) -> S3Response:
        tags = checked_tags(read_tags(request), MAX_BUCKET_TAGS)
        self._objects.set_bucket_tags(request.bucket, tags)
        return S3Response(204)

    def delete_bucket_tagging(self, request: S3Request) -> S3Response:
        self._objects.set_bucket_tags(request.bucket, {})
        return S3Response(204)

    def _bucket(self, bucket: Bucket) -> Content:
        return [
            ("Name", bucket.name),
            ("CreationDate", timestamp(bucket.created_at)),
            ("BucketRegion", self._settings.region),
        ]


def _cors_rule(rule: ElementTree.Element) -> list[list[str]]:
    required_text(rule, "AllowedMethod")
    required_text(rule, "AllowedOrigin")
    for method in rule.findall("AllowedMethod"):
        if method.text not in _CORS_METHODS:
            raise AwsError(
                "InvalidRequest",
                f"Found unsupported HTTP method in CORS config. Unsupported method is {method.text}",
            )
    for child in rule:
        if child.tag not in (*_CORS_LISTS, "ID", "MaxAgeSeconds"):
            raise malformed(f"a CORSRule has no {child.tag}")
    return [[child.tag, child.text or ""] for child in rule]
