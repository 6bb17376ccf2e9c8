"""A world in which training jobs run: object store, runner, reconciler, and small algorithms."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.job_keys import box_of, door_of, job_keys
from trigpoint.compute.local import LocalRunner
from trigpoint.compute.logs import LogStreams, read_lines
from trigpoint.compute.metrics import Metrics
from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Reconciler
from trigpoint.services.sagemaker.training_jobs import TrainingJobOperations
from trigpoint.settings import Settings
from trigpoint.training.instances import LOG_GROUP
from trigpoint.training.jobs import TrainingJobs
from trigpoint.training.launch import AlgorithmCommand, InstanceFolder, folder_of
from trigpoint.training.model import Channel, TrainingJob, TrainingSpec

BUCKET = "train-world"

MakeRunner = Callable[[Path], LocalRunner]

PREAMBLE = """
import json, os, signal, sys, time
ml = sys.argv[1]
data = ml + "/input/data/"

def pipe(channel, epoch, patience_s=20.0):
    path = f"{data}{channel}_{epoch}"
    end = time.monotonic() + patience_s
    while not os.path.exists(path):
        assert time.monotonic() < end, path + " does not appear"
        time.sleep(0.001)
    return open(path, "rb")

def epoch(channel, number):
    with pipe(channel, number) as stream:
        return stream.read()

def model(name, content):
    with open(f"{ml}/model/{name}", "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
"""
"""The first lines of every test algorithm; its argument is its /opt/ml directory."""


@dataclass
class World:
    """One installation. To play a restart, drop it and build another on the same directory."""

    settings: Settings
    database: Database
    objects: ObjectStore
    runner: LocalRunner
    reconciler: Reconciler
    log_streams: LogStreams
    metrics: Metrics
    jobs: TrainingJobs
    algorithm: Path
    until_closed: ExitStack

    @property
    def operations(self) -> TrainingJobOperations:
        return TrainingJobOperations(self.jobs)

    def train_with(self, code: str) -> None:
        """Makes this the algorithm of all jobs started from now on."""
        self.algorithm.write_text(PREAMBLE + code)

    def put(self, key: str, data: bytes) -> str:
        """Writes an object and returns its URI."""
        self.objects.put(BUCKET, key, data)
        return f"s3://{BUCKET}/{key}"

    def put_manifest(self, count: int, key: str = "train.manifest", size_bytes: int = 10) -> str:
        """Writes `count` objects and an augmented manifest of them."""
        lines = []
        for k in range(count):
            uri = self.put(f"img/{k}", bytes([65 + k % 26]) * size_bytes)
            lines.append(json.dumps({"source-ref": uri, "label": {"k": k}}))
        return self.put(key, ("\n".join(lines) + "\n").encode())

    def create(self, name: str = "job-1", *channels: Channel, **spec: Any) -> TrainingJob:
        """Creates a job with these channels."""
        values: dict[str, Any] = {
            "algorithm": "object-detection",
            "channels": channels,
            "hyperparameters": {"epochs": "1"},
            "environment": {},
            "output_uri": f"s3://{BUCKET}/out",
            "compress_output": True,
            "instance_type": "ml.p3.2xlarge",
            "max_runtime_s": 600,
            **spec,
        }
        return self.jobs.create(name, TrainingSpec(**values), {}, {})

    def advance_until(
        self, wanted: Callable[[TrainingJob], bool], name: str = "job-1", limit_s: float = 60
    ) -> TrainingJob:
        """Runs the reconciler until the job is as wanted."""
        end = time.monotonic() + limit_s
        while True:
            self.reconciler.run_due()
            job = self.jobs.describe(name)
            if wanted(job):
                return job
            assert time.monotonic() < end, (
                f"{name} is still {job.status}/{job.secondary_status}\n{self.log(name)}"
            )
            time.sleep(0.02)

    def finish(self, name: str = "job-1", limit_s: float = 60) -> TrainingJob:
        """Lets the job run to its end."""
        return self.advance_until(lambda job: job.is_terminal, name, limit_s)

    def log(self, name: str = "job-1", number: int = 1) -> str:
        """The whole log of the job."""
        job = self.jobs.describe(name)
        if job.launched_at is None:
            return ""
        lines, _ = read_lines(self._folder(job, number).log(job.launched_at), 0)
        return "\n".join(text for _, text in lines)

    def opt_ml(self, name: str = "job-1", number: int = 1) -> Path:
        return self._folder(self.jobs.describe(name), number).opt_ml

    def process_folder(self, name: str = "job-1", number: int = 1) -> Path:
        """The folder with the runner's state of an instance."""
        handle = self.jobs.describe(name).group.members[number - 1].handle
        assert handle is not None
        return self.settings.jobs_dir / "processes" / handle

    def _folder(self, job: TrainingJob, number: int = 1) -> InstanceFolder:
        return folder_of(self.settings, job.name, number)

    def streams(self) -> list[str]:
        return [stream.name for stream in self.log_streams.streams(LOG_GROUP)]


def build_world(
    root: Path,
    database: Database,
    trains: AlgorithmCommand | None = None,
    make_runner: MakeRunner = LocalRunner,
) -> World:
    """A world on this directory and database. A second one finds the state of the first.

    trains: the command of the algorithm; None: what `World.train_with` was given
    make_runner: the runner, given the folder of its state
    """
    settings = Settings(data_dir=root / "data", database_url=database.url)
    clock = SystemClock()
    objects = ObjectStore(database, settings.objects_dir, clock, secrets=box_of(settings))
    if not objects.bucket_exists(BUCKET):
        objects.create_bucket(BUCKET)
    until_closed = ExitStack()
    settings = until_closed.enter_context(door_of(database, objects, settings))
    runner = make_runner(settings.jobs_dir / "processes")
    reconciler = Reconciler(database, clock)
    algorithm = root / "algorithm.py"
    logs = LogStreams(database)
    metrics = Metrics(database, clock)

    def command(name: str, opt_ml: Path) -> list[str]:
        return [sys.executable, str(algorithm), str(opt_ml)]

    jobs = TrainingJobs(
        database,
        objects,
        runner,
        reconciler,
        logs,
        settings,
        clock,
        algorithm_command=trains or command,
        issue_keys=job_keys(database, settings),
        published=metrics,
    )
    reconciler.register("training-job", jobs.reconcile)
    return World(
        settings, database, objects, runner, reconciler, logs, metrics, jobs, algorithm, until_closed
    )


@contextmanager
def a_world(
    root: Path,
    database: Database,
    trains: AlgorithmCommand | None = None,
    make_runner: MakeRunner = LocalRunner,
) -> Iterator[World]:
    """A world whose processes are stopped at the end."""
    world = build_world(root, database, trains, make_runner)
    try:
        yield world
    finally:
        world.runner.stop_all(grace_s=0.2)
        world.until_closed.close()


def pipe_channel(uri: str, name: str = "train", **more: Any) -> Channel:
    """An augmented manifest, streamed as RecordIO."""
    values: dict[str, Any] = {
        "data_type": "AugmentedManifestFile",
        "input_mode": "Pipe",
        "attributes": ("source-ref", "label"),
        "content_type": "application/x-recordio",
        "record_wrapper": "RecordIO",
        **more,
    }
    return Channel(name=name, uri=uri, **values)
