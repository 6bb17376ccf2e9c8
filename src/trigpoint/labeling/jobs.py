"""Labeling jobs: making, showing and stopping them, and taking them forward one step at a time.
 `reconcile` is called by the loop whenever a job is due. Every step it takes is either one transaction, or
files whose names and contents follow from what is recorded already, followed by one transaction. So it may
be killed anywhere and called again.
"""

from __future__ import annotations

import logging
import secrets
import string
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice

from trigpoint.core.arn import sagemaker_arn
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound, TrigpointError
from trigpoint.core.ids import new_id
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.db.tables.tags import get_tags, put_tags
from trigpoint.labeling import functions, images, inputs, templates
from trigpoint.labeling.metrics import JobMetrics, Recorder
from trigpoint.labeling.model import (
    KIND,
    Counters,
    DataObject,
    ImageFacts,
    Job,
    JobSpec,
    JobStatus,
    ObjectStatus,
    Round,
)
from trigpoint.labeling.outputs import OutputFiles, output_manifest_uri
from trigpoint.labeling.rounds import Outcome, consolidate_round
from trigpoint.labeling.slots import closed, withdrawn
from trigpoint.labeling.specs import check_spec
from trigpoint.labeling.steps import Facts, Step, Transition, batch_size, next_step
from trigpoint.labeling.store import assignments, jobs, objects
from trigpoint.labeling.tasks import Tasks
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.reconcile import Queue
from trigpoint.remote import RemoteUnavailable
from trigpoint.settings import Settings
from trigpoint.workforce.teams import Teams

MAX_REASON_CHARACTERS = 1024
INSERT_CHUNK = 2_000
READ_CHUNK = 1_000
OPEN_CHUNK = 50
OPEN_CHUNK_S = 1.0
ROUND_OBJECTS = 500
WITHDRAW_CHUNK = 200
STORE_RETRY_S = 5.0
TURN_S = 5.0
"""After this time a job lets others have the thread."""

log = logging.getLogger(__name__)


