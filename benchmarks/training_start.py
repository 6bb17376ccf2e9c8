"""Seconds from CreateTrainingJob to the first trained batch, and where they go.

    uv run python benchmarks/training_start.py [--rounds 5]

Image classification on 64 small pictures: in File mode with a list, and in Pipe mode with an augmented manifest. A first job
that is not counted lets Python compile the modules. The first batch is trained when its checkpoint is there.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import checkpoints
import servers
from PIL import Image

PARTS = (
    "server and instance start",
    "data",
    "start of the algorithm",
    "torch and the network",
    "first batch",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="trigpoint-benchmark-") as name:
        folder = Path(name)
        with servers.trigpoint(folder) as server:
            jobs = Jobs(folder, server)
            for mode in ("File", "Pipe"):
                jobs.run(mode)
                _print(mode, [jobs.run(mode) for _ in range(rounds)])


def _print(mode: str, found: list[dict[str, float]]) -> None:
    totals = sorted(sum(each.values()) for each in found)
    print(
        f"{mode}: CreateTrainingJob to the first batch, median {statistics.median(totals):.2f} s "
        f"({totals[0]:.2f} to {totals[-1]:.2f})"
    )
    for part in PARTS:
        print(f"    {statistics.median(each[part] for each in found):.2f} s  {part}")


class Jobs:
    """Trainings on a server, one after the other."""

    def __init__(self, folder: Path, server: servers.Server) -> None:
        self.folder = folder
        self.s3, self.sagemaker, self.logs = (
            boto3.client(
                name,
                endpoint_url=server.url,
                region_name="us-east-1",
                aws_access_key_id=server.access_key_id,
                aws_secret_access_key=server.secret_access_key,
            )
            for name in ("s3", "sagemaker", "logs")
        )
        self._count = 0
        checkpoints.put_data(self.s3)
        for k in range(64):
            image = io.BytesIO()
            Image.new("RGB", (32, 32), (200, 40, 40) if k % 2 else (40, 60, 200)).save(image, "PNG")
            self.s3.put_object(Bucket="data", Key=f"images/{k}.png", Body=image.getvalue())
        listed = "".join(f"{k}\t{k % 2}\t{k}.png\n" for k in range(64))
        self.s3.put_object(Bucket="data", Key="list/train.lst", Body=listed.encode())

    def run(self, mode: str) -> dict[str, float]:
        """The seconds of each part of one job."""
        self._count += 1
        name = f"job-{self._count}"
        request = {
            "TrainingJobName": name,
            "RoleArn": "arn:aws:iam::111122223333:role/Role",
            "AlgorithmSpecification": {"TrainingImage": checkpoints.IMAGE, "TrainingInputMode": mode},
            "HyperParameters": checkpoints.LIGHT,
            "InputDataConfig": list(_channels(mode)),
            "OutputDataConfig": {"S3OutputPath": "s3://data/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            "CheckpointConfig": {"S3Uri": f"s3://data/start/{name}"},
            "Environment": {"TRIGPOINT_CHECKPOINT_SECONDS": "0.01"},
        }
        began_s = time.time()
        self.sagemaker.create_training_job(**request)
        state = self.folder / "**" / name / "algo-1" / "checkpoints" / "last.state"
        trained_s = self._wait_for(state)
        parts = self._parts(name, began_s, trained_s)
        self.sagemaker.stop_training_job(TrainingJobName=name)
        self.sagemaker.get_waiter("training_job_completed_or_stopped").wait(
            TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
        return parts

    def _wait_for(self, pattern: Path) -> float:
        end_s = time.monotonic() + 120
        relative = str(pattern.relative_to(self.folder))
        while time.monotonic() < end_s:
            if found := next(self.folder.glob(relative), None):
                return found.stat().st_mtime
            time.sleep(0.02)
        raise TimeoutError("the job does not train; see its log")

    def _parts(self, name: str, began_s: float, trained_s: float) -> dict[str, float]:
        begins = {}
        end_s = time.monotonic() + 30
        while "Training" not in begins and time.monotonic() < end_s:
            job = self.sagemaker.describe_training_job(TrainingJobName=name)
            begins = {
                each["Status"]: each["StartTime"].timestamp() for each in job["SecondaryStatusTransitions"]
            }
        group = "/aws/sagemaker/TrainingJobs"
        (stream,) = self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")[
            "logStreams"
        ]
        events: list[Mapping[str, Any]] = self.logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
        )["events"]
        loaded = _at(events, "---- Parameters")
        built = _at(events, "Training resnet")
        points = [began_s, begins["Downloading"], begins["Training"], loaded, built, trained_s]
        return {part: points[k + 1] - points[k] for k, part in enumerate(PARTS)}


def _at(events: list[Mapping[str, Any]], text: str) -> float:
    return next(float(each["timestamp"]) / 1000 for each in events if text in each["message"])


def _channels(mode: str) -> Iterator[dict[str, Any]]:
    if mode == "Pipe":
        source: dict[str, Any] = {
            "S3DataType": "AugmentedManifestFile",
            "S3Uri": "s3://data/train.manifest",
            "AttributeNames": ["source-ref", "class"],
        }
        yield {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": source},
            "RecordWrapperType": "RecordIO",
            "ContentType": "application/x-recordio",
        }
        return
    for name, prefix in (("train", "images"), ("train_lst", "list")):
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://data/{prefix}/"}
        yield {
            "ChannelName": name,
            "DataSource": {"S3DataSource": source},
            "ContentType": "application/x-image",
        }


if __name__ == "__main__":
    main()
