"""Checks that the data directory can be used right now: free space, and the folder of the objects."""

from __future__ import annotations

import os
import tempfile

from trigpoint.core.errors import OutOfSpace, Unavailable
from trigpoint.settings import Settings

LEAST_FREE_BYTES = 10_000_000
LEAST_FREE_FILES = 100


def check_space(settings: Settings) -> None:
    """Raises OutOfSpace: the disk of the data directory is full or almost full."""
    found = os.statvfs(settings.data_dir)
    free_bytes = found.f_bavail * found.f_frsize
    if free_bytes < LEAST_FREE_BYTES:
        raise OutOfSpace(
            f"the server's disk is almost full ({free_bytes / 1e6:.1f} MB are free); free some space"
        )
    if found.f_files and found.f_favail < LEAST_FREE_FILES:
        raise OutOfSpace("the server's disk can hold almost no more files; remove some files")


def check_objects(settings: Settings) -> None:
    """Writes a file without a name next to the buckets, durably.

    Raises: Unavailable: the folder is gone or cannot be written to. OSError: the disk refuses the write.
    """
    try:
        with tempfile.TemporaryFile(dir=settings.objects_dir) as probe:
            probe.write(b"trigpoint")
            probe.flush()
            os.fsync(probe.fileno())
    except (FileNotFoundError, NotADirectoryError):
        raise Unavailable("the folder of the objects is gone; mount or restore it") from None
    except PermissionError:
        raise Unavailable(
            "the folder of the objects cannot be written to by the server; allow its user to do so"
        ) from None
