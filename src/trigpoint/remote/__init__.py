"""Clients of S3 stores that are not this server: remote buckets, and streaming from any store."""

from trigpoint.remote.config import RemoteConfig
from trigpoint.remote.errors import (
    NoSuchRemoteBucket,
    RemoteConflict,
    RemoteDenied,
    RemoteError,
    RemoteInvalid,
    RemoteNotFound,
    RemoteUnavailable,
)
from trigpoint.remote.fetch import RemoteStore

__all__ = [
    "NoSuchRemoteBucket",
    "RemoteConfig",
    "RemoteConflict",
    "RemoteDenied",
    "RemoteError",
    "RemoteInvalid",
    "RemoteNotFound",
    "RemoteStore",
    "RemoteUnavailable",
]
