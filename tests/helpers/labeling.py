"""A small labeling world: real store, teams, reconciler and tasks, on a clock that the test moves."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PIL import Image
from sqlalchemy import Connection, select, update

from helpers.calls import shared_calls
from helpers.cast import quick_passwords
from helpers.task_templates import shared_templates
from trigpoint.compute.bounded_calls import BoundedCalls
from trigpoint.compute.metrics import Metrics
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.db.tables.labeling import labeling_assignments, labeling_worker_totals
from trigpoint.labeling.corrections import Corrections
from trigpoint.labeling.job_log import WriteLine
from trigpoint.labeling.jobs import LabelingJobs
from trigpoint.labeling.model import KIND, Assignment, Job, JobSpec
from trigpoint.labeling.progress import JobProgress
from trigpoint.labeling.reserving import Reserving
from trigpoint.labeling.task_types.bounding_box.answers import write_answer
from trigpoint.labeling.tasks import Tasks
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Reconciler
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workers import Workers

FUNCTION = "arn:aws:lambda:us-east-1:432418664414:function"
ROLE = "arn:aws:iam::111122223333:role/labeling"
TEMPLATE = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form>
  <crowd-bounding-box name="boundingBox" src="{{ task.input.taskObject | grant_read_access }}"
    header="Draw" labels="{{ task.input.labels | to_json | escape }}">
    <full-instructions header="h">x</full-instructions><short-instructions>s</short-instructions>
  </crowd-bounding-box>
</crowd-form>
"""


