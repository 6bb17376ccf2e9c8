"""Unpacking of valid, damaged and malicious model archives."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.hosting import archive
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.hosting.artifacts import fetch_model
from trigpoint.hosting.records import ContainerDefinition
from trigpoint.objects import ObjectStore


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
    assert list(folder.parent.iterdir()) == []
    objects.write_uri("s3://models/m.tar.gz", archive({}))
    with pytest.raises(Invalid, match="has no files"):
        fetch_model(objects, container, folder)
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
