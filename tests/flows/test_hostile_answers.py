"""What one worker submits stops neither a labeling job nor the server."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import psutil
import pytest

from helpers.labeling_world import (
    PortalWorker,
    World,
    invite,
    labeling_request,
    make_world,
    many_boxes,
    one_box,
)
from helpers.processes import wait_for
from helpers.server_process import ServerProcess

CREW = 3
MOST_BOXES = 5_000
LIMIT_S = 90


@dataclass(frozen=True)
class Scene:
    """A server with one picture, and workers who can take tasks of all jobs."""

    world: World
    crew: list[PortalWorker]

    def job(self, name: str, workers_per_object: int) -> World:
        """A new job over the picture."""
        sagemaker = self.world.server.aws("sagemaker")
        arn = sagemaker.describe_workteam(WorkteamName=self.world.team)["Workteam"]["WorkteamArn"]
        sagemaker.create_labeling_job(**labeling_request(name, arn, workers_per_object))
        return replace(self.world, job=name)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with ServerProcess(tmp_path_factory.mktemp("hostile") / "data").start() as server:
        world = make_world(server, 1, 1)
        crew = [
            PortalWorker(server.url, *invite(server, f"w{k}@example.com", world.team)) for k in range(CREW)
        ]
        yield Scene(world, crew)


def test_an_answer_with_too_many_boxes_is_refused_and_the_task_and_its_draft_stay(scene: Scene) -> None:
    job, worker = scene.job("too-many", 1), scene.crew[0]
    task = next_task(worker, job)
    path = f"/portal/api/assignments/{task['assignmentId']}/save"
    draft = {"state": {"mine": 1}, "draft": {"version": "v1", "basedOn": [None]}}
    assert worker.http.post(path, json=draft).status_code == 200
    refused = worker.submit(task["assignmentId"], piled_boxes(20_000))
    assert refused.status_code == 400
    assert "boundingBoxes has 20000 entries; at most 5000 are allowed" in refused.text
    assert worker.submit(task["assignmentId"], piled_boxes(100_000)).status_code == 413
    again = next_task(worker, job)
    assert (again["assignmentId"], again["state"]) == (task["assignmentId"], {"mine": 1})
    assert worker.submit(task["assignmentId"], one_box(5, 5, 30, 30)).status_code == 200
    wait_for_status(job, "Completed")


def test_other_jobs_go_on_while_the_largest_answers_are_consolidated(scene: Scene) -> None:
    attacked, other = scene.job("largest", CREW), scene.job("other", 1)
    for worker in scene.crew:
        answer(worker, attacked, piled_boxes(MOST_BOXES))
    helper = first_helper(scene.world.server)
    helper.suspend()
    answer(scene.crew[0], other, one_box(5, 5, 30, 30))
    wait_for_status(other, "Completed")
    helper.resume()
    wait_for_status(attacked, "Completed")
    counts = attacked.describe()["LabelCounters"]
    assert counts["HumanLabeled"] + counts["FailedNonRetryableError"] == 1


def test_a_job_with_the_largest_answers_can_be_stopped(scene: Scene) -> None:
    job = scene.job("stopped", CREW)
    for worker in scene.crew[:-1]:
        answer(worker, job, piled_boxes(MOST_BOXES))
    scene.world.server.aws("sagemaker").stop_labeling_job(LabelingJobName=job.job)
    wait_for_status(job, "Stopped")


def test_a_consolidation_that_hangs_delays_neither_shutdown_nor_the_next_server(scene: Scene) -> None:
    job, server = scene.job("hangs", CREW), scene.world.server
    for worker in scene.crew:
        answer(worker, job, piled_boxes(MOST_BOXES))
    helper = first_helper(server)
    helper.suspend()
    assert server.stop() == 0
    assert not helper.is_running() or helper.status() == psutil.STATUS_ZOMBIE
    server.start()
    wait_for_status(job, "Completed")


def test_an_answer_that_an_older_version_accepted_ends_with_a_reason(scene: Scene) -> None:
    job, server = scene.job("older", CREW), scene.world.server
    task = answer(scene.crew[0], job, one_box(5, 5, 30, 30))
    with closing(sqlite3.connect(server.data_dir / "trigpoint.db", timeout=60)) as database, database:
        stored = json.dumps(piled_boxes(100_000)), task["assignmentId"]
        database.execute("UPDATE labeling_assignments SET answer = ? WHERE id = ?", stored)
    server.aws("sagemaker").stop_labeling_job(LabelingJobName=job.job)
    wait_for_status(job, "Stopped")
    described = job.describe()
    assert described["LabelCounters"]["FailedNonRetryableError"] == 1
    assert "the answer has " in described["FailureReason"]


def piled_boxes(count: int) -> dict[str, Any]:
    """Boxes of which each overlaps all others by far more than half."""
    dice = random.Random(count)
    return many_boxes([(dice.random(), dice.random(), 190, 140) for _ in range(count)])


def wait_for_status(job: World, status: str) -> None:
    wait_for(lambda: job.describe()["LabelingJobStatus"] == status, f"{job.job} is {status}", LIMIT_S)


def answer(worker: PortalWorker, job: World, submitted: dict[str, Any]) -> dict[str, Any]:
    """The task that the worker took and answered."""
    task = next_task(worker, job)
    accepted = worker.submit(task["assignmentId"], submitted)
    assert accepted.status_code == 200, accepted.text
    return task


def next_task(worker: PortalWorker, job: World) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def has_task() -> bool:
        task = worker.next(job.job)
        found.extend([task] if task else [])
        return bool(found)

    wait_for(has_task, "a task", LIMIT_S)
    return found[0]


def first_helper(server: ServerProcess) -> psutil.Process:
    """A process of the server for bounded calls, as soon as there is one."""
    assert server.child is not None
    parent, name = psutil.Process(server.child.pid), "trigpoint.compute.bounded_call_process"
    found: list[psutil.Process] = []

    def has_helper() -> bool:
        found.extend(child for child in parent.children() if name in child.cmdline())
        return bool(found)

    wait_for(has_helper, "a process for bounded calls", LIMIT_S)
    return found[0]
