"""The claim of a request: who signed it, for which service and how, as it says itself, unverified."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum

from trigpoint.wire.head import RequestHead

ALGORITHM = "AWS4-HMAC-SHA256"
BASIC_TIME = "%Y%m%dT%H%M%SZ"
MAX_SKEW = timedelta(minutes=15)
LONGEST_PRESIGNED = timedelta(days=7)
_WORD = re.compile(r"\s{0,100}([A-Za-z]{1,100})=([^,\s]*)\s{0,100}")


class Reason(Enum):
    """Why a claim is refused."""

    MISSING = "no credentials"
    MALFORMED = "malformed authorization"
    UNSUPPORTED = "an authorization mechanism that is not served"
    MALFORMED_QUERY = "malformed parameters of a presigned URL"
    UNKNOWN_KEY = "unknown access key"
    WRONG_TOKEN = "wrong session token"
    EXPIRED_TOKEN = "temporary credentials have expired"
    WRONG_SIGNATURE = "wrong signature"
    UNSIGNED_HEADERS = "headers that must be signed are not"
    SKEWED = "clock differs too much"
    EXPIRED = "presigned URL has expired"
    NOT_YET_VALID = "presigned URL is not valid yet"
    WRONG_SOURCE = "presigned URL is for another address"


class ClaimRefused(Exception):
    """The claim is refused; `details` become part of the reply in protocols that have a place for them."""

    def __init__(self, reason: Reason, message: str, details: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.details = details or {}


class Scheme(Enum):
    """Where the signature is, and its algorithm."""

    HEADER = "SigV4 in the Authorization header"
    QUERY = "SigV4 in the query of a presigned URL"
    QUERY_V2 = "SigV2 in the query of a presigned S3 URL"


@dataclass(frozen=True, slots=True)
class Claim:
    """The statements of a request about its signature.

    `signed_at` is the time of signing (None with SigV2, which has only the end); `expires_s` counts from it;
    only SigV2 sets `expires_at`. `scope` is `<date>/<region>/<service>/aws4_request`, "" with SigV2.
    """

    scheme: Scheme
    access_key_id: str
    signature: str
    region: str
    service: str
    scope: str
    signed_headers: tuple[str, ...]
    timestamp: str
    signed_at: datetime | None
    expires_s: int | None
    expires_at: datetime | None
    session_token: str | None


def find_claim(head: RequestHead) -> Claim | None:
    """The claim of a request, None when it carries no credentials.

    Raises: ClaimRefused(MALFORMED): it carries something that looks like credentials and cannot be read (says
        what).
    """
    authorization = head.header("authorization")
    query = head.query_map
    if authorization is not None:
        return _from_header(head, authorization)
    if carries_credentials(head) and not _is_text(query):
        raise ClaimRefused(Reason.MALFORMED, "The query string of a presigned URL must be UTF-8.")
    if "X-Amz-Algorithm" in query or "X-Amz-Signature" in query:
        return _from_query(query)
    if "AWSAccessKeyId" in query and "Signature" in query:
        return _from_query_v2(query)
    return None


def carries_credentials(head: RequestHead) -> bool:
    """Whether the request is meant for an AWS service, by its credentials, well-formed or not."""
    if (head.header("authorization") or "").startswith(("AWS4-", "AWS ")):
        return True
    return any(name in head.query_map for name in ("X-Amz-Algorithm", "X-Amz-Signature", "AWSAccessKeyId"))


def _from_header(head: RequestHead, authorization: str) -> Claim:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise ClaimRefused(
            Reason.UNSUPPORTED,
            f"The authorization mechanism you have provided ({algorithm[:40]!r}) is not supported. "
            f"Please use {ALGORITHM}.",
        )
    words = {match[1]: match[2] for match in map(_WORD.fullmatch, rest.split(",")) if match}
    for name in ("Credential", "SignedHeaders", "Signature"):
        if not words.get(name):
            raise ClaimRefused(Reason.MALFORMED, f"Authorization header requires '{name}' parameter.")
    access_key_id, scope = _credential(words["Credential"])
    timestamp, signed_at = _header_time(head)
    if scope.split("/")[0] != timestamp[:8]:
        raise ClaimRefused(
            Reason.MALFORMED,
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{scope.split('/')[0]}' != '{timestamp[:8]}', from '{timestamp}'.",
        )
    return Claim(
        scheme=Scheme.HEADER,
        access_key_id=access_key_id,
        signature=words["Signature"],
        region=scope.split("/")[1],
        service=scope.split("/")[2],
        scope=scope,
        signed_headers=tuple(words["SignedHeaders"].lower().split(";")),
        timestamp=timestamp,
        signed_at=signed_at,
        expires_s=None,
        expires_at=None,
        session_token=head.header("x-amz-security-token"),
    )


def _from_query(query: dict[str, str]) -> Claim:
    for name in (
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ):
        if not query.get(name):
            raise ClaimRefused(
                Reason.MALFORMED_QUERY, f"Query-string authentication requires the {name} parameter."
            )
    if query["X-Amz-Algorithm"] != ALGORITHM:
        raise ClaimRefused(Reason.MALFORMED_QUERY, f'X-Amz-Algorithm only supports "{ALGORITHM}"')
    access_key_id, scope = _credential(query["X-Amz-Credential"], Reason.MALFORMED_QUERY)
    signed_at = _parse_timestamp(query["X-Amz-Date"], Reason.MALFORMED_QUERY)
    check_scope_date(scope, query["X-Amz-Date"])
    return Claim(
        scheme=Scheme.QUERY,
        access_key_id=access_key_id,
        signature=query["X-Amz-Signature"],
        region=scope.split("/")[1],
        service=scope.split("/")[2],
        scope=scope,
        signed_headers=tuple(query["X-Amz-SignedHeaders"].lower().split(";")),
        timestamp=query["X-Amz-Date"],
        signed_at=signed_at,
        expires_s=_presigned_lifetime(query.get("X-Amz-Expires", "")),
        expires_at=None,
        session_token=query.get("X-Amz-Security-Token"),
    )


def _from_query_v2(query: dict[str, str]) -> Claim:
    try:
        expires_at = datetime.fromtimestamp(int(query.get("Expires", "")), UTC)
    except (ValueError, OverflowError, OSError):
        raise ClaimRefused(
            Reason.MALFORMED, f"Invalid date (should be seconds since epoch): {query.get('Expires', '')}"
        ) from None
    return Claim(
        scheme=Scheme.QUERY_V2,
        access_key_id=query["AWSAccessKeyId"],
        signature=query["Signature"],
        region="",
        service="s3",
        scope="",
        signed_headers=(),
        timestamp="",
        signed_at=None,
        expires_s=None,
        expires_at=expires_at,
        session_token=query.get("x-amz-security-token"),
    )


def check_scope_date(scope: str, timestamp: str) -> None:
    """Passes when a scope (`<date>/...`) has the date of the time of signing that was sent with it.

    Raises: ClaimRefused(MALFORMED_QUERY): the dates differ; the key of one day would sign for another.
    """
    date = scope.split("/")[0]
    if date != timestamp[:8]:
        raise ClaimRefused(
            Reason.MALFORMED_QUERY,
            f'Invalid credential date "{date}". This date is not the same as X-Amz-Date: "{timestamp[:8]}".',
        )


def _credential(text: str, reason: Reason = Reason.MALFORMED) -> tuple[str, str]:
    access_key_id, _, scope = text.partition("/")
    if not access_key_id or not re.fullmatch(r"\d{8}/[A-Za-z0-9-]+/[A-Za-z0-9-]+/aws4_request", scope):
        raise ClaimRefused(
            reason,
            "The Credential is mal-formed; expecting "
            f'"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request", got {text[:200]!r}.',
        )
    return access_key_id, scope


def _header_time(head: RequestHead) -> tuple[str, datetime]:
    stamp, date = head.header("x-amz-date"), head.header("date")
    if stamp:
        return stamp, _parse_timestamp(stamp)
    if not date:
        raise ClaimRefused(
            Reason.MALFORMED,
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        )
    try:
        signed_at = parsedate_to_datetime(date).astimezone(UTC)
    except (ValueError, TypeError):
        return date, _parse_timestamp(date)
    return signed_at.strftime(BASIC_TIME), signed_at


def _parse_timestamp(text: str, reason: Reason = Reason.MALFORMED) -> datetime:
    try:
        return datetime.strptime(text, BASIC_TIME).replace(tzinfo=UTC)
    except ValueError:
        raise ClaimRefused(
            reason,
            f"X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\", got {text[:40]!r}",
        ) from None


def _presigned_lifetime(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise ClaimRefused(Reason.MALFORMED_QUERY, f"X-Amz-Expires should be a number, got {text[:40]!r}")
    if int(text) < 0:
        raise ClaimRefused(Reason.MALFORMED_QUERY, f"X-Amz-Expires must be non-negative, got {text}")
    longest_s = int(LONGEST_PRESIGNED.total_seconds())
    if int(text) > longest_s:
        raise ClaimRefused(
            Reason.MALFORMED_QUERY,
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
            f"than {longest_s} seconds, got {text}",
        )
    return int(text)


def _is_text(query: dict[str, str]) -> bool:
    try:
        "".join(query.values()).encode()
    except UnicodeEncodeError:
        return False
    return True
