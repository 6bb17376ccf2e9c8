"""Real trainings on several instances: a killed one fails the job with its reason, and all stop together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.algorithms.colours import LIGHT, coloured
from helpers.processes import processes_of
from helpers.training import World, a_world, pipe_channel
from trigpoint.db import Database
from trigpoint.training.launch import builtin_command
from trigpoint.training.model import TrainingJob


@pytest.fixture
def world(tmp_path: Path, sqlite_database: Database) -> Iterator[World]:
    with a_world(tmp_path, sqlite_database, builtin_command) as world:
        yield world


def train(world: World, name: str) -> TrainingJob:
    """A job on two instances that would run for hours; returns when both train."""
    lines = []
    for k, (image, label) in enumerate(coloured(0, 1, 2, 0, 1, 2)):
        lines.append(json.dumps({"source-ref": world.put(f"img/{k}.jpg", image), "class": int(label)}))
    channel = pipe_channel(
        world.put("m.manifest", "\n".join(lines).encode()), attributes=("source-ref", "class")
    )
    settings = {**LIGHT, "epochs": "100000"}
    world.create(name, channel, algorithm="image-classification", hyperparameters=settings, instance_count=2)
    return world.advance_until(
        lambda job: job.is_terminal or all("Epoch[1]" in world.log(name, k) for k in (1, 2)), name, 200
    )


def test_a_killed_instance_fails_the_job_with_its_reason_and_stops_the_other(world: World) -> None:
    job = train(world, "killed")
    assert not job.is_terminal, job.failure_reason
    [process] = processes_of(world.opt_ml("killed", 2), "trigpoint.algorithms")
    process.kill()
    job = world.finish("killed", 30)
    assert (job.failure_reason or "").startswith("AlgorithmError: the algorithm was killed by signal 9; ")
    assert [each.result and each.result.ending for each in job.group.members] == ["stopped", "failed"]

    job = train(world, "stopped")
    assert not job.is_terminal, job.failure_reason
    world.jobs.stop("stopped")
    job = world.finish("stopped", 60)
    assert (job.status, job.failure_reason) == ("Stopped", None)
    assert all("Asked to stop in epoch" in world.log("stopped", k) for k in (1, 2))
    assert world.objects.head_uri(job.model_uri).size_bytes > 1000
    assert processes_of(world.settings.data_dir, "trigpoint.algorithms") == []
