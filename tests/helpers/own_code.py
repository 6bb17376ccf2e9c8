"""Jobs with people's own code on a real server, through boto3, as the SDKs send them."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

from helpers.processes import wait_for
from helpers.server_process import ServerProcess

BUCKET = "own-code"
ROLE = "arn:aws:iam::111122223333:role/Any"
PYTORCH = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-{}:2.1.0-cpu-py310"
REGISTERED = "own/plain:1"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"


def packed(files: Mapping[str, str | bytes]) -> bytes:
    """A .tar.gz of the files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def start(
    server: ServerProcess,
    name: str,
    files: Mapping[str, str | bytes],
    *,
    image: str = REGISTERED,
    program: str = "train.py",
    hyperparameters: Mapping[str, Any] | None = None,
    channels: list[dict[str, Any]] | None = None,
    count: int = 1,
    max_runtime_s: int = 300,
    volume_gb: int = 30,
    algorithm: Mapping[str, Any] | None = None,
    **more: Any,
) -> None:
    """Creates a training job as PyTorch(entry_point=program, source_dir=...).fit() does."""
    source = f"{name}/source/sourcedir.tar.gz"
    server.aws("s3").put_object(Bucket=BUCKET, Key=source, Body=packed(files))
    given = {
        **(hyperparameters or {}),
        "sagemaker_program": program,
        "sagemaker_submit_directory": f"s3://{BUCKET}/{source}",
        "sagemaker_container_log_level": 20,
        "sagemaker_job_name": name,
        "sagemaker_region": "us-east-1",
    }
    server.aws("sagemaker").create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File", **(algorithm or {})},
        HyperParameters={key: json.dumps(value) for key, value in given.items()},
        **({"InputDataConfig": channels} if channels else {}),
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}"},
        ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": count, "VolumeSizeInGB": volume_gb},
        StoppingCondition={"MaxRuntimeInSeconds": max_runtime_s},
        **more,
    )


def ended(server: ServerProcess, name: str, limit_s: float = 120) -> dict[str, Any]:
    """The description of the job when it has ended."""
    sagemaker = server.aws("sagemaker")

    def described() -> dict[str, Any]:
        found: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
        return found

    wait_for(
        lambda: described()["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"),
        f"the end of {name}",
        limit_s,
    )
    return described()


def log_of(server: ServerProcess, name: str) -> str:
    """All lines of all instances of the job."""
    logs = server.aws("logs")
    streams = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{name}/")["logStreams"]
    lines: list[str] = []
    for stream in streams:
        where = {"logGroupName": LOG_GROUP, "logStreamName": stream["logStreamName"]}
        page = logs.get_log_events(**where, startFromHead=True)
        while page["events"]:
            lines += [event["message"] for event in page["events"]]
            page = logs.get_log_events(**where, startFromHead=True, nextToken=page["nextForwardToken"])
    return "\n".join(lines)


def model_of(server: ServerProcess, name: str) -> dict[str, bytes]:
    """The files of the job's model."""
    body = server.aws("s3").get_object(Bucket=BUCKET, Key=f"{name}/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        members = [each for each in archive if each.isfile()]
        return {each.name: archive.extractfile(each).read() for each in members}  # type: ignore[union-attr]
