"""Errors of the object store: one kind of domain error for each of S3's refusals."""

from __future__ import annotations

from trigpoint.core.errors import Conflict, Denied, Invalid, NotFound
from trigpoint.remote import RemoteUnavailable as RemoteUnavailable  # a remote bucket's store does not answer


class NoSuchBucket(NotFound):
    """The bucket does not exist."""


class NoSuchKey(NotFound):
    """The bucket has no object of that key."""


class NoSuchUpload(NotFound):
    """The multipart upload does not exist: never started, completed or aborted."""


class BucketExists(Conflict):
    """A bucket of that name exists already."""


class BucketNotEmpty(Conflict):
    """The bucket still holds objects."""


class ReadOnlyBucket(Denied):
    """The bucket shows an existing folder and is never written to."""


class InvalidBucketName(Invalid):
    """The name breaks S3's rules for bucket names."""


class KeyTooLong(Invalid):
    """The key has more than 1,024 bytes."""


class InvalidPart(Invalid):
    """A part named at completion was not uploaded, or its ETag or checksum differs."""


class InvalidPartOrder(Invalid):
    """The parts named at completion are not in ascending order."""


class EntityTooSmall(Invalid):
    """A part that is not the last one has less than 5 MiB."""


class ChecksumMismatch(Invalid):
    """The object has another checksum than the one announced for it."""


class ConditionFailed(Conflict):
    """A conditional write found another state than the one it was conditional on; `absent`: found nothing at
    all.
    """

    def __init__(self, message: str, condition: str, *, absent: bool = False) -> None:
        super().__init__(message)
        self.condition = condition
        self.absent = absent
