"""The demo's walk: pictures -> labels -> training -> endpoint -> prediction, each through the API as a user would."""

from __future__ import annotations

import importlib.util
import json
import random
import re
import secrets
import shlex
import signal
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from rich.console import Console
from rich.markup import escape

from trigpoint import datadir
from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.core.ids import random_token
from trigpoint.db import Database
from trigpoint.demo import requests
from trigpoint.demo.colleagues import Colleague
from trigpoint.demo.dataset import (
    SCENES_HELD_OUT,
    SCENES_LABELED,
    Dataset,
    Picture,
    bucket_name_of,
    drawn_scenes,
    own_folder,
)
from trigpoint.demo.picture import draw_detections
from trigpoint.demo.progress import Display, Step
from trigpoint.demo.server import running_server, with_free_port
from trigpoint.objects import ObjectStore
from trigpoint.settings import Settings
from trigpoint.workforce.workers import Workers

BUCKET = "trigpoint-demo"
TEAM = "demo-team"
COLLEAGUES = 3
YOUR_PICTURES = 8
POLL_S = 1.0
LOG_GROUP = "/aws/sagemaker/TrainingJobs"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line asked for."""

    images: Path | None
    auto: bool
    exit_at_end: bool
    open_browser: bool
    port: int | None
    seed: int | None
    data_dir: Path | None


@dataclass(frozen=True, slots=True)
class Session:
    """The running server, as the demo's steps see it."""

    settings: Settings
    database: Database
    display: Display
    run: str
    s3: Any
    sagemaker: Any
    runtime: Any
    logs: Any
    account: str

    @property
    def folder(self) -> str:
        """Where this run's files lie."""
        return f"s3://{BUCKET}/{self.run}"

    def put(self, name: str, body: bytes) -> str:
        """Writes a file of this run; gives its URI."""
        self.s3.put_object(Bucket=BUCKET, Key=f"{self.run}/{name}", Body=body)
        return f"{self.folder}/{name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo ends with."""

    manifests: tuple[str, ...]
    mean_average_precision: float | None
    endpoint: str
    picture: Path | None
    sample: Picture
    labels: tuple[str, ...]


def run_demo(options: DemoOptions) -> int:
    """Runs the demo; gives the exit code."""
    _require_training()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that the server is stopped, too
    console = Console()
    begun = time.monotonic()
    settings = _settings(options)
    datadir.check(settings.data_dir)
    with datadir.locked(settings.data_dir):
        database, first = datadir.prepare(settings, SystemClock())
    with running_server(settings) as server:
        with Display(console) as display:
            outcome = _whole_loop(options, _session(settings, database, display))
        minutes, seconds = divmod(round(time.monotonic() - begun), 60)
        _show_summary(console, settings, outcome, f"{minutes} min {seconds:02d} s", first)
        if not options.exit_at_end:
            console.print("The server keeps running; Ctrl-C stops it.", style="bold")
            try:
                server.wait()
            except KeyboardInterrupt:
                console.print("Stopping.")
    return 0


def _whole_loop(options: DemoOptions, session: Session) -> Outcome:
    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    dataset = _pictures(options, session, seed)
    if options.auto and not dataset.has_truth:
        raise Invalid(
            f"--auto needs annotations to simulate workers with: put Pascal VOC .xml or COCO .json files into {options.images}, "
            "or leave out --auto and label yourself"
        )
    manifests = _label(options, session, dataset, seed)
    job, precision = _train(session, dataset, manifests)
    endpoint = _deploy(session, job)
    picture, sample = _predict(session, dataset, endpoint)
    return Outcome(manifests, precision, endpoint, picture, sample, dataset.labels)


def _require_training() -> None:
    missing = [name for name in ("torch", "torchvision") if importlib.util.find_spec(name) is None]
    if missing:
        raise Invalid(
            f"the demo trains a model and needs {' and '.join(missing)}: pip install 'trigpoint[train]'"
        )


def _settings(options: DemoOptions) -> Settings:
    settings = Settings.load(port=options.port, data_dir=options.data_dir)
    if options.data_dir is None:
        settings = replace(settings, data_dir=settings.data_dir.with_name(settings.data_dir.name + "-demo"))
    return with_free_port(settings, options.port)


def _session(settings: Settings, database: Database, display: Display) -> Session:
    key = AccessKeys(database, SecretBox(settings.key_file), SystemClock()).root()
    aws = boto3.Session(key.access_key_id, key.secret_access_key, region_name=settings.region)

    def client(service: str) -> Any:
        return aws.client(service, endpoint_url=settings.base_url)

    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    run = datetime.now(UTC).strftime("demo-%Y%m%d-%H%M%S")
    account = client("sts").get_caller_identity()["Account"]
    return Session(
        settings,
        database,
        display,
        run,
        s3,
        client("sagemaker"),
        client("sagemaker-runtime"),
        client("logs"),
        account,
    )


