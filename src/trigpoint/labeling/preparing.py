"""The first step of a labeling job: reading and checking its inputs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, BinaryIO

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, NotFound, TrigpointError
from trigpoint.db import Connection, Database
from trigpoint.labeling import gold, inputs, template_files
from trigpoint.labeling.algorithm_specs import check_enough_objects
from trigpoint.labeling.functions.workflow import workflow_of_job
from trigpoint.labeling.inputs import NO_CATEGORIES, CategoryFile
from trigpoint.labeling.metrics import JobMetrics
from trigpoint.labeling.model import Counters, DataObject, Job, JobSpec, JobStatus, ObjectStatus
from trigpoint.labeling.object_figures import ObjectFigures, figures_of
from trigpoint.labeling.store import data_objects, jobs, object_figures
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.contract import TaskType
from trigpoint.labeling.task_types.reviewed import with_shown_attribute
from trigpoint.labeling.template_errors import TemplateError
from trigpoint.labeling.template_files import read_small_file
from trigpoint.labeling.templates import TaskTemplates
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.remote import RemoteUnavailable

INSERT_CHUNK = 2_000
LOOKED_AT = 100
"""Lines in which the label that a template shows is looked for."""

log = logging.getLogger(__name__)


class Preparing:
    """Reads the inputs of jobs."""

    def __init__(
        self,
        db: Database,
        objects: ObjectStore,
        templates: TaskTemplates,
        metrics: JobMetrics,
        clock: Clock,
    ) -> None:
        self._db = db
        self._objects = objects
        self._templates = templates
        self._metrics = metrics
        self._clock = clock

    def read_inputs(self, job: Job) -> None:
        """Reads and checks all inputs, keeps them, and starts the job.

        A job that was stopped meanwhile keeps its status: its output manifest will show the input unchanged.
        Raises: Invalid, NotFound, LimitExceeded: an input cannot be used, and the job was not stopped.
        """
        task_type = TASK_TYPES[job.task_type]
        try:
            self._check_output_bucket(job.spec)
            categories = self._read_categories(job.spec, task_type)
            template = self._read_template(job.spec, task_type)
            categories = self._with_shown_attribute(job, task_type, categories, template)
            counters = self._insert_lines(job, task_type, categories, template)
        except RemoteUnavailable:
            raise
        except TrigpointError as problem:
            if job.status is JobStatus.INITIALIZING:
                raise
            log.info("labeling_job_inputs_unusable job=%s reason=%s", job.name, problem.message)
            self._end_unread(job)
            return
        with self._unread(job) as connection:
            jobs.set_inputs(connection, job.id, categories.labels, categories.document, template, counters)
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

    def _read_categories(self, spec: JobSpec, task_type: TaskType[Any]) -> CategoryFile:
        uri = spec.label_categories_uri
        if not uri:
            return NO_CATEGORIES
        return inputs.read_category_file(
            read_small_file(self._objects, "the label category file", uri, inputs.MAX_CATEGORY_FILE_BYTES),
            uri,
            task_type.categories,
        )

    def _read_template(self, spec: JobSpec, task_type: TaskType[Any]) -> str:
        uri = spec.template_uri
        if uri is None:
            return task_type.template
        template = template_files.read_template(self._objects, uri)
        template_files.check_template(self._templates, template, uri, task_type)
        return template

    def _with_shown_attribute(
        self, job: Job, task_type: TaskType[Any], categories: CategoryFile, template: str
    ) -> CategoryFile:
        """The categories of a job that reviews labels, with the attribute of the label that its template shows.

        Raises: Invalid: the label category file names another attribute than the template shows.
        """
        shown = frozenset[str]() if task_type.reviews is None else self._templates.shown_names(template)
        if task_type.reviews is None or not shown:
            return categories
        prepared = _with_categories(job, categories)
        with self._open_manifest(job.spec) as file:
            lines = inputs.read_manifest(file, job.spec.manifest_uri, job.spec.label_attribute, task_type)
            for line in islice(lines, LOOKED_AT):
                document = with_shown_attribute(prepared, json.loads(line.text), task_type.reviews, shown)
                if document is not None:
                    return replace(categories, document=document)
        return categories

    def _insert_lines(
        self, job: Job, task_type: TaskType[Any], categories: CategoryFile, template: str
    ) -> Counters:
        spec = job.spec
        counts = {"total": 0, "human": 0, "machine": 0}
        known_count = 0
        prepared = _with_categories(job, categories)
        has_gold = None if spec.gold_attribute is None else partial(gold.has_gold, prepared, task_type)
        with self._open_manifest(spec) as file:
            lines = inputs.read_manifest(file, spec.manifest_uri, spec.label_attribute, task_type, has_gold)
            with self._unread(job) as connection:
                data_objects.delete_all(connection, job.id)
                object_figures.delete_all(connection, job.id)
            while chunk := list(islice(lines, INSERT_CHUNK)):
                if not counts["total"]:
                    self._try_template(prepared, task_type, template, chunk[0].text)
                for line in chunk:
                    counts["total"] += 1
                    known_count += line.is_known
                    if line.carried:
                        counts[line.carried] += 1
                with self._unread(job) as connection:
                    rows = (
                        (line.index, line.text, _first_status(spec, line), line.is_known) for line in chunk
                    )
                    data_objects.insert_lines(connection, job.id, rows)
                    object_figures.insert_new(connection, job.id, _carried_figures(prepared, chunk))
        check_enough_objects(spec, counts["total"])
        if spec.gold_attribute is not None and not known_count:
            raise Invalid(
                f"the input manifest {spec.manifest_uri} has no line with the attribute {spec.gold_attribute!r}, which the "
                "tag trigpoint:gold-attribute names"
            )
        return Counters(counts["total"], counts["human"], counts["machine"])

    def _open_manifest(self, spec: JobSpec) -> BinaryIO:
        try:
            return self._objects.open_uri(spec.manifest_uri)
        except RemoteUnavailable:
            raise
        except TrigpointError as problem:
            raise Invalid(
                f"the input manifest {spec.manifest_uri} cannot be read: {problem.message}"
            ) from None

    def _try_template(self, job: Job, task_type: TaskType[Any], template: str, line: str) -> None:
        """Renders the template for the first object, so that errors show before a worker sees them."""
        workflow = workflow_of_job(job)
        if workflow.pre is not None:
            return  # PreAnnotating renders it with the first input that the function returns
        first = gold.without_gold(job, DataObject(job_id=job.id, index=0, line=line))
        try:
            self._templates.render(template, workflow.input_type.task_input(job, first), str)
        except TemplateError as problem:
            source = job.spec.template_uri or f"of {task_type.title} jobs"
            raise Invalid(f"the task template {source}, {problem.message}") from None

    @contextmanager
    def _unread(self, job: Job) -> Iterator[Connection]:
        """A transaction that fails when another process has read the job's inputs meanwhile."""
        with self._db.write() as connection:
            jobs.lock(connection, job.id)
            if jobs.get(connection, job.id).inputs_read:
                raise RuntimeError(f"another process has read the inputs of {job.name}")
            yield connection

    def _end_unread(self, job: Job) -> None:
        """Ends a job that was stopped before its inputs were read and whose inputs cannot be used."""
        with self._db.write() as connection:
            data_objects.delete_all(connection, job.id)
            now = self._clock.now()
            if jobs.change_status(connection, job.id, JobStatus.STOPPING, JobStatus.STOPPED, now):
                self._metrics.ended(connection, JobStatus.STOPPED, now)


def _with_categories(job: Job, categories: CategoryFile) -> Job:
    return replace(job, labels=categories.labels, category_file=categories.document, inputs_read=True)


def _carried_figures(job: Job, lines: Sequence[inputs.InputLine]) -> dict[int, ObjectFigures]:
    """The figures of the labels that the lines carry already."""
    names = dict(enumerate(job.labels))
    attribute = job.spec.label_attribute
    return {line.index: figures_of(json.loads(line.text), attribute, names) for line in lines if line.carried}


def _first_status(spec: JobSpec, line: inputs.InputLine) -> ObjectStatus:
    if line.carried:
        return ObjectStatus.CARRIED
    return ObjectStatus.WAITING if spec.algorithm_arn is None else ObjectStatus.HELD
