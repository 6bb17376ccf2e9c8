"""Small trainings on a real server: four pictures, the light network, through boto3 as a user's script would."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

from helpers.labeling_world import jpeg_with_box
from helpers.processes import wait_for
from helpers.server_process import ServerProcess
from trigpoint.demo.requests import training_job

BUCKET = "train-world"
IMAGES = 4
LOG_GROUP = "/aws/sagemaker/TrainingJobs"


def put_dataset(server: ServerProcess) -> None:
    """Uploads the pictures and an augmented manifest of them."""
    s3 = server.aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    lines = []
    for index in range(IMAGES):
        box = (20 + 10 * index, 15 + 8 * index, 70, 50)
        s3.put_object(Bucket=BUCKET, Key=f"img/{index}.jpg", Body=jpeg_with_box(box))
        lines.append(json.dumps(_line(index, box)))
    s3.put_object(Bucket=BUCKET, Key="train.manifest", Body="\n".join(lines).encode())


def start_training(
    server: ServerProcess, name: str, epochs: int, *, validated: bool = True, **more: Any
) -> None:
    """Creates a training job; `more` are further fields of the request."""
    manifest = f"s3://{BUCKET}/train.manifest"
    hyperparameters = {
        "base_network": "resnet-10",
        "use_pretrained_model": "0",
        "num_classes": "1",
        "num_training_samples": str(IMAGES),
        "mini_batch_size": "2",
        "image_shape": "300",
        "epochs": str(epochs),
        "optimizer": "adam",
        "learning_rate": "0.0005",
    }
    channels = {"train": manifest} | ({"validation": manifest} if validated else {})
    request = training_job(name, "111122223333", f"s3://{BUCKET}", hyperparameters, channels)
    server.aws("sagemaker").create_training_job(**request | more)


def describe(server: ServerProcess, name: str) -> dict[str, Any]:
    described: dict[str, Any] = server.aws("sagemaker").describe_training_job(TrainingJobName=name)
    return described


def messages(server: ServerProcess, name: str) -> list[str]:
    """All lines of the job's log, in order, read page by page. Empty before the first job was launched."""
    logs = server.aws("logs")
    try:
        found_streams = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{name}/")
    except logs.exceptions.ResourceNotFoundException:
        return []
    streams = found_streams["logStreams"]
    assert len(streams) <= 1, streams
    found: list[str] = []
    for stream in streams:
        where = {"logGroupName": LOG_GROUP, "logStreamName": stream["logStreamName"], "limit": 50}
        page = logs.get_log_events(**where, startFromHead=True)
        while page["events"]:
            found += [event["message"] for event in page["events"]]
            page = logs.get_log_events(**where, startFromHead=True, nextToken=page["nextForwardToken"])
    return found


def wait_for_epoch(server: ServerProcess, name: str, epoch: int) -> None:
    """Waits until the job's log says that this epoch (from 0) is done."""
    wait_for(
        lambda: any(f"epoch={epoch}," in message for message in messages(server, name)),
        f"epoch {epoch} of {name}",
    )


def wait_for_end(server: ServerProcess, name: str, limit_s: float = 90) -> dict[str, Any]:
    """Waits for the end of the job and returns its description."""
    wait_for(
        lambda: describe(server, name)["TrainingJobStatus"] not in ("InProgress", "Stopping"),
        f"the end of {name}",
        limit_s,
    )
    return describe(server, name)


def model_files(server: ServerProcess, described: dict[str, Any]) -> list[str]:
    """The names in the job's model.tar.gz."""
    return sorted(model_contents(server, described))


def model_contents(server: ServerProcess, described: dict[str, Any]) -> dict[str, bytes]:
    """The files in the job's model.tar.gz, by name."""
    bucket, _, key = described["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    body = server.aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}  # type: ignore[union-attr]


def _line(index: int, box: tuple[int, int, int, int]) -> dict[str, Any]:
    left, top, width, height = box
    return {
        "source-ref": f"s3://{BUCKET}/img/{index}.jpg",
        "boxes": {
            "image_size": [{"width": 200, "height": 150, "depth": 3}],
            "annotations": [{"class_id": 0, "left": left, "top": top, "width": width, "height": height}],
        },
        "boxes-metadata": {"class-map": {"0": "red"}, "type": "groundtruth/object-detection"},
    }
