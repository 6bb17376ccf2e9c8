"""One batch of elements read: every reference replaced by the object's content, with retries."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from trigpoint.core.errors import TrigpointError
from trigpoint.records.manifest.lines import BadLine
from trigpoint.records.manifest.selection import Reference
from trigpoint.streaming.budget import Budget, GivenUp
from trigpoint.streaming.fetch_options import FetchOptions
from trigpoint.streaming.reading import Reader, Room
from trigpoint.streaming.select import Selected
from trigpoint.streaming.stage import Large, Part, Row

CUT_BYTES = 4 << 20


class FetchFailed(BadLine):
    """An object could not be read: the number of its element, its place among the values, its URI and why."""

    def __init__(self, number: int, place: int, uri: str, why: str) -> None:
        super().__init__(number, f"cannot read {uri}: {why.removeprefix(f'{uri}: ')}")
        self.place = place
        self.uri = uri


@dataclass(slots=True)
class Fetched:
    """The first rows of a batch, the bytes that they hold, and the error of the next row."""

    rows: list[Row]
    size_bytes: int = 0
    duration_s: float = 0.0
    error: Exception | None = None


class BatchReader:
    """Reads batches, with retries."""

    def __init__(
        self, objects: Reader, options: FetchOptions, budget: Budget, now: Callable[[], float]
    ) -> None:
        self._objects = objects
        self._options = options
        self._budget = budget
        self._now = now
        self._cut_bytes = min(CUT_BYTES, options.budget_bytes)

    def read(self, elements: Sequence[Selected], room: Room) -> Fetched:
        """Reads until the end, the first object that cannot be read, or enough bytes."""
        began_s = self._now()
        fetched = Fetched([])
        self._objects.prepare([v.uri for _, values in elements for v in values if isinstance(v, Reference)])
        try:
            for number, values in elements:
                parts: list[Part] = []
                for place, value in enumerate(values):
                    if isinstance(value, Reference):
                        part = self._object(number, place, value.uri, room)
                        if isinstance(part, bytes):
                            fetched.size_bytes += len(part)
                        parts.append(part)
                    else:
                        parts.append(value)
                fetched.rows.append((number, parts))
                if fetched.size_bytes > self._cut_bytes:
                    break
        except GivenUp:
            pass
        except FetchFailed as error:
            fetched.error = error
        fetched.duration_s = self._now() - began_s
        return fetched

    def _object(self, number: int, place: int, uri: str, room: Room) -> Part:
        # A loop of our own and not tenacity: its call costs 20 us, more than reading a small file.
        tried = 0
        while True:
            if self._budget.given_up.is_set():
                raise GivenUp
            try:
                part = self._objects.read(uri, self._options.large_bytes, room)
                return _named(part, number, place, uri) if isinstance(part, Large) else part
            except TrigpointError as error:
                raise FetchFailed(number, place, uri, error.message) from error
            except OSError as error:
                tried += 1
                if tried >= self._options.tries:
                    why = error.strerror or str(error) or type(error).__name__
                    raise FetchFailed(number, place, uri, f"{why} (tried {tried} times)") from error
            self._budget.given_up.wait(self._options.first_delay_s * 4.0 ** (tried - 1))


def _named(large: Large, number: int, place: int, uri: str) -> Large:
    """The same object; its errors name the element."""
    return Large(cast(BinaryIO, _NamedFile(large, number, place, uri)), large.size_bytes)


class _NamedFile(io.BufferedIOBase):
    """A large object that is read long after it was opened. Raises: FetchFailed."""

    def __init__(self, large: Large, number: int, place: int, uri: str) -> None:
        self._file, self._size_bytes = large
        self._at = 0
        self._what = number, place, uri

    def read(self, most: int | None = -1, /) -> bytes:
        try:
            data = self._file.read(-1 if most is None else most)
        except TrigpointError as error:
            raise FetchFailed(*self._what, error.message) from error
        except OSError as error:
            why = error.strerror or str(error) or type(error).__name__
            raise FetchFailed(*self._what, why) from error
        self._at += len(data)
        if not data and most and self._at < self._size_bytes:
            raise FetchFailed(*self._what, f"it ended {self._size_bytes - self._at} bytes before its size")
        return data

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = self._file.seek(offset, whence)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._file.close()
        super().close()
