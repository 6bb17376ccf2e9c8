"""What the credentials of a training job reach, from its request."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime
from typing import Any

from trigpoint.compute.group import new_group
from trigpoint.records.manifest.named_folders import named_folders
from trigpoint.training.model import Channel, Checkpoints, TrainingJob, TrainingSpec
from trigpoint.training.scope import scope_of
from trigpoint.wire.scope import few_folders

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def job(*channels: Channel, **more: Any) -> TrainingJob:
    values: dict[str, Any] = {
        "algorithm": "object-detection",
        "channels": channels,
        "hyperparameters": {},
        "environment": {},
        "output_uri": "s3://out/models",
        "compress_output": True,
        "instance_type": "ml.m5.large",
        "max_runtime_s": 60,
        **more,
    }
    spec = TrainingSpec(**values)
    return TrainingJob("1", "mine", "arn", spec, {}, 1, "InProgress", "Starting", (), NOW, NOW, new_group(1))


def test_channels_can_be_read_and_the_output_and_the_checkpoints_can_be_written() -> None:
    scope = scope_of(
        job(
            Channel("a", "S3Prefix", "s3://data/train", "File"),
            Channel("b", "AugmentedManifestFile", "s3://data/lists/m.json", "Pipe", ("source-ref",)),
            checkpoints=Checkpoints("s3://ck/mine"),
            named_folders=("s3://images/cats/",),
        )
    )
    assert scope.may_read("data", "train/1.jpg") and scope.may_list("data", "train/")
    assert scope.may_read("data", "lists/m.json") and not scope.may_read("data", "lists/other.json")
    assert scope.may_read("images", "cats/1.jpg") and not scope.may_read("images", "dogs/1.jpg")
    assert not scope.may_write("data", "train/1.jpg") and not scope.may_list("data", "")
    assert scope.may_write("out", "models/mine/output/x") and scope.may_read("out", "models/mine/output/x")
    assert not scope.may_write("out", "models/mine2/output/x") and not scope.may_read("out", "models/other/x")
    assert scope.may_write("ck", "mine/1.pt") and not scope.may_write("ck", "mine2/1.pt")
    assert scope.may_see("ck") and not scope.may_see("secret")


def test_uris_in_hyperparameters_and_variables_are_named_by_the_request() -> None:
    given = {"sagemaker_submit_directory": '"s3://code/mine.tar.gz"', "index": "s3://extra/index"}
    scope = scope_of(job(hyperparameters=given, environment={"EXPORT": "s3://whole"}))
    assert scope.may_read("code", "mine.tar.gz") and not scope.may_write("code", "mine.tar.gz")
    assert scope.may_write("extra", "index") and scope.may_write("extra", "index/1")
    assert not scope.may_read("extra", "index2")
    assert scope.may_write("whole", "a") and scope.may_list("whole", "")


def test_folders_are_found_in_manifests_with_any_spelling() -> None:
    lines = [
        {"source-ref": "s3://b/caf\u00e9/1.jpg", "note": "see s3://not/this/one"},
        {"source-ref": "https://s3.amazonaws.com/b/x/2.jpg"},
    ]
    escaped = '{"source-ref": "s3:\\/\\/b\\/php\\/3.jpg"}'
    text = "\n".join([*map(json.dumps, lines), escaped]).encode()
    wanted = {"s3://b/caf\u00e9/", "https://s3.amazonaws.com/b/x/", "s3://b/php/"}
    assert named_folders(io.BytesIO(text)) == wanted
    assert named_folders(gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(text)))) == wanted  # type: ignore[arg-type]


def test_many_folders_become_the_folders_above_them() -> None:
    uris = [f"s3://b/{k % 3}/{k}/image.jpg" for k in range(300)]
    assert few_folders(uris, most=100) == ("s3://b/0/", "s3://b/1/", "s3://b/2/")
    assert few_folders(["s3://b/a/1", "s3://b/a/b/2", "s3://c/3"]) == ("s3://b/a/", "s3://c/")
    buckets = [f"s3://bucket-{k:03}/x" for k in range(120)]
    assert len(few_folders(buckets, most=100)) == 120
