"""Rows written into a pipe, gathered into blocks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time

from trigpoint.streaming.flow import Flow
from trigpoint.streaming.stage import Row, Stage, close_files
from trigpoint.streaming.wrap import pieces

PIPE_BYTES = 1 << 20
FLUSH_BYTES = 256 << 10
FLUSH_S = 0.002
MOST_ROWS = 64
MAX_VECTOR = 512  # below every system's IOV_MAX


class ReaderLeft(Exception):
    """The reader closed the pipe."""


def write_rows(rows: Stage[Row], fifo: int, flow: Flow | None = None) -> None:
    """Writes all rows, gathered into blocks; a block is written when the next rows are not there yet.

    Raises: ReaderLeft: the reader closed. What the rows raise, after everything before it is written.
    """
    widen(fifo)
    block = _Block(fifo, flow)
    pending = block.parts
    flushed_s = 0.0
    try:
        while taken := rows.take(MOST_ROWS):
            for _, parts in taken:
                for part in parts:
                    if isinstance(part, bytes):
                        pending.append(part)
                        block.size_bytes += len(part)
                    else:
                        block.write()
                        for piece in pieces(part):
                            block.write_piece(piece)
                block.records += 1
                close_files(parts)
                if block.size_bytes >= FLUSH_BYTES:
                    block.write()
                    flushed_s = time.monotonic()
            # fewer than requested: the next rows may take long, and the reader should not wait for them too
            if pending and (len(taken) < MOST_ROWS or time.monotonic() - flushed_s > FLUSH_S):
                block.write()
                flushed_s = time.monotonic()
    finally:
        block.write()


class _Block:
    """The parts of rows that are gathered for the next write, and how many rows end in them."""

    __slots__ = ("_fifo", "_flow", "parts", "records", "size_bytes")

    def __init__(self, fifo: int, flow: Flow | None) -> None:
        self._fifo, self._flow = fifo, flow
        self.parts: list[bytes] = []
        self.size_bytes = self.records = 0

    def write(self) -> None:
        """Writes the block, and empties it."""
        parts, size_bytes, records = self.parts[:], self.size_bytes, self.records
        self.parts.clear()
        self.size_bytes = self.records = 0
        if self._flow is not None and (parts or records):
            self._flow.writes(size_bytes)
            _write(self._fifo, parts)
            self._flow.wrote(records, size_bytes)
        else:
            _write(self._fifo, parts)

    def write_piece(self, piece: bytes) -> None:
        """Writes a piece of a part that is too large to be gathered."""
        self.parts.append(piece)
        self.size_bytes = len(piece)
        self.write()


def _write(fifo: int, buffers: list[bytes]) -> None:
    try:
        for start in range(0, len(buffers), MAX_VECTOR):
            _write_vector(fifo, buffers[start : start + MAX_VECTOR])
    except BrokenPipeError:  # only from here: a BrokenPipeError from reading an object is a failure
        raise ReaderLeft from None


def _write_vector(fifo: int, buffers: list[bytes]) -> None:
    total = sum(map(len, buffers))
    written = os.writev(fifo, buffers)
    if written < total:
        rest = memoryview(b"".join(buffers))[written:]
        while rest:
            rest = rest[os.write(fifo, rest) :]


def widen(fifo: int) -> None:
    """Enlarges the pipe to PIPE_BYTES where the system allows it: fewer wake-ups on both sides."""
    set_size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if set_size is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(fifo, set_size, PIPE_BYTES)
