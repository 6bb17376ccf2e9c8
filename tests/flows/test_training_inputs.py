"""The code of docs/training-inputs.md: a job for each form of input, all at once on one server, one job that
starts from another's model, and jobs whose input is wrong.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.documented_code import run_page
from helpers.server_process import ServerProcess, env_of
from helpers.training_world import describe, messages, model_files, wait_for_end

pytest.importorskip("torch", reason="training needs the extra [train]")

FORMS = ("from-manifest", "from-rec-file", "from-rec-pipe", "from-images", "from-images-lazily")
RECORDIO = "application/x-recordio"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, dict[str, Any]]]:
    """The server, and how the page's jobs ended."""
    folder = tmp_path_factory.mktemp("inputs")
    server = ServerProcess(folder / "data").start()
    try:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        environment = {**env_of(server.data_dir), "PATH": path}
        yield server, run_page("training-inputs.md", environment, folder=folder, wanted=["ended"])
    finally:
        server.stop()


def losses(server: ServerProcess, job: str) -> list[float]:
    """The cross-entropy of each epoch."""
    found = (re.search(r"train cross_entropy <loss>=(\S+)", line) for line in messages(server, job))
    return [float(match[1]) for match in found if match]


def test_every_form_on_the_page_trains_to_a_model(run: tuple[ServerProcess, dict[str, Any]]) -> None:
    server, found = run
    assert found["ended"] == dict.fromkeys((*FORMS, "goes-on"), "Completed")
    for job in FORMS:
        log = "\n".join(messages(server, job))
        assert "num_examples:      8," in log, log
        assert "validation mAP <score>=(" in log and "Skipped" not in log, log
        assert model_files(server, describe(server, job)) == [
            "hyperparams.json",
            "model_algo_1-0000.params",
            "model_algo_1-symbol.json",
        ]


def test_each_form_was_read_in_the_mode_that_the_page_says(run: tuple[ServerProcess, dict[str, Any]]) -> None:
    server, _ = run
    said = {
        job: re.findall(r"'train' is in (\w+) input mode", "\n".join(messages(server, job))) for job in FORMS
    }
    assert said == {
        "from-manifest": ["pipe"],
        "from-rec-file": ["file"],
        "from-rec-pipe": ["pipe"],
        "from-images": ["file"],
        "from-images-lazily": ["fastfile"],
    }


def test_a_job_with_a_model_channel_begins_where_the_earlier_one_ended(
    run: tuple[ServerProcess, dict[str, Any]],
) -> None:
    server, _ = run
    earlier, later = losses(server, "from-manifest"), losses(server, "goes-on")
    assert (len(earlier), len(later)) == (4, 1)
    halfway = (earlier[0] + earlier[-1]) / 2
    assert earlier[-1] < 0.7 * earlier[0], earlier  # the first job has learned something
    assert later[0] < halfway, (earlier, later)


def channel(name: str, uri: str, **more: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **more}


REC = "s3://inputs/rec/train.rec"
IMAGES = channel("train", "s3://inputs/images/", ContentType="image/jpeg")
WRONG: dict[str, tuple[list[dict[str, Any]], dict[str, str], str]] = {
    "no-annotations": ([IMAGES], {}, "The channel 'train_annotation' is missing from InputDataConfig: the files of channel 'train' (content type image/jpeg) need"),
    "pictures-as-rec": ([channel("train", "s3://inputs/images/", ContentType=RECORDIO)], {}, "Channel 'train' with content type application/x-recordio needs exactly one .rec file; it has 0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg and 3 more"),
    "pictures-in-pipe": ([channel("train", "s3://inputs/images/", ContentType=RECORDIO, InputMode="Pipe")], {}, "Unable to parse record. Please make sure input data is in correct recordio format. (channel 'train', record 0 of the pipe: Invalid magic number"),
    "text": ([channel("train", REC, ContentType="text/csv")], {}, "Channel 'train' has content type text/csv, which object detection does not read; set ContentType to"),
    "misnamed": ([channel("training", REC, ContentType=RECORDIO)], {}, "The channel 'train' is missing from InputDataConfig; it has 'training'"),
    "other-classes": ([channel("train", REC, ContentType=RECORDIO), channel("model", "s3://inputs/models/from-manifest/output/model.tar.gz")], {"num_classes": "2"}, "Channel 'model': the earlier model has num_classes 1, this training 2; they must be equal"),
}  # fmt: skip


def test_jobs_whose_input_is_wrong_fail_with_channel_and_field(
    run: tuple[ServerProcess, dict[str, Any]],
) -> None:
    server, _ = run
    request = describe(server, "from-rec-file")
    kept = ("RoleArn", "HyperParameters", "OutputDataConfig", "ResourceConfig", "StoppingCondition")
    image = request["AlgorithmSpecification"]["TrainingImage"]
    for job, (channels, hyperparameters, _) in WRONG.items():
        wanted = {name: request[name] for name in kept}
        wanted["HyperParameters"] = {**wanted["HyperParameters"], **hyperparameters}
        server.aws("sagemaker").create_training_job(
            TrainingJobName=job,
            AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
            InputDataConfig=channels,
            **wanted,
        )
    for job, (_, _, said) in WRONG.items():
        ended = wait_for_end(server, job)
        assert ended["TrainingJobStatus"] == "Failed", job
        assert ended["FailureReason"].startswith("ClientError: " + said), ended["FailureReason"]
        assert ended["FailureReason"].endswith(", exit code: 2")
