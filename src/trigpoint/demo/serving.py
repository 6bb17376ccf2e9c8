"""The demo's last steps: an endpoint that serves the trained model, and one prediction drawn into its picture."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trigpoint.core.errors import TrigpointError
from trigpoint.demo import requests
from trigpoint.demo.dataset import Dataset, Picture
from trigpoint.demo.picture import draw_detections
from trigpoint.demo.progress import DemoStep
from trigpoint.demo.session import Session
from trigpoint.settings import Settings


def deploy(session: Session, job: str) -> str:
    """Serves the model of a training job and returns the endpoint's name, once it is in service."""
    name = f"{session.run}-endpoint"
    sagemaker = session.sagemaker
    with session.display.step("Deploy") as step:
        artifact = sagemaker.describe_training_job(TrainingJobName=job)["ModelArtifacts"]["S3ModelArtifacts"]
        container = {"Image": requests.IMAGE, "ModelDataUrl": artifact}
        role = requests.ROLE.format(account=session.account)
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
        variant = {
            "VariantName": "AllTraffic",
            "ModelName": name,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
        }
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        _wait(lambda: sagemaker.describe_endpoint(EndpointName=name), "EndpointStatus", "InService", step)
    return name


def predict(session: Session, dataset: Dataset, endpoint: str) -> tuple[Path, Picture]:
    """Asks the endpoint about the sample with the most boxes; returns the drawn picture's path and the sample."""
    candidates = dataset.held_out or dataset.labeled
    sample = max(candidates[:10], key=lambda picture: len(picture.boxes or ()))
    with session.display.step("Predict") as step:
        image = session.read(sample.uri)
        kind = "image/png" if image.startswith(b"\x89PNG") else "image/jpeg"
        reply = session.runtime.invoke_endpoint(EndpointName=endpoint, ContentType=kind, Body=image)
        rows = json.loads(reply["Body"].read())["prediction"]
        path = _writable(session.settings) / "prediction.png"
        drawn = draw_detections(image, rows, dataset.labels, path)
        step.note(f"{drawn} objects found")
    return path, sample


def _wait(describe: Callable[[], dict[str, Any]], field: str, wanted: str, step: DemoStep) -> None:
    while (described := describe())[field] != wanted:
        step.note(described[field])
        if described[field] == "Failed":
            raise TrigpointError(f"ended as Failed: {described.get('FailureReason', 'no reason given')}")
        time.sleep(0.5)
    step.note(wanted)


def _writable(settings: Settings) -> Path:
    here = Path.cwd()
    return here if os.access(here, os.W_OK) else settings.data_dir
