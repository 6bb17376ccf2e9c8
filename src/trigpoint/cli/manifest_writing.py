"""How the commands of `trigpoint manifest` and `trigpoint convert` write manifests, and options that they share."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from trigpoint.core.errors import Invalid

if TYPE_CHECKING:
    from trigpoint.datasets.places import Places

seed_option = click.option(
    "--seed", type=int, default=0, show_default=True, help="The same seed gives the same choice."
)
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write [default: standard output]."
)


class aside:  # noqa: N801  # used like a function
    """A temporary file that replaces the target when everything succeeded."""

    def __init__(self, target: Path) -> None:
        self._target, self._part = target, target.with_name(target.name + ".part")

    def __enter__(self) -> BinaryIO:
        self._file = self._part.open("wb")
        return self._file

    def __exit__(self, kind: object, *_error: object) -> None:
        self._file.close()
        if kind is None:
            self._part.replace(self._target)
        else:
            self._part.unlink()


def put_lines(lines: Iterator[bytes], output: Path | None, sources: Iterable[str] = ()) -> None:
    """Writes lines to the file, under a temporary name first, or to standard output; a source may be the target."""
    if output is None:
        try:
            for line in lines:
                sys.stdout.buffer.write(line)
            sys.stdout.flush()
        except BrokenPipeError:  # the reader has seen enough, like head
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    if output.is_dir():
        raise Invalid(f"{output} is a folder; -o needs the name of a file")
    output.parent.mkdir(parents=True, exist_ok=True)
    with aside(output) as file:
        file.writelines(lines)


@contextmanager
def written_place(place: str, places: Places) -> Iterator[BinaryIO]:
    """A file whose content replaces the local file or the object when everything succeeded."""
    from trigpoint.datasets.places import is_s3

    if is_s3(place):
        with tempfile.NamedTemporaryFile(suffix=".manifest") as file:
            yield file  # type: ignore[misc]  # a binary file in all but its name
            file.flush()
            places.put(place, Path(file.name), "application/json")
        return
    path = Path(place)
    if path.is_dir():
        raise Invalid(f"{place} is a folder; the name of a file is needed")
    path.parent.mkdir(parents=True, exist_ok=True)
    with aside(path) as local:
        yield local
