"""What workers chose on the task page of a job, such as the label and the closed panes; it follows them to any machine."""

from __future__ import annotations

import json
from typing import Any

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.workforce.store import choice_rows

MAX_BYTES = 16 * 1024
"""Of the choices in one job."""
MAX_JOBS = 50
"""The jobs that a worker used last; the choices of older ones are dropped."""


class Choices:
    """The choices of all workers. Thread-safe."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def of(self, worker_id: str, job_name: str) -> dict[str, Any]:
        """What the worker chose last in the job, by the name of the field."""
        with self._db.read() as connection:
            text = choice_rows.get(connection, worker_id, job_name)
        found: dict[str, Any] = json.loads(text or "{}")
        return found

    def put(self, worker_id: str, job_name: str, chosen: object) -> None:
        """Replaces the worker's choices in the job.

        Raises: Invalid: they are not a JSON object, or too large.
        """
        if not isinstance(chosen, dict):
            raise Invalid("`choices` must be a JSON object: what was chosen, by the name of the field")
        text = json.dumps(chosen, ensure_ascii=False, separators=(",", ":"))
        size_bytes = len(text.encode())
        if size_bytes > MAX_BYTES:
            raise Invalid(f"`choices` has {size_bytes} bytes; at most {MAX_BYTES} are allowed")
        with self._db.write() as connection:
            choice_rows.put(connection, worker_id, job_name, text, self._clock.now())
            choice_rows.keep_newest(connection, worker_id, MAX_JOBS)
