"""A full installation for benchmarks/console.py: many resources of every kind, written straight into the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, func, insert, literal, select, update

from trigpoint.app import Application
from trigpoint.compute import store as log_store
from trigpoint.db.tables.hosting import endpoint_configs, endpoints, models
from trigpoint.db.tables.labeling import (
    labeling_assignments,
    labeling_jobs,
    labeling_objects,
    labeling_worker_quality,
    labeling_worker_totals,
)
from trigpoint.db.tables.objects import buckets
from trigpoint.db.tables.objects import objects as stored_objects
from trigpoint.db.tables.training import training_jobs
from trigpoint.db.tables.transform import transform_jobs
from trigpoint.db.tables.workforce import worker_groups, workers
from trigpoint.demo.requests import IMAGE, training_job
from trigpoint.labeling.model import AssignmentStatus, JobSpec, JobStatus, ObjectStatus
from trigpoint.labeling.object_figures import ObjectFigures
from trigpoint.labeling.store import object_figures
from trigpoint.server.console.operations import Call, Operations
from trigpoint.training.instances import LOG_GROUP
from trigpoint.workforce.people import Role

FUNCTIONS = "arn:aws:lambda:us-east-1:432418664414:function"
TEAM = "crowd"
TEAM_ARN = f"arn:aws:sagemaker:us-east-1:000000000000:workteam/private-crowd/{TEAM}"
LARGE = "street-00000"
BUSY_WORKER = "worker-00000"
RESULT = (
    '"boxes": {"image_size": [{"width": 640, "height": 480, "depth": 3}], "annotations": [{"class_id": 0, "left": 10, "top": 20, '
    '"width": 100, "height": 80}, {"class_id": 1, "left": 200, "top": 120, "width": 60, "height": 90}]}, "boxes-metadata": {"objects": '
    '[{"confidence": 0.9}, {"confidence": %s}], "class-map": {"0": "car", "1": "bus"}, "type": "groundtruth/object-detection"}'
)
ANSWER = (
    '{"boundingBox": {"boundingBoxes": [{"label": "car", "left": 10, "top": 20, "width": 100, "height": 80}, '
    '{"label": "bus", "left": 200, "top": 120, "width": 60, "height": 90}], "inputImageProperties": {"width": 640, "height": 480}}}'
)
TOGETHER = 10_000


class Filling:
    """Fills the database of an application that has an administrator."""

    def __init__(self, application: Application, account_id: str) -> None:
        self._application = application
        self._database = application.database
        self._now = application.clock.now()
        self._account_id = account_id
        self._team_arn = TEAM_ARN.replace("000000000000", account_id)

    def call(self, operation: str, **request: Any) -> None:
        """Creates the first resource of a kind, as a client does."""
        admin = next(
            each.account for each in self._application.people.list() if each.account.role is Role.ADMIN
        )
        operations = Operations(
            self._application.operations, self._application.settings, self._application.clock
        )
        operations.run(Call("sagemaker", operation, request), admin, "127.0.0.1", "http://127.0.0.1:8400")

    def crowd(self, count: int) -> None:
        """A team of that many members."""
        self._application.workers.invite("first@example.com", TEAM)
        rows = [
            {
                "id": f"worker-{number:05}",
                "sub": f"sub-{number:05}",
                "user_name": f"w{number:05}@example.com",
                "email": f"w{number:05}@example.com",
                "display_name": "",
                "role": "worker",
                "password_hash": "",
                "must_change_password": number % 3 == 0,
                "disabled": number % 7 == 0,
                "created_at": self._now - timedelta(minutes=number),
            }
            for number in range(count)
        ]
        with self._database.write() as connection:
            group = connection.execute(select(worker_groups.c.group_name).limit(1)).scalar_one()
            connection.execute(insert(workers), rows)
            connection.execute(
                insert(worker_groups), [{"worker_id": row["id"], "group_name": group} for row in rows]
            )

    def labeling(self, jobs: int, objects: int, answerers: int) -> None:
        """Jobs in all statuses. Each object of the first one has 3 answers; the busy worker has answered in all jobs."""
        with self._database.write() as connection:
            for first in range(0, jobs, TOGETHER):
                part = range(first, min(first + TOGETHER, jobs))
                connection.execute(
                    insert(labeling_jobs), [self._job(number, jobs, objects) for number in part]
                )
        for first in range(0, objects, TOGETHER):
            part = range(first, min(first + TOGETHER, objects))
            with self._database.write() as connection:
                connection.execute(insert(labeling_objects), [_object(index) for index in part])
                figures = {index: _figures(index) for index in part if index % 100}
                object_figures.insert_new(connection, "job-00000", figures)
                given = [
                    self._answer(f"{index}-{k}", "job-00000", index, (3 * index + k) % answerers)
                    for index in part
                    if index % 100
                    for k in range(3)
                ]
                connection.execute(insert(labeling_assignments), given)
        with self._database.write() as connection:
            quality = [
                {
                    "job_id": "job-00000",
                    "worker_id": f"worker-{k:05}",
                    "answers": 100,
                    "agreement": 80.0,
                    "accuracy": 0.9,
                    "details": {},
                }
                for k in range(answerers)
            ]
            connection.execute(insert(labeling_worker_quality), quality)
            busy = [
                self._answer(f"b{n}", f"job-{n % (jobs - 1) + 1:05}", n // (jobs - 1), 0)
                for n in range(20_000)
            ]
            connection.execute(insert(labeling_assignments), busy)
            connection.execute(_totals())

    def _job(self, number: int, jobs: int, objects: int) -> dict[str, Any]:
        name = f"street-{number:05}"
        statuses = list(JobStatus)
        status = JobStatus.IN_PROGRESS if number == 0 else statuses[number % len(statuses)]
        return {
            "id": f"job-{number:05}",
            "name": name,
            "name_key": name,
            "arn": f"arn:aws:sagemaker:us-east-1:{self._account_id}:labeling-job/{name}",
            "reference_code": f"111122223333{number:05}",
            "team_arn": self._team_arn,
            "task_type": "BoundingBox",
            "spec": msgspec.to_builtins(_spec(name, self._team_arn)),
            "status": status,
            "failure_reason": "the manifest has no lines" if status is JobStatus.FAILED else None,
            "created_at": self._now - timedelta(minutes=jobs - number),
            "updated_at": self._now - timedelta(seconds=number),
            "total_count": objects if number == 0 else 500,
            "labeled_count": objects - -(-objects // 100) if number == 0 else 200,
        }

    def _answer(self, key: str, job_id: str, index: int, worker: int) -> dict[str, Any]:
        at = self._now - timedelta(seconds=index % 86_400)
        return {
            "id": f"answer-{key}",
            "job_id": job_id,
            "object_index": index,
            "worker_id": f"worker-{worker:05}",
            "status": AssignmentStatus.SUBMITTED,
            "accepted_at": at,
            "expires_at": at + timedelta(hours=1),
            "ended_at": at,
            "time_spent_s": 12.5,
            "answer": ANSWER,
        }

    def training(self, jobs: int, log_lines: int) -> None:
        """Training jobs, the first with a long log and a curve of each metric."""
        request = training_job(
            "train-00000",
            self._account_id,
            "s3://photos",
            {"num_classes": "2", "num_training_samples": "100"},
            _CHANNELS,
        )
        self.call("CreateTrainingJob", **request)
        statuses = ("Completed", "Failed", "Stopped", "InProgress")
        self._copy(
            training_jobs,
            "train",
            jobs,
            lambda number: {"status": statuses[number % 4], "id": f"t{number:05}"},
        )
        file = self._application.settings.data_dir / "long.log"
        began = int((self._now - timedelta(hours=5)).timestamp() * 1000)
        with file.open("w") as log:
            for number in range(log_lines):
                log.write(
                    f"{began + number}\t[07/01/2026 12:00:00 INFO 1] #quality_metric: epoch={number}, smooth_l1={number % 77}\n"
                )
        with self._database.write() as connection:
            job_id = connection.execute(
                select(training_jobs.c.id).where(training_jobs.c.name == "train-00000")
            ).scalar_one()
            connection.execute(
                update(training_jobs).where(training_jobs.c.id == job_id).values(status="Completed")
            )
            log_store.put(connection, LOG_GROUP, "train-00000/algo-1-1", file, self._now)

    def hosting(self, count: int) -> None:
        """Models, endpoint configs, endpoints and transform jobs."""
        container = {"Image": IMAGE, "ModelDataUrl": "s3://photos/model.tar.gz"}
        role = f"arn:aws:iam::{self._account_id}:role/TrigpointRole"
        self.call("CreateModel", ModelName="model-00000", ExecutionRoleArn=role, PrimaryContainer=container)
        variant = {
            "VariantName": "all",
            "ModelName": "model-00000",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        self.call("CreateEndpointConfig", EndpointConfigName="config-00000", ProductionVariants=[variant])
        self.call("CreateEndpoint", EndpointName="endpoint-00000", EndpointConfigName="config-00000")
        self.call(
            "CreateTransformJob",
            TransformJobName="transform-00000",
            ModelName="model-00000",
            TransformInput={
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://photos/"}}
            },
            TransformOutput={"S3OutputPath": "s3://photos/out"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )
        ended = ("Completed", "Failed", "Stopped")
        states = ("InService", "Failed", "Creating", "Updating")
        self._copy(models, "model", count, lambda number: {})
        self._copy(endpoint_configs, "config", count, lambda number: {})
        self._copy(
            endpoints, "endpoint", count, lambda number: {"status": states[number % 4], "id": f"e{number:05}"}
        )
        self._copy(
            transform_jobs,
            "transform",
            count,
            lambda number: {"status": ended[number % 3], "id": f"f{number:05}"},
        )

    def _copy(self, table: Table, word: str, count: int, changes: Any) -> None:
        """More rows like the first one, with other names."""
        with self._database.write() as connection:
            row = dict(connection.execute(select(table)).mappings().one())
            for first in range(1, count, TOGETHER):
                part = range(first, min(first + TOGETHER, count))
                connection.execute(
                    insert(table), [self._copied(row, word, number, changes(number)) for number in part]
                )

    def _copied(
        self, row: Mapping[str, Any], word: str, number: int, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        name = f"{word}-{number:05}"
        return {
            **row,
            "name": name,
            "name_key": name,
            "arn": row["arn"].replace(f"{word}-00000", name),
            "created_at": self._now - timedelta(minutes=number),
            **changes,
        }

    def data(self, keys: int, bucket_count: int) -> None:
        """A bucket of 1,000 objects, one of `keys`, and many that are empty."""
        names = ["photos", "large", *(f"bucket-{number:05}" for number in range(bucket_count))]
        store = self._application.objects
        for name in names[:2]:
            store.create_bucket(name)
        for name in ("train.manifest", "validation.manifest", "model.tar.gz"):
            store.put("photos", name, b"{}\n")
        for number in range(1_000):
            store.put("photos", f"small/{number:04}.jpg", b"x" * 100)
        with self._database.write() as connection:
            rows = [{"name": name, "created_at": self._now, "cors_rules": []} for name in names[2:]]
            connection.execute(insert(buckets), rows)
        for first in range(0, keys, TOGETHER):
            with self._database.write() as connection:
                _put_rows(connection, self._now, range(first, min(first + TOGETHER, keys)))


def _put_rows(connection: Connection, now: datetime, numbers: range) -> None:
    row = dict(connection.execute(select(stored_objects).limit(1)).mappings().one())
    rows = [
        {**row, "bucket": "large", "key": f"photos/{number // 1000:04}/{number:07}.jpg", "modified_at": now}
        for number in numbers
    ]
    connection.execute(insert(stored_objects), rows)


def _totals() -> Any:
    """Counts the answers, as the server does when they come."""
    given = labeling_assignments.c
    names = ("job_id", "worker_id", "answers", "declined", "returned", "expired", "time_s", "last_at")
    counts = (
        func.count(),
        literal(0),
        literal(0),
        literal(0),
        func.sum(given.time_spent_s),
        func.max(given.ended_at),
    )
    counted = select(given.job_id, given.worker_id, *counts).group_by(given.job_id, given.worker_id)
    return insert(labeling_worker_totals).from_select(list(names), counted)


def _object(index: int) -> dict[str, Any]:
    is_open = index % 100 == 0
    return {
        "job_id": "job-00000",
        "object_index": index,
        "line": f'{{"source-ref": "s3://photos/{index:06}.jpg"}}',
        "status": ObjectStatus.OPEN if is_open else ObjectStatus.LABELED,
        "answer_count": 0 if is_open else 3,
        "result": None if is_open else RESULT % (index % 1000 / 1000),
    }


def _figures(index: int) -> ObjectFigures:
    return ObjectFigures(index % 1000 / 1000, index % 7 / 7, {"car": 1, ("bus", "tree")[index % 2]: 1})


def _spec(name: str, team_arn: str) -> JobSpec:
    return JobSpec(
        name=name,
        label_attribute="boxes",
        manifest_uri=f"s3://photos/{name}/in.manifest",
        output_path=f"s3://photos/{name}/out",
        role_arn="arn:aws:iam::111122223333:role/Labeler",
        label_categories_uri=f"s3://photos/{name}/labels.json",
        team_arn=team_arn,
        template_uri=f"s3://photos/{name}/ui.liquid",
        pre_function_arn=f"{FUNCTIONS}:PRE-BoundingBox",
        consolidation_function_arn=f"{FUNCTIONS}:ACS-BoundingBox",
        title="Draw boxes",
        description="Around each car",
        workers_per_object=3,
        time_limit_s=600,
    )


_CHANNELS = {"train": "s3://photos/train.manifest", "validation": "s3://photos/validation.manifest"}
