"""Channels: the paths of files, the records of a source, and the explanations of its errors."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.streaming import Listed, manifest, opener
from trigpoint.core.errors import Invalid
from trigpoint.records.recordio import read_records
from trigpoint.streaming.wrap import read_all
from trigpoint.training.channels import DataError, PipeSource
from trigpoint.training.download import download
from trigpoint.training.download_plan import relative_path
from trigpoint.training.model import Channel


class Bucket:
    """Objects of the bucket b."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = {f"s3://b/{key}": data for key, data in objects.items()}

    def put(self, key: str, data: bytes) -> None:
        self.objects[f"s3://b/{key}"] = data

    def list(self, prefix: str) -> Iterable[Listed]:
        return [
            Listed("b", uri[len("s3://b/") :], len(data))
            for uri, data in sorted(self.objects.items())
            if uri.startswith(prefix)
        ]

    def source(self, channel: Channel, **more: int) -> PipeSource:
        return PipeSource(channel, opener(self.objects), self.list, **more)

    def download(self, channel: Channel, folder: Path) -> dict[str, bytes]:
        download(channel, folder, opener(self.objects), self.list)
        files = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("key", "prefix", "path"),
    [
        ("p/train/x/1.jpg", "p/train", "x/1.jpg"),
        ("p/train/x/1.jpg", "p/train/", "x/1.jpg"),
        ("p/train/1.jpg", "p/tr", "train/1.jpg"),
        ("p/train/1.jpg", "p/train/1.jpg", "1.jpg"),
        ("p/train/1.jpg", "", "p/train/1.jpg"),
        ("1.jpg", "1.jpg", "1.jpg"),
        ("p//x.jpg", "p/", "x.jpg"),
    ],
)
def test_the_path_of_a_file_is_its_key_relative_to_the_prefix(key: str, prefix: str, path: str) -> None:
    assert relative_path(f"s3://b/{key}", f"s3://b/{prefix}") == path


@pytest.mark.parametrize("key", ["p/../../etc/passwd", "p/..", "p/folder/"])
def test_a_key_that_leads_outside_the_folder_is_refused(key: str) -> None:
    with pytest.raises(Invalid, match="does not name a file below the channel's folder"):
        relative_path(f"s3://b/{key}", "s3://b/p/")


def test_a_prefix_is_downloaded_without_the_folder_objects_of_consoles(tmp_path: Path) -> None:
    bucket = Bucket()
    bucket.put("p/", b"")
    bucket.put("p/a/1", b"one")
    bucket.put("p/2", b"")
    assert bucket.download(Channel("c", "S3Prefix", "s3://b/p/", "File"), tmp_path) == {
        "a/1": b"one",
        "2": b"",
    }


def test_a_manifest_file_is_downloaded_with_its_suffixes_as_paths(tmp_path: Path) -> None:
    bucket = Bucket(m=b'[{"prefix":"s3://b/im"},"gs/1","gs/2"]')
    bucket.put("imgs/1", b"one")
    bucket.put("imgs/2", b"two")
    found = bucket.download(Channel("c", "ManifestFile", "s3://b/m", "File"), tmp_path)
    assert found == {"imgs/1": b"one", "imgs/2": b"two"}


def test_the_error_of_a_download_names_object_and_channel(tmp_path: Path) -> None:
    bucket = Bucket(m=b'[{"prefix":"s3://b/"},"gone"]')
    with pytest.raises(DataError, match=r"no object s3://b/gone \(channel c, s3://b/m\)"):
        bucket.download(Channel("c", "ManifestFile", "s3://b/m", "File"), tmp_path)


def test_a_prefix_without_objects_is_an_error() -> None:
    channel = Channel("c", "S3Prefix", "s3://b/none/", "Pipe")
    with pytest.raises(DataError, match='No S3 objects found under S3 URL "s3://b/none/"'):
        Bucket().source(channel)


def augmented(**more: object) -> Channel:
    values = {"attributes": ("source-ref", "label"), "record_wrapper": "RecordIO", **more}
    return Channel("train", "AugmentedManifestFile", "s3://b/m", "Pipe", **values)  # type: ignore[arg-type]


