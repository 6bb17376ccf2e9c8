"""The mixed load of soak.py: each user is a thread that repeats what it does until the end."""

from __future__ import annotations

import importlib.util
import io
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from servers import Server

from trigpoint.core.clock import SystemClock
from trigpoint.datadir.opening import open_existing
from trigpoint.demo import requests
from trigpoint.demo.colleagues import Colleague, hidden_fields
from trigpoint.demo.dataset import Dataset, Picture
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.records.labels.boxes import Box
from trigpoint.scenes import draw_scene
from trigpoint.settings import Settings
from trigpoint.workforce.workers import Workers

BUCKET = "soak"
TEAM = "soak-team"
LABELS = ("car", "van", "person")
PICTURES = 8
SMALL, PART = b"s" * 30_000, b"p" * (5 << 20)
PAUSE_S = 0.05
_DONE = ("Completed", "Failed", "Stopped", "InService")


class Tally:
    """Times and errors of requests, collected by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times_ms: list[float] = []
        self._errors = 0
        self._problems: Counter[str] = Counter()

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Counts what is called inside as one request."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self._times_ms.append((time.perf_counter() - begun) * 1000)

    def fail(self, problem: str) -> None:
        """Counts an error."""
        with self._lock:
            self._errors += 1
            self._problems[problem[:200]] += 1

    def take(self) -> tuple[list[float], int]:
        """The times and the number of errors since the last call."""
        with self._lock:
            taken = self._times_ms, self._errors
            self._times_ms, self._errors = [], 0
            return taken

    def problems(self) -> Counter[str]:
        """How often each error happened, from the beginning on."""
        return self._problems


class Load:
    """All users of one server."""

    def __init__(self, server: Server, data_dir: Path, tally: Tally) -> None:
        self._server, self._tally = server, tally
        self._settings = Settings(data_dir=data_dir)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._finished: Counter[str] = Counter()
        self._s3, self._sagemaker, self._runtime = map(self._client, ("s3", "sagemaker", "sagemaker-runtime"))
        self._s3.create_bucket(Bucket=BUCKET)
        self._pictures = [self._draw(number) for number in range(PICTURES)]
        self._put("soak/labels.json", requests.label_categories(LABELS))
        self._put("soak/template.liquid.html", requests.TEMPLATE.encode())
        self._database = open_existing(self._settings)
        workers = Workers(self._database, self._settings, SystemClock())
        self._annotator, self._visitor = (workers.invite(f"{n}@example.com", TEAM) for n in ("ann", "vic"))
        described = self._sagemaker.describe_workteam(WorkteamName=TEAM)
        self._team_arn = described["Workteam"]["WorkteamArn"]

    def start(self) -> None:
        """Starts all users."""
        users = [self._objects, self._objects, self._portal, self._labeling]
        if importlib.util.find_spec("torch") is not None:
            users.append(self._training)
        for number, user in enumerate(users):
            thread = threading.Thread(target=self._repeat, args=(user, number), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stops all users."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        self._database.close()

    def summary(self) -> str:
        """What was finished, in words."""
        return ", ".join(f"{number} {what}" for what, number in sorted(self._finished.items()))

    def _repeat(self, user: Callable[[int], Iterator[Callable[[], Any]]], number: int) -> None:
        """Calls the user's requests one by one; an error is counted, and the user begins again."""
        while not self._stop.is_set():
            try:
                for call in user(number):
                    with self._tally.timed():
                        call()
                    if self._stop.wait(PAUSE_S):
                        return
            except (ClientError, BotoCoreError, httpx.HTTPError, RuntimeError) as problem:
                self._tally.fail(f"{user.__name__}: {type(problem).__name__}: {problem}")
                self._stop.wait(1)

    def _objects(self, number: int) -> Iterator[Callable[[], Any]]:
        s3 = self._s3
        for n in count():
            name = {"Bucket": BUCKET, "Key": f"objects/{number}/{n % 200}"}
            yield partial(s3.put_object, **name, Body=SMALL)
            yield partial(self._read, name)
            yield partial(s3.head_object, **name)
            yield partial(s3.list_objects_v2, Bucket=BUCKET, Prefix=f"objects/{number}/", MaxKeys=100)
            if n % 2:
                yield partial(s3.delete_object, **name)
            if n % 50 == 0:
                yield partial(self._multipart, name)
            self._finished["rounds of S3"] += 1

    def _read(self, name: dict[str, str]) -> None:
        _expect(self._s3.get_object(**name)["Body"].read() == SMALL, "an object has other bytes")

    def _multipart(self, name: dict[str, str]) -> None:
        upload = name | {"UploadId": self._s3.create_multipart_upload(**name)["UploadId"]}
        part = self._s3.upload_part(**upload, PartNumber=1, Body=PART)
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        self._s3.complete_multipart_upload(**upload, MultipartUpload=parts)

    def _portal(self, _: int) -> Iterator[Callable[[], Any]]:
        """A person who signs in, looks at their jobs and signs out, with a new connection each time."""
        password = self._visitor.temporary_password or ""
        first = self._colleague(self._visitor.user_name, password)
        yield first.sign_in
        self._visitor_password = f"{password}-Mine-2"
        while True:
            with httpx.Client(base_url=self._server.url, timeout=60, trust_env=False) as browser:
                yield partial(self._sign_in, browser)
                for path in ("/portal/", "/static/portal.js", "/portal/password", "/health", "/portal/none"):
                    yield partial(self._visit, browser, path)
            self._finished["visits to the portal"] += 1
            self._stop.wait(1)

    def _visit(self, browser: httpx.Client, path: str) -> None:
        status = browser.get(path).status_code
        _expect(status < 500, f"{path} returned {status}")

    def _sign_in(self, browser: httpx.Client) -> None:
        form = hidden_fields(browser.get("/portal/sign-in").text)
        form |= {"user_name": self._visitor.user_name, "password": self._visitor_password}
        reply = browser.post("/portal/sign-in", data=form)
        _expect(reply.status_code == 303, f"sign in: {reply.status_code}")

    def _labeling(self, _: int) -> Iterator[Callable[[], Any]]:
        password = self._annotator.temporary_password or ""
        worker = self._colleague(self._annotator.user_name, password)
        yield worker.sign_in
        for n in count():
            name = f"label-{n}"
            self._put(f"soak/{name}.manifest", requests.input_manifest(self._pictures))
            request = requests.labeling_job(
                name, "111122223333", "us-east-1", self._team_arn, f"s3://{BUCKET}/soak", "Boxes", 1
            )
            yield partial(self._sagemaker.create_labeling_job, **request)
            ended = threading.Event()
            at_work = threading.Thread(target=worker.work, args=([name], ended), daemon=True)
            at_work.start()
            yield from self._until_done("labeling_job", "LabelingJobName", name, "LabelingJobStatus")
            ended.set()
            at_work.join(30)
            _expect(worker.failure is None, f"the worker gave up: {worker.failure}")
            self._finished["labeling jobs"] += 1

    def _colleague(self, user_name: str, password: str) -> Colleague:
        truth = Dataset(LABELS, tuple(self._pictures), ()).truth()
        return Colleague(self._server.url, user_name, password, BOUNDING_BOX, truth, LABELS, 1)

    def _training(self, _: int) -> Iterator[Callable[[], Any]]:
        truth = self._put("soak/truth.manifest", requests.truth_manifest(self._pictures, LABELS))
        settings = requests.hyperparameters(len(LABELS), PICTURES) | {"epochs": "1", "lr_scheduler_step": "1"}
        settings["lr_scheduler_factor"] = "0.5"
        for n in count():
            name = f"train-{n}-{time.monotonic_ns()}"
            request = requests.training_job(
                name, "111122223333", f"s3://{BUCKET}/soak", settings, {"train": truth}
            )
            yield partial(self._sagemaker.create_training_job, **request)
            yield from self._until_done("training_job", "TrainingJobName", name, "TrainingJobStatus")
            self._finished["training jobs"] += 1
            if n == 0:
                yield from self._deploy(name)
            for _invocation in range(40):
                yield self._invoke
                self._stop.wait(0.5)

    def _deploy(self, job: str) -> Iterator[Callable[[], Any]]:
        sagemaker, name = self._sagemaker, f"endpoint-{job}"
        described = sagemaker.describe_training_job(TrainingJobName=job)
        container = {
            "Image": requests.IMAGE,
            "ModelDataUrl": described["ModelArtifacts"]["S3ModelArtifacts"],
        }
        role = requests.ROLE.format(account="111122223333")
        variant = {"VariantName": "all", "ModelName": name, "InitialInstanceCount": 1}
        variants = [variant | {"InstanceType": "ml.m5.large"}]
        yield lambda: sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container
        )
        yield lambda: sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
        yield lambda: sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        yield from self._until_done("endpoint", "EndpointName", name, "EndpointStatus")
        self._endpoint = name

    def _invoke(self) -> None:
        reply = self._runtime.invoke_endpoint(
            EndpointName=self._endpoint, ContentType="image/jpeg", Body=self._image
        )
        _expect("prediction" in json.loads(reply["Body"].read()), "no prediction")
        self._finished["predictions"] += 1

    def _until_done(self, kind: str, field: str, name: str, status: str) -> Iterator[Callable[[], Any]]:
        """Describes the resource again and again until it is done."""
        found = ""
        while found not in _DONE:

            def describe() -> None:
                nonlocal found
                found = getattr(self._sagemaker, f"describe_{kind}")(**{field: name})[status]

            yield describe
            self._stop.wait(0.3)
        _expect(found in ("Completed", "InService"), f"{kind} {name} ended as {found}")

    def _draw(self, number: int) -> Picture:
        scene, encoded = draw_scene(1, number), io.BytesIO()
        scene.image.save(encoded, "JPEG", quality=90)
        self._image = encoded.getvalue()
        uri = self._put(f"soak/images/{number}.jpg", self._image)
        boxes = tuple(Box(b.label, b.left, b.top, b.width, b.height) for b in scene.boxes)
        return Picture(uri, scene.image.width, scene.image.height, boxes)

    def _put(self, key: str, body: bytes) -> str:
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._server.url,
            region_name="us-east-1",
            aws_access_key_id=self._server.access_key_id,
            aws_secret_access_key=self._server.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )


def _expect(holds: bool, problem: str) -> None:
    if not holds:
        raise RuntimeError(problem)
