"""URLs with which a browser can read one object for a limited time, presigned with SigV4."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from trigpoint.objects.uri import parse_s3_uri
from trigpoint.wire.sigv4 import Credential, encode, presigned_query


class UrlSigners(Protocol):
    """Makes a function that signs URLs of objects, which a browser can read for `expires_s` seconds from now.

    With `source_ip` it can read them from that address only.
    The function can be pickled: templates, which use it, are rendered in another process.
    """

    def __call__(
        self, *, base_url: str, expires_s: int, source_ip: str | None = None
    ) -> Callable[[str], str]: ...


def presign_get(
    region: str,
    credential: Credential,
    expires_s: int,
    base_url: str,
    now: datetime,
    source_ip: str | None,
    uri: str,
) -> str:
    """The URL under `base_url` that answers GET, and nothing else, with the object of an s3:// URI.

    Args:   expires_s: 1 to 604800 seconds from `now`.
            base_url: must be what the browser sends as its Host; that is part of the signature.
            source_ip: the only address from which the URL can be used; None: every one.
    Raises: Invalid: the URI names no object.
    """
    bucket, key = parse_s3_uri(uri)
    base = urlsplit(base_url)
    path = f"/{encode(bucket)}/{encode(key, safe='/')}"
    default_port = {"http": ":80", "https": ":443"}.get(base.scheme, ":")
    host = base.netloc.removesuffix(default_port)  # browsers leave it out of the Host header
    query = presigned_query("GET", host, path, region, "s3", credential, expires_s, now, source_ip)
    return f"{base.scheme}://{host}{path}?{query}"
