"""Splitting of objects into records, and batching of records into requests.

Source: training.md 8.5.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from awscrt.checksums import crc32c

from trigpoint.core.errors import Invalid
from trigpoint.hosting.transform.model import SplitType
from trigpoint.records.recordio import frame_native, read_records

BYTES_PER_MB = 1024 * 1024
LARGEST_BODY_MB = 100
"""The largest request that a model server accepts. Decision: it is also the limit of a payload without a limit, so that
an agent does not keep more of an object in memory, and the object fails with a reason. AWS's built-in models accept
no such payloads.
"""


class RecordFailed(Invalid):
    """A record cannot be sent; `message` has its number."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One request: the body, and the records in it.

    first:   the number of its first record in the object, from 1
    records: the original records; empty when they are not needed again
    """

    body: bytes
    first: int
    count: int
    records: tuple[bytes, ...] = ()

    @property
    def named(self) -> str:
        """Its name in messages."""
        return f"record {self.first}" if self.count == 1 else f"records {self.first} to {self.end}"

    @property
    def end(self) -> int:
        return self.first + self.count - 1


@dataclass(frozen=True, slots=True)
class Batching:
    """How records are batched. `limit_bytes`: None for no limit. `to_model` filters each record."""

    split_type: SplitType
    several: bool
    limit_bytes: int | None
    to_model: Callable[[bytes], bytes] | None = None

    def batches(self, file: BinaryIO) -> Iterator[Batch]:
        """The requests of one object.

        Raises: RecordFailed: a record is too large or damaged, or cannot be filtered.
        """
        several = self.several and self.split_type != "None"
        bodies: list[bytes] = []
        originals: list[bytes] = []
        size, first, number = 0, 1, 0
        for number, record in enumerate(self._records(file), start=1):
            body = self._framed(self._filtered(record, number))
            self._check(len(body), number)
            if bodies and (not several or not self._fits(size + len(body))):
                yield self._batch(bodies, originals, first)
                bodies, originals, size, first = [], [], 0, number
            bodies.append(body)
            size += len(body)
            if self.to_model is not None:
                originals.append(record)
        if bodies:
            yield self._batch(bodies, originals, first)

    def _batch(self, bodies: list[bytes], originals: list[bytes], first: int) -> Batch:
        return Batch(b"".join(bodies), first, len(bodies), tuple(originals))

    def _records(self, file: BinaryIO) -> Iterator[bytes]:
        match self.split_type:
            case "Line":
                return self._numbered(_lines(file, self.limit_bytes))
            case "RecordIO":
                return self._numbered(read_records(file, rejoin="magic"))
            case "TFRecord":
                return self._numbered(read_tfrecords(file))
            case _:
                return self._numbered(iter([file.read(self._one_too_many())]))

    def _one_too_many(self) -> int:
        return -1 if self.limit_bytes is None else self.limit_bytes + 1

    def _numbered(self, records: Iterator[bytes]) -> Iterator[bytes]:
        """The records; a read error is raised with the number of the record."""
        number = 0
        try:
            for record in records:
                yield record
                number += 1
        except (Invalid, OSError, EOFError, zlib.error) as error:
            raise RecordFailed(f"record {number + 1}: {error}") from error

    def _filtered(self, record: bytes, number: int) -> bytes:
        if self.to_model is None:
            return record
        try:
            return self.to_model(record)
        except Invalid as error:
            raise RecordFailed(f"record {number}: {error.message}") from error

    def _framed(self, record: bytes) -> bytes:
        """A record as part of a request: with its frame when the request can have several, without it otherwise."""
        if not self.several:
            return record
        match self.split_type:
            case "Line":
                return record + b"\n"
            case "RecordIO":
                return frame_native(record)
            case "TFRecord":
                return frame_tfrecord(record)
            case _:
                return record

    def _fits(self, size_bytes: int) -> bool:
        return self.limit_bytes is None or size_bytes <= self.limit_bytes

    def _check(self, size_bytes: int, number: int) -> None:
        if self._fits(size_bytes):
            return
        assert self.limit_bytes is not None
        limit_mb = self.limit_bytes // BYTES_PER_MB
        if limit_mb >= LARGEST_BODY_MB:
            raise RecordFailed(
                f"record {number} is larger than {limit_mb} MB, the most that a model server takes; split it"
            )
        way_out = "split it (SplitType), or raise" if self.split_type == "None" else "raise"
        raise RecordFailed(
            f"record {number} is larger than MaxPayloadInMB ({limit_mb} MB); {way_out} MaxPayloadInMB"
        )


def opened(file: BinaryIO, *, gzipped: bool) -> BinaryIO:
    """The object's content, decompressed if `gzipped`."""
    return cast(BinaryIO, gzip.GzipFile(fileobj=file)) if gzipped else file


def _lines(file: BinaryIO, limit_bytes: int | None) -> Iterator[bytes]:
    """The lines without their line feeds. A line that is too long is cut after the limit, so that it is refused."""
    most = -1 if limit_bytes is None else limit_bytes + 2
    while line := file.readline(most):
        yield line.removesuffix(b"\n")


_LENGTH = struct.Struct("<QI")
_CRC = struct.Struct("<I")
LONGEST_TFRECORD_BYTES = 1 << 30


def read_tfrecords(file: BinaryIO) -> Iterator[bytes]:
    """The payloads of a TFRecord file: u64 LE length | masked CRC32C of it | payload | masked CRC32C of that.

    Raises: Invalid: not a TFRecord file, damaged, or truncated.
    Source: the TensorFlow documentation of TFRecord.
    """
    while head := file.read(_LENGTH.size):
        if len(head) < _LENGTH.size:
            raise Invalid("the file ends in the middle of a TFRecord's header")
        length, crc = _LENGTH.unpack(head)
        if crc != _masked(head[:8]) or length > LONGEST_TFRECORD_BYTES:
            raise Invalid("not the header of a TFRecord: wrong checksum")
        payload, tail = file.read(length), file.read(_CRC.size)
        if len(payload) < length or len(tail) < _CRC.size:
            raise Invalid("the file ends in the middle of a TFRecord")
        if _CRC.unpack(tail)[0] != _masked(payload):
            raise Invalid("the TFRecord is damaged: wrong checksum")
        yield payload


def frame_tfrecord(payload: bytes) -> bytes:
    """A payload as one record of a TFRecord file."""
    length = struct.pack("<Q", len(payload))
    return b"".join((length, _CRC.pack(_masked(length)), payload, _CRC.pack(_masked(payload))))


def _masked(data: bytes) -> int:
    crc: int = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
