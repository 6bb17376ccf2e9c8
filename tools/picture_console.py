"""What the console shows in the pictures of tools/pictures.py: a finished demo, and around it all that can stand in a page.

The demo makes a labeling job with real answers, a training and an endpoint. Around them come jobs that fail, long and
hostile names, long lists, and a manifest with mistakes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from trial_server import Server, wait_for

from trigpoint.core.clock import SystemClock
from trigpoint.datadir.opening import prepare
from trigpoint.demo import requests
from trigpoint.settings import Settings
from trigpoint.workforce.workers import Workers

DEMO = "trigpoint-demo"
BUCKET = "pictures"
TRAIN = f"s3://{BUCKET}/train.manifest"
LONG = "a-name-of-sixty-three-characters-is-the-longest-that-aws-allows"
RUNNING = "street-boxes-running"
FAILED = "street-boxes-failed"
HOSTILE_KEYS = (
    "<script>alert(1)</script>.jpg",
    "\u202egpj.gnp \u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645.jpg",
    "사진 폴더/매우 긴 이름을 가진 사진 파일의 첫 번째 판.jpg",
    f"{'x' * 300}.jpg",
)
ROWS = 1_000
TRAINED = 16
"""The labeled scenes that the trainings learn from, so that an epoch takes seconds."""
WORKERS = 60


def run_demo(folder: Path) -> None:
    """A finished demo in `folder`/data, with no server running."""
    data_dir = folder / "data"
    if (data_dir / "demo-is-done").exists():
        return
    command = [sys.executable, "-m", "trigpoint", "demo", "--auto", "--exit", "--no-browser", "--seed", "7"]
    subprocess.run([*command, "--data", str(data_dir)], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    (data_dir / "demo-is-done").touch()


def fill_console(server: Server) -> None:
    """Adds everything else to the server of a finished demo. A second call changes nothing."""
    s3, sagemaker = server.aws("s3"), server.aws("sagemaker")
    if BUCKET not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        _put_objects(s3)
        _invite(server)
        _create_hosting(sagemaker, s3)
        _train(sagemaker, FAILED, TRAIN, num_classes="1", epochs="2")
        _train(sagemaker, LONG, f"s3://{BUCKET}/missing.manifest", epochs="2")
        _create_labeling_jobs(sagemaker)


def start_running(server: Server) -> None:
    """Starts a training that runs for as long as the pictures take, and waits for its first metrics."""
    sagemaker = server.aws("sagemaker")
    with suppress(ClientError):  # it has never been started, or has ended
        sagemaker.stop_training_job(TrainingJobName=RUNNING)
    if sagemaker.list_training_jobs(NameContains=RUNNING)["TrainingJobSummaries"]:
        wait_for(lambda: _status(sagemaker, RUNNING) == "Stopped", "the training did not stop")
        sagemaker.delete_training_job(TrainingJobName=RUNNING)
    _train(sagemaker, RUNNING, TRAIN, epochs="10000")
    wait_for(
        lambda: bool(sagemaker.describe_training_job(TrainingJobName=RUNNING).get("FinalMetricDataList")),
        "the training logged nothing",
    )


def stop_running(server: Server) -> None:
    """Stops the training whose page is shown running, and waits for its end."""
    sagemaker = server.aws("sagemaker")
    sagemaker.stop_training_job(TrainingJobName=RUNNING)
    wait_for(lambda: _status(sagemaker, RUNNING) == "Stopped", "the training did not stop")


def _demo_key(s3: Any, name: str) -> str:
    """The key of the demo's file of this name."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=DEMO)
    keys: list[str] = [each["Key"] for page in pages for each in page["Contents"]]
    return next(key for key in keys if key.endswith(f"/{name}"))


def _put_objects(s3: Any) -> None:
    s3.create_bucket(Bucket=BUCKET)
    s3.create_bucket(Bucket=LONG)
    body = s3.get_object(Bucket=DEMO, Key=_demo_key(s3, "scene-0003.jpg"))["Body"].read()
    for key in (*HOSTILE_KEYS, *(f"street/{number}.jpg" for number in range(8))):
        s3.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType="image/jpeg")
    for number in range(ROWS):
        s3.put_object(Bucket=BUCKET, Key=f"many/note-{number:04d}.txt", Body=b"A car stands in the street.")
    learned = s3.get_object(Bucket=DEMO, Key=_demo_key(s3, "train.manifest"))["Body"].read().splitlines()
    s3.put_object(Bucket=BUCKET, Key="train.manifest", Body=b"\n".join(learned[:TRAINED]))
    s3.put_object(Bucket=BUCKET, Key="street.manifest", Body=_manifest())
    s3.put_object(Bucket=BUCKET, Key="empty.manifest", Body=b"")


