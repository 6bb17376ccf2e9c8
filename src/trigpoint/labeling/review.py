"""Reading a job for the people who requested it: its workers, and its answers before an object is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trigpoint.core.errors import Invalid, NotFound
from trigpoint.db import Connection, Database
from trigpoint.labeling.model import Answer, Job, ObjectStatus
from trigpoint.labeling.store import assignments, data_objects, jobs, worker_figures
from trigpoint.labeling.worker_figures import JobFigures

MAX_OBJECTS = 100


@dataclass(frozen=True, slots=True)
class ReceivedAnswers:
    """The answers to one data object so far, in order of submission. `content` of an answer is JSON text.

    `index` is the line of the manifest, from 0. `wanted` is how many answers the job wants for it.
    """

    index: int
    status: ObjectStatus
    wanted: int
    answers: Sequence[Answer]


class Review:
    """Reads jobs, without changing anything."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def received(self, job_name: str, first: int = 0, limit: int = MAX_OBJECTS) -> list[ReceivedAnswers]:
        """The answers to the data objects from line `first` on, in order of the manifest; also to those without any.

        Raises: NotFound: there is no such job. Invalid: `limit` is not 1 to 100, or `first` is negative.
        """
        if not 1 <= limit <= MAX_OBJECTS or first < 0:
            raise Invalid(f"at most {MAX_OBJECTS} objects can be read at a time, from line 0 or a later one")
        with self._db.read() as connection:
            job = _existing(connection, job_name)
            found = data_objects.statuses(connection, job.id, first, limit)
            given = assignments.answers(connection, job.id, [index for index, _ in found])
        wanted = job.spec.workers_per_object
        return [ReceivedAnswers(index, status, wanted, given.get(index, [])) for index, status in found]

    def workers(self, job_name: str) -> list[JobFigures]:
        """The figures of each worker who had a task of the job, by worker id.

        Raises: NotFound: there is no such job.
        """
        with self._db.read() as connection:
            return worker_figures.find(connection, job_id=_existing(connection, job_name).id)


def _existing(connection: Connection, name: str) -> Job:
    job = jobs.find_by_name(connection, name)
    if job is None:
        raise NotFound(f"there is no labeling job {name!r}")
    return job
