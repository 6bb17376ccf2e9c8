"""AWS Signature Version 2 in the query string of an S3 URL.

Source: Amazon S3 Developer Guide, "Signing and authenticating REST requests", query string alternative.
    boto3 still presigns this way in the oldest regions.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import unquote

from trigpoint.wire.claims import Claim
from trigpoint.wire.head import RequestHead
from trigpoint.wire.sigv4 import Credential, check_session_token, check_time, wrong_signature

_SUBRESOURCES = frozenset(
    (
        "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle",
        "location", "logging", "metrics", "notification", "object-lock", "partNumber", "policy",
        "replication", "requestPayment", "restore", "select", "select-type", "storageClass", "tagging",
        "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
        "response-cache-control", "response-content-disposition", "response-content-encoding",
        "response-content-language", "response-content-type", "response-expires",
    )
)  # fmt: skip


def verify(head: RequestHead, claim: Claim, credential: Credential, bucket: str, now: datetime) -> None:
    """Passes when `credential` signed this URL and it has not expired.

    Args:   bucket: the one named by the Host header, "" with path-style addresses.
    Raises: ClaimRefused: with the reason.
    """
    check_session_token(claim.session_token or "", credential, now)
    check_time(claim, now)
    to_sign = string_to_sign(head, bucket)
    if not hmac.compare_digest(signature(credential.secret_access_key, to_sign), claim.signature.encode()):
        raise wrong_signature(claim, "", to_sign)


def string_to_sign(head: RequestHead, bucket: str) -> str:
    """Method, Content-MD5, Content-Type, expiry, x-amz- headers, resource.

    boto3 moves signed headers into the URL; they count when the request does not carry them itself.
    """
    query = head.query_map
    lines = [head.method]
    for name in ("content-md5", "content-type"):
        lines.append((head.header(name) or query.get(name, "")).strip())
    lines.append(query["Expires"])
    amz = {name: value for name, value in query.items() if name.startswith("x-amz-")}
    amz |= {name: value for name, value in head.header_map.items() if name.startswith("x-amz-")}
    lines += [f"{name}:{amz[name].strip()}" for name in sorted(amz)]
    lines.append(_resource(head, bucket))
    return "\n".join(lines)


def signature(secret_access_key: str, to_sign: str) -> bytes:
    """The signature, in base64."""
    return base64.b64encode(hmac.new(secret_access_key.encode(), to_sign.encode(), hashlib.sha1).digest())


def _resource(head: RequestHead, bucket: str) -> str:
    resource = f"/{bucket}{head.path}" if bucket else head.path
    parts = sorted(pair.partition("=") for pair in head.query.split("&") if pair)
    named = [f"{name}{equals}{unquote(value)}" for name, equals, value in parts if name in _SUBRESOURCES]
    return f"{resource}?{'&'.join(named)}" if named else resource
