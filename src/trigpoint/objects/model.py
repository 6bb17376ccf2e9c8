"""The values of the object store: buckets, objects, listings, uploads and their parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from trigpoint.objects.checksums import Digests
from trigpoint.objects.errors import ConditionFailed

DEFAULT_CONTENT_TYPE = "binary/octet-stream"


class Readable(Protocol):
    """Something that gives its bytes in pieces, like a request body or an open file."""

    def read(self, size: int = ..., /) -> bytes: ...


Data = bytes | Readable | Iterable[bytes]
"""What may be written as an object or a part."""

Verify = Callable[[Digests], None]
"""Looks at the digests of what was received; raises when it is not what the sender meant."""


def accept_all(_digests: Digests) -> None:
    """The check for a write without announced digests."""


@dataclass(frozen=True, slots=True)
class RemoteLocation:
    """The place of a remote bucket's objects; their keys there begin with `prefix`.

    `sealed_secret` is the secret access key as the database stores it; without an access key id requests go
    unsigned.
    """

    endpoint: str
    region: str
    bucket: str
    prefix: str = ""
    access_key_id: str = ""
    sealed_secret: str = field(default="", repr=False)
    virtual_host_style: bool = False
    read_only: bool = False

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A container of objects: files of ours, an existing folder (read-only), or a bucket of another store."""

    name: str
    created_at: datetime
    linked_folder: Path | None = None
    cors_rules: Sequence[Mapping[str, Any]] = ()
    remote: RemoteLocation | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    """Documents of S3 that a client wrote and that change nothing here, by their word in the query."""

    @property
    def is_local(self) -> bool:
        """Whether its objects are files of ours."""
        return self.linked_folder is None and self.remote is None

    @property
    def read_only(self) -> bool:
        return self.linked_folder is not None or (self.remote is not None and self.remote.read_only)

    @property
    def backend(self) -> str:
        """One word for the place of its objects."""
        return "local" if self.is_local else "linked" if self.remote is None else "remote"


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes that a writer gives an object; `headers`: cache-control and the like, in lower case."""

    content_type: str = DEFAULT_CONTENT_TYPE
    metadata: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """All that is known of an object. `etag` has no quotes; `checksums` maps algorithm to base64."""

    bucket: str
    key: str
    size_bytes: int
    etag: str
    content_type: str
    metadata: Mapping[str, str]
    modified_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)
    checksum_type: str = "FULL_OBJECT"
    part_sizes: Sequence[int] = ()
    part_checksums: Sequence[str] = ()

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def attributes(self) -> Attributes:
        return Attributes(self.content_type, self.metadata, self.headers, self.tags)


@dataclass(frozen=True, slots=True)
class OpenObject:
    """An object and its bytes, which stay the same even while it is overwritten."""

    info: ObjectInfo
    file: BinaryIO


@dataclass(frozen=True, slots=True)
class Listing:
    """One page: objects and common prefixes, both in UTF-8 byte order; `next_marker` starts the next page."""

    objects: Sequence[ObjectInfo]
    common_prefixes: Sequence[str]
    is_truncated: bool
    next_marker: str


@dataclass(frozen=True, slots=True)
class WriteCondition:
    """The state on which a write depends: no object yet, one with this ETag, or none with that ETag."""

    if_absent: bool = False
    if_etag: str | None = None
    unless_etag: str | None = None

    def check(self, uri: str, etag: str | None) -> None:
        """Raises ConditionFailed, or nothing; `etag` is the present object's, None for none."""
        if self.if_absent and etag is not None:
            raise ConditionFailed(f"{uri} exists already", "If-None-Match")
        if self.if_etag is not None and etag is None:
            raise ConditionFailed(f"{uri} does not exist", "If-Match", absent=True)
        if self.if_etag not in (None, "*", etag):
            raise ConditionFailed(f"{uri} has the ETag {etag}, not {self.if_etag}", "If-Match")
        if self.unless_etag is not None and self.unless_etag == etag:
            raise ConditionFailed(f"{uri} has the ETag {etag}", "If-None-Match")


@dataclass(frozen=True, slots=True)
class DeleteCondition:
    """The state of an object on which its deletion depends; None means any.

    `if_modified_at` is compared by the second, as HTTP dates have no fractions.
    """

    if_etag: str | None = None
    if_modified_at: datetime | None = None
    if_size_bytes: int | None = None

    def check(self, info: ObjectInfo) -> None:
        """Raises ConditionFailed, or nothing."""
        if self.if_etag not in (None, "*", info.etag):
            raise ConditionFailed(f"{info.uri} has the ETag {info.etag}, not {self.if_etag}", "If-Match")
        at = info.modified_at.replace(microsecond=0)
        if self.if_modified_at is not None and at != self.if_modified_at.replace(microsecond=0):
            raise ConditionFailed(
                f"{info.uri} was modified at {at}, not at {self.if_modified_at}",
                "x-amz-if-match-last-modified-time",
            )
        if self.if_size_bytes not in (None, info.size_bytes):
            raise ConditionFailed(
                f"{info.uri} has {info.size_bytes} bytes, not {self.if_size_bytes}", "x-amz-if-match-size"
            )


UNCONDITIONALLY = DeleteCondition()
ALWAYS = WriteCondition()


@dataclass(frozen=True, slots=True)
class Upload:
    """An unfinished multipart upload."""

    id: str
    bucket: str
    key: str
    attributes: Attributes
    checksum_algorithm: str
    checksum_type: str
    initiated_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A received part of an upload."""

    part_number: int
    size_bytes: int
    etag: str
    checksums: Mapping[str, str]
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A part as the completing client names it."""

    part_number: int
    etag: str
    checksums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UploadListing:
    """One page of unfinished uploads, by key and then by age."""

    uploads: Sequence[Upload]
    common_prefixes: Sequence[str]
    is_truncated: bool
    next_key_marker: str
    next_upload_id_marker: str
