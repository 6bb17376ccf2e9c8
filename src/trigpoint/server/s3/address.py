"""The bucket and key of an S3 request: in its path, or with the bucket in the host name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from trigpoint.wire.errors import AwsError
from trigpoint.wire.head import RequestHead

# <bucket>.s3.anything, <bucket>.s3-region.anything; a bucket's name may hold dots itself.
_VIRTUAL_HOST = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]{0,62})\.s3(-[a-z0-9-]{1,40})?\.[a-z0-9.-]{1,255}")


@dataclass(frozen=True, slots=True)
class S3Address:
    """A bucket ("" at the service level) and a key ("" at the bucket level), decoded.

    `host_bucket` is the bucket when the host named it, "" with path-style addresses.
    """

    bucket: str
    key: str
    host_bucket: str


def s3_address(head: RequestHead, own_host: str) -> S3Address:
    """The bucket and key of a request.

    Args:   own_host: the host of the server's base URL; itself no bucket, but `<bucket>.<own_host>` names
        one.
    Raises: AwsError(InvalidURI): the path is not UTF-8, or holds U+0000.
    """
    bucket = _host_bucket(head.header("host") or "", own_host)
    path = head.path.removeprefix("/")
    if bucket:
        return S3Address(bucket, _decoded(path), bucket)
    name, _, key = path.partition("/")
    return S3Address(_decoded(name), _decoded(key), "")


def _host_bucket(host: str, own_host: str) -> str:
    name = re.sub(r":\d+$", "", host.lower())
    if not name or name == own_host or name.startswith("[") or re.fullmatch(r"[\d.]+", name):
        return ""
    virtual = _VIRTUAL_HOST.fullmatch(name)
    if virtual:
        return virtual["bucket"]
    if name.startswith(("s3.", "s3-")):
        return ""
    for suffix in (".localhost", f".{own_host}"):
        if name.endswith(suffix) and own_host:
            return name.removesuffix(suffix)
    return ""


def _decoded(text: str) -> str:
    try:
        decoded = unquote(text.encode("latin-1").decode(), errors="strict")
    except UnicodeDecodeError:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI: it is not UTF-8.", 400) from None
    if "\x00" in decoded:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI: it holds the character U+0000.", 400)
    return decoded
