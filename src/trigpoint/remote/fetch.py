"""Fast reading of many objects of one bucket of another store: a connection pool in Rust, outside the GIL.

obstore is loaded with the first store: a server without remote buckets does not pay for it.

It reads and lists; what S3 says of an object beyond its bytes, and all writing, is in `api`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from trigpoint.remote.api import RemoteApi
from trigpoint.remote.config import RemoteConfig
from trigpoint.remote.errors import RemoteInvalid, of_obstore

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Credential, S3Store

_NO_RANGE = (
    "non-partial response"  # how obstore says that a store gave the whole object when asked for a part
)


@dataclass(frozen=True, slots=True)
class ObjectSize:
    """Size and version of an object; `etag` as the store writes it, in quotes."""

    size_bytes: int
    etag: str


class RemoteStore:
    """One bucket of another store. Thread-safe; connections are kept and shared.

    Errors, of all methods: NotFound, NoSuchRemoteBucket, Denied, Invalid, RemoteUnavailable (after the retries).
    """

    def __init__(self, config: RemoteConfig, bucket: str) -> None:
        self.config = config
        self.bucket = bucket
        self.api = RemoteApi(config, bucket)
        import obstore
        from obstore.exceptions import BaseError

        self._obstore = obstore
        self._has_ranges = self._expects_small = True
        self._failures: tuple[type[Exception], ...] = (BaseError, OSError)
        self._store = _open_store(config, bucket)

    def fetch(self, key: str) -> bytes:
        """All bytes of an object; blocks this thread only, the GIL is released."""
        if not is_plain(key):
            return self.api.read(key)
        try:
            return bytes(self._obstore.get(self._store, key).bytes())
        except self._failures as problem:
            raise self._error(key, problem) from None

    def fetch_up_to(self, key: str, limit_bytes: int) -> bytes | ObjectSize:
        """All bytes of an object when it has at most `limit_bytes`, in one request as a rule; else how big it is.

        Small objects are requested as ranges: obstore needs one call for a range and two for a whole object (head
        and body). At 10,000 objects a second every return to Python is one more wait for the GIL.
        """
        if not is_plain(key):
            head = self.api.call("head_object", key)
            size = ObjectSize(int(head["ContentLength"]), str(head["ETag"]))
            return self.api.read(key) if size.size_bytes <= limit_bytes else size
        as_range = self._expects_small  # which other threads may change meanwhile
        data = self._beginning(key, limit_bytes + 1) if as_range else None
        if data is not None and len(data) <= limit_bytes:
            return data
        try:
            found = self._obstore.get(self._store, key)
            size_bytes = found.range[1]
            if as_range and data is None and size_bytes:
                self._has_ranges = False
            self._expects_small = self._has_ranges and size_bytes <= limit_bytes
            if size_bytes > limit_bytes:
                return ObjectSize(size_bytes, found.meta["e_tag"] or "")
            return bytes(found.bytes())
        except self._failures as problem:
            raise self._error(key, problem) from None

    def _beginning(self, key: str, most: int) -> bytes | None:
        """The first bytes of an object, `most` or all; None: it is empty, or the store gives no ranges."""
        try:
            return bytes(self._obstore.get_range(self._store, key, start=0, end=most))
        except self._failures as problem:
            error = self._error(key, problem)
            if isinstance(error, RemoteInvalid) or _NO_RANGE in str(problem):
                return None
            raise error from None

    def fetch_range(self, key: str, start: int, end: int, etag: str = "") -> bytes:
        """The bytes from `start` up to, without, `end`; fewer when the object ends before.

        `etag`: of the version that they must come from.
        Raises: Invalid: there is no such object. RemoteConflict: it is another version.
        """
        if not is_plain(key):
            return self._ranged_by_api(key, start, end, etag)
        try:
            if etag:
                options: GetOptions = {"range": (start, end), "if_match": etag}
                return bytes(self._obstore.get(self._store, key, options=options).bytes())
            return bytes(self._obstore.get_range(self._store, key, start=start, end=end))
        except self._failures as problem:
            raise self._error(key, problem) from None

    def _ranged_by_api(self, key: str, start: int, end: int, etag: str) -> bytes:
        condition = {"IfMatch": etag} if etag else {}
        with self.api.body(key, Range=f"bytes={start}-{end - 1}", **condition) as body:
            return body.read()

    def _error(self, key: str, problem: Exception) -> Exception:
        return of_obstore(f"s3://{self.bucket}/{key}", self.config.url, problem)


def _open_store(config: RemoteConfig, bucket: str) -> S3Store:
    """The store; nothing is taken from the environment, which obstore would read for what is not given."""
    from obstore.store import S3Store

    url = config.bucket_url(bucket)
    settings: S3Config = {
        "endpoint": url,
        "aws_endpoint_url_s3": url,
        "region": config.region,
        "skip_signature": config.anonymous,
        "virtual_hosted_style_request": config.virtual_host_style,
        "unsigned_payload": False,
    }
    client: ClientConfig = {
        "allow_http": url.startswith("http://"),
        "connect_timeout": timedelta(seconds=config.connect_timeout_s),
        "read_timeout": timedelta(seconds=config.read_timeout_s),
        "timeout": timedelta(days=1),  # a big object may take long while bytes keep coming
        "user_agent": "trigpoint",
    }
    retry: RetryConfig = {
        "max_retries": config.retries,
        "retry_timeout": timedelta(seconds=config.read_timeout_s),
        "backoff": {
            "init_backoff": timedelta(seconds=0.1),
            "max_backoff": timedelta(seconds=2),
            "base": 2,
        },
    }

    def credentials() -> S3Credential:
        return {
            "access_key_id": config.access_key_id,
            "secret_access_key": config.secret_access_key,
            "token": config.session_token or None,
            "expires_at": None,
        }

    return S3Store(
        bucket,
        config=settings,
        client_options=client,
        retry_config=retry,
        credential_provider=None if config.anonymous else credentials,
    )


def is_plain(key: str) -> bool:
    """Whether obstore names this key as it is; it refuses or rewrites empty, dotted and control segments."""
    return key.isprintable() and all(part not in ("", ".", "..") for part in key.split("/"))
