"""The objects of a labeling job, for people who look at labels: filtered, sorted, with answers, and figures of the job."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from cachetools import LRUCache

from trigpoint.core.errors import NotFound
from trigpoint.db import Connection, Database
from trigpoint.labeling.model import Answer, Facts, Job, ObjectStatus
from trigpoint.labeling.object_figures import figures_of
from trigpoint.labeling.outputs import output_line
from trigpoint.labeling.store import gallery, jobs, object_figures, worker_figures
from trigpoint.labeling.worker_figures import JobFigures

MOST_ANSWER_CHARACTERS: Final = 256 * 1024
"""Of an answer that is shown among others. Longer ones are shown on the page of their object."""
CAUGHT_UP_TOGETHER: Final = 2_000
"""Objects of an earlier version whose figures are made at a time."""


class Sort(StrEnum):
    """The order of the objects. By confidence or disagreement, only objects that have one are shown."""

    OBJECT = "object"
    CONFIDENCE = "confidence"
    DISAGREEMENT = "disagreement"


STATUSES: Final[Mapping[str, Sequence[ObjectStatus]]] = {
    "labeled": (
        ObjectStatus.LABELED,
        ObjectStatus.CARRIED,
        ObjectStatus.AUTO_LABELED,
        ObjectStatus.AUDITED,
    ),
    "machine": (ObjectStatus.AUTO_LABELED, ObjectStatus.AUDITED),
    "failed": (ObjectStatus.FAILED,),
    "open": (ObjectStatus.CHOSEN, ObjectStatus.OPEN, ObjectStatus.READY),
    "waiting": (ObjectStatus.WAITING, ObjectStatus.HELD),
    "skipped": (ObjectStatus.SKIPPED,),
}
"""The statuses that people filter by, and those of an object that they mean."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which objects, and in which order. "" and None do not narrow; shares are from 0 to 1, both ends included."""

    status: str = ""
    class_name: str = ""
    worker_id: str = ""
    least_confidence: float | None = None
    most_confidence: float | None = None
    least_disagreement: float | None = None
    sort: Sort = Sort.OBJECT
    descending: bool = False


@dataclass(frozen=True, slots=True)
class SeenObject:
    """A data object with its label, if it has one, and its answers in the order of submission.

    `line` is the output line. `answers` have the short ones; `answer_count` counts all.
    """

    index: int
    status: ObjectStatus
    line: Mapping[str, Any]
    facts: Facts | None
    failure_reason: str | None
    confidence: float | None
    disagreement: float | None
    answer_count: int
    answers: Sequence[Answer] = ()

    @property
    def is_automatic(self) -> bool:
        """Whether a model gave the label."""
        return self.status is ObjectStatus.AUTO_LABELED


@dataclass(frozen=True, slots=True)
class ClassCount:
    """A class, how many objects have it, and how many things of it there are."""

    name: str
    objects: int
    things: int


@dataclass(frozen=True, slots=True)
class JobFiguresInAll:
    """What the labels of a job look like in all. `confidences`: objects by tenth of the confidence, from 0 to 1.

    Where one worker answers for each object, a confidence of 0 only means that there was nobody to agree with. It is not counted.
    """

    classes: Sequence[ClassCount] = ()
    class_count: int = 0
    confidences: Sequence[int] = field(default_factory=lambda: [0] * 10)
    disagreement: float | None = None
    compared: int = 0