def _pictures(options: DemoOptions, session: Session, seed: int) -> Dataset:
    if options.images is None:
        with session.display.step("Draw street scenes") as step:
            step.show(0, SCENES_LABELED + SCENES_HELD_OUT, f"seed {seed}")
            return drawn_scenes(session.s3, BUCKET, f"{session.run}/images", seed, step.advance)
    with session.display.step("Read the folder") as step:
        folder = options.images.expanduser().absolute()
        bucket = bucket_name_of(folder)
        dataset = own_folder(folder, bucket)
        store = ObjectStore(
            session.database, session.settings.objects_dir, SystemClock(), session.settings.region
        )
        if not store.bucket_exists(bucket):
            store.link_bucket(bucket, folder)
        boxes = sum(len(picture.boxes or ()) for picture in dataset.labeled + dataset.held_out)
        step.note(
            f"{len(dataset.labeled) + len(dataset.held_out)} images, {boxes} boxes, linked as s3://{bucket}"
        )
        return dataset


def _label(options: DemoOptions, session: Session, dataset: Dataset, seed: int) -> tuple[str, ...]:
    team_arn = _team(session)
    session.put("labels.json", requests.label_categories(dataset.labels))
    session.put("template.liquid.html", requests.TEMPLATE.encode())
    colleagues = _colleagues(session, dataset, seed) if dataset.has_truth else []
    yours = () if options.auto else dataset.labeled[: YOUR_PICTURES if colleagues else None]
    theirs = dataset.labeled[len(yours) :]
    jobs: list[str] = []
    if yours:
        name = f"{session.run}-you"
        title = f"Boxes in {len(yours)} pictures"
        _create_labeling_job(session, name, team_arn, yours, title, 1 + min(2, len(colleagues)))
        jobs.append(name)
    if theirs:
        name = f"{session.run}-team"
        _create_labeling_job(
            session, name, team_arn, theirs, f"Boxes in {len(theirs)} pictures", len(colleagues)
        )
        jobs.append(name)
    stop = threading.Event()
    helpers = [
        threading.Thread(
            target=colleague.work, args=(jobs[number >= 2 :] if yours else jobs, stop), daemon=True
        )
        for number, colleague in enumerate(colleagues)
    ]
    for helper in helpers:
        helper.start()
    if yours:
        _invite_person(options, session, jobs[0])
    try:
        with session.display.step("Label") as step:
            return _wait_for_labels(session, jobs, colleagues, step)
    finally:
        stop.set()
        for helper in helpers:
            helper.join(10)


def _team(session: Session) -> str:
    workers = Workers(session.database, session.settings, SystemClock())
    workers.invite(f"first-{session.run}@example.com", TEAM)
    arn: str = session.sagemaker.describe_workteam(WorkteamName=TEAM)["Workteam"]["WorkteamArn"]
    return arn


def _colleagues(session: Session, dataset: Dataset, seed: int) -> list[Colleague]:
    workers = Workers(session.database, session.settings, SystemClock())
    made = []
    for number in range(COLLEAGUES):
        invitation = workers.invite(f"colleague-{number + 1}-{session.run}@example.com", TEAM)
        assert invitation.temporary_password is not None, "this address was never invited before"
        colleague = Colleague(
            session.settings.base_url,
            invitation.user_name,
            invitation.temporary_password,
            dataset.truth(),
            dataset.labels,
            random.Random(f"{seed}-{number}").randrange(2**31),
        )
        colleague.sign_in()
        made.append(colleague)
    return made


def _create_labeling_job(
    session: Session, name: str, team_arn: str, pictures: Sequence[Picture], title: str, workers: int
) -> None:
    session.put(f"{name}.manifest", requests.input_manifest(pictures))
    request = requests.labeling_job(
        name, session.account, session.settings.region, team_arn, session.folder, title, workers
    )
    session.sagemaker.create_labeling_job(**request)


def _invite_person(options: DemoOptions, session: Session, job: str) -> None:
    workers = Workers(session.database, session.settings, SystemClock())
    invitation = workers.invite(f"you-{session.run}@example.com", TEAM)
    assert invitation.temporary_password is not None, "this address was never invited before"
    you = workers.change_password(invitation.worker, invitation.temporary_password, random_token())
    url = f"{session.settings.base_url}/portal/enter?token={workers.entry_token(you, 3600)}"
    console = session.display.console
    console.print(f"Your turn, in the job {job}: open this link, you are signed in already.", soft_wrap=True)
    console.print(
        url, style="bold", markup=False, highlight=False, soft_wrap=True
    )  # in one line, to be copied
    if options.open_browser:
        webbrowser.open(url)


