"""The demo's training step: an object detector, fed with the labels through a named pipe."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence

from trigpoint.core.errors import TrigpointError
from trigpoint.demo import requests
from trigpoint.demo.dataset import Dataset
from trigpoint.demo.progress import DemoStep
from trigpoint.demo.session import Session

POLL_S = 1.0
LOG_GROUP = "/aws/sagemaker/TrainingJobs"


def train(session: Session, dataset: Dataset, manifests: Sequence[str]) -> tuple[str, float | None]:
    """Trains on the labeled lines of the manifests; returns the job's name and its best mAP@0.5.

    The mAP is None where no image was held out to measure with.
    Raises: TrigpointError: nothing was labeled, or the job failed or was stopped.
    """
    lines = [line for uri in manifests for line in session.read(uri).splitlines() if _is_labeled(line)]
    if not lines:
        raise TrigpointError("no picture was labeled, so there is nothing to train on")
    channels = {"train": session.put("train.manifest", b"\n".join(lines) + b"\n")}
    if dataset.held_out:
        held_out = requests.truth_manifest(dataset.held_out, dataset.labels)
        channels["validation"] = session.put("validation.manifest", held_out)
    hyperparameters = requests.hyperparameters(len(dataset.labels), len(lines))
    job = f"{session.run}-train"
    session.sagemaker.create_training_job(
        **requests.training_job(job, session.account, session.folder, hyperparameters, channels)
    )
    with session.display.step("Train") as step:
        return job, _wait_for_training(session, job, int(hyperparameters["epochs"]), step)


def _wait_for_training(session: Session, job: str, epochs: int, step: DemoStep) -> float | None:
    best: float | None = None
    while True:
        described = session.sagemaker.describe_training_job(TrainingJobName=job)
        log = _training_log(session, job)
        found = re.findall(r"Updating the best model with validation-mAP=([\d.]+)", log)
        best = float(found[-1]) if found else best
        done = len(re.findall(r"#progress_metric:", log))
        shown = f", best mAP@0.5 on held-out images {best:.2f}" if best is not None else ""
        step.show(done, epochs, f"epoch {done} of {epochs}{shown}" if done else described["SecondaryStatus"])
        if described["TrainingJobStatus"] == "Completed":
            return best
        if described["TrainingJobStatus"] in ("Failed", "Stopped"):
            raise TrigpointError(
                f"the training job {job} ended as {described['TrainingJobStatus']}: {described.get('FailureReason')}"
            )
        time.sleep(POLL_S)


def _training_log(session: Session, job: str) -> str:
    try:
        pages = session.logs.get_paginator("filter_log_events").paginate(
            logGroupName=LOG_GROUP, logStreamNamePrefix=f"{job}/"
        )
        return "\n".join(event["message"] for page in pages for event in page["events"])
    except session.logs.exceptions.ResourceNotFoundException:
        return ""


def _is_labeled(line: bytes) -> bool:
    return requests.LABEL_ATTRIBUTE in json.loads(line)