class Gallery:
    """Reads the objects of jobs. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._figures: LRUCache[tuple[str, datetime, int, int], JobFiguresInAll] = LRUCache(64)
        self._caught_up: LRUCache[str, bool] = LRUCache(10_000)

    def job(self, name: str) -> Job:
        """Raises: NotFound: there is no job of that name."""
        with self._db.read() as connection:
            return _existing(connection, name)

    def count(self, job: Job, wanted: Wanted) -> int:
        """How many objects are wanted."""
        if replace(wanted, descending=False) == Wanted() and job.counters.total:
            return job.counters.total
        with self._db.read() as connection:
            return gallery.count(connection, job.id, wanted, STATUSES)

    def objects(
        self, job: Job, wanted: Wanted, first: int, limit: int, *, with_answers: bool = False
    ) -> list[SeenObject]:
        """The wanted objects from place `first` on, in their order."""
        with self._db.read() as connection:
            indexes = gallery.indexes(connection, job.id, wanted, STATUSES, first, limit)
            return self._read(connection, job, indexes, MOST_ANSWER_CHARACTERS if with_answers else 0)

    def object(self, job: Job, index: int) -> SeenObject:
        """One object with all its answers.

        Raises: NotFound: the job has no object of that index.
        """
        with self._db.read() as connection:
            found = self._read(connection, job, [index], None)
        if not found:
            raise NotFound(f"the labeling job {job.name!r} has no object {index}")
        return found[0]

    def line(self, job: Job, index: int) -> Mapping[str, Any]:
        """The input line of an object. Raises: NotFound: the job has no object of that index."""
        with self._db.read() as connection:
            found = gallery.lines_after(connection, job.id, Wanted(), STATUSES, [index], index - 1, 1)
        if not found:
            raise NotFound(f"the labeling job {job.name!r} has no object {index}")
        line: Mapping[str, Any] = json.loads(found[0][1])
        return line

    def neighbours(self, job: Job, wanted: Wanted, place: int) -> tuple[int | None, int | None, int | None]:
        """The objects before, at and after a place in the wanted order; None where there is none."""
        first = max(0, place - 1)
        with self._db.read() as connection:
            found: list[int | None] = [*gallery.indexes(connection, job.id, wanted, STATUSES, first, 3)]
        if place == 0:
            found = [None, *found]
        before, at, after = [*found, None, None, None][:3]
        return before, at, after

    def lines(self, job: Job, wanted: Wanted, chosen: Sequence[int] = ()) -> Iterator[str]:
        """The output lines of these objects, or of all that are wanted, in the order of the manifest."""
        after = -1
        while True:
            with self._db.read() as connection:
                rows = gallery.lines_after(connection, job.id, wanted, STATUSES, chosen, after, 500)
            for _, line, result in rows:
                yield output_line(line, result, job.spec.label_attribute)
            if len(rows) < 500:
                return
            after = rows[-1][0]

    def workers(self, job: Job) -> list[JobFigures]:
        """The figures of each worker who had a task of the job."""
        with self._db.read() as connection:
            return worker_figures.find(connection, job_id=job.id)

    def class_names(self, job: Job, limit: int) -> list[str]:
        """The classes in the labels of the job, the most frequent ones first."""
        return [each.name for each in self.figures(job).classes[:limit]]

    def failures(self, job: Job, first: int, limit: int) -> list[tuple[int, str]]:
        """Index and reason of the objects that could not be labeled, in order."""
        with self._db.read() as connection:
            return gallery.failures(connection, job.id, first, limit)

    def figures(self, job: Job) -> JobFiguresInAll:
        """The figures of all labels of the job; read once for each state of its counters."""
        key = (job.id, job.updated_at, job.counters.total_labeled, job.counters.failed)
        with self._lock:
            known = self._figures.get(key)
        if known is not None:
            return known
        with self._db.read() as connection:
            classes, count = gallery.classes(connection, job.id)
            mean, compared = gallery.disagreement(connection, job.id)
            found = JobFiguresInAll(
                [ClassCount(*each) for each in classes],
                count,
                gallery.confidences(connection, job.id, with_zero=job.spec.workers_per_object > 1),
                mean,
                compared,
            )
        with self._lock:
            self._figures[key] = found
        return found

    def catch_up(self, job: Job) -> int:
        """Makes figures of labels that have none, such as those of an earlier version. Returns how many are left."""
        counters = job.counters
        if job.id in self._caught_up:
            return 0
        with self._db.read() as connection:
            left = counters.total_labeled - object_figures.count(connection, job.id)
            rows = object_figures.missing(connection, job.id, CAUGHT_UP_TOGETHER) if left > 0 else []
        if not rows:
            with self._lock:
                self._caught_up[job.id] = True  # labels of this version bring their figures with them
            return 0
        names, attribute = dict(enumerate(job.labels)), job.spec.label_attribute
        made = {
            index: figures_of(json.loads(output_line(line, result, attribute)), attribute, names)
            for index, line, result in rows
        }
        with self._db.write() as connection:
            object_figures.put(connection, job.id, made)
        with self._lock:
            self._figures.clear()
        return max(0, left - len(rows))

    def _read(
        self, connection: Connection, job: Job, indexes: Sequence[int], most_characters: int | None
    ) -> list[SeenObject]:
        rows = gallery.rows(connection, job.id, indexes)
        given = {} if most_characters == 0 else gallery.answers(connection, job.id, indexes, most_characters)
        attribute = job.spec.label_attribute
        found = {
            row.object_index: SeenObject(
                index=row.object_index,
                status=ObjectStatus(row.status),
                line=json.loads(output_line(row.line, row.result, attribute)),
                facts=row.facts,
                failure_reason=row.failure_reason,
                confidence=row.confidence,
                disagreement=row.disagreement,
                answer_count=row.answer_count,
                answers=given.get(row.object_index, ()),
            )
            for row in rows
        }
        return [found[index] for index in indexes if index in found]


def _existing(connection: Connection, name: str) -> Job:
    job = jobs.find_by_name(connection, name)
    if job is None:
        raise NotFound(f"there is no labeling job {name!r}")
    return job
