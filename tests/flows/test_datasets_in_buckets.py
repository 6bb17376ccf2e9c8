"""Manifests and images in the object store: the commands convert, upload, check and pack them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from PIL import Image

from helpers.labeled_sets import a_set, read_lines, trigpoint
from helpers.server_process import ServerProcess, env_of
from trigpoint.datasets.voc import write_voc


@pytest.fixture(scope="module")
def bucket_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path_factory.mktemp("buckets") / "data").start()
    yield process
    process.stop()


@pytest.fixture
def s3(bucket_server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in env_of(bucket_server.data_dir).items():
        monkeypatch.setenv(name, value)
    client = boto3.Session().client("s3")
    client.create_bucket(Bucket="pets")
    return client


def test_a_set_goes_into_a_bucket_and_is_checked_there(s3: Any, tmp_path: Path) -> None:
    list(write_voc(a_set(tmp_path / "images").images, tmp_path / "set"))
    manifest = tmp_path / "m.manifest"
    converted = trigpoint(
        "convert", "voc", tmp_path / "set", "--images", tmp_path / "images",
        "--images-uri", "s3://pets/im", "--upload", "-o", manifest,
    )  # fmt: skip
    assert converted.exit_code == 0, converted.stderr
    assert "3 images copied to s3://pets/im" in converted.stderr
    assert s3.head_object(Bucket="pets", Key="im/a.jpg")["ContentType"] == "image/jpeg"
    s3.upload_file(str(manifest), "pets", "m/m.manifest")
    place = "s3://pets/m/m.manifest"

    good = trigpoint("manifest", "validate", place, "--decode")
    assert (good.exit_code, good.stderr) == (0, "")
    assert "objects: 3 checked" in good.stdout

    drawn = io.BytesIO()
    Image.new("RGB", (600, 400)).save(drawn, "PNG")
    s3.delete_object(Bucket="pets", Key="im/a.jpg")
    s3.put_object(Bucket="pets", Key="im/b.jpg", Body=b"hello")
    s3.put_object(Bucket="pets", Key="im/c.jpg", Body=drawn.getvalue()[:600])
    bad = trigpoint("manifest", "validate", place, "--decode", "--json")
    assert bad.exit_code == 1
    problems = {each["line"]: each["why"] for each in json.loads(bad.stdout)["problems"]}
    assert "s3://pets/im/a.jpg" in problems[1]
    assert problems[2] == "s3://pets/im/b.jpg is not an image"
    assert problems[3].startswith("s3://pets/im/c.jpg is a broken image")

    packed = trigpoint("recordio", "pack", place, tmp_path / "m.rec", "--skip-bad")
    assert "3 entries skipped" in packed.stderr
    sampled = trigpoint("manifest", "sample", place, "-n", "3", "-o", tmp_path / "s")
    assert sampled.exit_code == 0
    assert read_lines(tmp_path / "s") == read_lines(manifest)


def test_an_object_that_is_no_manifest_is_reported_on_one_line(s3: Any) -> None:
    s3.put_object(Bucket="pets", Key="im/a.jpg", Body=b"x")
    for place, said in (
        ("s3://pets/im", "s3://pets/im is a prefix with objects below it; the URI of one object is needed"),
        ("s3://pets/none", "s3://pets/none"),
        ("s3://none/x", "NoSuchBucket"),
    ):
        result = trigpoint("manifest", "validate", place)
        assert result.exit_code == 2
        assert said in result.stderr
        assert result.stderr.count("\n") == 1
