"""Writing the output manifest of a labeling job while it runs and when it ends."""

from __future__ import annotations

from collections.abc import Iterator

from trigpoint.core.clock import Clock
from trigpoint.db import Database
from trigpoint.labeling.model import Job
from trigpoint.labeling.outputs import OutputFiles
from trigpoint.labeling.store import data_objects, jobs
from trigpoint.objects import ObjectStore
from trigpoint.settings import Settings

READ_CHUNK = 1_000


class Publishing:
    """Writes the output manifests of jobs."""

    def __init__(self, db: Database, objects: ObjectStore, settings: Settings, clock: Clock) -> None:
        self._db = db
        self._objects = objects
        self._settings = settings
        self._clock = clock

    def publish(self, job: Job) -> None:
        """Rewrites output.manifest."""
        OutputFiles(self._objects, job.spec, self._settings.region).write_manifest(self.lines(job))
        with self._db.write() as connection:
            jobs.set_published(connection, job.id, job.counters.finished, self._clock.now())

    def lines(self, job: Job, iteration: int | None = None) -> Iterator[tuple[int, str, str | None]]:
        """Index, input line and result of all objects, or of one batch's, in manifest order."""
        after = -1
        while True:
            with self._db.read() as connection:
                page = data_objects.output_lines(connection, job.id, after, READ_CHUNK, iteration)
            yield from page
            if len(page) < READ_CHUNK:
                return
            after = page[-1][0]
