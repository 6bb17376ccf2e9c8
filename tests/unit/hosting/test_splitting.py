"""Splitting of objects into records, batching of records, and the limits of a request."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.hosting.records import ContainerDefinition
from trigpoint.hosting.transform.agent_plan import AgentPlan
from trigpoint.hosting.transform.model import TransformSpec
from trigpoint.hosting.transform.splitting import (
    BYTES_PER_MB,
    Batching,
    RecordFailed,
    frame_tfrecord,
    read_tfrecords,
)

SPEC = TransformSpec(
    "m", ContainerDefinition("object-detection"), "object-detection", "s3://b/in/", "s3://b/out"
)


def test_a_batch_has_as_many_whole_records_as_fit() -> None:
    text = b"aaaa\nbb\ncc\n\ndddddd"
    batches = list(Batching("Line", several=True, limit_bytes=8).batches(io.BytesIO(text)))
    assert [(batch.body, batch.first, batch.count) for batch in batches] == [
        (b"aaaa\nbb\n", 1, 2),
        (b"cc\n\n", 3, 2),
        (b"dddddd\n", 5, 1),
    ]
    alone = Batching("Line", several=False, limit_bytes=8).batches(io.BytesIO(text))
    assert [batch.body for batch in alone] == [b"aaaa", b"bb", b"cc", b"", b"dddddd"]
    with pytest.raises(Invalid, match="record 2 is larger than MaxPayloadInMB"):
        list(Batching("Line", several=True, limit_bytes=4).batches(io.BytesIO(b"aaa\n" + b"b" * 999)))


def test_tfrecords_have_masked_checksums_that_show_damage() -> None:
    check = 0xE3069283  # the CRC32C of "123456789", see RFC 3720
    masked = ((check >> 15 | check << 17) + 0xA282EAD8) % 2**32
    assert frame_tfrecord(b"123456789")[12:] == b"123456789" + masked.to_bytes(4, "little")
    framed = frame_tfrecord(b"hello")
    assert list(read_tfrecords(io.BytesIO(framed * 2))) == [b"hello", b"hello"]
    for damaged in (framed[:-1], framed[:10], framed.replace(b"hello", b"jello"), b"\1" + framed[1:]):
        with pytest.raises(Invalid, match="TFRecord"):
            list(read_tfrecords(io.BytesIO(damaged)))


def test_a_payload_without_a_limit_is_sent_in_chunks_up_to_the_limit_of_model_servers() -> None:
    unlimited = AgentPlan.of(replace(SPEC, max_payload_mb=0), {"MaxPayloadInMB": 3})
    assert (unlimited.chunked, unlimited.limit_bytes) == (True, 100 * BYTES_PER_MB)
    limited = AgentPlan.of(replace(SPEC, max_payload_mb=None), {"MaxPayloadInMB": 3})
    assert (limited.chunked, limited.limit_bytes) == (False, 3 * BYTES_PER_MB)
    endless = io.BufferedReader(Endless())
    for split_type in ("None", "Line"):
        batching = Batching(split_type, False, unlimited.limit_bytes)  # type: ignore[arg-type]
        with pytest.raises(
            RecordFailed, match="record 1 is larger than 100 MB, the most that a model server takes"
        ):
            next(batching.batches(endless))


class Endless(io.RawIOBase):
    """A file without an end and without line feeds."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        buffer[:] = bytes(len(buffer))
        return len(buffer)