def manifest_bucket(lines: int) -> Bucket:
    text, objects = manifest(lines)
    bucket = Bucket(m=text)
    bucket.objects |= objects
    return bucket


def records(source: PipeSource, epoch: int = 0) -> list[bytes]:
    return list(read_records(io.BytesIO(read_all(source.open_epoch(epoch)))))


def test_an_epoch_has_one_record_for_each_attribute() -> None:
    bucket = manifest_bucket(5)
    found = records(bucket.source(augmented()))
    assert found[1::2] == [f'{{"n": {k}}}'.encode() for k in range(5)]
    assert found[::2] == [bucket.objects[f"s3://data/{k}.jpg"] for k in range(5)]


def test_a_shuffled_channel_keeps_the_attributes_of_a_line_together() -> None:
    bucket = manifest_bucket(40)
    source = bucket.source(augmented(shuffle_seed=1))
    first, second = records(source, 0), records(source, 1)
    assert first != second
    assert sorted(first) == sorted(second)
    for image, label in zip(first[::2], first[1::2], strict=True):
        assert image == bucket.objects[f"s3://data/{json.loads(label)['n']}.jpg"]


def test_shards_of_a_channel_share_its_lines() -> None:
    bucket, channel = manifest_bucket(7), augmented(distribution="ShardedByS3Key", shuffle_seed=4)
    shards = [records(bucket.source(replace(channel, shard=(host, 3)))) for host in range(3)]
    assert sorted(record for shard in shards for record in shard) == sorted(
        records(bucket.source(augmented()))
    )
    assert [len(shard) // 2 for shard in shards] == [3, 2, 2]


def test_gzip_applies_to_manifest_and_objects() -> None:
    bucket = Bucket(m=gzip.compress(b'{"source-ref":"s3://b/1","label":2}\n'))
    bucket.put("1", gzip.compress(b"image"))
    assert records(bucket.source(augmented(compression="Gzip"))) == [b"image", b"2"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"source-ref":"s3://b/1"}', "has no attribute 'label'; it has 'source-ref'"),
        (
            '{"source-ref":1,"label":1}',
            "attribute 'source-ref' must be the URI of an object, like s3://bucket/key, not 1",
        ),
        ("oops", "not valid JSON at column 1: Expecting value"),
        (
            '{"label":1,"source-ref":"s3://b/gone"}',
            "attribute 'source-ref': cannot read s3://b/gone: no object s3://b/gone",
        ),
    ],
)
def test_an_error_is_explained_with_file_line_attribute_and_cause(line: str, why: str) -> None:
    bucket = Bucket(m=b'{"source-ref":"s3://b/1","label":1}\n' + line.encode())
    bucket.put("1", b"image")
    source = bucket.source(augmented())
    with pytest.raises(Invalid) as failure:
        records(source)
    assert source.explain(failure.value).message == (
        f"Unable to parse augmented manifest line 2: {why} (manifest s3://b/m, channel train)"
    )


def test_a_missing_object_of_a_prefix_is_explained_without_a_line() -> None:
    bucket = Bucket(a=b"1")
    source = bucket.source(Channel("c", "S3Prefix", "s3://b/a", "Pipe"))
    del bucket.objects["s3://b/a"]
    with pytest.raises(Invalid) as failure:
        read_all(source.open_epoch(0))
    assert (
        source.explain(failure.value).message
        == "cannot read s3://b/a: no object s3://b/a (channel c, s3://b/a)"
    )


def test_a_manifest_with_two_names_of_one_class_id_fails_the_channel_at_its_start() -> None:
    lines = [
        {"source-ref": f"s3://b/{name}", "box": {}, "box-metadata": {"class-map": {"0": name}}}
        for name in ("cat", "dog")
    ]
    bucket = Bucket(manifest="".join(json.dumps(line) + "\n" for line in lines).encode())
    channel = Channel("train", "AugmentedManifestFile", "s3://b/manifest", "Pipe", ("source-ref", "box"))
    both = r"class id 0 has two names: 0 is 'cat' \(line 1\), 0 is 'dog' \(line 2\).*\(channel train, s3://b/manifest\)"
    with pytest.raises(DataError, match=both):
        bucket.source(channel)
