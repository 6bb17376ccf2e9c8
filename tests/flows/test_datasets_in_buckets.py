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


def test_files_under_a_prefix_become_an_input_manifest(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """More files than one page of a listing has, in the order of S3."""
    monkeypatch.setattr("trigpoint.datasets.places._KEYS_PER_PAGE", 10)
    for number in range(25):
        s3.put_object(Bucket="pets", Key=f"setup/{number}.jpg", Body=b"x")
    s3.put_object(Bucket="pets", Key="setup/", Body=b"")
    s3.put_object(Bucket="pets", Key="setup/.DS_Store", Body=b"x")
    for _ in range(2):
        made = trigpoint("manifest", "create", "s3://pets/setup", "--type", "image", "--sample", "96%")
        assert made.exit_code == 0, made.stderr
        assert "read 25 files, wrote 25 lines, left out" in made.stderr
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket="pets", Prefix="setup/dataset-")["Contents"]]
    place = f"s3://pets/{keys[0]}"
    lines = s3.get_object(Bucket="pets", Key=keys[0])["Body"].read().splitlines()
    assert len(lines) == 24 and lines == sorted(lines)
    chosen = trigpoint(
        "manifest", "select", place, "s3://pets/some.manifest",
        "--where", "select * from s3object[*] s where s.\"source-ref\" like '%/1_.jpg' limit 3",
    )  # fmt: skip
    assert chosen.exit_code == 0, chosen.stderr
    body = s3.get_object(Bucket="pets", Key="some.manifest")["Body"].read()
    assert all(json.loads(line)["source-ref"].startswith("s3://pets/setup/1") for line in body.splitlines())
    assert body.count(b"\n") == 3


def test_texts_under_a_prefix_are_read_through_the_store(s3: Any, tmp_path: Path) -> None:
    s3.put_object(Bucket="pets", Key="texts/a.csv", Body=b'id,text\n1,"one\ntwo"\n')
    out = tmp_path / "texts.manifest"
    made = trigpoint(
        "manifest", "create", "s3://pets/texts/", "--type", "csv", "--column", "text", "--out", out
    )  # fmt: skip
    assert made.exit_code == 0, made.stderr
    assert read_lines(out) == [{"source": "one\ntwo"}]
    for place, problem in (("s3://pets/none/", "has nothing"), ("s3://gone/x", "gone")):
        failed = trigpoint("manifest", "create", place, "--type", "csv", "--out", out)
        assert failed.exit_code == 2 and problem in failed.stderr
