"""Data read through a job's pipes is reported in the job's log and published once as channel metrics."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from helpers.training import BUCKET, World, a_world, build_world, pipe_channel
from trigpoint.compute.metrics import Series
from trigpoint.db import Database

READS = """
for number in range(3):
    with pipe("train", number) as stream:
        while stream.read(100_000):
            time.sleep(0.01)
print("#quality_metric: host=algo-1, epoch=0, validation mAP <score>=(0.5)", flush=True)
model("m", "")
"""
NAMESPACE = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def world(tmp_path: Path, database: Database) -> Iterator[World]:
    with a_world(tmp_path, database) as world:
        yield world


def channel_lines(world: World) -> list[str]:
    return [line for line in world.log().splitlines() if line.startswith("channel ")]


def sum_of(world: World, name: str, unit: str, **dimensions: str) -> tuple[float, float]:
    """The number of values of a metric, and their sum."""
    job = world.jobs.describe("job-1")
    series = Series.of(NAMESPACE, name, {"TrainingJobName": "job-1", **dimensions}, unit)
    points = world.metrics.read(
        series, job.created_at - timedelta(minutes=1), job.created_at + timedelta(hours=1)
    )
    return sum(point.values.count for point in points), sum(point.values.sum for point in points)


def test_a_short_job_logs_channel_figures_and_publishes_them_once(tmp_path: Path, world: World) -> None:
    world.train_with(READS)
    world.create(
        "job-1",
        pipe_channel(world.put_manifest(40, size_bytes=100_000)),
        pipe_channel(f"s3://{BUCKET}/train.manifest", "unread"),
    )
    job = build_world(tmp_path, world.database).finish()  # a second server on the same database
    assert job.status == "Completed", world.log()
    [line] = channel_lines(world)
    assert line.startswith("channel train: epochs 0 to 2 complete (120 records, 12.0 MB)"), line
    # on a busy machine the data may arrive slowly
    assert line.endswith((" s for the algorithm (bound by the algorithm)", "(bound by both in turn)")), line
    waited_s = float(line.split("data waited ")[1].split()[0])
    assert waited_s > 0.3, line
    assert sum_of(world, "DataWaitTime", "Seconds", Channel="train") == (1, waited_s)
    count, rate = sum_of(world, "RecordsPerSecond", "Count/Second", Channel="train")
    assert count == 1 and 1 < rate < 1000
    assert [(metric.name, metric.value) for metric in job.metrics] == [("validation:mAP", 0.5)]
    assert sum_of(world, "validation:mAP", "None") == (1, 0.5)
    assert sum_of(world, "DataWaitTime", "Seconds") == (0, 0), "a job's own metrics are its algorithm's"


def test_a_stopped_job_reports_the_data_it_read(world: World) -> None:
    world.train_with("""
with pipe("train", 0) as stream:
    stream.read(3_000_000)
    print("reading", flush=True)
    time.sleep(60)
""")
    world.create("job-1", pipe_channel(world.put_manifest(40, size_bytes=300_000)))
    world.advance_until(lambda job: "reading" in (world.log() if job.launched_at else ""))
    time.sleep(0.2)
    world.jobs.stop("job-1")
    assert world.finish().status == "Stopped"
    [line] = channel_lines(world)
    assert line.startswith("channel train: epoch 0 closed early by the reader ("), line