class LabelingJobs:
    """All labeling jobs of the account and Region."""

    def __init__(
        self,
        db: Database,
        objects: ObjectStore,
        teams: Teams,
        enqueue: Queue,
        settings: Settings,
        clock: Clock,
        metrics: Recorder | None = None,
    ) -> None:
        self._db = db
        self._objects = objects
        self._teams = teams
        self._queue = enqueue
        self._settings = settings
        self._clock = clock
        self._tasks = Tasks(db, objects, settings, clock, enqueue, metrics)
        self._metrics = JobMetrics(metrics)
        self._steps: Mapping[Step, Callable[[Job, Transition], None]] = {
            Step.PREPARE: self._prepare,
            Step.EXPIRE: self._expire,
            Step.BATCH: self._begin_batch,
            Step.OPEN: self._open_objects,
            Step.ROUND: self._round,
            Step.PUBLISH: self._publish,
            Step.STOP: self._change_status,
            Step.WITHDRAW: self._withdraw,
            Step.FINISH: self._change_status,
        }

    # -- operations

    def create(self, spec: JobSpec, tags: Mapping[str, str] | None = None) -> Job:
        """The new job, Initializing; its inputs are read later.

        Raises: Invalid: a field, or two together, break a rule. Conflict: there is a job of that name, in
            whatever case it is written.
        """
        check_spec(spec)
        team = self._teams.get_by_arn(spec.team_arn)
        if team is None:
            raise Invalid(
                f"WorkteamArn {spec.team_arn!r}: there is no such private work team; see ListWorkteams"
            )
        now = self._clock.now()
        job = Job(
            id=new_id(),
            arn=sagemaker_arn(self._settings.region, self._settings.account_id, KIND, spec.name),
            reference_code=self._settings.account_id + _random_code(),
            team_arn=team.arn,
            spec=spec,
            status=JobStatus.INITIALIZING,
            failure_reason=None,
            created_at=now,
            updated_at=now,
            labels=None,
            counters=Counters(),
            iteration=0,
            published_count=-1,
            published_at=None,
            stop_reason=None,
        )
        with self._db.write() as connection:
            if not jobs.insert_job(connection, job):
                raise Conflict(
                    f"there is a labeling job {spec.name!r} already; names are compared without case"
                )
            put_tags(connection, job.arn, tags or {}, now)
            self._queue.enqueue(connection, KIND, job.id)
        self._queue.poke()
        return job

    def describe(self, name: str) -> Job:
        """Raises: NotFound: there is no job of that name."""
        with self._db.read() as connection:
            return _existing(connection, name)

    def tags(self, job: Job) -> dict[str, str]:
        """The job's tags as they are now."""
        with self._db.read() as connection:
            return get_tags(connection, job.arn)

    def exists(self, name: str) -> bool:
        """Whether there is a job of that name, in whatever case it is written."""
        with self._db.read() as connection:
            return jobs.by_name(connection, name) is not None

    def list(
        self,
        wanted: ListFilter,
        *,
        team_arn: str | None = None,
        reference_code_contains: str | None = None,
    ) -> Page[Job]:
        """One page of jobs: all, or those of a work team."""
        with self._db.read() as connection:
            return jobs.page(
                connection, wanted, team_arn=team_arn, reference_code_contains=reference_code_contains
            )

    def pending(self, found: Page[Job]) -> dict[str, int]:
        """How many objects of each job of the page are before the workers now, by the job's id."""
        with self._db.read() as connection:
            return objects.count_pending(connection, [job.id for job in found.items])

    def failed_objects(self, name: str, limit: int = 100) -> dict[int, str]:
        """Why objects of the job could not be labeled, by their line, counted from 0."""
        with self._db.read() as connection:
            return objects.failures(connection, _existing(connection, name).id, limit)

    def team_arn(self, arn: str) -> str:
        """The team's own spelling of its ARN.

        Raises: NotFound: there is no such team.
        """
        team = self._teams.get_by_arn(arn)
        if team is None:
            raise NotFound(f"there is no private work team {arn!r}")
        return team.arn

    def stop(self, name: str) -> None:
        """Has the job stopped: labels there are so far are kept, open tasks are withdrawn.

        Stopping a job that is Stopping changes nothing.
        Raises: NotFound: there is no job of that name. Invalid: it has ended already.
        """
        with self._db.write() as connection:
            while (job := _existing(connection, name)).status is not JobStatus.STOPPING:
                if job.status.is_terminal:
                    raise Invalid(f"the labeling job {name!r} is {job.status} already and cannot be stopped")
                if jobs.change_status(connection, job.id, job.status, JobStatus.STOPPING, self._clock.now()):
                    break
            self._queue.enqueue(connection, KIND, job.id)
        self._queue.poke()

    # -- going forward

    def reconcile(self, job_id: str) -> float | None:
        """Takes the job forward; returns the seconds until the next look, None when it has ended."""
        until_s = time.monotonic() + TURN_S
        while True:
            with self._db.read() as connection:
                job = jobs.find(connection, job_id)
                if job is None:
                    return None
                transition = next_step(job, self._facts(connection, job))
            if transition.step is Step.REST:
                return None
            if transition.step is Step.WAIT:
                return transition.wait_s
            try:
                self._steps[transition.step](job, transition)
            except RemoteUnavailable as problem:
                # Decision: as long as it takes; nothing is lost meanwhile, and whoever will not wait stops the job
                log.warning("labeling_job_waits_for_store job=%s reason=%s", job.name, problem.message)
                return STORE_RETRY_S
            except TrigpointError as problem:
                self._fail(job, problem.message)
            if time.monotonic() > until_s:
                return 0.0

    def _facts(self, connection: Connection, job: Job) -> Facts:
        now = self._clock.now()
        if job.labels is None or job.status.is_terminal:
            return Facts(now)
        there = objects.unfinished_statuses(connection, job.id)
        moments = [assignments.first_expiry(connection, job.id), objects.first_expiry(connection, job.id)]
        return Facts(
            now=now,
            any_waiting=ObjectStatus.WAITING in there,
            any_chosen=ObjectStatus.CHOSEN in there,
            any_open=ObjectStatus.OPEN in there,
            any_ready=ObjectStatus.READY in there,
            unfinished_round=jobs.unfinished_round(connection, job.id) is not None,
            last_round_at=jobs.last_round_at(connection, job.id),
            first_overdue_at=min((m for m in moments if m is not None), default=None),
        )

    # -- steps

    def _prepare(self, job: Job, _: Transition) -> None:
        """Reads and checks all inputs, keeps them, and lets the job begin.
        A job that was stopped meanwhile keeps its status: its output manifest will show the input unchanged.
        """
        spec = job.spec
        try:
            self._check_output_bucket(spec)
            labels = self._read_labels(spec)
            template = self._read_template(spec)
            counters = self._insert_lines(job, labels, template)
        except RemoteUnavailable:
            raise
        except TrigpointError as problem:
            if job.status is JobStatus.INITIALIZING:
                raise
            log.info("labeling_job_inputs_unusable job=%s reason=%s", job.name, problem.message)
            self._end_unread(job)
            return
        with self._unread(job) as connection:
            jobs.set_inputs(connection, job.id, labels, template, counters)
            now = self._clock.now()
            self._metrics.labeled(connection, job, counters, now)
            jobs.change_status(connection, job.id, JobStatus.INITIALIZING, JobStatus.IN_PROGRESS, now)

    def _check_output_bucket(self, spec: JobSpec) -> None:
        bucket, _ = parse_s3_uri(spec.output_path)
        found = next((b for b in self._objects.list_buckets() if b.name == bucket), None)
        if found is None:
            raise NotFound(f"S3OutputPath {spec.output_path}: there is no bucket {bucket!r}")
        if found.read_only:
            raise Invalid(
                f"S3OutputPath {spec.output_path}: the bucket {bucket!r} is a linked folder and read-only"
            )

    def _read_labels(self, spec: JobSpec) -> tuple[str, ...]:
        uri = spec.label_categories_uri
        return inputs.read_labels(self._read("the label category file", uri), uri)

    def _read_template(self, spec: JobSpec) -> str:
        uri = spec.template_uri
        try:
            template = self._read("the task template", uri).decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            raise Invalid(f"the task template {uri} is not UTF-8 text: byte {problem.start + 1}") from None
        if "\x00" in template:
            raise Invalid(f"the task template {uri} has a NUL character in line {_line_of(template, chr(0))}")
        try:
            templates.check(template)
        except templates.TemplateError as problem:
            raise Invalid(f"the task template {uri}, {problem.message}") from None
        return template

    def _read(self, what: str, uri: str) -> bytes:
        try:
            if self._objects.head_uri(uri).size_bytes > inputs.MAX_CATEGORY_FILE_BYTES:
                raise Invalid(f"it is larger than {inputs.MAX_CATEGORY_FILE_BYTES // 2**20} MiB")
            return self._objects.read_uri(uri)
        except RemoteUnavailable:
            raise
        except TrigpointError as problem:
            raise Invalid(f"{what} {uri} cannot be read: {problem.message}") from None

    def _insert_lines(self, job: Job, labels: tuple[str, ...], template: str) -> Counters:
        spec = job.spec
        try:
            file = self._objects.open_uri(spec.manifest_uri)
        except RemoteUnavailable:
            raise
        except TrigpointError as problem:
            raise Invalid(
                f"the input manifest {spec.manifest_uri} cannot be read: {problem.message}"
            ) from None
        counts = {"total": 0, "human": 0, "machine": 0}
        with file:
            lines = inputs.read_manifest(file, spec.manifest_uri, spec.label_attribute)
            with self._unread(job) as connection:
                objects.delete_all(connection, job.id)
            while chunk := list(islice(lines, INSERT_CHUNK)):
                if not counts["total"]:
                    _try_template(spec, template, chunk[0].text, labels)
                for line in chunk:
                    counts["total"] += 1
                    if line.carried:
                        counts[line.carried] += 1
                with self._unread(job) as connection:
                    objects.insert_lines(
                        connection, job.id, ((n.index, n.text, _first_status(n)) for n in chunk)
                    )
        return Counters(counts["total"], counts["human"], counts["machine"])

    @contextmanager
    def _unread(self, job: Job) -> Iterator[Connection]:
        """A transaction that runs only as long as the job's inputs have not been read by somebody else."""
        with self._db.write() as connection:
            jobs.lock(connection, job.id)
            if jobs.get(connection, job.id).labels is not None:
                raise RuntimeError(f"another process has read the inputs of {job.name} meanwhile")
            yield connection

    def _expire(self, job: Job, _: Transition) -> None:
        now = self._clock.now()
        with self._db.read() as connection:
            overdue = assignments.overdue(connection, job.id, now, limit=WITHDRAW_CHUNK)
        for stored in overdue:
            self._tasks.expire(job, stored)
        with self._db.write() as connection:
            late = objects.overdue(connection, job.id, now, limit=WITHDRAW_CHUNK)
            reason = f"nobody answered within {int(job.spec.availability.total_seconds())} seconds"
            self._close(connection, late, lambda data_object: closed(data_object, reason))

    def _begin_batch(self, job: Job, _: Transition) -> None:
        with self._db.write() as connection:
            jobs.lock(connection, job.id)
            if jobs.get(connection, job.id).iteration == job.iteration:
                objects.choose_batch(connection, job.id, job.iteration + 1, batch_size(job))
                jobs.begin_iteration(connection, job.id, job.iteration + 1, self._clock.now())

    def _open_objects(self, job: Job, _: Transition) -> None:
        """Looks at the images of some chosen objects and offers those that are sound."""
        with self._db.read() as connection:
            chosen = objects.in_status(connection, job.id, ObjectStatus.CHOSEN, OPEN_CHUNK)
        sound: dict[int, ImageFacts] = {}
        unsound: dict[int, str] = {}
        until_s = time.monotonic() + OPEN_CHUNK_S
        for data_object in chosen:
            try:
                sound[data_object.index] = images.measure(
                    self._objects, functions.image_uri(data_object.line)
                )
            except RemoteUnavailable:
                raise
            except TrigpointError as problem:
                unsound[data_object.index] = problem.message
            if time.monotonic() > until_s:
                break
        spec = job.spec
        expires_at = min(self._clock.now() + spec.availability, job.expires_at)
        with self._db.write() as connection:
            objects.open_chosen(connection, job.id, sound, unsound, spec.workers_per_object, expires_at)

    def _round(self, job: Job, _: Transition) -> None:
        """Consolidates the objects that are ready. First it is recorded which ones and under which name."""
        made = self._begun_round(job)
        assert job.labels is not None
        with self._db.read() as connection:
            found = objects.of_round(connection, made.id)
            answers = assignments.answers(connection, job.id, [o.index for o in found])
        outcome = consolidate_round(job, made, found, answers)
        files = OutputFiles(self._objects, job.spec, self._settings.region)
        if answers:
            lines = {data_object.index: data_object.line for data_object in found}
            files.write_answers(made, answers)
            files.write_request(made, functions.payload(lines, answers, self._settings.region))
            files.write_response(made, functions.response(outcome.contents))
        lines_of_batch = self._lines(job, made.iteration)
        files.write_intermediate(
            made.iteration, ((i, line, outcome.members.get(i, result)) for i, line, result in lines_of_batch)
        )
        self._finish_round(job, made, outcome)

    def _begun_round(self, job: Job) -> Round:
        with self._db.write() as connection:
            jobs.lock(connection, job.id)
            unfinished = jobs.unfinished_round(connection, job.id)
            if unfinished is not None:
                return unfinished
            now = self._clock.now()
            last = jobs.last_stamp_at(connection, job.id)
            stamp_at = now if last is None else max(now, last.replace(microsecond=0) + timedelta(seconds=1))
            made = Round(new_id(), job.id, job.iteration, stamp_at, now)
            jobs.insert_round(connection, made)
            objects.put_into_round(connection, job.id, made.id, ROUND_OBJECTS)
            return made

    def _finish_round(self, job: Job, made: Round, outcome: Outcome) -> None:
        now = self._clock.now()
        with self._db.write() as connection:
            if not jobs.finish_round(connection, made.id, now):
                return
            objects.finish(connection, job.id, outcome.members, outcome.failures)
            jobs.add_results(connection, job.id, len(outcome.members), len(outcome.failures), now)
            self._metrics.labeled(connection, job, jobs.get(connection, job.id).counters, now)
            for note in outcome.notes:
                record_event(connection, KIND, job.id, now, "AnswerIgnored", note)

    def _publish(self, job: Job, _: Transition) -> None:
        files = OutputFiles(self._objects, job.spec, self._settings.region)
        files.write_manifest(self._lines(job))
        with self._db.write() as connection:
            jobs.set_published(connection, job.id, job.counters.finished, self._clock.now())

    def _lines(self, job: Job, iteration: int | None = None) -> Iterator[tuple[int, str, str | None]]:
        """Index, input line and result of all objects, or of one batch's, in manifest order."""
        after = -1
        while True:
            with self._db.read() as connection:
                page = objects.output_lines(connection, job.id, after, READ_CHUNK, iteration)
            yield from page
            if len(page) < READ_CHUNK:
                return
            after = page[-1][0]

    def _withdraw(self, job: Job, _: Transition) -> None:
        """Takes back offers; objects with answers are consolidated, the others stay unlabeled."""
        with self._db.write() as connection:
            found = objects.in_status(connection, job.id, ObjectStatus.OPEN, WITHDRAW_CHUNK, lock=True)
            if found:
                self._close(connection, found, withdrawn)
            else:
                objects.unchoose(connection, job.id)

    def _close(
        self, connection: Connection, found: Sequence[DataObject], after: Callable[[DataObject], DataObject]
    ) -> None:
        for data_object in found:
            assignments.withdraw(connection, data_object.job_id, data_object.index, self._clock.now())
            objects.save(connection, after(data_object))

    def _change_status(self, job: Job, transition: Transition) -> None:
        assert transition.status is not None
        now = self._clock.now()
        stopping = transition.step is Step.STOP
        with self._db.write() as connection:
            changed = jobs.change_status(
                connection,
                job.id,
                job.status,
                transition.status,
                now,
                reason=None if stopping else transition.reason,
                **({"stop_reason": transition.reason} if stopping else {}),
            )
            if changed:
                self._metrics.ended(connection, transition.status, now)

    def _end_unread(self, job: Job) -> None:
        """Ends a job that was stopped before its inputs, which turn out to be unusable, were read."""
        with self._db.write() as connection:
            objects.delete_all(connection, job.id)
            now = self._clock.now()
            if jobs.change_status(connection, job.id, JobStatus.STOPPING, JobStatus.STOPPED, now):
                self._metrics.ended(connection, JobStatus.STOPPED, now)

    def _fail(self, job: Job, reason: str) -> None:
        """Ends the job as Failed; answers stay in the database, offers are withdrawn."""
        log.info("labeling_job_failed job=%s reason=%s", job.name, reason)
        while job.labels is not None:
            with self._db.write() as connection:
                found = objects.in_status(connection, job.id, ObjectStatus.OPEN, WITHDRAW_CHUNK, lock=True)
                if not found:
                    break
                self._close(connection, found, withdrawn)
        with self._db.write() as connection:
            if job.labels is None:
                objects.delete_all(connection, job.id)
            now = self._clock.now()
            text = _clipped(reason)
            if jobs.change_status(connection, job.id, job.status, JobStatus.FAILED, now, reason=text):
                self._metrics.ended(connection, JobStatus.FAILED, now)


def output_uri(job: Job) -> str | None:
    """Where the job's output manifest lies; None as long as there is none."""
    return output_manifest_uri(job.spec) if job.published_at is not None else None


def _existing(connection: Connection, name: str) -> Job:
    job = jobs.by_name(connection, name)
    if job is None:
        raise NotFound(f"there is no labeling job {name!r}")
    return job


def _first_status(line: inputs.InputLine) -> ObjectStatus:
    return ObjectStatus.CARRIED if line.carried else ObjectStatus.WAITING


def _try_template(spec: JobSpec, template: str, line: str, labels: tuple[str, ...]) -> None:
    """Renders the template for the first object, so that faults show before a worker sees them."""
    try:
        templates.render(template, functions.task_input(line, labels), lambda uri: uri)
    except templates.TemplateError as problem:
        raise Invalid(f"the task template {spec.template_uri}, {problem.message}") from None


def _clipped(reason: str) -> str:
    return reason if len(reason) <= MAX_REASON_CHARACTERS else reason[: MAX_REASON_CHARACTERS - 3] + "..."


def _line_of(text: str, part: str) -> int:
    return text.count("\n", 0, text.index(part)) + 1


def _random_code() -> str:
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(16))
