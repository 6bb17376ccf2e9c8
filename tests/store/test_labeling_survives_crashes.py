"""A labeling job continues correctly after its process is killed at any write.

A world is prepared once and copied for each crash. In the copy, the n-th write of the reconciler raises an
exception, before or after the transaction or file is written. Then another process advances the job. The rows
and files must equal those of an uninterrupted job.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, event, select

from helpers.calls import shared_calls
from helpers.labeling import World
from helpers.task_templates import shared_templates
from trigpoint.core.clock import FakeClock
from trigpoint.db import Connection, Database
from trigpoint.db.tables.labeling import (
    labeling_assignments,
    labeling_jobs,
    labeling_objects,
    labeling_rounds,
    labeling_worker_quality,
)
from trigpoint.labeling.progress import JobProgress
from trigpoint.objects import ObjectInfo, ObjectStore
from trigpoint.settings import Settings

JOB = "Boxes-1"


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only processes are killed, not the machine, so the next process reads all writes without fsync."""
    monkeypatch.setattr("os.fsync", lambda _: None)


class Killed(BaseException):
    """Simulates the end of the process."""


class Death:
    """Raises Killed on the `at`-th call."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise Killed


class MortalDatabase(Database):
    """A database whose client can be killed before or after a commit."""

    death = Death(0)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            yield connection
            self.death()
        self.death()


class MortalStore(ObjectStore):
    """An object store whose client can be killed before or after it writes a file."""

    death = Death(0)

    def write_uri(self, uri: str, data: Any, content_type: str | None = None) -> ObjectInfo:
        self.death()
        written = super().write_uri(uri, data, content_type)
        self.death()
        return written

    def write_many(self, bucket: str, files: Mapping[str, bytes], content_type: str) -> None:
        for key, content in files.items():
            self.death()
            super().write_many(bucket, {key: content}, content_type)
        self.death()


def prepared(world: World) -> None:
    """A newly created job with one labeled line and one missing image."""
    world.crew("bob", "carol", "dan")
    (uri,) = world.put_images(1)
    lines = [
        {"source-ref": uri},
        {"source-ref": "s3://lab/missing.png"},
        {"source-ref": uri, "boxes": {}},
        {"source-ref": uri},
        {"source-ref": uri},
    ]
    world.jobs.create(world.spec(lines=lines, workers_per_object=2, max_concurrent_objects=3))


def answered(world: World) -> None:
    """A job with a finished first batch: one object has two answers, one was declined, one has no image."""
    prepared(world)
    world.run()
    bob, carol, dan = (w for w in world.teams.members("crew"))
    world.answer(bob, JOB, ("cat", 1, 1, 20, 20))
    world.answer(carol, JOB, ("cat", 2, 1, 20, 20))
    for worker in (bob, dan):
        task = world.tasks.next(worker, JOB)
        assert task is not None and task.object_index == 3
        world.tasks.decline(worker, task.id)
    world.clock.advance(1)


def stopping(world: World) -> None:
    """A job that was stopped while one object had one of two answers and one task was open."""
    prepared(world)
    world.run()
    bob, carol, _ = (w for w in world.teams.members("crew"))
    world.answer(bob, JOB, ("cat", 1, 1, 20, 20))
    assert world.tasks.next(bob, JOB) is not None
    assert world.tasks.next(carol, JOB) is not None
    world.jobs.stop(JOB)
    world.clock.advance(1)


def measuring(world: World) -> None:
    """A job with a known label, after an extra answer to the object that already has its label."""
    bob, carol = world.crew("bob", "carol")
    (uri,) = world.put_images(1)
    lines: list[dict[str, Any]] = [{"source-ref": uri} for _ in range(10)]
    lines[0]["known"] = {
        "image_size": [{"width": 64, "height": 48, "depth": 3}],
        "annotations": [{"class_id": 0, "left": 1, "top": 1, "width": 20, "height": 20}],
    }
    world.jobs.create(world.spec(lines=lines, gold_attribute="known"))
    world.run()
    for worker in (bob, carol):
        while (done := world.answer(worker, JOB, ("cat", 1, 1, 20, 20))) is not None and done.object_index:
            pass
        if worker is bob:
            world.advance(2)
    world.clock.advance(2)


@pytest.mark.parametrize("bring", [prepared, answered, stopping, measuring])
def test_a_job_interrupted_at_any_write_ends_like_an_uninterrupted_job(
    bring: Callable[[World], None], tmp_path: Path
) -> None:
    origin = tmp_path / "origin"
    clock = FakeClock()
    world = opened(origin, clock, open_database(origin))
    world.database.create_all()
    bring(world)
    world.database.close()

    uninterrupted = resumed(copied(origin, tmp_path / "whole"), clock)
    writes = mortal(copied(origin, tmp_path / "counted"), clock, Death(0))
    assert writes > 4
    for at in range(1, writes + 1):
        folder = copied(origin, tmp_path / f"killed-{at}")
        mortal(folder, clock, Death(at))
        assert resumed(folder, clock) == uninterrupted, f"after a death at write {at} of {writes}"
        shutil.rmtree(folder)


def test_an_acknowledged_answer_survives_an_immediate_crash(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    clock = FakeClock()
    database = open_database(origin)
    world = opened(origin, clock, database)
    database.create_all()
    prepared(world)
    world.run()
    bob = world.teams.members("crew")[0]
    acknowledged = world.answer(bob, JOB, ("cat", 1, 1, 20, 20))
    assert acknowledged is not None
    copied(origin, tmp_path / "after")  # the state after a kill: the current files
    again = opened(tmp_path / "after", clock, open_database(tmp_path / "after"))
    assert again.tasks.find(bob, acknowledged.id).status == "Submitted"


def mortal(folder: Path, clock: FakeClock, death: Death) -> int:
    """Advances the job until it waits or the process is killed. Returns the number of writes."""
    database = open_database(folder, MortalDatabase)
    settings = settings_of(folder)
    store = MortalStore(database, settings.objects_dir, clock)
    world = opened(folder, clock, database)
    progress = JobProgress(database, store, world.tasks, shared_templates(), settings, clock, shared_calls())
    job_id = world.jobs.describe(JOB).id
    database.death = store.death = death
    try:
        for _ in range(3):
            progress.reconcile(job_id)
    except Killed:
        pass
    database.close()
    return death.count


def resumed(folder: Path, clock: FakeClock) -> tuple[Any, ...]:
    """The rows and files of the job after another process has advanced it as far as possible."""
    database = open_database(folder)
    world = opened(folder, clock, database)
    job = world.jobs.describe(JOB)
    for _ in range(3):
        world.progress.reconcile(job.id)
    job = replace(world.jobs.describe(JOB), published_at=None)
    result = (
        job,
        world.files(job),
        rows(database, labeling_objects, but=("round_id",)),
        rows(database, labeling_assignments, but=("round_id",)),
        rows(database, labeling_worker_quality),
        rows(database, labeling_rounds, but=("id",)),
        rows(database, labeling_jobs, but=()),
    )
    database.close()
    return result


def rows(database: Database, table: Table, but: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    columns = [column for column in table.c if column.name not in but]
    with database.read() as connection:
        return [
            dict(row._mapping) for row in connection.execute(select(*columns).order_by(*table.primary_key))
        ]


def open_database(folder: Path, kind: type[Database] = Database) -> Any:
    folder.mkdir(exist_ok=True)
    database = kind(f"sqlite:///{folder / 'test.db'}")
    event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
    return database


def opened(folder: Path, clock: FakeClock, database: Database) -> World:
    folder.mkdir(exist_ok=True)
    return World(database, settings_of(folder), clock)


def settings_of(folder: Path) -> Settings:
    return Settings(data_dir=folder, correction_s=1)


def copied(origin: Path, folder: Path) -> Path:
    shutil.copytree(origin, folder)
    return folder
