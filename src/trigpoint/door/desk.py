"""The server's side of the door: answers what the instances of jobs ask.

bucket   where the objects of a bucket are kept
list     a page of the objects with a prefix, with their sizes
places   the files of objects of a local bucket, so that an instance on the server's machine reads them without a copy
links    URLs in another store that read objects of a remote bucket, signed by the server for an hour

Each is answered for the objects that the job's request names, and refused for all others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from trigpoint.access.door_keys import DoorKeys
from trigpoint.core.errors import Denied, Invalid, NotFound
from trigpoint.door.client import LINK_S
from trigpoint.objects import ObjectStore
from trigpoint.wire.scope import Scope

MOST_KEYS = 1000
"""How many objects one request may name."""


class BucketWanted(msgspec.Struct, forbid_unknown_fields=True):
    bucket: str


class ListingWanted(msgspec.Struct, forbid_unknown_fields=True):
    bucket: str
    prefix: str = ""
    delimiter: str = ""
    start_after: str = ""
    max_keys: int = 1000


class ObjectsWanted(msgspec.Struct, forbid_unknown_fields=True):
    bucket: str
    keys: list[str]


Wanted = TypeVar("Wanted", bound=msgspec.Struct)


class Desk:
    """Answers the requests of instances. Thread-safe."""

    def __init__(self, objects: ObjectStore, keys: DoorKeys, scope_of: Callable[[str], Scope | None]) -> None:
        self._objects = objects
        self._keys = keys
        self._scope_of = scope_of
        self._operations: Mapping[str, Callable[[Scope, bytes], Mapping[str, Any]]] = {
            "bucket": self._bucket,
            "list": self._list,
            "places": self._places,
            "links": self._links,
        }

    def answer(self, token: str, operation: str, body: bytes) -> Mapping[str, Any]:
        """The answer to a request of the token's job.

        Raises: Denied: the token is none, its job has ended, or the request names something that is not the job's.
                NotFound: there is no such operation, bucket or object. Invalid.
        """
        job = self._keys.open(token)
        scope = None if job is None else self._scope_of(job)
        if scope is None:
            raise Denied("this token belongs to no job that runs")
        if operation not in self._operations:
            raise NotFound(f"the door has no operation {operation[:40]!r}")
        return self._operations[operation](scope, body)

    def _bucket(self, scope: Scope, body: bytes) -> Mapping[str, Any]:
        wanted = _read(body, BucketWanted)
        _check(scope.may_see(wanted.bucket), f"s3://{wanted.bucket}")
        bucket = self._objects.bucket(wanted.bucket)
        folder = self._objects.local_folder(bucket.name) if bucket.is_local else bucket.linked_folder
        return {"backend": bucket.backend, "folder": "" if folder is None else str(folder)}

    def _list(self, scope: Scope, body: bytes) -> Mapping[str, Any]:
        wanted = _read(body, ListingWanted)
        _check(scope.may_list(wanted.bucket, wanted.prefix), f"s3://{wanted.bucket}/{wanted.prefix}")
        page = self._objects.list_sizes(
            wanted.bucket, wanted.prefix, wanted.delimiter, wanted.start_after, wanted.max_keys
        )
        return {
            "objects": [
                (each.key, each.size_bytes, each.etag, each.modified_at.timestamp()) for each in page.objects
            ],
            "common_prefixes": page.common_prefixes,
            "is_truncated": page.is_truncated,
            "next_marker": page.next_marker,
        }

    def _places(self, scope: Scope, body: bytes) -> Mapping[str, Any]:
        wanted = _readable(scope, body)
        found = self._objects.local_places(wanted.bucket, wanted.keys)
        return {"places": [(key, path, mark.size_bytes, mark.mtime_ns) for key, path, mark in found]}

    def _links(self, scope: Scope, body: bytes) -> Mapping[str, Any]:
        wanted = _readable(scope, body)
        return {"links": self._objects.remote_links(wanted.bucket, wanted.keys, LINK_S)}


def _readable(scope: Scope, body: bytes) -> ObjectsWanted:
    """The objects that a request names. Raises: Denied: one of them is not the job's. Invalid: they are too many."""
    wanted = _read(body, ObjectsWanted)
    if len(wanted.keys) > MOST_KEYS:
        raise Invalid(f"{len(wanted.keys)} keys are too many for one request; ask for at most {MOST_KEYS}")
    for key in wanted.keys:
        _check(scope.may_read(wanted.bucket, key), f"s3://{wanted.bucket}/{key}")
    return wanted


def _read(body: bytes, kind: type[Wanted]) -> Wanted:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise Invalid(f"the request cannot be read: {error}") from None


def _check(is_allowed: bool, what: str) -> None:
    if not is_allowed:
        raise Denied(
            f"Access Denied: {what} is not among the objects of this job; it reads only what its request names"
        )
