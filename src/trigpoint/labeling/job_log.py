"""The log of a labeling job: what happened to the job, its batches, rounds and data objects.

Log group `/aws/sagemaker/LabelingJobs`, one stream per job with the job's name.
Source: ground-truth.md 9.2 (group, stream, keys). Decision, where it is silent: the names of the events.

| event-name | event-log-message |
| --- | --- |
| StatusChanged | the new status, and its reason |
| BatchBegun | the number of the batch, and of its objects |
| RoundFinished | how many objects of a batch got their label or failed, and how many answers were not used |
| ObjectFailed, ObjectSkipped | the object, and the reason |
| AnswerIgnored | the object, the worker, and what is wrong with the answer |

What happens is recorded in the table of events, in the same transaction. Its lines are written afterwards, and then the
last of them is noted. So a crash of the server repeats lines at most. A job has at most one line for each data object,
one for each answer, and a few for each batch and round; a message has at most 1,024 characters.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from trigpoint.db import Database
from trigpoint.labeling.model import JobStatus
from trigpoint.labeling.store import log_events
from trigpoint.labeling.store.log_events import LogEvent

GROUP = "/aws/sagemaker/LabelingJobs"
MAX_MESSAGE_CHARACTERS = 1_024
PAGE_EVENTS = 1_000

WriteLine = Callable[[str, str, str], bool]
"""Writes one event: group, stream, text. Returns whether it could."""

_STATUSES = frozenset(JobStatus)


class JobLog:
    """Writes the logs of jobs; nothing without `write`."""

    def __init__(self, db: Database, write: WriteLine | None) -> None:
        self._db = db
        self._write = write

    def catch_up(self, job_id: str) -> bool:
        """Writes what is not in the log of the job. False: not everything could be written; call it again later.

        Only one thread of all processes may call it for the same job at a time.
        """
        if self._write is None:
            return True
        while True:
            with self._db.read() as connection:
                page = log_events.unlogged(connection, job_id, PAGE_EVENTS)
            written = self._written(self._write, page)
            if written:
                with self._db.write() as connection:
                    log_events.set_logged(connection, job_id, page[written - 1].id)
            if written < len(page):
                return False
            if len(page) < PAGE_EVENTS:
                return True

    def _written(self, write: WriteLine, page: list[LogEvent]) -> int:
        """How many events from the first one on are in the log now."""
        for count, event in enumerate(page):
            if not write(GROUP, event.job_name, _line(event)):
                return count
        return len(page)


def _line(event: LogEvent) -> str:
    name, message = event.status, event.detail
    if event.status in _STATUSES:
        name = "StatusChanged"
        message = f"{event.status}: {event.detail}" if event.detail else event.status
    if len(message) > MAX_MESSAGE_CHARACTERS:
        message = message[: MAX_MESSAGE_CHARACTERS - 3] + "..."
    return json.dumps({"labeling-job-name": event.job_name, "event-name": name, "event-log-message": message})
