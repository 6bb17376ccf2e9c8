"""Digests of a stream of bytes: always MD5 and size, S3's flexible checksums on demand.

CRC32 (zlib's is the fastest), SHA1 and SHA256 come from the standard library; CRC32C and CRC64NVME from
AWS's runtime, which is loaded when somebody first asks for one of them: 7 MB of memory that a server may never need.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from trigpoint.core.errors import Invalid

ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")


class Checksum(Protocol):
    """A running checksum."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Digests:
    """Of a finished stream: MD5, and base64 of the checksums that were asked for, by algorithm."""

    size_bytes: int
    md5: bytes
    checksums: Mapping[str, str]


class DigestingStream:
    """Takes pieces and calculates their digests."""

    def __init__(self, algorithms: Iterable[str] = ()) -> None:
        self._size_bytes = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._checksums = {name: new_checksum(name) for name in algorithms}

    def update(self, data: bytes) -> None:
        self._size_bytes += len(data)
        self._md5.update(data)
        for checksum in self._checksums.values():
            checksum.update(data)

    def digests(self) -> Digests:
        return Digests(
            self._size_bytes, self._md5.digest(), {n: _base64(c.digest()) for n, c in self._checksums.items()}
        )


def new_checksum(algorithm: str) -> Checksum:
    """A running checksum of S3's name, in upper case.

    Raises: Invalid: no such algorithm.
    """
    match algorithm:
        case "CRC32":
            return _Crc(4, zlib.crc32)
        case "CRC32C":
            return _Crc(4, _crc32c)
        case "CRC64NVME":
            return _Crc(8, _crc64nvme)
        case "SHA1":
            return hashlib.sha1(usedforsecurity=False)
        case "SHA256":
            return hashlib.sha256()
    raise Invalid(f"the checksum algorithm {algorithm!r} is none of {', '.join(ALGORITHMS)}")


def composite(algorithm: str, part_checksums: Iterable[str]) -> str:
    """The checksum of a multipart object's part checksums, followed by `-` and the number of parts."""
    checksum, count = new_checksum(algorithm), 0
    for value in part_checksums:
        checksum.update(base64.b64decode(value))
        count += 1
    return f"{_base64(checksum.digest())}-{count}"


class _Crc:
    def __init__(self, width_bytes: int, function: Callable[[bytes, int], int]) -> None:
        self._width_bytes, self._function, self._value = width_bytes, function, 0

    def update(self, data: bytes, /) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._width_bytes, "big")


def _crc32c(data: bytes, value: int) -> int:
    from awscrt.checksums import crc32c

    return int(crc32c(data, value))


def _crc64nvme(data: bytes, value: int) -> int:
    from awscrt.checksums import crc64nvme

    return int(crc64nvme(data, value))


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
