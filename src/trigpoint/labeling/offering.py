"""Offering data objects to workers: batches, measuring, expiry, and taking offers back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from trigpoint.core.clock import Clock
from trigpoint.core.errors import TrigpointError
from trigpoint.db import Connection, Database
from trigpoint.labeling.batches import begin_next, offered_until
from trigpoint.labeling.functions.workflow import workflow_of_job
from trigpoint.labeling.model import DataObject, Facts, Job, ObjectStatus
from trigpoint.labeling.slots import closed, withdrawn
from trigpoint.labeling.store import (
    assignments,
    audits,
    batches,
    data_objects,
    jobs,
    known_answers,
    task_inputs,
)
from trigpoint.labeling.tasks import Tasks
from trigpoint.objects import ObjectStore
from trigpoint.remote import RemoteUnavailable

OPEN_CHUNK = 50
OPEN_CHUNK_S = 1.0
WITHDRAW_CHUNK = 200


class Offering:
    """Offers the data objects of jobs."""

    def __init__(self, db: Database, objects: ObjectStore, tasks: Tasks, clock: Clock) -> None:
        self._db = db
        self._objects = objects
        self._tasks = tasks
        self._clock = clock

    def begin_batch(self, job: Job) -> None:
        """Begins the next batch, unless a worker's request has done so."""
        with self._db.write() as connection:
            begin_next(connection, job.id, self._clock.now())

    def measure_ahead(self, job: Job) -> None:
        """Measures some objects of the next batch. Those that cannot be measured are tried again in their batch."""
        with self._db.read() as connection:
            following = batches.unmeasured(connection, job.id, job.spec.batch_size, OPEN_CHUNK)
        measured, failed = self._measured(job, following)
        with self._db.write() as connection:
            jobs.lock(connection, job.id)  # who begins the batch changes the same objects
            batches.keep_measured(connection, job.id, measured, failed)

    def open_chosen(self, job: Job) -> None:
        """Measures some of the chosen objects and offers them. Those that cannot be measured are ready to fail."""
        with self._db.read() as connection:
            if workflow_of_job(job).pre is None:
                chosen = data_objects.in_status(connection, job.id, ObjectStatus.CHOSEN, OPEN_CHUNK)
            else:
                prepared = task_inputs.chosen_indexes(connection, job.id, OPEN_CHUNK, prepared=True)
                chosen = data_objects.of_indexes(connection, job.id, prepared)
        measured, failed = self._measured(job, chosen)
        slots, expires_at = job.spec.workers_per_object, offered_until(job, self._clock.now())
        with self._db.write() as connection:
            batches.open_chosen(connection, job.id, measured, failed, slots, expires_at)

    def _measured(self, job: Job, found: Sequence[DataObject]) -> tuple[dict[int, Facts], dict[int, str]]:
        """The facts of some of the objects, and why others cannot be labeled; by index."""
        measure = workflow_of_job(job).measuring_type.measure
        measured: dict[int, Facts] = {}
        failed: dict[int, str] = {}
        until_s = time.monotonic() + OPEN_CHUNK_S
        for data_object in found:
            try:
                measured[data_object.index] = measure(self._objects, job, data_object)
            except RemoteUnavailable:
                raise
            except TrigpointError as problem:
                failed[data_object.index] = problem.message
            if time.monotonic() > until_s:
                break
        return measured, failed

    def expire(self, job: Job) -> None:
        """Returns overdue tasks to the pool and closes objects whose availability has ended."""
        now = self._clock.now()
        with self._db.read() as connection:
            overdue = assignments.overdue(connection, job.id, now, limit=WITHDRAW_CHUNK)
        for stored in overdue:
            self._tasks.expire(job, stored)
        with self._db.write() as connection:
            late = data_objects.overdue(connection, job.id, now, limit=WITHDRAW_CHUNK)
            reason = f"nobody answered within {int(job.spec.availability.total_seconds())} seconds"
            self._close(connection, late, lambda data_object: closed(data_object, reason))

    def withdraw(self, job: Job) -> None:
        """Takes some offers back; when none are left, the chosen objects wait again.

        Objects with answers are consolidated, the others stay unlabeled.
        """
        with self._db.write() as connection:
            found = self._some_open(connection, job)
            if found:
                self._close(connection, found, withdrawn)
            else:
                batches.unchoose(connection, job.id)
                known_answers.withdraw_extra(connection, job.id, self._clock.now())
            audits.take_back(connection, job.id)

    def withdraw_all(self, job: Job) -> None:
        """Takes all offers back."""
        while True:
            with self._db.write() as connection:
                found = self._some_open(connection, job)
                if not found:
                    audits.take_back(connection, job.id)
                    known_answers.withdraw_extra(connection, job.id, self._clock.now())
                    return
                self._close(connection, found, withdrawn)

    def _some_open(self, connection: Connection, job: Job) -> Sequence[DataObject]:
        return data_objects.in_status(connection, job.id, ObjectStatus.OPEN, WITHDRAW_CHUNK, lock=True)

    def _close(
        self, connection: Connection, found: Sequence[DataObject], after: Callable[[DataObject], DataObject]
    ) -> None:
        for data_object in found:
            assignments.withdraw(connection, data_object.job_id, data_object.index, self._clock.now())
            data_objects.save(connection, after(data_object))
