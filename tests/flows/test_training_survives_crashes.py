"""A training job survives its server's crash, or fails with the reason."""

from __future__ import annotations

import io
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import torch

from helpers.processes import SUPERVISOR, processes_of, wait_for, wait_for_no_process
from helpers.server_process import ServerProcess, run_command
from helpers.training_world import (
    BUCKET,
    describe,
    messages,
    model_contents,
    model_files,
    put_dataset,
    start_training,
    wait_for_end,
    wait_for_epoch,
)

LONG = 500  # more epochs than any test waits for
MODEL = ["hyperparams.json", "model_algo_1-0000.params", "model_algo_1-symbol.json"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with a data set. At the end none of its processes may be left."""
    server = ServerProcess(tmp_path_factory.mktemp("training-crashes") / "data").start()
    put_dataset(server)
    yield server
    server.stop()
    wait_for_no_process(server.data_dir)


@pytest.fixture
def server(running: ServerProcess) -> Iterator[ServerProcess]:
    """The running server. At the end its output must hold no error."""
    if running.child is None or running.child.poll() is not None:
        running.start()
    yield running
    assert not re.search(r"Traceback|ERROR|WARNING", running.text()), running.text()


def test_a_training_is_picked_up_by_the_next_server(server: ServerProcess) -> None:
    epochs = 16
    start_training(server, "picked-up", epochs)
    wait_for_epoch(server, "picked-up", 0)
    before = describe(server, "picked-up")
    server.kill()
    time.sleep(1)  # the training continues without a server
    server.start()
    assert describe(server, "picked-up")["TrainingJobStatus"] == "InProgress", "it ended too early to tell"
    job = wait_for_end(server, "picked-up")
    assert job["TrainingJobStatus"] == "Completed", job
    assert "FailureReason" not in job
    assert steps_of(job) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert job["TrainingStartTime"] == before["TrainingStartTime"]
    assert job["SecondaryStatusTransitions"][:2] == before["SecondaryStatusTransitions"][:2]
    assert model_files(server, job) == MODEL
    assert_log_is_complete(messages(server, "picked-up"), epochs)
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert metrics["train:progress"] == 100
    assert {"validation:mAP", "train:smooth_l1", "train:cross_entropy", "train:throughput"} < set(metrics)
    assert not [name for name in metrics if "Wait" in name or "PerSecond" in name], "those are the channels'"
    assert_channels_are_published_once(server, job)
    wait_for(lambda: not processes_of(server.data_dir, "jobs"), "the end of the instance", 5)


def test_a_spot_training_that_loses_everything_ends_with_the_model_of_an_undisturbed_one(
    server: ServerProcess,
) -> None:
    """kill -9 of server, supervisor, instance and algorithm at once; then an interruption by the command."""
    epochs = 10
    more = {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 3600},
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/ck/spot"},
        "Environment": {"TRIGPOINT_CHECKPOINT_SECONDS": "1"},
    }
    start_training(server, "spot", epochs, validated=False, **more)
    start_training(server, "undisturbed", epochs, validated=False)
    s3 = server.aws("s3")
    wait_for(
        lambda: s3.list_objects_v2(Bucket=BUCKET, Prefix="ck/spot/last.state")["KeyCount"] == 1,
        "a checkpoint in S3",
    )
    job_id = supervised_as(server, "spot")
    server.kill()
    for process in [
        *processes_of(server.data_dir, SUPERVISOR, job_id),
        *processes_of(server.data_dir, "/spot/"),
    ]:
        process.kill()
    server.start()
    wait_for(lambda: "Interrupted" in statuses_of(server, "spot"), "the loss of the instance")
    wait_for(lambda: statuses_of(server, "spot")[-1] == "Training", "the second attempt")
    said = run_command("job", "interrupt", "spot", "--data", str(server.data_dir)).stdout
    assert said.startswith("spot is interrupted.") and f"s3://{BUCKET}/ck/spot" in said
    job, undisturbed = (wait_for_end(server, name) for name in ("spot", "undisturbed"))
    assert job["TrainingJobStatus"] == undisturbed["TrainingJobStatus"] == "Completed", job
    attempt = ["Starting", "Downloading", "Training"]
    assert steps_of(job) == [*[*attempt, "Interrupted"] * 2, *attempt, "Uploading", "Completed"]
    assert job["CheckpointConfig"] == more["CheckpointConfig"]
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"]
    found, expected = (weights(model_contents(server, each)[MODEL[1]]) for each in (job, undisturbed))
    assert all(torch.allclose(found[name].double(), expected[name].double(), atol=1e-4) for name in expected)
    failed = run_command("job", "interrupt", "undisturbed", "--data", str(server.data_dir))
    assert failed.returncode == 2 and "does not use managed spot training" in failed.stderr


def statuses_of(server: ServerProcess, name: str) -> list[str]:
    return [each["Status"] for each in describe(server, name)["SecondaryStatusTransitions"]]


def weights(content: bytes) -> dict[str, torch.Tensor]:
    return torch.load(io.BytesIO(content), weights_only=True)


def test_a_training_that_cannot_be_picked_up_fails_with_the_reason(server: ServerProcess) -> None:
    for name in ("killed", "powerless"):
        start_training(server, name, LONG)
    for name in ("killed", "powerless"):
        wait_for_epoch(server, name, 0)
    server.kill()
    [instance] = processes_of(server.data_dir, "trigpoint.training.instance", "/killed/")
    instance.kill()
    job_id = supervised_as(server, "powerless")
    for process in [
        *processes_of(server.data_dir, SUPERVISOR, job_id),
        *processes_of(server.data_dir, "/powerless/"),
    ]:
        process.kill()
    server.start()
    killed, powerless = (wait_for_end(server, name, 15) for name in ("killed", "powerless"))
    for job in (killed, powerless):
        assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
        assert steps_of(job) == ["Starting", "Downloading", "Training", "Uploading", "Failed"]
    assert killed["FailureReason"] == (
        "InternalServerError: the instance process was killed by signal 9 while the job was in status "
        "Training; create a new job to train again"
    )
    assert powerless["FailureReason"] == (
        "InternalServerError: the instance process was lost (the machine was restarted, or the process was "
        "killed) while the job was in status Training; create a new job to train again"
    )
    assert not processes_of(server.data_dir, "jobs"), "the algorithm outlived its instance"


def test_stopping_the_server_ends_its_trainings_with_that_reason(server: ServerProcess) -> None:
    start_training(server, "shut-down", LONG)
    wait_for_epoch(server, "shut-down", 0)
    assert server.stop() == 0
    assert processes_of(server.data_dir) == []
    assert "Traceback" not in server.text()
    server.start()
    job = wait_for_end(server, "shut-down", 15)
    assert job["TrainingJobStatus"] == "Failed"
    assert "the server was shut down" in job["FailureReason"]
    assert steps_of(job) == ["Starting", "Downloading", "Training", "Uploading", "Failed"]
    assert model_files(server, job) == MODEL


def test_a_stopped_training_keeps_its_model_even_if_the_server_dies_meanwhile(server: ServerProcess) -> None:
    start_training(server, "stopped", LONG)
    wait_for_epoch(server, "stopped", 0)
    server.aws("sagemaker").stop_training_job(TrainingJobName="stopped")
    assert describe(server, "stopped")["TrainingJobStatus"] == "Stopping"
    server.kill()
    server.start()
    job = wait_for_end(server, "stopped", 30)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "FailureReason" not in job
    assert steps_of(job) == ["Starting", "Downloading", "Training", "Stopping", "Uploading", "Stopped"]
    assert model_files(server, job) == MODEL


def steps_of(job: dict[str, Any]) -> list[str]:
    """The secondary statuses. Asserts that their times and messages are right."""
    transitions = job["SecondaryStatusTransitions"]
    for one, after in pairwise(transitions):
        assert one["StartTime"] <= one["EndTime"] == after["StartTime"], transitions
    assert transitions[-1]["EndTime"] == transitions[-1]["StartTime"] == job["TrainingEndTime"]
    assert all(each["StatusMessage"] for each in transitions)
    return [each["Status"] for each in transitions]


def assert_log_is_complete(lines: list[str], epochs: int) -> None:
    """Asserts that every line of every epoch is there exactly once."""
    assert lines[0] == "Docker entrypoint called with argument(s): train"
    for kind in ("train cross_entropy", "train smooth_l1", "validation mAP"):
        told = [int(re.search(r"epoch=(\d+),", line)[1]) for line in lines if f" {kind} " in line]  # type: ignore[index]
        assert told == list(range(epochs)), kind
    progress = [line for line in lines if "#progress_metric" in line]
    assert len(progress) == epochs
    assert "completed 100 % of epochs" in progress[-1]
    twice = [line for line, count in Counter(lines).items() if count > 1 and "epoch=" in line]
    assert twice == []


def assert_channels_are_published_once(server: ServerProcess, job: dict[str, Any]) -> None:
    """Asserts as many values as lines in the log, although two servers have read it."""
    name = job["TrainingJobName"]
    for channel in ("train", "validation"):
        lines = [line for line in messages(server, name) if line.startswith(f"channel {channel}: epoch")]
        dimensions = {"TrainingJobName": name, "Channel": channel}
        points = server.aws("cloudwatch").get_metric_statistics(
            Namespace="/aws/sagemaker/TrainingJobs",
            MetricName="AlgorithmWaitTime",
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=job["CreationTime"] - timedelta(hours=1),
            EndTime=job["TrainingEndTime"] + timedelta(hours=1),
            Period=60,
            Statistics=["SampleCount"],
            Unit="Seconds",
        )["Datapoints"]
        assert sum(point["SampleCount"] for point in points) == len(lines) > 0


def supervised_as(server: ServerProcess, job: str) -> str:
    """The handle under which the instance of a job runs."""
    for spec in server.data_dir.glob("jobs/processes/*/spec.json"):
        if f"/training/{job}/" in spec.read_text():
            return spec.parent.name
    raise AssertionError(f"no process of {job}")
