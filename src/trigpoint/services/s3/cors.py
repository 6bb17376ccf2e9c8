"""CORS rules of a bucket, applied to a request from a page of another origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.wire.errors import AwsError

READING = ("GET", "HEAD")
_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def cors_headers(rules: Sequence[Mapping[str, Any]], method: str, origin: str) -> dict[str, str] | None:
    """The headers of the answer to a page of this origin; without grants when no rule lets it read the answer.

    None: the rules decide nothing. Decision: in a bucket without rules every page may read, since it needs a presigned
    URL anyway. Pages of opaque origin may always read, since the frame that shows a task is one. AWS would need
    rules of the bucket's owner for both.
    """
    if not rules:
        return None
    granted = _granted(rules, origin, method, ())
    if not granted and origin == "null" and method in READING:
        return None
    return granted or {"Vary": _VARY}


def preflight(rules: Sequence[Mapping[str, Any]], request: S3Request) -> S3Response:
    """The answer to OPTIONS, which browsers send before a request.

    Raises: AwsError: 403, when no rule allows the request; 400, when a header is missing.
    """
    origin = request.headers.get("origin", "")
    method = request.headers.get("access-control-request-method", "")
    if not origin:
        raise AwsError("BadRequest", "Insufficient information. Origin request header needed.", 400)
    if not method:
        raise AwsError("BadRequest", "Invalid Access-Control-Request-Method: null", 400)
    asked = request.headers.get("access-control-request-headers", "")
    headers = [name.strip().lower() for name in asked.split(",") if name.strip()]
    granted = _granted(rules, origin, method, headers)
    if not granted:
        raise AwsError("AccessForbidden", "CORSResponse: This CORS request is not allowed.", 403)
    return S3Response(
        200, granted | ({"Access-Control-Allow-Headers": ", ".join(headers)} if headers else {})
    )


def _granted(
    rules: Sequence[Mapping[str, Any]], origin: str, method: str, headers: Iterable[str]
) -> dict[str, str]:
    for rule in rules:
        allowed_origins = _values(rule, "AllowedOrigin")
        allowed_headers = [name.lower() for name in _values(rule, "AllowedHeader")]
        if (
            method in _values(rule, "AllowedMethod")
            and _matches_any(origin, allowed_origins)
            and all(_matches_any(name, allowed_headers) for name in headers)
        ):
            return _answer(rule, origin, any_origin="*" in allowed_origins)
    return {}


def _answer(rule: Mapping[str, Any], origin: str, *, any_origin: bool) -> dict[str, str]:
    headers = {
        "Access-Control-Allow-Origin": "*" if any_origin else origin,
        "Access-Control-Allow-Methods": ", ".join(_values(rule, "AllowedMethod")),
        "Vary": _VARY,
    }
    if not any_origin:
        headers["Access-Control-Allow-Credentials"] = "true"
    if exposed := _values(rule, "ExposeHeader"):
        headers["Access-Control-Expose-Headers"] = ", ".join(exposed)
    if ages := _values(rule, "MaxAgeSeconds"):
        headers["Access-Control-Max-Age"] = ages[0]
    return headers


def _values(rule: Mapping[str, Any], name: str) -> list[str]:
    return [value for element, value in rule["elements"] if element == name]


def _matches_any(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(text, pattern.replace("[", "[[]").replace("?", "[?]")) for pattern in patterns)
