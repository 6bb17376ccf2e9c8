"""Objects of other stores, read from there with links that the server signs for the instance.

The instance never sees the key of the other store: each link reads one object, for a while.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from cachetools import TTLCache

from trigpoint.core.errors import Denied
from trigpoint.door.client import LINK_S
from trigpoint.objects.errors import ConditionFailed, NoSuchKey, RemoteUnavailable
from trigpoint.objects.ranged_file import FIRST_BYTES, open_ranged
from trigpoint.objects.shared_cache import SharedCache

KNOWN_S: Final = LINK_S / 2
_AT_ONCE: Final = 500
_KNOWN_LINKS: Final = 50_000
_CONNECTIONS: Final = 64
_TIMEOUT: Final = urllib3.Timeout(connect=3.0, read=15.0)
_RETRIES: Final = urllib3.Retry(
    3, redirect=0, backoff_factor=0.2, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False
)
_EMPTY: Final = 416
"""The answer to a range of an object without bytes."""

FindLinks = Callable[[str, Sequence[str]], Iterable[tuple[str, str]]]
"""(key, URL) of these objects of a bucket, whether they exist or not."""


class Links:
    """Reads objects through links. Thread-safe; connections are kept.

    Errors: NoSuchKey; Denied; ConditionFailed: the object was overwritten while it was read; RemoteUnavailable: the store
    does not answer, after retries.
    """

    def __init__(self, find: FindLinks) -> None:
        self._find = find
        self._known = SharedCache[tuple[str, str], str](TTLCache(_KNOWN_LINKS, KNOWN_S))
        self._direct = urllib3.PoolManager(timeout=_TIMEOUT, retries=_RETRIES, maxsize=_CONNECTIONS)
        self._proxies = {
            scheme: urllib3.ProxyManager(url, timeout=_TIMEOUT, retries=_RETRIES, maxsize=_CONNECTIONS)
            for scheme, url in getproxies().items()
            if scheme in ("http", "https")
        }

    def look_up(self, bucket: str, keys: Sequence[str]) -> None:
        """Gets the links of these objects together, except for those that are known."""
        unknown = [key for key in keys if self._known.get((bucket, key)) is None]
        for start in range(0, len(unknown), _AT_ONCE):
            for key, url in self._find(bucket, unknown[start : start + _AT_ONCE]):
                self._known.put((bucket, key), url)

    def open(self, bucket: str, key: str) -> BinaryIO:
        """The bytes of an object as a seekable file; those of a small one with one request."""
        answer = self._answered(bucket, key, {"Range": f"bytes=0-{FIRST_BYTES - 1}"})
        total = answer.headers.get("content-range", "").rpartition("/")[2]
        size_bytes = int(total or answer.headers.get("content-length") or 0)
        etag = answer.headers.get("etag", "")
        if answer.status == _EMPTY or size_bytes <= FIRST_BYTES:
            with _translated(f"s3://{bucket}/{key}"):
                content = answer.read()
            return io.BytesIO(b"" if answer.status == _EMPTY else content)
        answer.close()
        return open_ranged(lambda start, end: self._range(bucket, key, start, end, etag), size_bytes)

    def _range(self, bucket: str, key: str, start: int, end: int, etag: str) -> BinaryIO:
        wanted = {"Range": f"bytes={start}-{end - 1}"} | ({"If-Match": etag} if etag else {})
        answer = self._answered(bucket, key, wanted)
        return _Stream(answer, f"s3://{bucket}/{key}")  # type: ignore[return-value]

    def _answered(self, bucket: str, key: str, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        """The beginning of the answer; the body is read from it."""
        uri, url = f"s3://{bucket}/{key}", self._link(bucket, key)
        with _translated(uri):
            answer = self._pool(url).request("GET", url, headers=headers, preload_content=False)
            try:
                _check(answer, uri, url)
            except BaseException:
                self._known.drop((bucket, key))
                answer.close()
                raise
            return answer

    def _pool(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        proxy = self._proxies.get(parts.scheme)
        return self._direct if proxy is None or proxy_bypass(parts.hostname or "") else proxy

    def _link(self, bucket: str, key: str) -> str:
        known = self._known.get((bucket, key))
        if known is None:
            ((_, known),) = self._find(bucket, [key])
            self._known.put((bucket, key), known)
        return known


class _Stream:
    """The body of an answer as a stream that is read once."""

    def __init__(self, answer: urllib3.BaseHTTPResponse, uri: str) -> None:
        self._answer, self._uri = answer, uri

    def read(self, size: int = -1, /) -> bytes:
        with _translated(self._uri):
            return self._answer.read(None if size < 0 else size)

    def close(self) -> None:
        """Ends the connection, on which more of the body may be under way, unless it was read to its end."""
        self._answer.close()


@contextmanager
def _translated(uri: str) -> Iterator[None]:
    try:
        yield
    except (urllib3.exceptions.HTTPError, OSError) as problem:
        # the text of the error itself has the link
        said = getattr(problem, "reason", None) or type(problem).__name__
        raise RemoteUnavailable(f"{uri}: the store does not answer: {said}") from None


def _check(answer: urllib3.BaseHTTPResponse, uri: str, url: str) -> None:
    if answer.status in (200, 206, _EMPTY):
        return
    said = answer.read(300).decode(errors="replace")
    place = f"the store at {urlsplit(url).netloc} answered {answer.status}: {said}"
    match answer.status:
        case 404:
            raise NoSuchKey(f"no object {uri} ({place})")
        case 412:
            raise ConditionFailed(f"{uri} was overwritten while it was read", "If-Match")
        case status if status >= 500 or status == 429:
            raise RemoteUnavailable(f"{uri}: {place}")
        case _:
            raise Denied(f"{uri}: {place}")
