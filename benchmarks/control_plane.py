"""SageMaker control-plane calls over loopback: p50 and p99 of one client, compared with moto and with boto3's own cost.

`raw` sends a request that was signed beforehand over a kept connection, so that only the server is measured; `boto3`
is the same call as a user makes it. moto has no labeling jobs; its list is one of 10,000 training jobs.

    uv run python benchmarks/control_plane.py [--rounds 5] [--calls 200] [--jobs 10000]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import servers
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from figures import Figures
from servers import Server
from sqlalchemy import insert, select

from trigpoint.core.ids import new_id
from trigpoint.db import Database
from trigpoint.db.tables.labeling import labeling_jobs
from trigpoint.db.tables.training import training_jobs

BUCKET = "benchmark"
ROLE = "arn:aws:iam::111122223333:role/Benchmark"
IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"
FUNCTION = "arn:aws:lambda:us-east-1:432418664414:function"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--peers", type=Path, default=servers.CACHE)
    options = parser.parse_args()
    figures = Figures()
    with tempfile.TemporaryDirectory(prefix="trigpoint-benchmark-") as name, ExitStack() as stack:
        ours = stack.enter_context(servers.trigpoint(Path(name)))
        theirs = stack.enter_context(servers.moto(Path(name), options.peers))
        _fill_trigpoint(ours, Path(name) / "trigpoint" / "trigpoint.db", options.jobs)
        _fill_moto(theirs, options.jobs)
        calls = [
            (ours, "list of jobs, first 10", "ListLabelingJobs", {"MaxResults": 10}),
            (ours, "list of jobs, first 100", "ListLabelingJobs", {"MaxResults": 100}),
            (ours, "list by name, 100", "ListLabelingJobs", {"MaxResults": 100, "NameContains": "job-00"}),
            (ours, "described training job", "DescribeTrainingJob", {"TrainingJobName": "job-000000"}),
            (theirs, "list of jobs, first 10", "ListTrainingJobs", {"MaxResults": 10}),
            (theirs, "list of jobs, first 100", "ListTrainingJobs", {"MaxResults": 100}),
            (theirs, "described training job", "DescribeTrainingJob", {"TrainingJobName": "job-000000"}),
        ]
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
            for server, row, operation, request in calls:
                _take(figures, f"{row}, raw", server.name, _raw(server, operation, request), options.calls)
                _take(
                    figures, f"{row}, boto3", server.name, _boto3(server, operation, request), options.calls
                )
    for figure, title in (("p50_ms", "p50, ms"), ("p99_ms", "p99, ms")):
        figures.print(
            f"{title} (median of rounds)", figure, ["trigpoint", "moto"], "trigpoint", higher_is_better=False
        )
    figures.print("calls/s (median of rounds)", "per_s", ["trigpoint", "moto"], "trigpoint")


def _take(figures: Figures, row: str, column: str, call: Callable[[], None], count: int) -> None:
    call()
    taken = []
    for _ in range(count):
        begun = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begun)
    taken.sort()
    figures.add(
        row,
        column,
        p50_ms=taken[len(taken) // 2] * 1e3,
        p99_ms=taken[int(len(taken) * 0.99)] * 1e3,
        per_s=count / sum(taken),
    )


def _raw(server: Server, operation: str, request: dict[str, Any]) -> Callable[[], None]:
    body = json.dumps(request)
    signed: Any = AWSRequest("POST", f"{server.url}/", data=body)
    signed.headers["X-Amz-Target"] = f"SageMaker.{operation}"
    signed.headers["Content-Type"] = "application/x-amz-json-1.1"
    credentials = Credentials(server.access_key_id, server.secret_access_key)
    SigV4Auth(credentials, "sagemaker", "us-east-1").add_auth(signed)
    headers = dict(signed.headers)
    connection = HTTPConnection(server.url.removeprefix("http://"), timeout=60)

    def call() -> None:
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content

    return call


def _boto3(server: Server, operation: str, request: dict[str, Any]) -> Callable[[], None]:
    client = _client(server, "sagemaker")
    method = getattr(client, _snake(client, operation))
    return lambda: method(**request)


def _snake(client: Any, operation: str) -> str:
    return next(method for method, name in client.meta.method_to_api_mapping.items() if name == operation)


def _client(server: Server, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        config=Config(proxies={}),
    )


def _fill_trigpoint(server: Server, database: Path, count: int) -> None:
    """One labeling job and one training job through the API, then copies of their rows."""
    s3, sagemaker = _client(server, "s3"), _client(server, "sagemaker")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="in.manifest", Body=b'{"source-ref": "s3://benchmark/a.jpg"}')
    s3.put_object(Bucket=BUCKET, Key="labels.json", Body=b'{"labels": [{"label": "a"}, {"label": "b"}]}')
    s3.put_object(Bucket=BUCKET, Key="ui.liquid", Body=b"<crowd-form></crowd-form>")
    arn = _team(server, database)
    sagemaker.create_labeling_job(
        LabelingJobName="job-000000",
        LabelAttributeName="label",
        InputConfig={"DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://{BUCKET}/in.manifest"}}},
        OutputConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        RoleArn=ROLE,
        LabelCategoryConfigS3Uri=f"s3://{BUCKET}/labels.json",
        HumanTaskConfig={
            "WorkteamArn": arn,
            "UiConfig": {"UiTemplateS3Uri": f"s3://{BUCKET}/ui.liquid"},
            "PreHumanTaskLambdaArn": f"{FUNCTION}:PRE-BoundingBox",
            "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": f"{FUNCTION}:ACS-BoundingBox"
            },
            "TaskTitle": "title",
            "TaskDescription": "description",
            "NumberOfHumanWorkersPerDataObject": 1,
            "TaskTimeLimitInSeconds": 600,
        },
    )
    sagemaker.create_training_job(**_training_job(0))
    sagemaker.stop_labeling_job(LabelingJobName="job-000000")
    sagemaker.stop_training_job(TrainingJobName="job-000000")
    while sagemaker.describe_training_job(TrainingJobName="job-000000")["TrainingJobStatus"] != "Stopped":
        time.sleep(0.5)
    while sagemaker.describe_labeling_job(LabelingJobName="job-000000")["LabelingJobStatus"] != "Stopped":
        time.sleep(0.5)
    _copy_rows(database, count)


def _team(server: Server, database: Path) -> str:
    command = [sys.executable, "-m", "trigpoint", "worker", "invite", "someone@example.com", "--team", "team"]
    subprocess.run([*command, "--data", str(database.parent)], check=True, capture_output=True)
    arn: str = _client(server, "sagemaker").describe_workteam(WorkteamName="team")["Workteam"]["WorkteamArn"]
    return arn


def _copy_rows(path: Path, count: int) -> None:
    database = Database(f"sqlite:///{path}")
    with database.write() as connection:
        for table in (labeling_jobs, training_jobs):
            row = dict(connection.execute(select(table)).mappings().one())
            copies = []
            for number in range(1, count):
                name = f"job-{number:06d}"
                copies.append(
                    row
                    | {
                        "id": new_id(),
                        "name": name,
                        "name_key": name,
                        "arn": row["arn"].replace("job-000000", name),
                    }
                )
            connection.execute(insert(table), copies)
    database.close()


def _fill_moto(server: Server, count: int) -> None:
    sagemaker = _client(server, "sagemaker")
    for number in range(count):
        sagemaker.create_training_job(**_training_job(number))


def _training_job(number: int) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in.manifest"}
    return {
        "TrainingJobName": f"job-{number:06d}",
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"},
        "RoleArn": ROLE,
        "HyperParameters": {"num_classes": "1", "num_training_samples": "1"},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": source},
                "ContentType": "application/x-recordio",
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.p3.2xlarge", "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }


if __name__ == "__main__":
    main()
