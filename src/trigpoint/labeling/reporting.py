"""The reports of a labeling job about its quality, which are written before it ends.

Under S3OutputPath/<job name>/: `agreement.json` says how well the workers agree, `workers.json` what is known about each
of them. They are made of the answers in the database, some objects at a time, so that memory is bounded and other jobs
get their turn. What was computed is kept in memory only; another server, or this one after a crash, begins again and
gets the same.

Decision: answers that cannot be compared within the limits are left out and counted. They never keep a job from ending.
"""

from __future__ import annotations

import logging
import pickle
import threading
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache

from trigpoint.compute.bounded_calls import BoundedCalls, CallsBusy, CallsStopped
from trigpoint.db import Database
from trigpoint.labeling.agreement.figures import ratio
from trigpoint.labeling.agreement.job_sums import JobSums, new_sums, with_objects
from trigpoint.labeling.bounded_rounds import (
    MOST_COST_HERE,
    MOST_S_HERE,
    PATIENCE_S,
    TIMES_ESTIMATE,
    cost,
    estimate_s,
    parts,
)
from trigpoint.labeling.exchange import worker_reference
from trigpoint.labeling.model import Job, WorkerQuality
from trigpoint.labeling.outputs import OutputFiles
from trigpoint.labeling.store import assignments, data_objects, worker_quality
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.objects import ObjectStore
from trigpoint.settings import Settings

CHUNK_OBJECTS = 500
CHUNK_CHARACTERS = 8 * 2**20
CHUNK_LIMIT_S = 40.0
JOBS_IN_MEMORY = 64

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Progress:
    """The sums of the objects up to the index `after`."""

    sums: JobSums
    after: int = -1


class Reporting:
    """Writes the reports of jobs whose answers no longer change. Thread-safe."""

    def __init__(self, db: Database, objects: ObjectStore, calls: BoundedCalls, settings: Settings) -> None:
        self._db = db
        self._objects = objects
        self._calls = calls
        self._region = settings.region
        self._lock = threading.Lock()
        self._begun: LRUCache[str, _Progress] = LRUCache(JOBS_IN_MEMORY)

    def advance(self, job: Job) -> bool:
        """Reads some more answers of the job. True when the reports were written, after the last ones.

        Raises: CallsStopped: the server is shutting down. CallsBusy: try again later.
        """
        with self._lock:
            progress = self._begun.get(job.id)
        if progress is None:
            progress = _Progress(new_sums(job, TASK_TYPES[job.task_type]))
        if self._read_chunk(job, progress):
            with self._lock:
                self._begun[job.id] = progress
            return False
        self._write(job, progress.sums)
        with self._lock:
            self._begun.pop(job.id, None)
        return True

    def _read_chunk(self, job: Job, progress: _Progress) -> bool:
        """Adds the next objects to the sums; False if there are none."""
        with self._db.read() as connection:
            found = data_objects.answered(connection, job.id, progress.after, CHUNK_OBJECTS, CHUNK_CHARACTERS)
            answers = assignments.answers(connection, job.id, [each.index for each in found])
        if not found:
            return False
        task_type = TASK_TYPES[job.task_type]
        found = list(next(parts(task_type, found, answers)))
        answers = {each.index: answers[each.index] for each in found if each.index in answers}
        expected_s = estimate_s(task_type, found, answers)
        try:
            if cost(found, answers) <= MOST_COST_HERE and expected_s <= MOST_S_HERE:
                sums: JobSums = pickle.loads(pickle.dumps(progress.sums))  # a copy, as in another process
                progress.sums = with_objects(sums, job, task_type, found, answers)
            else:
                progress.sums = self._calls.call(
                    with_objects,
                    progress.sums,
                    job,
                    task_type,
                    found,
                    answers,
                    limit_s=max(CHUNK_LIMIT_S, TIMES_ESTIMATE * expected_s),
                    patience_s=PATIENCE_S,
                )
        except (CallsStopped, CallsBusy):
            raise
        except Exception as problem:  # noqa: BLE001 - a mistake in a task type must not hold up the job either
            log.warning("agreement_left_out job=%s objects=%d reason=%s", job.name, len(found), problem)
            progress.sums.left_out += len(found)
        progress.after = found[-1].index
        return True

    def _write(self, job: Job, sums: JobSums) -> None:
        with self._db.read() as connection:
            known = worker_quality.of_job(connection, job.id)
        files = OutputFiles(self._objects, job.spec, self._region)
        files.write_report("agreement", agreement_report(job, sums))
        files.write_report("workers", workers_report(job, sums, known, self._region))


def agreement_report(job: Job, sums: JobSums) -> dict[str, Any]:
    """How well the workers of the job agree."""
    figures = {"measures": {}, "classes": {}} if sums.agreement is None else sums.agreement.result()
    return {
        "job_name": job.name,
        "task_type": job.task_type,
        "objects": sums.objects,
        "objects_with_one_answer": sums.single,
        "objects_left_out": sums.left_out,
        "answers": sums.answers,
        "unusable_answers": sums.unusable,
        **figures,
    }


def workers_report(job: Job, sums: JobSums, known: dict[str, WorkerQuality], region: str) -> dict[str, Any]:
    """What is known about each worker of the job."""
    ids = sorted(known.keys() | sums.known.keys())
    return {
        "job_name": job.name,
        "task_type": job.task_type,
        "workers": [
            _worker(worker_id, sums, known.get(worker_id, WorkerQuality()), region) for worker_id in ids
        ],
    }


def _worker(worker_id: str, sums: JobSums, quality: WorkerQuality, region: str) -> dict[str, Any]:
    against = sums.known.get(worker_id)
    measures = {} if against is None else against.result()["measures"]
    return {
        "worker_id": worker_reference(worker_id, region),
        "answers": quality.answers,
        "agreement": ratio(quality.agreement, quality.answers),
        "accuracy": None if quality.accuracy is None else round(quality.accuracy, 4),
        "known_answers": {"objects": sums.known_objects.get(worker_id, 0), "measures": measures},
        "details": dict(quality.details),
    }
