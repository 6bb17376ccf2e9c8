"""Errors of another S3 store: its answers as kinds of domain errors, in its own words."""

from __future__ import annotations

import re
from typing import Any

from trigpoint.core.errors import Conflict, Denied, Invalid, NotFound, TrigpointError


class RemoteError(TrigpointError):
    """A refusal or failure of the store; `code` is its own word for it, empty when it did not answer."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class RemoteUnavailable(RemoteError):
    """The store did not answer, or is overloaded; the same request may succeed later."""


class RemoteNotFound(RemoteError, NotFound):
    """The store has no such object or upload."""


class NoSuchRemoteBucket(RemoteNotFound):
    """The store has no such bucket."""


class RemoteDenied(RemoteError, Denied):
    """The store does not allow it with these credentials."""


class RemoteConflict(RemoteError, Conflict):
    """A conditional request found another state, or none."""


class RemoteInvalid(RemoteError, Invalid):
    """The store refuses the request as it is."""


_NOT_FOUND = {"NoSuchKey", "NotFound", "404", "NoSuchUpload"}
_DENIED = {
    "AccessDenied",
    "AccountProblem",
    "AllAccessDisabled",
    "Forbidden",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "RequestTimeTooSkewed",
    "ExpiredToken",
    "InvalidToken",
    "401",
    "403",
}
_CONFLICT = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_PASSING = {
    "SlowDown",
    "ServiceUnavailable",
    "InternalError",
    "RequestTimeout",
    "Throttling",
    "TooManyRequests",
}

_STATUS = re.compile(r"status code: (\d{3}) ?([A-Za-z ]*)")
_XML_CODE = re.compile(r"<Code>([^<]*)</Code>")
_XML_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")


def of_answer(uri: str, endpoint: str, code: str, message: str, status: int) -> RemoteError:
    """The error for a refusal of the store at `endpoint`."""
    said = f"{uri}: the store at {endpoint} answered {code or status}: {message or 'no reason given'}"
    return _kind(code, status)(said, code)


def _kind(code: str, status: int) -> type[RemoteError]:
    if code == "NoSuchBucket":
        return NoSuchRemoteBucket
    if code in _NOT_FOUND or status == 404:
        return RemoteNotFound
    if code in _DENIED or status in (401, 403):
        return RemoteDenied
    if code in _CONFLICT or status in (409, 412):
        return RemoteConflict
    if code in _PASSING or status >= 500 or status == 429:
        return RemoteUnavailable
    return RemoteInvalid


def of_obstore(uri: str, endpoint: str, problem: Exception) -> RemoteError:
    """The error for one that obstore raised, which has the store's answer only as text."""
    text = str(problem).partition("\n\nDebug source")[0]
    status = _STATUS.search(text)
    if status is None:
        return RemoteUnavailable(f"{uri}: the store at {endpoint} does not answer: {_short(text)}")
    code, message = _XML_CODE.search(text), _XML_MESSAGE.search(text)
    said = message[1] if message else status[2].strip() or _short(text)
    return of_answer(uri, endpoint, code[1] if code else "", said, int(status[1]))


def of_botocore(uri: str, endpoint: str, problem: Exception) -> RemoteError:
    """The error for one that botocore raised."""
    response: dict[str, Any] | None = getattr(problem, "response", None)
    if response is None:
        return RemoteUnavailable(f"{uri}: the store at {endpoint} does not answer: {problem}")
    error = response.get("Error", {})
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return of_answer(uri, endpoint, str(error.get("Code", "")), str(error.get("Message", "")), status)


def _short(text: str) -> str:
    return " ".join(text.split())[:300]
