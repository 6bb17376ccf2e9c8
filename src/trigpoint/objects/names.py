"""Names of buckets and objects: S3's rules."""

from __future__ import annotations

import re

from trigpoint.core.errors import Invalid
from trigpoint.objects.errors import InvalidBucketName, KeyTooLong

MAX_KEY_BYTES = 1024
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_NO_LABELS = re.compile(r"\.\.|\.-|-\.")
_IP_ADDRESS = re.compile(r"\d{1,63}\.\d{1,63}\.\d{1,63}\.\d{1,63}")


RESERVED_BUCKET_NAMES = frozenset({"console", "health", "portal", "static"})
"""Paths of the server's own pages and files."""


def check_bucket_name(name: str) -> None:
    """Raises InvalidBucketName when S3 would not create a bucket of this name, or the name is one of ours.

    Decision: a name that is a path of the server is refused. Such a bucket would work with signed requests only: public objects,
    forms and requests that browsers send before an upload would reach the pages instead. A presigned URL below `/static/` would
    be a script that pages may run. Buckets of earlier versions stay.
    """
    if name in RESERVED_BUCKET_NAMES:
        raise InvalidBucketName(
            f"the bucket name {name!r} is reserved: /{name} is an address of this server; choose another name"
        )
    if (
        not _BUCKET.fullmatch(name)
        or _NO_LABELS.search(name)
        or _IP_ADDRESS.fullmatch(name)
        or name.startswith("xn--")
    ):
        raise InvalidBucketName(
            f"the bucket name {name!r} is not valid: 3 to 63 lower-case letters, digits, dots and hyphens, "
            "beginning and ending with a letter or digit, without a dot next to a dot or hyphen, and not an IP address"
        )


def check_key(key: str) -> None:
    """Raises KeyTooLong or Invalid when no object can have this key."""
    if not key:
        raise Invalid("the object key is empty; name at least one character")
    if "\0" in key:
        raise Invalid(
            f"the object key {key!r} contains a NUL character, which cannot be stored; choose another key"
        )
    try:
        size_bytes = len(key.encode())
    except UnicodeEncodeError:
        raise Invalid(f"the object key {key!r} is not valid UTF-8; encode it as UTF-8") from None
    if size_bytes > MAX_KEY_BYTES:
        raise KeyTooLong(f"the object key has {size_bytes} bytes; at most {MAX_KEY_BYTES} are allowed")


def after_prefix(prefix: str) -> str | None:
    """The smallest text, in UTF-8 byte order, greater than all that begin with `prefix`; None when there is
    none.
    """
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return None
    successor = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if successor == 0xD800 else successor)


def common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    """What `key` is rolled up into in a listing with `delimiter`; None when it is listed itself."""
    if not delimiter:
        return None
    end = key.find(delimiter, len(prefix))
    return None if end < 0 else key[: end + len(delimiter)]
