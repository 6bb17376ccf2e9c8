"""What checkpoints cost a training, and how long a killed one takes to train again.

    uv run python benchmarks/checkpoints.py [--rounds 5]

Prints for three networks: the size of a checkpoint, the median seconds to write it, and the share of the training time at
the default period. Then a job with managed spot training on a server of its own: its instance is killed with -9, and the
seconds are counted until a batch of the next attempt is in its checkpoint. The pause before the attempt, 1 s, is part of them.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import psutil
import servers
import torch
from PIL import Image

from trigpoint.algorithms.common.checkpoint_schedule import LARGEST_SHARE, PERIOD_S
from trigpoint.algorithms.common.harness import Container
from trigpoint.algorithms.common.loop import TrainingRun
from trigpoint.algorithms.image_classification.hyperparameters import parse
from trigpoint.algorithms.image_classification.train import ClassificationLearner

IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/image-classification:1"
LIGHT = {
    "num_classes": "2",
    "num_training_samples": "64",
    "num_layers": "20",
    "image_shape": "3,28,28",
    "mini_batch_size": "8",
    "epochs": "100000",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    for layers in (20, 18, 50):
        with tempfile.TemporaryDirectory() as folder:
            size_bytes, seconds = written(Path(folder), layers, rounds)
        share = seconds / max(PERIOD_S, seconds / LARGEST_SHARE)
        print(
            f"resnet-{layers}: {size_bytes / 1e6:.1f} MB, {seconds:.3f} s, {share:.2%} of the training time"
        )
    with tempfile.TemporaryDirectory(prefix="trigpoint-benchmark-") as folder:
        times = restarts(Path(folder), rounds)
    print(
        f"kill -9 of the instance until it has trained again: median {statistics.median(times):.1f} s, {times}"
    )


def written(root: Path, layers: int, rounds: int) -> tuple[int, float]:
    """The size of a checkpoint with momentum, and the median seconds to write it."""
    (root / "checkpoints").mkdir()
    container = Container(root)
    hp = parse({**LIGHT, "num_layers": str(layers)})
    learner = ClassificationLearner(container, hp)
    run = TrainingRun(container, hp, {}, learner)
    for group in run.optimizer.param_groups:
        for parameter in group["params"]:
            run.optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
    times = []
    for _ in range(rounds):
        began_s = time.perf_counter()
        run.checkpoint()
        times.append(time.perf_counter() - began_s)
    return (root / "checkpoints" / "last.state").stat().st_size, statistics.median(times)


def restarts(folder: Path, rounds: int) -> list[float]:
    """Seconds from each kill until the next attempt has trained its first batch."""
    found = []
    with servers.trigpoint(folder) as server:

        def client(name: str) -> Any:
            return boto3.client(
                name,
                endpoint_url=server.url,
                region_name="us-east-1",
                aws_access_key_id=server.access_key_id,
                aws_secret_access_key=server.secret_access_key,
            )

        put_data(client("s3"))
        for number in range(rounds):
            found.append(round(_restart(folder, client("sagemaker"), client("s3"), f"job-{number}"), 1))
    return found


def put_data(s3: Any) -> None:
    """Pictures of two colours, and a manifest of them."""
    s3.create_bucket(Bucket="data")
    lines = []
    for k in range(64):
        image = io.BytesIO()
        Image.new("RGB", (32, 32), (200, 40, 40) if k % 2 else (40, 60, 200)).save(image, "PNG")
        s3.put_object(Bucket="data", Key=f"{k}.png", Body=image.getvalue())
        lines.append(json.dumps({"source-ref": f"s3://data/{k}.png", "class": k % 2}))
    s3.put_object(Bucket="data", Key="train.manifest", Body="\n".join(lines).encode())


def _restart(folder: Path, sagemaker: Any, s3: Any, name: str) -> float:
    source = {
        "S3DataType": "AugmentedManifestFile",
        "S3Uri": "s3://data/train.manifest",
        "AttributeNames": ["source-ref", "class"],
    }
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn="arn:aws:iam::111122223333:role/Role",
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"},
        HyperParameters=LIGHT,
        InputDataConfig=[
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": source},
                "RecordWrapperType": "RecordIO",
                "ContentType": "application/x-recordio",
            }
        ],
        OutputDataConfig={"S3OutputPath": "s3://data/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 3600},
        CheckpointConfig={"S3Uri": f"s3://data/ck/{name}"},
        Environment={"TRIGPOINT_CHECKPOINT_SECONDS": "0.1"},
    )
    _until(lambda: s3.list_objects_v2(Bucket="data", Prefix=f"ck/{name}/")["KeyCount"] > 0)
    state = next(folder.rglob(f"{name}/algo-1")) / "checkpoints" / "last.state"
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if "trigpoint.training.instance" in line and f"/{name}/" in line:
            os.kill(process.pid, signal.SIGKILL)
    killed_s = time.perf_counter()
    # the folder is emptied, the checkpoint is copied into it, and the first batch replaces it
    _until(lambda: not state.exists())
    _until(state.exists)
    copied = state.stat().st_ino
    _until(lambda: state.exists() and state.stat().st_ino != copied)
    seconds = time.perf_counter() - killed_s
    sagemaker.stop_training_job(TrainingJobName=name)
    ended = ("Completed", "Failed", "Stopped")
    _until(lambda: sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] in ended)
    return seconds


def _until(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 120
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError("the job does not go on; see its log")
        time.sleep(0.01)


if __name__ == "__main__":
    main()
