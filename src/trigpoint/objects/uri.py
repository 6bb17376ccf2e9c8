"""The bucket and key that a URI names."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from trigpoint.core.errors import Invalid

_PATH_STYLE = re.compile(r"s3[.-]?[a-z0-9-]{0,40}\.amazonaws\.com(\.cn)?")
_HOST_STYLE = re.compile(r"(?P<bucket>.{1,255})\.s3[.-]?[a-z0-9-]{0,40}\.amazonaws\.com(\.cn)?")


def parse_s3_uri(uri: str) -> tuple[str, str]:
    """(bucket, key) of `s3://bucket/key` or of S3's own https URL; the key is '' when only a bucket is named.

    Raises: Invalid: the text is neither.
    """
    if uri.startswith("s3://"):
        bucket, _, key = uri.removeprefix("s3://").partition("/")
    else:
        bucket, key = _parse_https(uri)
    if not bucket:
        raise Invalid(f"{uri!r} is not the URI of an object; it must look like s3://<bucket>/<key>")
    return bucket, key


def object_of(uri: str) -> tuple[str, str]:
    """(bucket, key) of the URI of one object.

    Raises: Invalid: it names none.
    """
    bucket, key = parse_s3_uri(uri)
    if not key:
        raise Invalid(f"{uri!r} names a bucket, not an object; add the object's key")
    return bucket, key


def s3_uri(bucket: str, key: str) -> str:
    """The URI of an object."""
    return f"s3://{bucket}/{key}"


def _parse_https(uri: str) -> tuple[str, str]:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "", ""
    host, path = parts.netloc, unquote(parts.path)
    if parts.scheme != "https":
        return "", ""
    if _PATH_STYLE.fullmatch(host):
        bucket, _, key = path.removeprefix("/").partition("/")
        return bucket, key
    named = _HOST_STYLE.fullmatch(host)
    return (named["bucket"], path.removeprefix("/")) if named else ("", "")