def _manifest() -> bytes:
    """A manifest of many lines, a few of them with mistakes."""
    lines = [
        json.dumps(
            {
                "source-ref": f"s3://{BUCKET}/street/{number % 8}.jpg",
                "<script>alert(1)</script>": HOSTILE_KEYS[number % 4],
                "weather": ("rain", "맑음", "ضباب")[number % 3],
                "boxes": {"annotations": [{"class_id": 0, "left": 1, "top": 2, "width": 3, "height": 4}] * 9},
            },
            ensure_ascii=False,
        )
        for number in range(ROWS)
    ]
    lines[4] = '{"source-ref": "s3://pictures/street/4.jpg"'
    lines[9] = '{"source": 9}'
    return "\n".join(lines).encode()


def _invite(server: Server) -> None:
    """Many workers, a team with a long name, and one whose description is hostile."""
    settings = Settings.load(port=int(server.url.rpartition(":")[2]), data_dir=server.data_dir)
    workers = Workers(prepare(settings, SystemClock()), settings, SystemClock())
    names = [f"worker-{number:02d}@example.com" for number in range(WORKERS)]
    workers.invite_all(names[:50], "night-shift")
    workers.invite_all([*names[50:], f"{'w' * 50}@{'long-domain-name.' * 6}example.com"], LONG)
    sagemaker = server.aws("sagemaker")
    sagemaker.update_workteam(WorkteamName="night-shift", Description="<script>alert(1)</script> ‮مرحبا")
    described = sagemaker.describe_workteam(WorkteamName=LONG)["Workteam"]["MemberDefinitions"]
    sagemaker.create_workteam(WorkteamName="nobody", Description="Nobody yet", MemberDefinitions=described)


def _train(sagemaker: Any, name: str, manifest: str, **hyperparameters: str) -> None:
    settings = {**requests.hyperparameters(3, TRAINED), **hyperparameters}
    sagemaker.create_training_job(
        **requests.training_job(name, "111122223333", f"s3://{BUCKET}", settings, {"train": manifest})
    )


def _status(sagemaker: Any, name: str) -> str:
    found: str = sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]
    return found


def _create_hosting(sagemaker: Any, s3: Any) -> None:
    """Models and configs enough for two pages, an endpoint that fails, and transform jobs with both ends."""
    served = sagemaker.list_models(MaxResults=1)["Models"][0]["ModelName"]
    s3.put_object(Bucket=BUCKET, Key="broken/model.tar.gz", Body=b"no archive")
    role = requests.ROLE.format(account="111122223333")
    broken = {"Image": requests.IMAGE, "ModelDataUrl": f"s3://{BUCKET}/broken/model.tar.gz"}
    broken["Environment"] = {"HOSTILE": "<script>alert(1)</script>", "LONG": "x" * 300}  # type: ignore[assignment]
    for name in (LONG, *(f"street-{number:02d}" for number in range(60))):
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=broken)
    half = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1, "InitialVariantWeight": 0.5}
    variants = [
        {**half, "VariantName": "Steady", "ModelName": served},
        {**half, "VariantName": "New", "ModelName": LONG},
    ]
    sagemaker.create_endpoint_config(EndpointConfigName="two-variants", ProductionVariants=variants)
    sagemaker.create_endpoint_config(EndpointConfigName=LONG, ProductionVariants=variants[1:])
    sagemaker.create_endpoint(EndpointName=LONG, EndpointConfigName=LONG)
    for name, model in (("street-answers", served), (LONG, LONG)):
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/street/"}}
        sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName=model,
            TransformInput={"DataSource": source, "ContentType": "image/jpeg"},
            TransformOutput={"S3OutputPath": f"s3://{BUCKET}/answers"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )


def _create_labeling_jobs(sagemaker: Any) -> None:
    """The demo's job again under a long name, with a hostile title; and one that fails, for want of its manifest."""
    first = sagemaker.list_labeling_jobs(NameContains="team")["LabelingJobSummaryList"][0]["LabelingJobName"]
    described = sagemaker.describe_labeling_job(LabelingJobName=first)
    fields = (
        "LabelAttributeName",
        "InputConfig",
        "OutputConfig",
        "RoleArn",
        "LabelCategoryConfigS3Uri",
        "HumanTaskConfig",
    )
    request = {name: described[name] for name in fields}
    request["HumanTaskConfig"]["TaskTitle"] = "<script>alert(1)</script> مرحبا"
    team = sagemaker.describe_workteam(WorkteamName=LONG)["Workteam"]["WorkteamArn"]
    request["HumanTaskConfig"]["WorkteamArn"] = team
    sagemaker.create_labeling_job(LabelingJobName=LONG, **request)
    missing = {"DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://{BUCKET}/empty.manifest"}}}
    sagemaker.create_labeling_job(
        LabelingJobName="street-boxes-failed", **{**request, "InputConfig": missing}
    )
