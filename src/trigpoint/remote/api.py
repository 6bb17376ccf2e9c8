"""All S3 calls on one bucket of another store, made by botocore.

botocore is imported with the first call: a server without remote buckets does not pay for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any, BinaryIO

from trigpoint.remote.config import RemoteConfig
from trigpoint.remote.errors import RemoteInvalid, of_botocore

MAX_CONNECTIONS = 32
PATIENCE_S = 600.0


class RemoteApi:
    """One bucket of another store. Thread-safe.

    Errors, of all methods: NotFound, NoSuchRemoteBucket, RemoteConflict, Denied, Invalid, RemoteUnavailable.
    """

    def __init__(self, config: RemoteConfig, bucket: str) -> None:
        self.config = config
        self.bucket = bucket

    def call(
        self, operation: str, /, key: str = "", *, patient: bool = False, **parameters: Any
    ) -> dict[str, Any]:
        """The answer to an operation of S3 (`head_object`); the bucket, and `key` if any, are filled in.

        `patient`: the store may work long before it answers (a copy, the end of a multipart upload).
        """
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

        if key:
            parameters["Key"] = key
        method: Callable[..., dict[str, Any]] = getattr(self._connected(patient), operation)
        try:
            return method(Bucket=self.bucket, **parameters)
        except ParamValidationError as problem:
            raise RemoteInvalid(f"{self._uri(key)}: {problem}") from None
        except (BotoCoreError, ClientError) as problem:
            raise of_botocore(self._uri(key), self.config.url, problem) from None

    def read(self, key: str, start: int | None = None, end: int | None = None) -> bytes:
        """All bytes of an object, or those from `start` up to, without, `end`."""
        parameters = {} if start is None or end is None else {"Range": f"bytes={start}-{end - 1}"}
        with self.body(key, **parameters) as body:
            return body.read()

    def body(self, key: str, **parameters: Any) -> BinaryIO:
        """The bytes of an object as a stream that is read once."""
        answer = self.call("get_object", key, **parameters)
        return _Body(answer["Body"], self._uri(key), self.config.url)  # type: ignore[return-value]

    def _uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def _connected(self, patient: bool) -> Any:
        return _connect(self.config, PATIENCE_S if patient else self.config.read_timeout_s)


class _Body:
    """A response body whose errors are raised as errors of ours."""

    def __init__(self, body: Any, uri: str, endpoint: str) -> None:
        self._body, self._uri, self._endpoint = body, uri, endpoint

    def read(self, size: int = -1, /) -> bytes:
        from botocore.exceptions import BotoCoreError

        try:
            data: bytes = self._body.read(None if size < 0 else size)
        except (BotoCoreError, OSError) as problem:
            raise of_botocore(self._uri, self._endpoint, problem) from None
        return data

    def close(self) -> None:
        self._body.close()

    def __enter__(self) -> _Body:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


@lru_cache(maxsize=32)
def _connect(config: RemoteConfig, read_timeout_s: float) -> Any:
    """The client of a store, shared by its buckets."""
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.session import Session

    options = Config(
        region_name=config.region,
        connect_timeout=config.connect_timeout_s,
        read_timeout=read_timeout_s,
        max_pool_connections=MAX_CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": 1 + config.retries},
        s3={"addressing_style": "virtual" if config.virtual_host_style else "path"},
        signature_version=UNSIGNED if config.anonymous else "s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    nowhere = (None, None, os.devnull, None)
    no_files = {
        "profile": (None, None, None, None),
        "config_file": nowhere,
        "credentials_file": nowhere,
    }
    return Session(no_files).create_client(
        "s3",
        endpoint_url=config.url,
        aws_access_key_id=config.access_key_id or None,
        aws_secret_access_key=config.secret_access_key or None,
        aws_session_token=config.session_token or None,
        config=options,
    )