def _wait_for_labels(
    session: Session, jobs: Sequence[str], colleagues: Sequence[Colleague], step: Step
) -> tuple[str, ...]:
    while True:
        described = [session.sagemaker.describe_labeling_job(LabelingJobName=job) for job in jobs]
        for job in described:
            if job["LabelingJobStatus"] in ("Failed", "Stopped"):
                raise TrigpointError(
                    f"the labeling job {job['LabelingJobName']} ended as {job['LabelingJobStatus']}: {job.get('FailureReason', '')}"
                )
        for colleague in colleagues:
            if colleague.failure is not None:
                raise TrigpointError(f"a simulated worker gave up: {colleague.failure}")
        counters = [job["LabelCounters"] for job in described]
        labeled = sum(c["TotalLabeled"] for c in counters)
        total = sum(c["TotalLabeled"] + c["Unlabeled"] + c["FailedNonRetryableError"] for c in counters)
        answers = sum(colleague.submitted for colleague in colleagues)
        step.show(
            labeled,
            total or 1,
            f"{labeled} of {total} images, {answers} answers of {len(colleagues)} simulated workers",
        )
        if all(job["LabelingJobStatus"] == "Completed" for job in described):
            return tuple(job["LabelingJobOutput"]["OutputDatasetS3Uri"] for job in described)
        time.sleep(POLL_S)


def _train(session: Session, dataset: Dataset, manifests: Sequence[str]) -> tuple[str, float | None]:
    lines = [line for uri in manifests for line in _read(session, uri).splitlines() if _is_labeled(line)]
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


def _wait_for_training(session: Session, job: str, epochs: int, step: Step) -> float | None:
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


def _deploy(session: Session, job: str) -> str:
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


def _predict(session: Session, dataset: Dataset, endpoint: str) -> tuple[Path | None, Picture]:
    candidates = dataset.held_out or dataset.labeled
    sample = max(candidates[:10], key=lambda picture: len(picture.boxes or ()))
    with session.display.step("Predict") as step:
        image = _read(session, sample.uri)
        kind = "image/png" if image.startswith(b"\x89PNG") else "image/jpeg"
        answer = session.runtime.invoke_endpoint(EndpointName=endpoint, ContentType=kind, Body=image)
        rows = json.loads(answer["Body"].read())["prediction"]
        path = _writable(session.settings) / "prediction.png"
        drawn = draw_detections(image, rows, dataset.labels, path)
        step.note(f"{drawn} objects found")
    return path, sample


def _wait(describe: Callable[[], dict[str, Any]], field: str, wanted: str, step: Step) -> None:
    while (described := describe())[field] != wanted:
        step.note(described[field])
        if described[field] == "Failed":
            raise TrigpointError(f"ended as Failed: {described.get('FailureReason', 'no reason given')}")
        time.sleep(0.5)
    step.note(wanted)


def _read(session: Session, uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    body: bytes = session.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


def _is_labeled(line: bytes) -> bool:
    return requests.LABEL_ATTRIBUTE in json.loads(line)


def _writable(settings: Settings) -> Path:
    import os

    here = Path.cwd()
    return here if os.access(here, os.W_OK) else settings.data_dir


def _show_summary(
    console: Console, settings: Settings, outcome: Outcome, took: str, first: datadir.FirstStart | None
) -> None:
    """What was reached, and how to go on; in whole lines, so that they can be copied."""
    precision = outcome.mean_average_precision
    lines = [("Labels", manifest) for manifest in outcome.manifests]
    lines.append(
        (
            "mAP@0.5",
            "not measured: no image was held out"
            if precision is None
            else f"{precision:.3f} on held-out images",
        )
    )
    lines.append(("Endpoint", outcome.endpoint))
    lines.append(("Picture", str(outcome.picture)))
    lines.append(("Portal", f"{settings.base_url}/portal/"))
    if first is not None:
        lines.append(("Admin", f"{first.admin_user_name}, password {first.admin_password} (shown once)"))
    lines.append(("Time", took))
    console.print()
    console.rule("[bold]From images to a served detector")
    for name, value in lines:
        console.print(f"[bold]{name:<10}[/]{escape(value)}", highlight=False, soft_wrap=True)
    console.rule("[bold]Ask the endpoint yourself")
    console.print(_snippet(settings, outcome), style="cyan", markup=False, highlight=False, soft_wrap=True)
    console.rule()


def _snippet(settings: Settings, outcome: Outcome) -> str:
    bucket, _, key = outcome.sample.uri.removeprefix("s3://").partition("/")
    return f"""eval "$(trigpoint env --data {shlex.quote(str(settings.data_dir))})"
python - <<'END'
import boto3, json
image = boto3.client("s3").get_object(Bucket={bucket!r}, Key={key!r})["Body"].read()
answer = boto3.client("sagemaker-runtime").invoke_endpoint(
    EndpointName={outcome.endpoint!r}, ContentType="application/x-image", Body=image)
labels = {list(outcome.labels)!r}
for label, score, *corners in json.loads(answer["Body"].read())["prediction"][:5]:
    print(labels[int(label)], round(score, 2), corners)
END"""
