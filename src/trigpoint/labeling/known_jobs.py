"""Jobs whose inputs were read, in memory: workers' requests need them all the time, and most of a job never changes."""

from __future__ import annotations

from cachetools import LRUCache

from trigpoint.db import Connection, Database
from trigpoint.labeling.model import Job
from trigpoint.labeling.store import jobs
from trigpoint.objects.shared_cache import SharedCache

KNOWN_JOBS = 32


class KnownJobs:
    """Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._jobs = SharedCache[str, Job](LRUCache(KNOWN_JOBS))
        self._templates = SharedCache[str, str](LRUCache(KNOWN_JOBS))

    def get(self, connection: Connection, job_id: str) -> Job:
        """The job. Its status, counters and times are those of an earlier moment; all else never changes."""
        known = self._jobs.get(job_id)
        if known is None:
            known = jobs.get(connection, job_id)
            if known.inputs_read:
                self._jobs.put(job_id, known)
        return known

    def template(self, job_id: str) -> str:
        """The task template as it was when the job started."""
        known = self._templates.get(job_id)
        if known is None:
            with self._db.read() as connection:
                known = jobs.template(connection, job_id)
            self._templates.put(job_id, known)
        return known
