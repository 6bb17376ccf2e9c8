"""The code of docs/image-classification.md: a job for each form of input, all at once on one server, then an endpoint and
a transform job of a model.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.documented_code import run_page
from helpers.processes import wait_for
from helpers.server_process import ServerProcess, env_of
from helpers.training_world import describe, messages, model_files, wait_for_end

pytest.importorskip("torch", reason="training needs the extra [train]")

JOBS = ("from-manifest", "several-classes", "from-rec-file", "from-images", "goes-on")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, dict[str, Any]]]:
    """The server, and the reply of the page's endpoint."""
    folder = tmp_path_factory.mktemp("classes")
    server = ServerProcess(folder / "data").start()
    try:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        environment = {**env_of(server.data_dir), "PATH": path, "OMP_NUM_THREADS": "1"}
        yield (
            server,
            run_page("image-classification.md", environment, folder=folder, wanted=["probabilities"]),
        )
    finally:
        server.stop()


def test_every_form_on_the_page_trains_to_a_model(run: tuple[ServerProcess, dict[str, Any]]) -> None:
    server, _ = run
    for job in JOBS:
        assert wait_for_end(server, job)["TrainingJobStatus"] == "Completed", messages(server, job)
        log = "\n".join(messages(server, job))
        assert "Train-accuracy=" in log and "Skipped" not in log, log
        names = model_files(server, describe(server, job))
        assert names[0].startswith("image-classification-00")
        assert names[1:] == ["image-classification-symbol.json", "model-shapes.json"]
    metrics = {each["MetricName"] for each in describe(server, "from-manifest")["FinalMetricDataList"]}
    assert metrics == {"train:accuracy", "validation:accuracy"}
    assert "Training goes on from the weights of the channel 'model'." in "\n".join(
        messages(server, "goes-on")
    )


def test_the_endpoint_replies_with_a_list_and_the_transform_job_with_objects(
    run: tuple[ServerProcess, dict[str, Any]],
) -> None:
    server, found = run
    probabilities = found["probabilities"]
    assert len(probabilities) == 3 and sum(probabilities) == pytest.approx(1, abs=1e-4)
    runtime = server.aws("sagemaker-runtime")
    s3 = server.aws("s3")
    picture = s3.get_object(Bucket="classes", Key="images/0.jpg")["Body"].read()
    request = {"EndpointName": "colours", "ContentType": "application/x-image", "Body": picture}
    lines = runtime.invoke_endpoint(**request, Accept="application/jsonlines")
    assert json.loads(lines["Body"].read()) == {"prediction": probabilities}
    with pytest.raises(runtime.exceptions.ModelError) as refused:
        runtime.invoke_endpoint(**request, Accept="text/csv")
    assert refused.value.response["OriginalStatusCode"] == 406

    sagemaker = server.aws("sagemaker")

    def transform_job() -> dict[str, Any]:
        described: dict[str, Any] = sagemaker.describe_transform_job(TransformJobName="colours")
        return described

    wait_for(
        lambda: transform_job()["TransformJobStatus"] != "InProgress", "the end of the transform job", 120
    )
    ended = transform_job()
    assert ended["TransformJobStatus"] == "Completed", ended
    written = s3.list_objects_v2(Bucket="classes", Prefix="predictions/")["Contents"]
    assert len(written) == 12
    out = s3.get_object(Bucket="classes", Key="predictions/0.jpg.out")["Body"].read()
    assert json.loads(out)["prediction"] == pytest.approx(probabilities, abs=1e-4)
