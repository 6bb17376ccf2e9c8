"""The error with which each service refuses a signature: reason to AWS's code, status and words."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from trigpoint.wire.claims import BASIC_TIME, MAX_SKEW, ClaimRefused, Reason
from trigpoint.wire.errors import AwsError


class Manner(Enum):
    """How a service words its errors."""

    JSON = "json"
    QUERY = "query"
    S3 = "s3"


_INVALID_TOKEN = "The security token included in the request is invalid."

_CODES: dict[Manner, dict[Reason, tuple[str, int]]] = {
    Manner.JSON: {
        Reason.MISSING: ("MissingAuthenticationTokenException", 400),
        Reason.MALFORMED: ("IncompleteSignatureException", 400),
        Reason.UNSUPPORTED: ("IncompleteSignatureException", 400),
        Reason.MALFORMED_QUERY: ("IncompleteSignatureException", 400),
        Reason.UNKNOWN_KEY: ("UnrecognizedClientException", 400),
        Reason.WRONG_TOKEN: ("UnrecognizedClientException", 400),
        Reason.EXPIRED_TOKEN: ("ExpiredTokenException", 400),
        Reason.WRONG_SIGNATURE: ("InvalidSignatureException", 400),
        Reason.UNSIGNED_HEADERS: ("InvalidSignatureException", 400),
        Reason.SKEWED: ("InvalidSignatureException", 400),
        Reason.EXPIRED: ("InvalidSignatureException", 400),
        Reason.NOT_YET_VALID: ("InvalidSignatureException", 400),
        Reason.WRONG_SOURCE: ("AccessDeniedException", 400),
    },
    Manner.QUERY: {
        Reason.MISSING: ("MissingAuthenticationToken", 403),
        Reason.MALFORMED: ("IncompleteSignature", 400),
        Reason.UNSUPPORTED: ("IncompleteSignature", 400),
        Reason.MALFORMED_QUERY: ("IncompleteSignature", 400),
        Reason.UNKNOWN_KEY: ("InvalidClientTokenId", 403),
        Reason.WRONG_TOKEN: ("InvalidClientTokenId", 403),
        Reason.EXPIRED_TOKEN: ("ExpiredToken", 403),
        Reason.WRONG_SIGNATURE: ("SignatureDoesNotMatch", 403),
        Reason.UNSIGNED_HEADERS: ("SignatureDoesNotMatch", 403),
        Reason.SKEWED: ("SignatureDoesNotMatch", 403),
        Reason.EXPIRED: ("SignatureDoesNotMatch", 403),
        Reason.NOT_YET_VALID: ("SignatureDoesNotMatch", 403),
        Reason.WRONG_SOURCE: ("AccessDenied", 403),
    },
    Manner.S3: {
        Reason.MISSING: ("AccessDenied", 403),
        Reason.MALFORMED: ("AuthorizationHeaderMalformed", 400),
        Reason.UNSUPPORTED: ("InvalidRequest", 400),
        Reason.MALFORMED_QUERY: ("AuthorizationQueryParametersError", 400),
        Reason.UNKNOWN_KEY: ("InvalidAccessKeyId", 403),
        Reason.WRONG_TOKEN: ("InvalidToken", 400),
        Reason.EXPIRED_TOKEN: ("ExpiredToken", 400),
        Reason.WRONG_SIGNATURE: ("SignatureDoesNotMatch", 403),
        Reason.UNSIGNED_HEADERS: ("AccessDenied", 403),
        Reason.SKEWED: ("RequestTimeTooSkewed", 403),
        Reason.EXPIRED: ("AccessDenied", 403),
        Reason.NOT_YET_VALID: ("AccessDenied", 403),
        Reason.WRONG_SOURCE: ("AccessDenied", 403),
    },
}


def refusal(manner: Manner, refused: ClaimRefused) -> AwsError:
    """The error of a service of this manner for a refused claim."""
    code, status = _CODES[manner][refused.reason]
    if manner is Manner.S3:
        return AwsError(code, refused.message, status, refused.details)
    return AwsError(code, _message(manner, refused), status)


def missing_credentials(manner: Manner) -> ClaimRefused:
    """The refusal of a request without credentials, in the words of the service."""
    words = {
        Manner.JSON: "Missing Authentication Token",
        Manner.QUERY: "Request is missing Authentication Token",
        Manner.S3: "Access Denied",
    }
    return ClaimRefused(Reason.MISSING, words[manner])


def unknown_key(manner: Manner, access_key_id: str) -> ClaimRefused:
    """The refusal of an access key that does not exist, in the words of the service."""
    if manner is Manner.S3:
        return ClaimRefused(
            Reason.UNKNOWN_KEY,
            "The AWS Access Key Id you provided does not exist in our records.",
            {"AWSAccessKeyId": access_key_id},
        )
    return ClaimRefused(Reason.UNKNOWN_KEY, _INVALID_TOKEN)


def _message(manner: Manner, refused: ClaimRefused) -> str:
    details = refused.details
    if refused.reason is Reason.EXPIRED_TOKEN:
        return "The security token included in the request is expired"
    if refused.reason is Reason.SKEWED:
        return _skew(details["RequestTime"], details["ServerTime"])
    if refused.reason is Reason.WRONG_SIGNATURE and details.get("CanonicalRequest"):
        canonical, to_sign = details["CanonicalRequest"], details["StringToSign"]
        return (
            f"{refused.message}\n\nThe Canonical String for this request should have been\n'{canonical}'\n\n"
            f"The String-to-Sign should have been\n'{to_sign}'\n"
        )
    if refused.reason is Reason.UNSIGNED_HEADERS:
        return f"{refused.message}: {details['HeadersNotSigned']}"
    return refused.message


def _skew(signed: str, now: str) -> str:
    """AWS's sentence, from the times of signing and answering."""
    answered_at = datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ")
    server, late = answered_at.strftime(BASIC_TIME), datetime.strptime(signed, BASIC_TIME) < answered_at
    edge = (answered_at + (-MAX_SKEW if late else MAX_SKEW)).strftime(BASIC_TIME)
    if late:
        return f"Signature expired: {signed} is now earlier than {edge} ({server} - 15 min.)"
    return f"Signature not yet current: {signed} is still later than {edge} ({server} + 15 min.)"
