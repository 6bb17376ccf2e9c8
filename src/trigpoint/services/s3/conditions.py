"""Conditions of S3 requests: reads that need no answer, writes and deletions that depend on what is there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from trigpoint.objects import ObjectInfo, WriteCondition
from trigpoint.objects.model import DeleteCondition
from trigpoint.services.s3.contract import S3Request
from trigpoint.wire.errors import AwsError


def not_modified(request: S3Request, info: ObjectInfo) -> bool:
    """Whether a read is answered 304.

    Raises: AwsError: PreconditionFailed.
    """
    return _not_modified(request.headers, info, "")


def check_copy_source(request: S3Request, info: ObjectInfo) -> None:
    """Raises PreconditionFailed when the source does not meet the x-amz-copy-source-if-* headers."""
    if _not_modified(request.headers, info, "x-amz-copy-source-"):
        raise _precondition_failed("x-amz-copy-source-If-None-Match")


def write_condition(request: S3Request) -> WriteCondition:
    """The state of the key on which a write depends.

    Decision: If-None-Match may name an ETag, as in HTTP; S3 accepts only `*`.
    """
    unless, etag = (_bare(request.headers.get(name)) for name in ("if-none-match", "if-match"))
    return WriteCondition(unless == "*", etag, None if unless == "*" else unless)


def delete_condition(request: S3Request) -> DeleteCondition | None:
    """The state of an object on which its deletion depends; None when the request has no condition.

    Raises: AwsError: InvalidArgument, when a value cannot be read.
    """
    names = ("if-match", "x-amz-if-match-last-modified-time", "x-amz-if-match-size")
    etag, at, size = (request.headers.get(name) for name in names)
    if etag is None and at is None and size is None:
        return None
    return deletion(etag, at, size)


def deletion(etag: str | None, at: str | None, size: str | None) -> DeleteCondition:
    """The condition of an entity tag, a time and a size, as a request writes them.

    Raises: AwsError: InvalidArgument, when one of them cannot be read.
    """
    moment = None if at is None else (_date(at) or _iso_date(at))
    if at is not None and moment is None:
        raise AwsError("InvalidArgument", f"The last modified time {at[:40]!r} is not a time.")
    if size is not None and not (size.isascii() and size.isdigit() and len(size) <= 18):
        raise AwsError("InvalidArgument", f"The size {size[:40]!r} is not a number of bytes.")
    return DeleteCondition(_bare(etag), moment, None if size is None else int(size))


def _not_modified(headers: Mapping[str, str], info: ObjectInfo, prefix: str) -> bool:
    """RFC 9110, section 13.2.2: ETags go before times, what must match before what must not."""
    if_match, unless_since = (
        headers.get(f"{prefix}if-match"),
        _date(headers.get(f"{prefix}if-unmodified-since")),
    )
    if if_match is not None:
        if not _matches(if_match, info.etag):
            raise _precondition_failed("If-Match")
    elif unless_since is not None and _whole_second(info.modified_at) > unless_since:
        raise _precondition_failed("If-Unmodified-Since")
    if_none, since = headers.get(f"{prefix}if-none-match"), _date(headers.get(f"{prefix}if-modified-since"))
    if if_none is not None:
        return _matches(if_none, info.etag)
    return since is not None and _whole_second(info.modified_at) <= since


def _matches(header: str, etag: str) -> bool:
    candidates = [candidate.strip().removeprefix("W/").strip('"') for candidate in header.split(",")]
    return "*" in candidates or etag in candidates


def _bare(etag: str | None) -> str | None:
    return None if etag is None else etag.strip().strip('"')


def _precondition_failed(condition: str) -> AwsError:
    return AwsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        {"Condition": condition},
    )


def _date(text: str | None) -> datetime | None:
    """The time of a header; None when it is absent or is no time, which HTTP ignores."""
    if text is None:
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _iso_date(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _whole_second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
