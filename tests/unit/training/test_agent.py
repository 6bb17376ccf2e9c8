"""The agent of a job's channels: the first data arrive before the rest is read, for every kind of channel."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest

from helpers.streaming import opener
from trigpoint.training.agent import DataAgent
from trigpoint.training.model import Channel

LINES, OBJECTS = 200_000, 20_000


@dataclass(frozen=True)
class Listed:
    """An object in a listing."""

    bucket: str
    key: str
    size_bytes: int


@dataclass(frozen=True)
class Served:
    """The folder with the pipes of a long shuffled manifest and of a prefix of many objects.

    `opened` has the URI of an object for each time that it was opened.
    """

    folder: Path
    opened: list[str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("data")
    objects = {f"s3://b/img/{k:05}": b"%05d" % k for k in range(OBJECTS)}
    lines = (json.dumps({"source-ref": f"s3://b/img/{k % OBJECTS:05}", "label": k}) for k in range(LINES))
    objects["s3://b/train.manifest"] = "\n".join(lines).encode()
    attributes = ("source-ref", "label")
    channels = [
        Channel(
            "train", "AugmentedManifestFile", "s3://b/train.manifest", "Pipe", attributes, shuffle_seed=7
        ),
        Channel("all", "S3Prefix", "s3://b/img/", "Pipe"),
    ]
    listed = [Listed("b", f"img/{k:05}", 5) for k in range(OBJECTS)]
    failures: list[Exception] = []
    logged: list[str] = []
    opened: list[str] = []
    open_object = opener(objects)

    def counted(uri: str) -> BinaryIO:
        opened.append(uri)
        return open_object(uri)

    agent = DataAgent(
        channels, folder, counted, lambda uri: listed, folder, failures.append, write_line=logged.append
    )
    agent.prepare()
    yield Served(folder, opened)
    agent.stop()
    assert failures == []
    assert [line.split(" (")[0].split(";")[0] for line in logged] == [
        "channel train: epoch 0 closed early by the reader",
        "channel all: epoch 0 complete",
    ]


def test_the_first_byte_of_a_long_shuffled_manifest_needs_few_of_its_objects(served: Served) -> None:
    before = len(served.opened)
    with (served.folder / "train_0").open("rb", buffering=0) as stream:
        assert len(stream.read(1)) == 1
        assert 0 < len(served.opened) - before < LINES // 4


def test_the_first_byte_of_a_prefix_of_many_objects_needs_few_of_its_objects(served: Served) -> None:
    before = len(served.opened)
    with (served.folder / "all_0").open("rb", buffering=0) as stream:
        assert stream.read(1) == b"0"
        assert 0 < len(served.opened) - before < OBJECTS
        rest = b"0"
        while piece := stream.read(1 << 20):
            rest += piece
    assert rest == b"".join(b"%05d" % k for k in range(OBJECTS))


def test_a_channel_is_reported_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trigpoint.training.channel_metrics.LINE_S", 0.3)  # a minute is too long for a test
    monkeypatch.setattr("trigpoint.training.agent.REPORT_CHECK_S", 0.02)
    objects = {f"s3://b/{k}": bytes(100_000) for k in range(40)}
    channels = [
        Channel("train", "S3Prefix", "s3://b/", "Pipe"),
        Channel("unread", "S3Prefix", "s3://b/", "Pipe"),
    ]
    listed = [Listed("b", str(k), 100_000) for k in range(40)]
    logged: list[str] = []
    agent = DataAgent(
        channels,
        tmp_path,
        opener(objects),
        lambda uri: listed,
        tmp_path,
        pytest.fail,
        write_line=logged.append,
    )
    agent.prepare()
    with (tmp_path / "train_0").open("rb", buffering=0) as stream:
        end = time.monotonic() + 20
        while len(logged) < 2:
            assert time.monotonic() < end, logged
            stream.read(1)
            time.sleep(0.01)
    agent.stop()
    assert all(line.startswith("channel train: epoch 0; the algorithm waited 0.") for line in logged[:2]), (
        logged
    )
    assert logged[-1].startswith("channel train: in all 0 whole epochs and 1 in part"), logged
