"""An endpoint answers again after the server, its model server, or both were killed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from helpers.labeling_world import ROLE, jpeg_with_box
from helpers.processes import Process, processes_of, wait_for, wait_for_no_process
from helpers.server_process import ServerProcess
from helpers.training_world import put_dataset, start_training, wait_for_end
from trigpoint.demo.requests import IMAGE

NAME = "red-things"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with an endpoint in service. At the end none of its processes may be left."""
    server = ServerProcess(tmp_path_factory.mktemp("endpoint-crashes") / "data").start()
    put_dataset(server)
    start_training(server, NAME, epochs=1, validated=False)
    job = wait_for_end(server, NAME)
    assert job["TrainingJobStatus"] == "Completed", job
    deploy(server, job["ModelArtifacts"]["S3ModelArtifacts"])
    yield server
    server.stop()
    wait_for_no_process(server.data_dir)


@pytest.fixture(autouse=True)
def nothing_to_complain_of(server: ServerProcess) -> Iterator[None]:
    yield
    assert not re.search(r"Traceback|ERROR|WARNING", server.text()), server.text()


def test_after_a_crash_of_the_server_the_same_model_server_answers_at_once(server: ServerProcess) -> None:
    before = [model_server(server)]
    assert_answers(server)
    server.kill()
    server.start()
    assert_answers(server)
    assert [model_server(server)] == before
    assert status(server) == "InService"


def test_a_request_right_after_a_crash_of_the_model_server_is_answered(server: ServerProcess) -> None:
    before = model_server(server)
    before.kill()
    wait_for(
        lambda: before not in processes_of(server.data_dir), "its end", 5
    )  # the requests that it was handling are lost
    answer_within(server, 20)
    assert status(server) == "InService"
    assert model_server(server) != before


def test_it_comes_back_when_server_and_model_server_were_killed(server: ServerProcess) -> None:
    server.kill()
    model_server(server).kill()
    server.start()
    answer_within(server, 20)
    assert status(server) == "InService"


def test_stopping_the_server_leaves_no_child_and_starting_it_brings_the_endpoint_back(
    server: ServerProcess,
) -> None:
    assert_answers(server)
    assert server.stop() == 0
    assert processes_of(server.data_dir) == []
    server.start()
    answer_within(server, 20)
    assert status(server) == "InService"


def test_a_deleted_endpoint_leaves_no_process_though_the_server_dies_meanwhile(server: ServerProcess) -> None:
    server.aws("sagemaker").delete_endpoint(EndpointName=NAME)
    server.kill()
    server.start()
    wait_for(lambda: not processes_of(server.data_dir, "jobs"), "the end of the model server", 20)
    wait_for(lambda: not server.aws("sagemaker").list_endpoints()["Endpoints"], "the end of the endpoint", 10)


def deploy(server: ServerProcess, model_uri: str) -> None:
    sagemaker = server.aws("sagemaker")
    container = {"Image": IMAGE, "ModelDataUrl": model_uri}
    sagemaker.create_model(ModelName=NAME, ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant = {
        "VariantName": "all",
        "ModelName": NAME,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    wait_for(lambda: status(server) != "Creating", "the deployment")
    assert status(server) == "InService"


def status(server: ServerProcess) -> str:
    return str(server.aws("sagemaker").describe_endpoint(EndpointName=NAME)["EndpointStatus"])


def model_server(server: ServerProcess) -> Process:
    """The process that predicts."""
    [process] = processes_of(server.data_dir, "trigpoint.algorithms serve")
    return process


def assert_answers(server: ServerProcess) -> None:
    """Asserts that one request, without a retry, returns a prediction."""
    runtime = server.aws("sagemaker-runtime", config=once())
    answer = runtime.invoke_endpoint(
        EndpointName=NAME, ContentType="image/jpeg", Body=jpeg_with_box((30, 20, 80, 60))
    )
    assert answer["InvokedProductionVariant"] == "all"
    prediction: list[Any] = json.loads(answer["Body"].read())["prediction"]
    assert all(len(found) == 6 for found in prediction)


def answer_within(server: ServerProcess, limit_s: float) -> None:
    """Repeats the request while the model server is down, when the reply must be AWS's 503.

    A request that the dying process had accepted gets the status of a failed model (424). Sent on, it could
    kill the next model server too.
    """
    deadline = time.monotonic() + limit_s
    while True:
        try:
            return assert_answers(server)
        except ClientError as error:
            code = error.response["ResponseMetadata"]["HTTPStatusCode"]
            assert code == 503 or (code == 424 and "closed the connection before" in str(error)), error
            assert time.monotonic() < deadline, error


def once() -> Config:
    return Config(retries={"total_max_attempts": 1})
