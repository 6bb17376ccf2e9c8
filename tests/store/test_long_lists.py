"""Lists of 10,000 jobs: every page is read from an index, in every order and from every position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, insert, text

from trigpoint.core.list_filter import ListFilter, SortBy
from trigpoint.core.paging import Page
from trigpoint.db import Connection, Database
from trigpoint.db.tables.labeling import labeling_jobs
from trigpoint.db.tables.training import training_jobs
from trigpoint.labeling.model import JobSpec, JobStatus
from trigpoint.labeling.store import assignments, data_objects, gallery, worker_counts, worker_figures
from trigpoint.labeling.store.jobs import page as labeling_page
from trigpoint.training.model import Channel, TrainingSpec
from trigpoint.training.store import find_page

JOBS = 10_000
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
TEAM = "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/crew"
STATUSES = [status.value for status in JobStatus]
SPEC = JobSpec(
    *("n", "boxes", "s3://lab/in.manifest", "s3://lab/out", "arn:aws:iam::111122223333:role/r"),
    *("s3://lab/labels.json", TEAM, "s3://lab/ui.liquid", "PRE", "ACS", "title", "description", 1, 60),
)
TRAINING = TrainingSpec(
    "object-detection", (Channel("train", "S3Prefix", "s3://b/", "File"),), {}, {}, "s3://b/o", True, "m", 60
)


@pytest.fixture
def full(database: Database) -> Database:
    """A database with 10,000 labeling jobs and 10,000 training jobs; three each have the same creation time."""
    numbers = [(index * 7919) % JOBS for index in range(JOBS)]
    with database.write() as connection:
        connection.execute(insert(labeling_jobs), [labeling_row(number) for number in numbers])
        connection.execute(insert(training_jobs), [training_row(number) for number in numbers])
    with database.write() as connection:
        connection.execute(text("ANALYZE"))
    return database


def labeling_row(number: int) -> dict[str, Any]:
    at = BEGUN + timedelta(seconds=number // 3)
    name = f"Job-{number:05d}"
    return {
        "id": f"{number * 104729 % 1_000_003:08x}",
        "name": name,
        "name_key": name.lower(),
        "arn": f"arn:aws:sagemaker:us-east-1:111122223333:labeling-job/{name.lower()}",
        "reference_code": f"111122223333{number:016d}",
        "team_arn": TEAM if number % 3 else f"{TEAM}-2",
        "task_type": "BoundingBox",
        "spec": asdict(replace(SPEC, name=name)),
        "status": STATUSES[number % len(STATUSES)],
        "created_at": at,
        "updated_at": at,
    }


def training_row(number: int) -> dict[str, Any]:
    at = BEGUN + timedelta(seconds=number // 3)
    name = f"job-{number:05d}"
    empty: dict[str, Any] = {"transitions": [], "metrics": [], "request": {}, "members": []}
    return {
        **empty,
        "id": f"t{number}",
        "name": name,
        "name_key": name,
        "arn": f"arn:aws:sagemaker:us-east-1:111122223333:training-job/{name}",
        "spec": msgspec.to_builtins(TRAINING),
        "revision": 1,
        "status": ("InProgress", "Completed", "Failed", "Stopped")[number % 4],
        "secondary_status": "Starting",
        "created_at": at,
        "updated_at": at,
    }


Read = Callable[[Connection, int, str | None], Page[Any]]


def reads() -> dict[str, Read]:
    """One function per order in which jobs can be listed; each reads a page."""
    found: dict[str, Read] = {}
    keys: tuple[SortBy, ...] = ("created_at", "name", "status")
    for descending in (False, True):
        for key in keys:
            wanted = ListFilter(sort_by=key, descending=descending)
            found[f"labeling by {key}, {descending}"] = partial(read_labeling, wanted, None)
            found[f"training by {key}, {descending}"] = partial(read_training, wanted)
        found[f"team, {descending}"] = partial(read_labeling, ListFilter(descending=descending), TEAM)
    return found


def read_labeling(
    wanted: ListFilter, team_arn: str | None, connection: Connection, limit: int, token: str | None
) -> Page[Any]:
    return labeling_page(connection, replace(wanted, limit=limit, next_token=token), team_arn=team_arn)


def read_training(wanted: ListFilter, connection: Connection, limit: int, token: str | None) -> Page[Any]:
    return find_page(connection, replace(wanted, limit=limit, next_token=token))


def test_every_page_of_a_long_list_is_read_from_an_index(full: Database) -> None:
    for name, read in reads().items():
        with full.read() as connection:
            token = read(connection, 2500, None).next_token
            plan = plan_of(full, connection, partial(read, connection, 10, token))
        for word in ("Seq Scan", "Sort", "SCAN labeling_jobs\n", "SCAN training_jobs\n", "TEMP B-TREE"):
            assert word not in plan + "\n", f"{name}\n{plan}"


def test_the_pages_of_a_long_list_contain_every_job_once(full: Database) -> None:
    for read in (order for name, order in reads().items() if name.startswith("labeling by created_at")):
        names, token, more = [], None, True
        while more:
            with full.read() as connection:
                page = read(connection, 3333, token)
            names += [job.name for job in page.items]
            token, more = page.next_token, page.next_token is not None
        assert len(names) == len(set(names)) == JOBS


def test_answers_and_figures_are_found_by_an_index(sqlite_database: Database) -> None:
    """SQLite uses a partial index only for a condition that is written as that of the index."""
    with sqlite_database.read() as connection:
        for name, work in {
            "of a round": partial(assignments.answers, connection, "j", [1, 2]),
            "of the gallery": partial(gallery.answers, connection, "j", [1, 2], None),
            "lengths": partial(data_objects._answer_lengths, connection, "j", [1, 2]),
            "of the workers of a job": partial(worker_figures.find, connection, job_id="j"),
            "of a worker": partial(worker_figures.in_all, connection, "w"),
            "of a worker by day": partial(worker_counts.answers_by_day, connection, "w", BEGUN),
            "held": partial(worker_counts.held_by, connection, "w"),
        }.items():
            assert "SCAN" not in plan_of(sqlite_database, connection, work), name


def plan_of(database: Database, connection: Connection, work: Callable[[], object]) -> str:
    """The query plan of the one statement that `work` runs, one step per line."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, _many: bool) -> None:
        seen.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    ((statement, parameters),) = seen
    words = "EXPLAIN " if database.is_postgres else "EXPLAIN QUERY PLAN "
    rows = connection.exec_driver_sql(words + statement, parameters)
    return "\n".join(str(row[-1]) if len(row) > 1 else str(row[0]) for row in rows)
