"""Batch transform with the built-in detector: the documentation's code, and crashes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.documented_code import run_page
from helpers.labeling_world import jpeg_with_box
from helpers.processes import processes_of, wait_for, wait_for_no_process
from helpers.server_process import ServerProcess, env_of
from helpers.training_world import BUCKET, IMAGES, put_dataset, start_training, wait_for_end

NAME = "red-things"
OBJECTS = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with a completed training job. At the end none of its processes may be left."""
    server = ServerProcess(tmp_path_factory.mktemp("transform-crashes") / "data").start()
    put_dataset(server)
    start_training(server, NAME, epochs=1, validated=False)
    job = wait_for_end(server, NAME)
    assert job["TrainingJobStatus"] == "Completed", job
    yield server
    server.stop()
    wait_for_no_process(server.data_dir)


def test_the_documentation_runs_as_written(server: ServerProcess, tmp_path: Path) -> None:
    found = run_page("transform.md", env_of(server.data_dir), folder=tmp_path, wanted=["done", "boxes"])
    assert found["done"]["TransformJobStatus"] == "Completed"
    assert all(len(box) == 6 for box in found["boxes"])
    assert sorted(outputs(server, "predictions/")) == [f"predictions/{n}.jpg.out" for n in range(IMAGES)]


def test_a_job_completes_though_server_agent_and_model_server_are_killed(server: ServerProcess) -> None:
    s3, sagemaker = server.aws("s3"), server.aws("sagemaker")
    picture = jpeg_with_box((30, 20, 80, 60))
    for number in range(OBJECTS):
        s3.put_object(Bucket=BUCKET, Key=f"many/{number:03}.jpg", Body=picture)
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/many/"}
    sagemaker.create_transform_job(
        TransformJobName="many",
        ModelName=NAME,
        TransformInput={"DataSource": {"S3DataSource": source}, "ContentType": "image/jpeg"},
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/out"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    wait_for(lambda: outputs(server, "out/"), "the first output")
    [model] = processes_of(server.data_dir, "trigpoint.algorithms serve")
    [agent] = processes_of(server.data_dir, "-m trigpoint.hosting.transform.agent")
    server.kill()
    model.kill()
    agent.kill()
    server.start()
    wait_for(lambda: status(server)["TransformJobStatus"] != "InProgress", "the end of the job", 120)
    assert status(server)["TransformJobStatus"] == "Completed", status(server)
    found = outputs(server, "out/")
    assert sorted(found) == [f"out/{number:03}.jpg.out" for number in range(OBJECTS)]
    assert all("prediction" in json.loads(body) for body in found.values())
    assert not processes_of(server.data_dir, "jobs")


def status(server: ServerProcess) -> dict[str, Any]:
    found: dict[str, Any] = server.aws("sagemaker").describe_transform_job(TransformJobName="many")
    return found


def outputs(server: ServerProcess, prefix: str) -> dict[str, bytes]:
    """The objects under a prefix."""
    s3 = server.aws("s3")
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {each["Key"]: s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() for each in found}
