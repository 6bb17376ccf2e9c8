"""Settings of a bucket that Trigpoint does not act on: policy, lifecycle, versioning and the like.

A read answers as a bucket of S3 without the setting does. A write that asks for what is the case anyway is accepted
and kept; a write that asks for more is refused with the reason, because it would promise something that does not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from trigpoint.objects import ObjectStore
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.services.s3.encryption import default_headers
from trigpoint.services.s3.xml import NAMESPACE, Content, malformed, read_document, xml_response
from trigpoint.wire.errors import AwsError

MAX_SETTING_BYTES = 64 * 1024

Judge = Callable[[ElementTree.Element], str | None]
"""Why Trigpoint does not do what the document asks for; None when it asks for what is the case anyway."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One kind of setting.

    Args:   operations: the AWS names of its operations: to read, to write, to delete.
            root: the document's element.
            judge: looks at a document that a client writes.
            missing: code and message of the answer without the setting; without it the answer is `empty`.
    """

    operations: Mapping[str, str]
    root: str
    judge: Judge
    missing: tuple[str, str] | None = None
    empty: Content = ""


def _operations(name: str, methods: str = "GET PUT DELETE", *, deleted: str = "") -> Mapping[str, str]:
    """The AWS names of the operations by method: GetName, PutName, DeleteName."""
    names = {"GET": f"Get{name}", "PUT": f"Put{name}", "DELETE": f"Delete{deleted or name}"}
    return {method: names[method] for method in methods.split()}


def _never(reason: str) -> Judge:
    return lambda document: reason


def _with_any(path: str, reason: str) -> Judge:
    return lambda document: reason if document.find(path) is not None else None


def _only(path: str, values: Sequence[str], reason: str) -> Judge:
    """Accepts documents in which every element of the path has one of the values."""

    def judge(document: ElementTree.Element) -> str | None:
        found = [element.text or "" for element in document.findall(path)]
        return None if found and all(value in values for value in found) else reason

    return judge


def _encryption(document: ElementTree.Element) -> str | None:
    default_headers(document)
    return None


def _not_empty(reason: str) -> Judge:
    return lambda document: reason if len(document) else None


_NO_LOCK = (
    "ObjectLockConfigurationNotFoundError",
    "Object Lock configuration does not exist for this bucket",
)

SETTINGS: Mapping[str, Setting] = {
    "accelerate": Setting(
        _operations("BucketAccelerateConfiguration", "GET PUT"), "AccelerateConfiguration",
        _only("Status", ["Suspended"], "there is no other network to send data through")
    ),
    "encryption": Setting(
        _operations("BucketEncryption"), "ServerSideEncryptionConfiguration", _encryption,
        ("ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found"),
    ),
    "lifecycle": Setting(
        _operations("BucketLifecycleConfiguration", deleted="BucketLifecycle"), "LifecycleConfiguration",
        _only("Rule/Status", ["Disabled"], "it never deletes or moves objects by itself; delete them with a script"),
        ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    ),
    "logging": Setting(
        _operations("BucketLogging", "GET PUT"), "BucketLoggingStatus",
        _with_any("LoggingEnabled", "the server writes a log of its own")
    ),
    "notification": Setting(
        _operations("BucketNotificationConfiguration", "GET PUT"), "NotificationConfiguration",
        _not_empty("it sends no events; list the bucket, or wait for the job with a waiter")
    ),
    "object-lock": Setting(
        _operations("ObjectLockConfiguration", "GET PUT"), "ObjectLockConfiguration", _never("every object can be deleted"), _NO_LOCK
    ),
    "ownershipControls": Setting(
        _operations("BucketOwnershipControls"), "OwnershipControls",
        _only("Rule/ObjectOwnership", ["BucketOwnerEnforced"], "everything belongs to the one account"),
        empty=[("Rule", [("ObjectOwnership", "BucketOwnerEnforced")])],
    ),
    "policy": Setting(
        _operations("BucketPolicy"), "", _never("access is by key; create a read-only key with `trigpoint key create`"),
        ("NoSuchBucketPolicy", "The bucket policy does not exist"),
    ),
    "policyStatus": Setting(
        _operations("BucketPolicyStatus", "GET"), "", _never("there are no bucket policies"),
        ("NoSuchBucketPolicy", "The bucket policy does not exist")
    ),
    "publicAccessBlock": Setting(
        _operations("PublicAccessBlock"), "PublicAccessBlockConfiguration", lambda document: None,
        ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    ),
    "replication": Setting(
        _operations("BucketReplication"), "ReplicationConfiguration", _never("it copies nothing by itself; use `aws s3 sync`"),
        ("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
    ),
    "requestPayment": Setting(
        _operations("BucketRequestPayment", "GET PUT"), "RequestPaymentConfiguration",
        _only("Payer", ["BucketOwner"], "nobody pays for requests"), empty=[("Payer", "BucketOwner")]
    ),
    "versioning": Setting(
        _operations("BucketVersioning", "GET PUT"), "VersioningConfiguration",
        _only("Status", ["Suspended"], "a bucket keeps one version of each object")
    ),
    "website": Setting(
        _operations("BucketWebsite"), "WebsiteConfiguration", _never("it is no web server; use presigned URLs"),
        ("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
    ),
}  # fmt: skip
"""By the word in the query."""

NUMBERED: Mapping[str, str] = {
    "analytics": "BucketAnalyticsConfiguration",
    "intelligent-tiering": "BucketIntelligentTieringConfiguration",
    "inventory": "BucketInventoryConfiguration",
    "metrics": "BucketMetricsConfiguration",
}
"""Settings of which a bucket of S3 may have many, each with an id. Here it has none, and they can only be read."""


@dataclass(frozen=True)
class BucketSettings:
    """Reads, writes and deletes these settings."""

    objects: ObjectStore = field(repr=False)

    def operation_names(self) -> list[str]:
        """The AWS names of the operations that are served."""
        single = [name for setting in SETTINGS.values() for name in setting.operations.values()]
        return single + [name for kind in NUMBERED.values() for name in (f"Get{kind}", f"List{kind}s")]

    def find(self, method: str, words: Sequence[str]) -> Callable[[S3Request], S3Response] | None:
        """The operation on a bucket with these words in the query; None when it is not one of these."""
        word = words[0] if len(words) == 1 else ""
        if word in NUMBERED:
            return {"GET": self._numbered}.get(method)
        if word not in SETTINGS or method not in SETTINGS[word].operations:
            return None
        return {"GET": self._get, "PUT": self._put, "DELETE": self._delete}[method]

    def default_encryption(self, bucket: str) -> str | None:
        """The bucket's default encryption, as a document.

        Raises: NoSuchBucket.
        """
        return self.objects.setting(bucket, "encryption")

    def _get(self, request: S3Request) -> S3Response:
        word = _word(request)
        setting, kept = SETTINGS[word], self.objects.bucket(request.bucket).settings.get(word)
        if kept is not None:
            return S3Response(200, {"Content-Type": "application/xml"}, kept.encode())
        if setting.missing is not None:
            raise AwsError(setting.missing[0], setting.missing[1], 404, {"BucketName": request.bucket})
        return xml_response(setting.root, setting.empty)

    def _put(self, request: S3Request) -> S3Response:
        self.objects.bucket(request.bucket)
        word = _word(request)
        setting = SETTINGS[word]
        document = read_document(request, setting.root) if setting.root else ElementTree.Element("none")
        reason = setting.judge(document)
        if reason is not None:
            message = (
                f"s3 {setting.operations['PUT']} is not served by Trigpoint with these values: {reason}."
            )
            raise AwsError("NotImplemented", message, 501)
        text = _written(document)
        if len(text) > MAX_SETTING_BYTES:
            raise malformed(f"the document has more than {MAX_SETTING_BYTES} bytes")
        self.objects.set_setting(request.bucket, word, text)
        return S3Response(200)

    def _delete(self, request: S3Request) -> S3Response:
        self.objects.set_setting(request.bucket, _word(request), None)
        return S3Response(204)

    def _numbered(self, request: S3Request) -> S3Response:
        self.objects.bucket(request.bucket)
        if "id" in request.query:
            raise AwsError("NoSuchConfiguration", "The specified configuration does not exist.", 404)
        (word,) = NUMBERED.keys() & request.query.keys()
        return xml_response(f"List{NUMBERED[word]}sResult", [("IsTruncated", "false")])


def _word(request: S3Request) -> str:
    (word,) = SETTINGS.keys() & request.query.keys()
    return word


def _written(document: ElementTree.Element) -> str:
    """The document with S3's namespace, which reading has removed."""
    document.set("xmlns", NAMESPACE)
    return ElementTree.tostring(document, encoding="unicode", xml_declaration=True)
