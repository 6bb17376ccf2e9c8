"""Unpacking of valid, damaged, malicious and oversized archives."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from helpers.hosting import archive
from trigpoint.core.archive import ArchiveLimits, unpack
from trigpoint.core.errors import Invalid

MIB = 1024 * 1024


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.type = kind
        member.linkname = target
        tar.addfile(member)
    return out.getvalue()


def test_files_and_folders_are_unpacked(tmp_path: Path) -> None:
    unpack(io.BytesIO(archive({"./a.json": b"1", "code/b.py": b"2"})), tmp_path)
    assert (tmp_path / "a.json").read_bytes() == b"1"
    assert (tmp_path / "code" / "b.py").read_bytes() == b"2"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be read"),
        (b"PK\x03\x04 a zip", "cannot be read"),
        (archive({"a": b"x" * 5000})[:-40], "cannot be read"),
        (archive({"/etc/passwd": b"x"}), "outside"),
        (archive({"a/../../b": b"x"}), "outside"),
        (archive({"a": b"", "a/b": b""}), r"a member cannot be written \(Not a directory\)|File exists"),
        (archive({"x" * 300: b""}), r"a member cannot be written \(File name too long\)"),
        (link("a", "/etc/passwd"), "links are not followed"),
        (link("a", "b", tarfile.LNKTYPE), "links are not followed"),
        (link("a", "", tarfile.FIFOTYPE), "neither a file nor a folder"),
    ],
    ids=[
        "empty",
        "zip",
        "cut",
        "absolute",
        "climbing",
        "file-and-folder",
        "long-name",
        "symlink",
        "hard-link",
        "fifo",
    ],
)
def test_an_archive_that_is_damaged_or_leads_outside_the_folder_is_refused(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    with pytest.raises(Invalid, match=reason):
        unpack(io.BytesIO(data), folder)
    assert {path.name for path in tmp_path.iterdir()} == {"model"}


def of_zeros(size_bytes: int) -> bytes:
    """An archive whose only file has that many zeros: it is a thousandth of that size."""
    return archive({"weights": bytes(size_bytes)})


def with_long_header(size_bytes: int) -> bytes:
    """An archive whose extended header claims and has that many bytes."""
    header = tarfile.TarInfo("././@PaxHeader")
    header.type = tarfile.XHDTYPE
    header.size = size_bytes
    return gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + bytes(size_bytes), 1)


def sparse(size_bytes: int) -> bytes:
    """An archive with a file of which only the size is stored."""
    member = tarfile.TarInfo("hole")
    member.type = tarfile.GNUTYPE_SPARSE
    block = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    block[483:495] = f"{size_bytes:011o}\0".encode()  # the real size
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return gzip.compress(bytes(block) + bytes(1024))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (of_zeros(3 * MIB), "unpacks to more than 2097152 bytes; THE_SETTING raises the limit"),
        (archive({f"part-{number}": bytes(MIB) for number in range(3)}), "unpacks to more than"),
        (sparse(1 << 32), "unpacks to more than"),
        (archive({f"{number}": b"" for number in range(11)}), "more than 10 members"),
        (with_long_header(40 * MIB), "more than 1 MB"),
        (archive({"a": b"x"}) + gzip.compress(bytes(40 * MIB)), "more than 1 MB"),
    ],
    ids=["zeros", "sum", "sparse", "members", "header", "tail"],
)
def test_an_archive_that_is_larger_than_allowed_is_refused_before_it_is_written(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    limits = ArchiveLimits(max_bytes=2 * MIB, max_members=10, setting="THE_SETTING")
    tracemalloc.start()
    with pytest.raises(Invalid, match=reason):
        unpack(io.BytesIO(data), tmp_path, limits)
    assert tracemalloc.get_traced_memory()[1] < 20 * MIB
    tracemalloc.stop()
    assert sum(path.stat().st_size for path in tmp_path.rglob("*")) <= 2 * MIB


def test_members_can_be_left_out_and_renamed(tmp_path: Path) -> None:
    def place(member: tarfile.TarInfo) -> str | None:
        return "b" if member.name == "code/b" else None

    data = archive({"../a": b"1", "code/b": b"2", "c": bytes(5000)})
    assert unpack(io.BytesIO(data), tmp_path, place=place) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
