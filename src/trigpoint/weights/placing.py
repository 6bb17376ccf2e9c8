"""New files in the weights folder: written under a hidden name, and renamed when they are whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def new_file(folder: Path, suffix: str) -> Iterator[tuple[Path, BinaryIO]]:
    """A file under a hidden name in the folder, which is removed at the end unless it was put in place."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".new-", suffix=suffix)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield path, file
    finally:
        path.unlink(missing_ok=True)


def put(path: Path, final: Path) -> None:
    """Gives a whole file its name, and makes it the newest of the folder."""
    path.chmod(0o644)  # the server may be another user
    path.replace(final)
    final.touch()
