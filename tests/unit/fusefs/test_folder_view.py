"""The tree of a FastFile channel without a mount: changed objects, failed reads, failed listings."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.fusefs import object_file
from trigpoint.fusefs.folder_view import FolderView
from trigpoint.fusefs.object_file import ReadLog
from trigpoint.fusefs.server import OpenFolder
from trigpoint.fusefs.tree import DirectoryEntry
from trigpoint.objects import ObjectStore
from trigpoint.remote import RemoteUnavailable


class FarStore(ObjectStore):
    """An object store that returns objects as streams; the first `breaks` reads fail."""

    breaks = 0
    opened = 0

    def open(self, bucket: str, key: str) -> BinaryIO:
        self.opened += 1
        store = self

        class Stream(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                if store.breaks:
                    store.breaks -= 1
                    raise RemoteUnavailable("s3://far/a: the store does not answer")
                return super().read(size)

        with super().open(bucket, key) as file:
            return Stream(file.read())


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    folder = tmp_path / "linked"
    folder.mkdir()
    (folder / "a").write_bytes(bytes(range(256)) * 4000)
    return folder


@pytest.fixture
def store(sqlite_database: Database, tmp_path: Path, linked: Path) -> FarStore:
    store = FarStore(sqlite_database, tmp_path / "objects", SystemClock())
    store.link_bucket("linked", linked)
    return store


def test_a_file_that_is_truncated_while_it_is_read_is_an_error(store: FarStore, linked: Path) -> None:
    lines: list[str] = []
    near = ObjectStore(store._database, linked.parent / "objects", SystemClock())
    view = FolderView(near, "linked", "", None, lines.append)
    entry = view.find(view.root, "a")
    assert entry is not None and entry.size_bytes == 1_024_000
    file = view.open(entry)
    assert file.read(255, 3) == b"\xff\x00\x01"
    assert file.read(1_023_999, 100) == b"\xff" and file.read(2_000_000, 100) == b""
    (linked / "a").write_bytes(b"short")
    with pytest.raises(OSError) as caught:
        file.read(0, 100)
    file.close()
    assert caught.value.errno == errno.ESTALE
    assert lines[0].startswith("'a' has 5 bytes, and had 1024000 when it was listed; ")


def test_a_failed_read_is_repeated_until_the_retries_are_used_up(
    store: FarStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_file, "RETRY_DELAYS_S", (0.0, 0.0))
    lines: list[str] = []
    view = FolderView(store, "linked", "", None, lines.append)
    entry = view.find(view.root, "a")
    assert entry is not None
    file = view.open(entry)
    store.breaks = 2
    assert file.read(256_010, 3) == b"\x0a\x0b\x0c"
    assert (store.opened, lines) == (3, [])
    store.breaks = 3
    with pytest.raises(OSError) as caught:
        file.read(0, 10)
    file.close()
    assert caught.value.errno == errno.EIO
    assert lines == ["'a': s3://far/a: the store does not answer"]
    assert view.read_log.read_bytes == 3


def test_at_most_twenty_errors_are_logged(store: FarStore) -> None:
    lines: list[str] = []
    view = FolderView(store, "linked", "", None, lines.append)
    for k in range(1000):
        with pytest.raises(OSError) as caught:
            view.open(DirectoryEntry(f"{k}", f"{k}", False, 1))
        assert caught.value.errno == errno.ENOENT
    assert len(lines) == ReadLog.MAX_COMPLAINTS == 20


def test_a_failed_listing_raises_its_error_again_when_reading_continues() -> None:
    def entries() -> Iterator[DirectoryEntry]:
        yield DirectoryEntry("a", "a", False)
        raise OSError(errno.EIO, "the store does not answer")

    folder = OpenFolder(entries())
    first = folder.at(0)
    assert first is not None and first.name == "a"
    for _ in range(2):
        with pytest.raises(OSError, match="does not answer"):
            folder.at(1)
