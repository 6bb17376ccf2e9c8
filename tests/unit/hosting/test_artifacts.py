"""Unpacking of valid, damaged and malicious model archives."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from helpers.hosting import archive
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.hosting.artifacts import fetch_model, unpack
from trigpoint.hosting.records import ContainerDefinition
from trigpoint.objects import ObjectStore


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
        (archive({}), "has no files"),
        (archive({"/etc/passwd": b"x"}), "outside"),
        (archive({"a/../../b": b"x"}), "outside"),
        (link("a", "/etc/passwd"), "links are not followed"),
        (link("a", "b", tarfile.LNKTYPE), "links are not followed"),
        (link("a", "", tarfile.FIFOTYPE), "neither a file nor a folder"),
    ],
    ids=["empty", "zip", "cut", "no-file", "absolute", "climbing", "symlink", "hard-link", "fifo"],
)
def test_an_archive_that_is_damaged_or_leads_outside_the_folder_is_refused(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    with pytest.raises(Invalid, match=reason):
        unpack(io.BytesIO(data), folder)
    assert {path.name for path in tmp_path.iterdir()} == {"model"}


def test_a_failed_fetch_leaves_no_files_that_look_like_a_model(
    sqlite_database: Database, tmp_path: Path
) -> None:
    objects = ObjectStore(sqlite_database, tmp_path / "objects", SystemClock())
    objects.create_bucket("models")
    container = ContainerDefinition("object-detection", "s3://models/m.tar.gz")
    folder = tmp_path / "instance" / "model"
    objects.write_uri("s3://models/m.tar.gz", archive({"a": b"1" * 5000})[:-9])
    with pytest.raises(Invalid, match="Failed to extract model data archive"):
        fetch_model(objects, container, folder)
    assert not folder.exists()
    objects.write_uri("s3://models/m.tar.gz", archive({"a": b"1"}))
    fetch_model(objects, container, folder)
    assert (folder / "a").read_bytes() == b"1"
    objects.delete("models", "m.tar.gz")
    fetch_model(objects, container, folder)


def test_a_prefix_is_copied_without_change(sqlite_database: Database, tmp_path: Path) -> None:
    objects = ObjectStore(sqlite_database, tmp_path / "objects", SystemClock())
    objects.create_bucket("models")
    for key in ("m/a", "m/sub/b", "mother/c"):
        objects.write_uri(f"s3://models/{key}", key.encode())
    fetch_model(
        objects,
        ContainerDefinition("object-detection", "s3://models/m", data_is_prefix=True),
        tmp_path / "model",
    )
    found = sorted(str(path.relative_to(tmp_path / "model")) for path in (tmp_path / "model").rglob("*"))
    assert found == ["a", "sub", "sub/b"]
    with pytest.raises(Invalid, match="there is no object under this prefix"):
        empty = ContainerDefinition("object-detection", "s3://models/none", data_is_prefix=True)
        fetch_model(objects, empty, tmp_path / "other")
