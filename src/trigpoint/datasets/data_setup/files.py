"""The files that data setup reads: those under an S3 prefix, or in a local folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from trigpoint.core.errors import Invalid, NotFound
from trigpoint.datasets.places import Places, is_s3


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file. name: its path below the prefix or folder. place: its URI or local path, to open it.

    `place` is what `source-ref` of an image says.
    """

    name: str
    place: str
    size_bytes: int


class Source(Protocol):
    """Where the files are."""

    def files(self) -> Iterator[SourceFile]:
        """All files, in the order of the bytes of their names."""

    def open(self, file: SourceFile) -> BinaryIO:
        """The content of a file. Raises: TrigpointError: it cannot be read."""


class PlaceSource:
    """The files of a place: s3://bucket/prefix or a folder.

    images_uri: for a folder, where jobs find its images.
    Raises: NotFound: there is no such folder.
    """

    def __init__(self, place: str, places: Places, images_uri: str | None = None) -> None:
        self.place = place
        self._places = places
        self._images_uri = images_uri
        if not is_s3(place) and not Path(place).is_dir():
            raise NotFound(f"{place} is no folder; give a folder or s3://bucket/prefix")

    def files(self) -> Iterator[SourceFile]:
        """All files. Raises: NotFound: no such bucket. Denied. Invalid: a folder cannot be read."""
        if is_s3(self.place):
            yield from self._objects()
        else:
            yield from _local_files(Path(self.place).absolute(), "", self._images_uri)

    def open(self, file: SourceFile) -> BinaryIO:
        """The content of a file. Raises: as `Places.open`."""
        if is_s3(self.place):
            return self._places.open(file.place)
        return self._places.open(str(Path(self.place) / file.name))

    def _objects(self) -> Iterator[SourceFile]:
        """Decision: a prefix without a slash at its end also has the objects whose names go on, as in S3."""
        bucket, _, prefix = self.place.removeprefix("s3://").partition("/")
        cut = prefix.rfind("/") + 1
        for key, size_bytes in self._places.listing(self.place):
            yield SourceFile(key[cut:], f"s3://{bucket}/{key}", size_bytes)


def _local_files(folder: Path, prefix: str, images_uri: str | None) -> Iterator[SourceFile]:
    """The files below a folder. Links to folders are files of no known type, so that no loop is entered."""
    try:
        with os.scandir(folder) as found:
            entries = [(each.name, each.is_dir(follow_symlinks=False)) for each in found]
    except OSError as problem:
        raise Invalid(f"the folder {folder} cannot be read: {problem.strerror}") from None
    # a folder sorts as its name with a slash, which is the order of whole paths
    for name, is_folder in sorted(entries, key=lambda each: os.fsencode(each[0] + "/" * each[1])):
        path = folder / name
        if is_folder:
            yield from _local_files(path, f"{prefix}{name}/", images_uri)
        else:
            place = str(path) if images_uri is None else f"{images_uri.rstrip('/')}/{prefix}{name}"
            yield SourceFile(prefix + name, place, path.stat().st_size if path.is_file() else 0)
