"""AWS Signature Version 4, its steps named as AWS names them.

Source: AWS General Reference, "Create a signed AWS API request": canonical request, string to sign, signing
    key, signature. Pure: no clock, no storage, no I/O.
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from trigpoint.core.networks import plain_address
from trigpoint.wire.claims import ALGORITHM, BASIC_TIME, MAX_SKEW, Claim, ClaimRefused, Reason, Scheme
from trigpoint.wire.head import RequestHead
from trigpoint.wire.scope import Scope

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
SOURCE_IP = "X-Trigpoint-Source-Ip"
"""Query parameter of a presigned URL: the only address from which it can be used.

Decision: AWS has such a condition in the IAM policy of the key that signs; there are no policies here. The signature
covers the whole query, so nobody can change the address or leave it out.
"""
_NEVER_SIGNED = frozenset({"x-amz-content-sha256"})  # of a presigned URL: S3 accepts it unsigned


@dataclass(frozen=True, slots=True)
class Credential:
    """An access key, its identity, and what it may change.

    With `read_only` it changes nothing; with `objects_only` it changes objects in buckets and nothing else.

    `identity_arn` may also be a plain name: that of a role session. `session_token`
    must be sent along with temporary keys, which end at `expires_at` and were issued to the permanent key
    `issued_to`; permanent keys have none of the three. `role` limits a key that belongs to a person. The credentials
    of a `job` (training-job/<id>) do nothing but read and write the objects of its `scope`.
    """

    access_key_id: str
    secret_access_key: str
    identity_arn: str
    read_only: bool = False
    session_token: str = ""
    expires_at: datetime | None = None
    issued_to: str = ""
    objects_only: bool = False
    role: str | None = None
    job: str = ""
    scope: Scope | None = None


def verify(head: RequestHead, claim: Claim, credential: Credential, payload_hash: str, now: datetime) -> None:
    """Passes when `credential` signed this request, recently enough.

    Args:   payload_hash: the last line of the canonical request: hex SHA-256 of the body,
                UNSIGNED-PAYLOAD or one of the STREAMING-... words.
    Raises: ClaimRefused: with the reason.
    """
    check_session_token(claim.session_token or "", credential, now)
    check_time(claim, now)
    check_signed_headers(head, claim)
    key = signing_key(credential.secret_access_key, claim.scope)
    expected_of_first: tuple[str, str] | None = None
    for path, query in _spellings(head, claim):
        canonical = canonical_request(head, claim, path, query, payload_hash)
        to_sign = string_to_sign(claim, canonical)
        if hmac.compare_digest(signature(key, to_sign).encode(), claim.signature.encode("utf-8", "replace")):
            return
        expected_of_first = expected_of_first or (canonical, to_sign)
    assert expected_of_first is not None
    raise wrong_signature(claim, *expected_of_first)


def check_session_token(token: str, credential: Credential, now: datetime) -> None:
    """Passes when the session token is the one that belongs to the key, and the key has not ended.

    Raises: ClaimRefused(WRONG_TOKEN): it is another, or there should be none. ClaimRefused(EXPIRED_TOKEN).
    """
    sent = token.encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(sent, credential.session_token.encode()):
        raise ClaimRefused(
            Reason.WRONG_TOKEN,
            "The security token included in the request is invalid. "
            "Permanent keys have none: is AWS_SESSION_TOKEN left over from other credentials?",
        )
    if credential.expires_at is not None and now >= credential.expires_at:
        raise ClaimRefused(Reason.EXPIRED_TOKEN, "The provided token has expired.", {"Token-0": token})


def check_time(claim: Claim, now: datetime) -> None:
    """Passes when the request was signed within 15 minutes, or the presigned URL is valid now.

    Raises: ClaimRefused(SKEWED, EXPIRED, NOT_YET_VALID).
    """
    server_time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    if claim.scheme is Scheme.HEADER:
        assert claim.signed_at is not None
        if abs(now - claim.signed_at) > MAX_SKEW:
            raise ClaimRefused(
                Reason.SKEWED,
                "The difference between the request time and the current time is too large.",
                {
                    "RequestTime": claim.timestamp,
                    "ServerTime": server_time,
                    "MaxAllowedSkewMilliseconds": str(int(MAX_SKEW.total_seconds() * 1000)),
                },
            )
        return
    if claim.signed_at is not None and claim.signed_at - now > MAX_SKEW:
        raise ClaimRefused(Reason.NOT_YET_VALID, "Request is not valid yet", {"ServerTime": server_time})
    expires_at = claim.expires_at
    if claim.signed_at is not None and claim.expires_s is not None:
        expires_at = claim.signed_at + timedelta(seconds=claim.expires_s)
    if expires_at is None or now > expires_at:
        expiry = expires_at.strftime("%Y-%m-%dT%H:%M:%SZ") if expires_at else ""
        raise ClaimRefused(
            Reason.EXPIRED, "Request has expired", {"Expires": expiry, "ServerTime": server_time}
        )


def check_source(head: RequestHead, source_ip: str) -> None:
    """Passes when the URL names no address, or the one that the request came from.

    An IPv4 address inside IPv6 counts as the IPv4 address.
    Raises: ClaimRefused(WRONG_SOURCE).
    """
    wanted = head.query_map.get(SOURCE_IP)
    if wanted is not None and plain_address(wanted) != plain_address(source_ip):
        raise ClaimRefused(
            Reason.WRONG_SOURCE,
            "Access Denied: this URL can only be used from the address for which it was made.",
        )


def check_signed_headers(head: RequestHead, claim: Claim) -> None:
    """Passes when `host` and every `x-amz-` header of the request are signed, so that none can have been added on the way.

    Raises: ClaimRefused(UNSIGNED_HEADERS): names the headers.
    """
    signed = set(claim.signed_headers)
    exempt = _NEVER_SIGNED if claim.scheme is Scheme.QUERY else frozenset()
    missing = sorted(
        name
        for name in head.header_map
        if (name == "host" or name.startswith("x-amz-")) and name not in signed and name not in exempt
    )
    if missing or "host" not in signed:
        raise ClaimRefused(
            Reason.UNSIGNED_HEADERS,
            "There were headers present in the request which were not signed",
            {"HeadersNotSigned": ", ".join(missing or ["host"])},
        )


def canonical_request(head: RequestHead, claim: Claim, path: str, query: str, payload_hash: str) -> str:
    """Step 1: the request in one spelling."""
    headers = "".join(f"{name}:{_canonical_value(head, name)}\n" for name in claim.signed_headers)
    return "\n".join([head.method, path, query, headers, ";".join(claim.signed_headers), payload_hash])


def string_to_sign(claim: Claim, canonical: str) -> str:
    """Step 2: algorithm, time, scope and the hash of the canonical request."""
    return "\n".join(
        [ALGORITHM, claim.timestamp, claim.scope, hashlib.sha256(_as_sent(canonical)).hexdigest()]
    )


@lru_cache(maxsize=256)
def signing_key(secret_access_key: str, scope: str) -> bytes:
    """Step 3: the key of one day, region and service (`scope` = date/region/service/aws4_request)."""
    key = b"AWS4" + secret_access_key.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def signature(key: bytes, to_sign: str) -> str:
    """Step 4: the signature, in hexadecimal."""
    return hmac.new(key, _as_sent(to_sign), hashlib.sha256).hexdigest()


def presigned_query(
    method: str,
    host: str,
    path: str,
    region: str,
    service: str,
    credential: Credential,
    expires_s: int,
    now: datetime,
    source_ip: str | None = None,
) -> str:
    """The query string that makes a URL of ours valid for `expires_s` seconds: we sign as clients do.

    Args:   path: percent-encoded, as it will be sent.
            source_ip: the only address from which the URL can be used; None: every one.
    """
    timestamp = now.strftime(BASIC_TIME)
    scope = f"{timestamp[:8]}/{region}/{service}/aws4_request"
    pairs = [
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", f"{credential.access_key_id}/{scope}"),
        ("X-Amz-Date", timestamp),
        ("X-Amz-Expires", str(expires_s)),
        ("X-Amz-SignedHeaders", "host"),
    ]
    if credential.session_token:
        pairs.append(("X-Amz-Security-Token", credential.session_token))
    if source_ip is not None:
        pairs.append((SOURCE_IP, source_ip))
    query = canonical_query([(encode(name), encode(value)) for name, value in pairs])
    canonical = f"{method}\n{path}\n{query}\nhost:{host}\n\nhost\n{UNSIGNED_PAYLOAD}"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashed}"
    signed = signature(signing_key(credential.secret_access_key, scope), to_sign)
    return f"{query}&X-Amz-Signature={signed}"


def wrong_signature(claim: Claim, canonical: str, to_sign: str) -> ClaimRefused:
    """The refusal of a signature, with the text that should have been signed (never with the right
    signature)."""
    return ClaimRefused(
        Reason.WRONG_SIGNATURE,
        "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret Access Key and signing method. Consult the service documentation for details.",
        {
            "AWSAccessKeyId": claim.access_key_id,
            "StringToSign": to_sign,
            "SignatureProvided": claim.signature,
            "CanonicalRequest": canonical,
        },
    )


def canonical_query(pairs: list[tuple[str, str]]) -> str:
    """Encoded names and values, sorted by name and then by value."""
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def encode(text: bytes | str, safe: str = "") -> str:
    """Percent-encoding as AWS wants it: everything but letters, digits and `-._~`."""
    return quote(text, safe="-._~" + safe)


def _spellings(head: RequestHead, claim: Claim) -> Iterator[tuple[str, str]]:
    """(path, query) as different clients spell them in the canonical request, likeliest first.

    S3 signs the path as it is sent; other services normalise it and encode it again. Some clients send
    characters raw that they sign encoded. Each spelling is a reading of this request, so a signature
    of any of them is accepted.
    """
    pairs = [pair for pair in head.query_pairs if not _names_signature(pair[0])]
    as_sent = canonical_query(pairs)
    if claim.service == "s3":
        yield head.path, as_sent  # nearly always the right one; the others are then not computed
    encoded = canonical_query([(_encoded_again(name), _encoded_again(value)) for name, value in pairs])
    path_encoded = _encoded_again(head.path, safe="/")
    if claim.service == "s3":
        if (path_encoded, encoded) != (head.path, as_sent):
            yield path_encoded, encoded
        return
    normalised = _normalised(head.path)
    paths = [quote(normalised, safe="/-._~"), normalised, head.path]
    yield from dict.fromkeys((path, query) for query in (as_sent, encoded) for path in paths)


def _names_signature(name: str) -> bool:
    return name == "X-Amz-Signature" or ("%" in name and _encoded_again(name) == "X-Amz-Signature")


def _encoded_again(text: str, safe: str = "") -> str:
    return encode(unquote_to_bytes(text.encode("latin-1")), safe)


def _normalised(path: str) -> str:
    normal = posixpath.normpath(path) if path else "/"
    normal = "/" + normal.lstrip("/")  # normpath keeps two leading slashes
    return normal + "/" if path.endswith("/") and normal != "/" else normal


def _canonical_value(head: RequestHead, name: str) -> str:
    return ",".join(" ".join(value.split()) for other, value in head.headers if other == name)


def _as_sent(text: str) -> bytes:
    return text.encode("latin-1", "replace")  # RequestHead decodes so: these are the bytes of the wire again
