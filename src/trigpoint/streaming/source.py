"""Sources of elements: the lines of an augmented manifest, or the objects of a prefix or a list.

A source is read once, when a channel is opened, so that every epoch sees the same data; after that it gives any
element by its place. A manifest is copied to a file; only an index of 8 bytes per line is in memory.
"""

from __future__ import annotations

import gzip
import mmap
import tempfile
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar, cast

from trigpoint.records.manifest.lines import BadLine, split_lines
from trigpoint.streaming.stage import Stage, Through

GZIP_MAGIC = b"\x1f\x8b"

E = TypeVar("E", covariant=True)
T = TypeVar("T")


class Source(Protocol[E]):
    """Elements by their place, from 0."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int) -> E: ...


Line = tuple[int, bytes]
"""A line's number from 1, and its bytes without line end."""


class ManifestLines:
    """The lines of an augmented manifest, unparsed.

    directory: where the manifest is copied to. The copy has no name and disappears with the process.
    Decision: local files are copied too. A manifest that is rewritten in place would change between epochs, and
    one that is truncated would kill the process that has mapped it (SIGBUS). Copying the lines takes far less
    time than finding them.
    Raises: Invalid: an empty line in the middle, or a line that is too long (see
    records.manifest.lines.split_lines).
    """

    def __init__(self, manifest: BinaryIO, directory: Path | None = None) -> None:
        self._starts = array("Q")
        with tempfile.TemporaryFile(dir=directory) as copy:
            self._copy(manifest, copy)
            self._starts.append(copy.tell())
            copy.flush()
            self._bytes = mmap.mmap(copy.fileno(), 0, access=mmap.ACCESS_READ) if copy.tell() else b""

    def _copy(self, manifest: BinaryIO, copy: BinaryIO) -> None:
        end = 0
        try:
            for _, raw in split_lines(gunzipped(manifest)):
                self._starts.append(end)
                end += copy.write(raw)
        except (gzip.BadGzipFile, EOFError) as error:
            raise BadLine(len(self._starts) + 1, f"the manifest is not a whole gzip file: {error}") from None

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, place: int) -> Line:
        """The line with the number place + 1: blank lines are only at the end, so no number is skipped."""
        return place + 1, self._bytes[self._starts[place] : self._starts[place + 1]]


def gunzipped(stream: BinaryIO) -> BinaryIO:
    """The stream, decompressed when it is gzip; it must be seekable."""
    head = stream.read(2)
    stream.seek(0)
    return cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if head == GZIP_MAGIC else stream


class Keys:
    """The URIs of objects, in the given order."""

    def __init__(self, uris: Sequence[str]) -> None:
        self._uris = uris

    def __len__(self) -> int:
        return len(self._uris)

    def __getitem__(self, place: int) -> tuple[int, str]:
        return place + 1, self._uris[place]


class Lookup(Through[int, T]):
    """Yields the source's elements at the places that its parent yields."""

    def __init__(self, parent: Stage[int], source: Source[T]) -> None:
        super().__init__(parent)
        self._source = source

    def _each(self, place: int) -> T:
        return self._source[place]

    def take(self, most: int) -> list[T]:
        source = self._source
        return [source[place] for place in self._parent.take(most)]

    def __str__(self) -> str:
        return f"{self._parent} -> Lookup({len(self._source)} elements)"
