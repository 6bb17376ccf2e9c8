"""RecordIO as tests expect it: records framed by the agent, and the places in an index."""

from __future__ import annotations

import struct


def frame_whole(payload: bytes) -> bytes:
    """The payload as one record that is not cut, written down from the format and not by our code."""
    return struct.pack("<II", 0xCED7230A, len(payload)) + payload + bytes(-len(payload) % 4)


def offsets_in(index: str) -> dict[int, int]:
    """The byte offset of each record in the text of an .idx file, by its key."""
    return {int(key): int(offset) for key, offset in (line.split("\t") for line in index.splitlines())}
