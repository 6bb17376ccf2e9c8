"""Archives: relative members, followed links, no pipes, and the same bytes for the same files."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from trigpoint.training.artifacts import files_below, write_archive


def archived(folder: Path) -> bytes:
    out = io.BytesIO()
    write_archive(files_below([folder], ""), out)
    return out.getvalue()


def test_members_are_relative_and_without_an_owner(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "w").write_bytes(b"weights")
    (tmp_path / "a").write_bytes(b"A")
    with tarfile.open(fileobj=io.BytesIO(archived(tmp_path)), mode="r:gz") as tar:
        assert [(m.name, m.uid, m.uname) for m in tar] == [("a", 0, ""), ("sub", 0, ""), ("sub/w", 0, "")]


def test_an_empty_folder_gives_a_valid_archive(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(archived(tmp_path)), mode="r:gz") as tar:
        assert tar.getmembers() == []


def test_links_are_followed_and_pipes_and_dangling_links_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"R")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dangling").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe")
    with tarfile.open(fileobj=io.BytesIO(archived(tmp_path)), mode="r:gz") as tar:
        assert {m.name: tar.extractfile(m).read() for m in tar} == {"link": b"R", "real": b"R"}  # type: ignore[union-attr]


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"A" * 1000)
    assert archived(tmp_path) == archived(tmp_path)


def test_links_that_lead_out_of_the_directory_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"S")
    opt_ml = tmp_path / "ml"
    (opt_ml / "model").mkdir(parents=True)
    (opt_ml / "model" / "best").write_bytes(b"B")
    (opt_ml / "output").mkdir()
    for name, target in {
        "key": "../../secret",
        "whole": str(tmp_path / "secret"),
        "above": str(tmp_path),
        "self": "self",
        "latest": "/opt/ml/model/best",
        "through": "above/secret",
    }.items():
        (opt_ml / "model" / name).symlink_to(target)
    (opt_ml / "output" / "data").symlink_to(tmp_path)
    found = {name: path.read_bytes() for path, name in files_below([opt_ml], "model")}
    assert found == {"best": b"B", "latest": b"B"}
    assert list(files_below([opt_ml], "output/data")) == []
