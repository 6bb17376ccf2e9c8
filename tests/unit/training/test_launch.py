"""What an instance finds when it starts: its host, its group, its shard of each channel, and where the others are."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from trigpoint.core.errors import LimitExceeded
from trigpoint.training import launch, rendezvous
from trigpoint.training.model import Channel, InstanceGroup, TrainingSpec


def spec(*channels: Channel, **more: object) -> TrainingSpec:
    values = {"instance_type": "ml.m5.large", "instance_count": 1, **more}
    return TrainingSpec("object-detection", channels, {}, {}, "s3://b/out", True, max_runtime_s=1, **values)  # type: ignore[arg-type]


def channel(name: str, distribution: str = "FullyReplicated", *groups: str) -> Channel:
    return Channel(name, "S3Prefix", "s3://b/p/", "File", distribution=distribution, instance_groups=groups)


def test_shards_follow_the_sorted_names_of_the_hosts() -> None:
    wanted = spec(channel("train", "ShardedByS3Key"), channel("validation"), instance_count=10)
    shards = {
        host: [each.shard for each in launch.channels_of(wanted, host)]
        for host in ("algo-1", "algo-2", "algo-10")
    }
    assert shards == {"algo-1": [(0, 10), (0, 1)], "algo-10": [(1, 10), (0, 1)], "algo-2": [(2, 10), (0, 1)]}


def test_a_channel_reaches_only_its_groups_of_instances() -> None:
    groups = (InstanceGroup("data", "ml.c5.xlarge", 1), InstanceGroup("gpu", "ml.p3.2xlarge", 2))
    wanted = spec(
        channel("raw", "FullyReplicated", "data"),
        channel("train", "ShardedByS3Key", "gpu"),
        instance_groups=groups,
    )
    names = {
        host: [(each.name, each.shard) for each in launch.channels_of(wanted, host)]
        for host in ("algo-1", "algo-2", "algo-3")
    }
    assert names == {
        "algo-1": [("raw", (0, 1))],
        "algo-2": [("train", (0, 2))],
        "algo-3": [("train", (1, 2))],
    }


def test_instances_of_one_job_share_a_port_and_the_cores(tmp_path: Path) -> None:
    assert rendezvous.environment(tmp_path, 2) == {}  # of an earlier version
    rendezvous.choose(tmp_path)
    found = rendezvous.environment(tmp_path, 10_000)
    assert found == rendezvous.environment(tmp_path, 10_000)
    assert found["MASTER_ADDR"] == "127.0.0.1" and int(found["MASTER_PORT"]) in rendezvous.PORTS
    assert found["OMP_NUM_THREADS"] == "1"
    assert "OMP_NUM_THREADS" not in rendezvous.environment(tmp_path, 1)


def test_a_port_that_is_in_use_is_not_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setattr(rendezvous, "PORTS", [taken.getsockname()[1]] * 100)
        with pytest.raises(LimitExceeded, match="none of 100 ports"):
            rendezvous.choose(tmp_path)
