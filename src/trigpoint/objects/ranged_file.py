"""A file over something that can only be asked for ranges: one range is open at a time, and ranges grow while
reading is sequential."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

ReadRange = Callable[[int, int], BinaryIO]
"""A stream of the bytes from the first position up to, without, the second."""

FIRST_BYTES = 1024 * 1024
LONGEST_BYTES = 64 * 1024 * 1024
_GROWTH = 4
_BUFFER_BYTES = 256 * 1024


def open_ranged(read_range: ReadRange, size_bytes: int) -> BinaryIO:
    """A seekable, buffered file of `size_bytes`; nothing is requested before it is read."""
    return io.BufferedReader(_Ranged(read_range, size_bytes), _BUFFER_BYTES)


def begin(file: BinaryIO, start: int, length: int) -> None:
    """Requests the whole part that will be read, if the file requests ranges. Once it has begun to arrive, the
    part is complete even if the object changes.

    Raises: what the first reading would raise.
    """
    if length and isinstance(file, io.BufferedReader) and isinstance(file.raw, _Ranged):
        file.seek(start)
        file.raw.expect(length)
        file.peek(1)


class _Ranged(io.RawIOBase):
    def __init__(self, read_range: ReadRange, size_bytes: int) -> None:
        self._read_range = read_range
        self._size_bytes = size_bytes
        self._position = 0
        self._stream: BinaryIO | None = None
        self._end = 0  # where the open range ends
        self._length = FIRST_BYTES

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size_bytes}[whence]
        position = max(0, start + offset)
        if position != self._position:
            self._drop()
            self._length = FIRST_BYTES
            self._position = position
        return position

    def expect(self, length: int) -> None:
        """Sets the length of the next range."""
        self._length = length

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if self._position >= self._size_bytes or not len(buffer):
            return 0
        if self._stream is None:
            self._open()
        assert self._stream is not None
        data = self._stream.read(min(len(buffer), self._end - self._position))
        if not data:
            raise OSError(f"the stream ended at byte {self._position} of {self._end}")
        buffer[: len(data)] = data
        self._position += len(data)
        if self._position == self._end:
            self._drop()
        return len(data)

    def close(self) -> None:
        self._drop()
        super().close()

    def _open(self) -> None:
        self._end = min(self._size_bytes, self._position + self._length)
        self._stream = self._read_range(self._position, self._end)
        self._length = min(self._length * _GROWTH, LONGEST_BYTES)

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
