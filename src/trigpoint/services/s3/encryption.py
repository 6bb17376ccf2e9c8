"""Server-side encryption as clients ask for it: accepted, returned and kept with the object, without effect.

Decision: many clients send these headers unasked, so refusing them would stop work that needs no encryption by us.
The operator encrypts the disk. Keys of the customer's own (SSE-C) are refused: a client that sends them relies on
nobody else being able to read the object.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

from trigpoint.wire.errors import AwsError

ALGORITHM = "x-amz-server-side-encryption"
KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"
BUCKET_KEY = "x-amz-server-side-encryption-bucket-key-enabled"
CONTEXT = "x-amz-server-side-encryption-context"
HEADERS = (ALGORITHM, KEY_ID, BUCKET_KEY, CONTEXT)

_ALGORITHMS = ("AES256", "aws:kms", "aws:kms:dsse")
_CUSTOMER_KEYS = (
    "x-amz-server-side-encryption-customer-",
    "x-amz-copy-source-server-side-encryption-customer-",
)
_MAX_CONTEXT_CHARACTERS = 4096


def encryption_of(headers: Mapping[str, str], bucket_default: str | None = None) -> dict[str, str]:
    """The encryption headers of a write: its own, or those of the bucket's default encryption.

    Raises: AwsError: InvalidArgument: an unknown algorithm, or headers that contradict each other.
    """
    asked = kept(headers)
    if not asked:
        return {} if bucket_default is None else default_headers(ElementTree.fromstring(bucket_default))
    algorithm = asked.get(ALGORITHM)
    if algorithm not in _ALGORITHMS:
        raise _invalid(ALGORITHM, algorithm or "", f"it must be one of {', '.join(_ALGORITHMS)}")
    if algorithm == "AES256" and (KEY_ID in asked or CONTEXT in asked):
        raise _invalid(ALGORITHM, algorithm, "a KMS key or context needs aws:kms or aws:kms:dsse")
    if len(asked.get(CONTEXT, "")) > _MAX_CONTEXT_CHARACTERS:
        raise _invalid(CONTEXT, "", f"it has more than {_MAX_CONTEXT_CHARACTERS} characters")
    return asked


def refuse_customer_keys(headers: Mapping[str, str]) -> None:
    """Raises NotImplemented when the request encrypts or decrypts with a key of the customer's own."""
    for name in headers:
        if name.startswith(_CUSTOMER_KEYS):
            raise AwsError(
                "NotImplemented",
                f"{name}: Trigpoint does not encrypt with keys of its clients (SSE-C). Encrypt the file before the "
                "upload, or leave out the header and encrypt the server's disk.",
                501,
            )


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """The encryption headers among these: what an object keeps, and what its writer gets back."""
    return {name: headers[name] for name in HEADERS if headers.get(name)}


def shown(headers: Mapping[str, str]) -> dict[str, str]:
    """The encryption headers that a reader of the object gets. The context is for its writer only."""
    return {name: headers[name] for name in (ALGORITHM, KEY_ID, BUCKET_KEY) if name in headers}


def default_headers(configuration: ElementTree.Element) -> dict[str, str]:
    """The headers that a ServerSideEncryptionConfiguration gives to objects written without any.

    Raises: AwsError: MalformedXML or InvalidArgument: it is not such a document.
    """
    for element in configuration.iter():
        element.tag = element.tag.rpartition("}")[2]
    rule = configuration.find("Rule")
    algorithm = None if rule is None else rule.findtext("ApplyServerSideEncryptionByDefault/SSEAlgorithm")
    if rule is None or algorithm not in _ALGORITHMS:
        raise AwsError(
            "MalformedXML",
            "ServerSideEncryptionConfiguration: Rule/ApplyServerSideEncryptionByDefault/SSEAlgorithm must be one of "
            f"{', '.join(_ALGORITHMS)}.",
        )
    key_id = rule.findtext("ApplyServerSideEncryptionByDefault/KMSMasterKeyID")
    found = {ALGORITHM: algorithm}
    if key_id and algorithm != "AES256":
        found[KEY_ID] = key_id
    if rule.findtext("BucketKeyEnabled") == "true":
        found[BUCKET_KEY] = "true"
    return found


def _invalid(name: str, value: str, why: str) -> AwsError:
    fields = {"ArgumentName": name, "ArgumentValue": value}
    return AwsError("InvalidArgument", f"{name} {value!r}: {why}.", fields=fields)