class World:
    """Everything that a labeling job needs: the bucket `lab`, and the team `crew` that the jobs are for."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: FakeClock,
        calls: BoundedCalls | None = None,
        write_log: WriteLine | None = None,
    ) -> None:
        self.database = database
        self.settings = settings
        self.clock = clock
        self.objects = ObjectStore(database, settings.objects_dir, clock)
        self.teams = Teams(database, settings, clock)
        self.workers = Workers(database, settings, clock, passwords=quick_passwords())
        self.reconciler = Reconciler(database, clock)
        self.metrics = Metrics(database, clock)
        templates = shared_templates()
        self.jobs = LabelingJobs(
            database, self.objects, self.teams, templates, self.reconciler, settings, clock
        )
        self.tasks = Tasks(database, settings, clock, self.reconciler, self.metrics)
        self.reserving = Reserving(database, self.teams, clock)
        self.corrections = Corrections(database, self.teams, clock)
        self.progress = JobProgress(
            database,
            self.objects,
            self.tasks,
            templates,
            settings,
            clock,
            calls or shared_calls(),
            self.metrics,
            write_log=write_log,
        )
        self.reconciler.register(KIND, self.progress.reconcile)

    def crew(self, *names: str, team: str = "crew") -> list[Worker]:
        """Creates workers of these names in the team."""
        return [self.workers.invite(f"{name}@example.com", team).worker for name in names]

    def put(self, key: str, content: bytes | str) -> str:
        """Writes an object to the bucket `lab` and returns its URI."""
        if not self.objects.bucket_exists("lab"):
            self.objects.create_bucket("lab")
        data = content.encode() if isinstance(content, str) else content
        return self.objects.write_uri(f"s3://lab/{key}", data).uri

    def put_images(self, count: int, size: tuple[int, int] = (64, 48)) -> list[str]:
        """URIs of grey PNG images."""
        return [self.put(f"img/{i}.png", png(size)) for i in range(count)]

    def spec(
        self, name: str = "Boxes-1", *, lines: Sequence[str | Mapping[str, Any]] | None = None, **over: Any
    ) -> JobSpec:
        """A job over the images, or over these manifest lines; its files are written."""
        if lines is None:
            lines = [{"source-ref": uri} for uri in self.put_images(2)]
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        base = JobSpec(
            name=name,
            label_attribute="boxes",
            manifest_uri=self.put(f"{name}/in.manifest", text),
            output_path="s3://lab/out/",
            role_arn=ROLE,
            label_categories_uri=self.put(
                f"{name}/labels.json", json.dumps({"labels": [{"label": "cat"}, {"label": "dog"}]})
            ),
            team_arn="arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/crew",
            template_uri=self.put(f"{name}/ui.liquid", TEMPLATE),
            pre_function_arn=f"{FUNCTION}:PRE-BoundingBox",
            consolidation_function_arn=f"{FUNCTION}:ACS-BoundingBox",
            title="Draw boxes",
            description="Draw a box around each animal",
            workers_per_object=1,
            time_limit_s=300,
        )
        return replace(base, **over)

    def run(self) -> None:
        """Runs everything that is due now."""
        for _ in range(50):
            if not self.reconciler.run_due():
                return
        raise AssertionError("the reconciler does not come to rest")

    def advance(self, seconds: float) -> None:
        """Moves the clock and runs everything that is due then."""
        self.clock.advance(seconds)
        self.run()

    def start(self, spec: JobSpec) -> Job:
        """The job after its inputs were read and its first tasks offered."""
        self.jobs.create(spec)
        self.run()
        return self.jobs.describe(spec.name)

    def lines(self, count: int) -> list[dict[str, str]]:
        """So many manifest lines of one image."""
        return [{"source-ref": self.put_images(1)[0]}] * count

    def take(self, worker: Worker, job_name: str = "Boxes-1") -> Assignment:
        """The worker's next task, which there must be."""
        task = self.tasks.next(worker, job_name)
        assert task is not None
        return task

    def answer(
        self, worker: Worker, job_name: str, *boxes: tuple[str, float, float, float, float]
    ) -> Assignment | None:
        """Takes the worker's next task and submits these boxes; None when there is no task."""
        assignment = self.tasks.next(worker, job_name)
        if assignment is not None:
            self.tasks.submit(worker, assignment.id, boxes_answer(*boxes), 1.5)
        return assignment

    def replace_answer(self, assignment_id: str, answer: Mapping[str, Any]) -> None:
        """Changes a submitted answer to one that would be refused today, as another version may have stored it."""
        with self.database.write() as connection:
            connection.execute(
                update(labeling_assignments)
                .where(labeling_assignments.c.id == assignment_id)
                .values(answer=json.dumps(answer, sort_keys=True))
            )

    def output(self, job: Job) -> list[dict[str, Any]]:
        """The output manifest's lines."""
        return [json.loads(line) for line in self.output_text(job).splitlines()]

    def output_text(self, job: Job) -> str:
        return self.objects.read_uri(f"s3://lab/out/{job.name}/manifests/output/output.manifest").decode()

    def files(self, job: Job) -> dict[str, bytes]:
        """All output files of the job, by their path under its folder."""
        root = f"out/{job.name}/"
        return {
            info.key.removeprefix(root): self.objects.get("lab", info.key)
            for info in self.objects.iterate("lab", root)
        }


def boxes_answer(
    *boxes: tuple[str, float, float, float, float], size: tuple[int, int] = (64, 48)
) -> dict[str, Any]:
    """What crowd-form submits: boxes as label, left, top, width, height."""
    return write_answer([Box(*box) for box in boxes], ImageSize(*size))


def png(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> bytes:
    """An empty image."""
    return encoded(Image.new(mode, size), "PNG")


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def assert_totals_are_those_of_the_tasks(connection: Connection) -> None:
    """What workers have done is counted as their tasks end: it must be what counting the tasks again gives."""
    counted: dict[tuple[str, str], dict[str, float]] = {}
    words = {"Submitted": "answers", "Declined": "declined", "Released": "returned", "Expired": "expired"}
    for row in connection.execute(select(labeling_assignments)):
        if row.status in words:
            key = (row.job_id, row.worker_id)
            found = counted.setdefault(key, dict.fromkeys((*words.values(), "time_s"), 0))
            found[words[row.status]] += 1
            found["time_s"] += row.time_spent_s if row.status == "Submitted" else 0
    stored = {
        (row.job_id, row.worker_id): {name: getattr(row, name) for name in (*words.values(), "time_s")}
        for row in connection.execute(select(labeling_worker_totals))
    }
    assert stored == counted
