"""The rounds of a labeling job: consolidating the data objects that are ready, and writing the files of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import accumulate

from trigpoint.core.clock import Clock
from trigpoint.core.ids import new_id
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_events
from trigpoint.labeling import exchange
from trigpoint.labeling.bounded_rounds import BoundedRounds
from trigpoint.labeling.functions.post_annotation import ROUND_OBJECTS as FUNCTION_ROUND_OBJECTS
from trigpoint.labeling.functions.post_annotation import PostAnnotating
from trigpoint.labeling.functions.workflow import workflow_of_job
from trigpoint.labeling.metrics import JobMetrics
from trigpoint.labeling.model import KIND, Job, ObjectStatus, Round
from trigpoint.labeling.object_figures import ObjectFigures, figures_of
from trigpoint.labeling.outputs import OutputFiles
from trigpoint.labeling.publishing import Publishing
from trigpoint.labeling.rounds import RoundResult
from trigpoint.labeling.store import (
    assignments,
    audits,
    data_objects,
    jobs,
    known_answers,
    object_figures,
    rounds,
    worker_quality,
)
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.contract import Experience
from trigpoint.objects import ObjectStore
from trigpoint.settings import Settings

ROUND_OBJECTS = 500
ROUND_CHARACTERS = 8 * 2**20
"""Of answers. A round has fewer objects if theirs are long, so that its memory and time are bounded."""

ROUND_S = 60.0
"""Of processor time, by the estimate of the task type. A round has fewer objects if they take long."""

EXTRA_CHARACTERS = 2**20
"""Of the answers in a round that only measure workers."""


class Consolidating:
    """Runs the rounds of jobs."""

    def __init__(
        self,
        db: Database,
        objects: ObjectStore,
        publishing: Publishing,
        metrics: JobMetrics,
        bounded: BoundedRounds,
        post: PostAnnotating | None,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._db = db
        self._objects = objects
        self._publishing = publishing
        self._metrics = metrics
        self._bounded = bounded
        self._post = post
        self._settings = settings
        self._clock = clock

    def run_round(self, job: Job) -> None:
        """Consolidates the objects that are ready."""
        made = self._begun_round(job)
        task_type, region = TASK_TYPES[job.task_type], self._settings.region
        with self._db.read() as connection:
            found = data_objects.of_round(connection, made.id)
            answers = assignments.answers(connection, job.id, [each.index for each in found])
            extra = known_answers.of_round(connection, job.id, made.id)
            measured = data_objects.of_indexes(connection, job.id, list(extra)) if extra else []
            known = worker_quality.of_job(connection, job.id)
        experience = Experience(known, job.spec.consolidation_method)
        given = {**answers, **extra}
        files = OutputFiles(self._objects, job.spec, region)
        files.write_answers(made, given)
        payload = exchange.request(found, answers, region)
        if payload:
            files.write_request(made, payload)
        function = workflow_of_job(job).post
        if function is not None and self._post is not None:
            result = self._post.results(
                job, function, made, found, answers, payload, lambda: self._is_wanted(job.id)
            )
        else:
            result = self._bounded.results(job, task_type, made, [*found, *measured], given, experience)
            result.drop(extra)
        files.write_label_files(result.files)
        if answers:
            files.write_response(made, exchange.response(result.contents))
        lines = self._publishing.lines(job, made.iteration)
        files.write_intermediate(
            made.iteration, ((index, line, result.members.get(index, old)) for index, line, old in lines)
        )
        self._finish_round(job, made, result)

    def _is_wanted(self, job_id: str) -> bool:
        """Whether the job has not ended meanwhile. A stopped job still gets the labels of its answers."""
        with self._db.read() as connection:
            job = jobs.find(connection, job_id)
        return job is not None and not job.status.is_terminal

    def _begun_round(self, job: Job) -> Round:
        """The unfinished round, or a new one: its objects and the names of its files are recorded first."""
        with self._db.write() as connection:
            jobs.lock(connection, job.id)
            unfinished = rounds.unfinished(connection, job.id)
            if unfinished is not None:
                return unfinished
            now = self._clock.now()
            last = rounds.last_stamp_at(connection, job.id)
            stamp_at = now if last is None else max(now, last.replace(microsecond=0) + timedelta(seconds=1))
            # the next batch may have begun, but a round has objects of one batch only
            iteration = data_objects.first_ready_iteration(connection, job.id) or job.iteration
            made = Round(new_id(), job.id, iteration, stamp_at, now)
            rounds.insert(connection, made)
            limit = _round_objects(connection, job)
            data_objects.put_into_round(connection, job.id, made.id, iteration, limit, ROUND_CHARACTERS)
            if job.spec.gold_attribute is not None:
                known_answers.put_into_round(connection, job.id, made.id, ROUND_OBJECTS, EXTRA_CHARACTERS)
            return made

    def _finish_round(self, job: Job, made: Round, result: RoundResult) -> None:
        now = self._clock.now()
        with self._db.write() as connection:
            if not rounds.finish(connection, made.id, now):
                return
            ended = {*result.members, *result.failures}
            audited = audits.take(connection, job.id, ended, result.members) if job.spec.audit_share else ()
            result.drop(audited)
            data_objects.finish(connection, job.id, result.members, result.failures)
            object_figures.put(connection, job.id, _figures(job, result))
            worker_quality.put(connection, job.id, result.workers)
            jobs.add_results(connection, job.id, len(result.members), len(result.failures), now)
            self._metrics.labeled(connection, job, jobs.get(connection, job.id).counters, now)
            record_events(connection, KIND, job.id, now, _events(made, result, len(audited)))


def _figures(job: Job, result: RoundResult) -> dict[int, ObjectFigures]:
    """The figures of all labels; those that a function of the requester made have none yet."""
    names = dict(enumerate(job.labels))
    attribute = job.spec.label_attribute
    return {
        index: result.figures.get(index) or figures_of(content, attribute, names)
        for index, content in result.contents.items()
    }


def _events(made: Round, result: RoundResult, audited: int) -> Iterator[tuple[str, str]]:
    """What the round did, as statuses and details."""
    for note in result.notes:
        yield "AnswerIgnored", note
    for index, reason in sorted(result.failures.items()):
        yield "ObjectFailed", f"object {index}: {reason}"
    labeled, failed, ignored = len(result.members), len(result.failures), len(result.notes)
    yield (
        "RoundFinished",
        f"batch {made.iteration}: {labeled} objects labeled, {failed} failed, {ignored} answers ignored"
        + (f", {audited} labels of the machine checked" if audited else ""),
    )


def _round_objects(connection: Connection, job: Job) -> int:
    """How many of the ready objects are consolidated together."""
    if workflow_of_job(job).post is not None:
        return FUNCTION_ROUND_OBJECTS
    consolidation_s = TASK_TYPES[job.task_type].consolidation_s
    if consolidation_s is None:
        return ROUND_OBJECTS
    ready = data_objects.in_status(connection, job.id, ObjectStatus.READY, ROUND_OBJECTS)
    sums_s = accumulate(consolidation_s(each, each.answer_count) for each in ready if each.answer_count)
    return max(1, len(ready) - sum(total_s > ROUND_S for total_s in sums_s))
