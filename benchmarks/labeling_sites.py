"""The servers that `labeling.py` compares, each with signed-in workers and a labeling job."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
import httpx
import servers
from botocore.config import Config
from figures import Figures
from servers import Server

from trigpoint.core.clock import SystemClock
from trigpoint.datadir.opening import open_existing
from trigpoint.demo.colleagues import hidden_fields
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.contract import PERFECT, LabelPlace, TaskType
from trigpoint.settings import Settings
from trigpoint.workforce.workers import Workers

BUCKET, TEAM = "benchmark", "crowd"
ROLE = "arn:aws:iam::111122223333:role/Benchmark"
FUNCTION = "arn:aws:lambda:us-east-1:432418664414:function"
COPIES = 200
"""Pictures in the bucket; the lines of the manifest name them in turn."""
POLL_S = 0.02
LARGE_FIGURES = {
    "first_s": "seconds from CreateLabelingJob to the first task",
    "stop_s": "seconds from StopLabelingJob to Stopped, with the output manifest published",
    "before_mb": "memory of the server before the job, MB",
    "after_mb": "memory of the server after it, MB",
}
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Site(Protocol):
    """A running server with its workers."""

    name: str

    def open_job(self, task_type: TaskType[Any], objects: int, answers: int) -> None:
        """Makes a job; returns when the first task is offered."""
        ...

    def measure(self, workers: int, seconds: float, think_s: float) -> dict[str, float]:
        """The figures of some workers at work in the job."""
        ...

    def large_job(self, figures: Figures, objects: int) -> None:
        """Adds how long the stages of one job take."""
        ...


class Portal:
    """A server of Trigpoint. `cookies` are those of its workers."""

    def __init__(self, name: str, server: Server, cookies: Sequence[str]) -> None:
        self.name = name
        self._server = server
        self._cookies = cookies
        self._answer: dict[str, Any] = {}
        self._job = ""
        self._s3, self._sagemaker = self._client("s3"), self._client("sagemaker")
        self._s3.create_bucket(Bucket=BUCKET)

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def cookies(self) -> Sequence[str]:
        """The session cookie of each worker."""
        return self._cookies

    @property
    def job(self) -> str:
        """The name of the job that was opened last."""
        return self._job

    def open_job(self, task_type: TaskType[Any], objects: int, answers: int) -> None:
        self._create(task_type, objects, answers)
        self._first_task()

    def measure(self, workers: int, seconds: float, think_s: float) -> dict[str, float]:
        headers = [f"Cookie: {cookie}\r\n" for cookie in self._cookies[:workers]]
        return measured(self._server, headers, self._job, self._answer, seconds, think_s)

    def large_job(self, figures: Figures, objects: int) -> None:
        row = f"{objects} objects"
        before_mb = servers.resident_mb(self._server.pid)
        begun = self._create(TASK_TYPES["BoundingBox"], objects, 1)
        self._first_task()
        figures.add(row, self.name, first_s=time.perf_counter() - begun, before_mb=before_mb)
        self.measure(8, 10.0, 0.0)
        begun = time.perf_counter()
        self._sagemaker.stop_labeling_job(LabelingJobName=self._job)
        while (status := self._status()) != "Stopped":
            assert status == "Stopping", status
            time.sleep(POLL_S)
        stop_s = time.perf_counter() - begun
        figures.add(row, self.name, stop_s=stop_s, after_mb=servers.resident_mb(self._server.pid))
        lines = self._s3.get_object(Bucket=BUCKET, Key=f"out/{self._job}/manifests/output/output.manifest")[
            "Body"
        ].read()
        assert lines.count(b"\n") == objects, "the output manifest has all lines"

    def _create(self, task_type: TaskType[Any], objects: int, answers: int) -> float:
        """Uploads what the job needs and creates it; returns the time of the request."""
        self._job = f"{task_type.name}-{objects}-{time.time_ns()}".lower()
        example, place = task_type.example, task_type.name.lower()
        self._answer = task_type.simulate(example.truth, example.labels, Random(1), PERFECT)
        lines = (json.dumps({**example.line, **source}) for source in self._sources(task_type, objects))
        self._put(f"{place}/in.manifest", "\n".join(lines).encode())
        self._put(
            f"{place}/labels.json", json.dumps({"labels": [{"label": x} for x in example.labels]}).encode()
        )
        self._put(f"{place}/ui.liquid", task_type.template.encode())
        arn = self._sagemaker.describe_workteam(WorkteamName=TEAM)["Workteam"]["WorkteamArn"]
        request = _request(self._job, task_type, place, arn, answers)
        begun = time.perf_counter()
        self._sagemaker.create_labeling_job(**request)
        return begun

    def _sources(self, task_type: TaskType[Any], objects: int) -> Iterator[dict[str, str]]:
        content, place = task_type.example.content, task_type.name.lower()
        if isinstance(content, str):
            yield from ({"source": content} for _ in range(objects))
            return
        for copy in range(min(COPIES, objects)):
            self._put(f"{place}/{copy}.png", content)
        yield from ({"source-ref": f"s3://{BUCKET}/{place}/{k % COPIES}.png"} for k in range(objects))

    def _first_task(self) -> None:
        with httpx.Client(base_url=self._server.url, trust_env=False, timeout=60) as client:
            headers = {"Cookie": self._cookies[0]}
            while True:
                answer = client.post(f"/portal/api/jobs/{self._job}/next", json={}, headers=headers)
                if answer.status_code == 200 and (task := answer.json()["assignment"]) is not None:
                    client.post(
                        f"/portal/api/assignments/{task['assignmentId']}/release", json={}, headers=headers
                    ).raise_for_status()
                    return
                assert self._status() in ("Initializing", "InProgress"), (
                    self._sagemaker.describe_labeling_job(LabelingJobName=self._job)
                )
                time.sleep(POLL_S)

    def _status(self) -> str:
        status: str = self._sagemaker.describe_labeling_job(LabelingJobName=self._job)["LabelingJobStatus"]
        return status

    def _put(self, key: str, content: bytes) -> None:
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=content)

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self._server.url,
            aws_access_key_id=self._server.access_key_id,
            aws_secret_access_key=self._server.secret_access_key,
            config=Config(retries={"max_attempts": 0}, proxies={}, read_timeout=120),
        )


@contextmanager
def portal(name: str, folder: Path, database: str, source: Path | None, workers: int) -> Iterator[Portal]:
    """A running server of this checkout, or of the one with that `src` folder."""
    folder.mkdir()
    keeper = _postgres(folder) if database == "postgresql" else nullcontext("")
    with keeper as url:
        environment = {"TRIGPOINT_DATABASE_URL": url} if url else {}
        if source is not None:
            environment["PYTHONPATH"] = str(source.resolve())
        with servers.trigpoint(folder, environment) as server:
            yield Portal(name, server, _signed_in(server, folder / "trigpoint", url, workers))


def measured(
    server: Server,
    headers: Sequence[str],
    job: Any,
    answer: Any,
    seconds: float,
    think_s: float,
    *,
    peer: bool = False,
) -> dict[str, float]:
    """The figures of one run of the load generator."""
    place = urlsplit(server.url)
    orders = {
        "host": place.hostname,
        "port": place.port,
        "headers": list(headers),
        "job": job,
        "answer": answer,
        "seconds": seconds,
        "think_s": think_s,
        "peer": peer,
    }
    script = str(Path(__file__).with_name("labeling_load.py"))
    cpu = _cpu_s(server.pid)
    done = subprocess.run(
        [sys.executable, script], input=json.dumps(orders), capture_output=True, text=True, check=True
    )
    cpu = _cpu_s(server.pid) - cpu
    taken = json.loads(done.stdout)
    if taken["errors"]:
        raise RuntimeError(f"{len(taken['errors'])} workers failed: {taken['errors'][0]}")
    sorted_ms = sorted(taken["latencies_ms"])
    count = len(sorted_ms)
    return {
        "per_s": count / taken["elapsed_s"],
        **{f"p{p}_ms": sorted_ms[min(count - 1, count * p // 100)] for p in (50, 95, 99)},
        "cpu_ms": cpu / count * 1e3,
        "load_share": taken["own_cpu_s"] / taken["elapsed_s"],
        "wait_s": taken["wait_s"],
        "twice": taken["twice"],
    }


def _request(job: str, task_type: TaskType[Any], place: str, team_arn: str, answers: int) -> dict[str, Any]:
    is_file = task_type.label_place is LabelPlace.FILE
    ui = (
        {"UiTemplateS3Uri": f"s3://{BUCKET}/{place}/ui.liquid"}
        if task_type.built_in_ui is None
        else {
            "HumanTaskUiArn": f"arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/{task_type.built_in_ui}"
        }
    )
    return {
        "LabelingJobName": job,
        "LabelAttributeName": "label-ref" if is_file else "label",
        "InputConfig": {
            "DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://{BUCKET}/{place}/in.manifest"}}
        },
        "OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "RoleArn": ROLE,
        "LabelCategoryConfigS3Uri": f"s3://{BUCKET}/{place}/labels.json",
        "HumanTaskConfig": {
            "WorkteamArn": team_arn,
            "UiConfig": ui,
            "PreHumanTaskLambdaArn": f"{FUNCTION}:PRE-{task_type.name}",
            "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": f"{FUNCTION}:ACS-{task_type.name}"
            },
            "TaskTitle": "Benchmark",
            "TaskDescription": "Benchmark",
            "NumberOfHumanWorkersPerDataObject": answers,
            "TaskTimeLimitInSeconds": 3600,
        },
    }


def _signed_in(server: Server, data: Path, database_url: str, count: int) -> list[str]:
    """The session cookies of new workers who signed in by the form and chose a password."""
    settings = replace(Settings.load(data_dir=data), database_url=database_url)
    database = open_existing(settings)
    workers = Workers(database, settings, SystemClock())
    invitations = [workers.invite(f"worker-{k}@example.com", TEAM) for k in range(count)]
    database.close()
    names = [(each.user_name, each.temporary_password or "") for each in invitations]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda each: _cookie(server.url, *each), names))


def _cookie(url: str, user_name: str, password: str) -> str:
    """The session cookie of a new worker."""
    new = password + "-new-1"
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        _send(client, "/portal/sign-in", {"user_name": user_name, "password": password})
        form = {"old_password": password, "new_password": new, "repeat_password": new}
        _send(client, "/portal/password", form)
        return "; ".join(f"{key}={value}" for key, value in client.cookies.items())


def _send(client: httpx.Client, path: str, form: dict[str, str]) -> None:
    """Sends a form, again while the limit on attempts from one address holds."""
    while True:
        reply = client.post(path, data=form | hidden_fields(client.get(path).text))
        if reply.status_code == 303:
            return
        assert "try again in" in reply.text, reply.text
        time.sleep(1)


def _cpu_s(pid: int) -> float:
    """Processor time of a process and of its children that run."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(_cpu_s(int(child)) for child in children)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """The URL of a new PostgreSQL server with its default settings: every commit is synced to disk."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    on_path = shutil.which("pg_ctl")
    if not found and on_path is None:
        raise servers.Missing("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    binaries = found[-1].parent if found else Path(on_path or "").resolve().parent
    home = Path(tempfile.mkdtemp(prefix="tp-pg-", dir="/tmp"))  # the path of a socket has a limit
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(home, "postgres", "postgres")

    def run(program: str, *arguments: str) -> None:
        command = [*user, str(binaries / program), "-D", str(home / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    try:
        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8")
        options = f"-k {home} -c listen_addresses= -c max_connections=200"
        run("pg_ctl", "-o", options, "-w", "-l", str(home / "log"), "start")
        try:
            yield f"postgresql://postgres@/postgres?host={home}"
        finally:
            run("pg_ctl", "-m", "fast", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
