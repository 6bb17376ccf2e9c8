"""Files moved into place, with durable names; never through a symlink."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType

from trigpoint.objects.files import open_folder

_MAX_RACES = 20


class Clash(Exception):
    """A folder is in the way of a file, or a file in the way of a folder."""


def install(source: Path, root: Path, relative: str, undo: Path | None) -> None:
    """Moves `source` to `root/relative`, durably; a file that was there stays reachable as `undo`, if given.

    Raises: Clash: a folder is in the way, or a file where a folder is needed.
    """
    with Placing() as placing:
        placing.move(source, root, relative, undo)
        placing.sync()


class Placing:
    """Moves files into place, then makes all their names durable with one sync of each folder."""

    def __init__(self) -> None:
        self._folders: dict[tuple[int, int], int] = {}  # descriptors by device and inode

    def __enter__(self) -> Placing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in self._folders.values():
            os.close(descriptor)

    def move(self, source: Path, root: Path, relative: str, undo: Path | None) -> None:
        """As `install`, but durable only after `sync`."""
        for _ in range(_MAX_RACES):
            try:
                self._move(source, root, relative, undo)
            except FileNotFoundError:
                # A concurrent delete may remove a folder that has become empty, a new one too.
                with contextlib.suppress(FileNotFoundError):
                    make_parents(root, relative)
            else:
                return
        raise OSError(
            errno.EAGAIN,
            "the folder was removed again and again while a file was written into it",
            str(root / relative),
        )

    def sync(self) -> None:
        """Returns when the names are durable."""
        for sync in self.syncs():
            sync()

    def syncs(self) -> Sequence[Callable[[], None]]:
        """What makes the names durable: one call per folder, for callers that do several at a time."""
        return [partial(os.fsync, descriptor) for descriptor in self._folders.values()]

    def _move(self, source: Path, root: Path, relative: str, undo: Path | None) -> None:
        parent, _, name = relative.rpartition("/")
        try:
            folder = self._kept(open_folder(root, parent))
            if undo is not None:
                keep_aside(root / relative, undo)
            os.replace(source, name, dst_dir_fd=folder)
        except OSError as problem:
            if problem.errno in (errno.EISDIR, errno.ENOTDIR, errno.ELOOP):
                raise Clash(str(root / relative)) from None
            raise

    def _kept(self, folder: int) -> int:
        """The descriptor of this folder that stays open until the end."""
        status = os.fstat(folder)
        kept = self._folders.setdefault((status.st_dev, status.st_ino), folder)
        if kept != folder:
            os.close(folder)
        return kept


def keep_aside(target: Path, undo: Path) -> None:
    """Gives the file at `target`, if any, a second name `undo`.

    On a file system without hard links nothing is kept: a crash in the moment of commit then shows the new
    bytes under the old attributes.
    """
    with contextlib.suppress(OSError):
        try:
            os.link(target, undo, follow_symlinks=False)
        except FileExistsError:
            undo.unlink()
            os.link(target, undo, follow_symlinks=False)
        except FileNotFoundError:
            undo.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.link(target, undo, follow_symlinks=False)


def move_aside(target: Path, undo: Path) -> None:
    """Renames the file at `target`, if any, to `undo`."""
    undo.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not target.is_dir():
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            target.replace(undo)


def make_parents(root: Path, relative: str, sync: Callable[[Path], object] | None = None) -> None:
    """Creates the folders above `root/relative`, durably.

    With `sync`, which is called with each folder that got a new name in it, the caller makes them durable.
    Raises: Clash: something that is no folder (a file, a symlink) is in the way.
    """
    make_root(root)
    folder = root
    for segment in relative.split("/")[:-1]:
        parent, folder = folder, folder / segment
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            if not stat.S_ISDIR(folder.lstat().st_mode):
                raise Clash(str(folder)) from None
        else:
            (sync or sync_folder)(parent)


def make_root(root: Path) -> None:
    """Creates the folder of a bucket and those above it, durably, if they do not exist."""
    if root.is_dir():
        return
    make_root(root.parent)
    with contextlib.suppress(FileExistsError):
        root.mkdir(mode=0o700)
    sync_folder(root.parent)


def remove_empty_parents(root: Path, relative: str) -> None:
    """Removes the folders above `root/relative` that have become empty, up to `root`."""
    folder = (root / relative).parent
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
