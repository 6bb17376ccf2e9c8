"""Metric lines in the logs of training jobs are published exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from helpers.training import World, a_world, build_world
from trigpoint.compute.metrics import Series
from trigpoint.db import Database

LINES = """
for k in range(3):
    print(f"#quality_metric: host=algo-1, epoch={k}, validation mAP <score>=(0.{k})", flush=True)
    while not os.path.exists(f"{ml}/model/go-{k}"): time.sleep(0.01)
"""


@pytest.fixture
def world(tmp_path: Path, database: Database) -> Iterator[World]:
    with a_world(tmp_path, database) as world:
        yield world


def published(world: World) -> float:
    """The number of published values of the metric."""
    job = world.jobs.describe("job-1")
    series = Series.of("/aws/sagemaker/TrainingJobs", "validation:mAP", {"TrainingJobName": "job-1"})
    begin, end = job.created_at - timedelta(minutes=1), job.created_at + timedelta(hours=1)
    return sum(point.values.count for point in world.metrics.read(series, begin, end))


def test_repeated_reconciliation_publishes_each_metric_line_once(world: World) -> None:
    world.train_with(LINES)
    job = world.create()
    for k in range(3):
        world.advance_until(lambda _, k=k: published(world) > k)  # type: ignore[misc]
        for _ in range(3):
            world.jobs.reconcile(job.id)
        assert published(world) == k + 1
        (world.opt_ml() / "model" / f"go-{k}").touch()
    assert world.finish().status == "Completed"
    assert published(world) == 3


def test_two_servers_that_read_the_same_lines_publish_them_once(tmp_path: Path, world: World) -> None:
    world.train_with(LINES)
    world.create()
    world.advance_until(lambda job: job.launched_at is not None)
    seen = world.jobs.describe("job-1")
    while "validation mAP" not in world.log():
        assert world.runner.poll(seen.group.members[0].handle or "").phase == "running", world.log()
    other = build_world(tmp_path, world.database)
    assert world.jobs._follow(seen, {}) is not None
    assert other.jobs._follow(seen, {}) is None
    assert published(world) == 1


def test_a_log_that_is_longer_than_a_step_reads_is_read_to_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trigpoint.training.instances.LOG_STEP_BYTES", 60)
    world.train_with(LINES + 'print("the end", flush=True)')
    world.create()
    for k in range(3):
        world.advance_until(lambda job: job.launched_at is not None)
        (world.opt_ml() / "model" / f"go-{k}").touch()
    assert world.finish().status == "Completed"
    assert published(world) == 3
