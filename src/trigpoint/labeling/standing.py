"""How labeling jobs stand: how many have each status, what workers do at the moment, and whether anything has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trigpoint.core.errors import NotFound
from trigpoint.db import Database
from trigpoint.labeling.model import JobStatus
from trigpoint.labeling.store import standing


@dataclass(frozen=True, slots=True)
class Activity:
    """What workers do in a job at the moment.

    offered: data objects that workers can take or work on
    answers: answers to these objects so far
    working: tasks that workers hold
    """

    offered: int
    answers: int
    working: int


class JobStanding:
    """Reads how jobs stand, without changing anything. Quick with many jobs and large ones."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def counts(self) -> Mapping[JobStatus, int]:
        """How many jobs have each status. A status without jobs is missing."""
        with self._db.read() as connection:
            return standing.counts(connection)

    def activity(self, job_name: str) -> Activity:
        """Raises: NotFound: there is no job of that name."""
        with self._db.read() as connection:
            found = standing.activity(connection, job_name)
        if found is None:
            raise NotFound(f"there is no labeling job {job_name!r}")
        return Activity(*found)

    def version_of_all(self, _: str = "") -> str:
        """A text that changes when a job, or a training job or endpoint, is created or changes its status or counters."""
        with self._db.read() as connection:
            return standing.version_of_all(connection)

    def version(self, job_name: str) -> str:
        """A text that changes with everything that a page about the job shows.

        Raises: NotFound: there is no job of that name.
        """
        with self._db.read() as connection:
            found = standing.version(connection, job_name)
        if found is None:
            raise NotFound(f"there is no labeling job {job_name!r}")
        return found
