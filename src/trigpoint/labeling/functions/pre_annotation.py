"""Calling the pre-annotation function for chosen data objects, before they are offered to workers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from trigpoint.compute.bounded_calls import CallsBusy, CallsStopped
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, Unavailable
from trigpoint.db import Database
from trigpoint.db.tables.events import record_event
from trigpoint.labeling.functions import recipe
from trigpoint.labeling.functions.calls import FunctionCalls, FunctionFailed
from trigpoint.labeling.functions.pre_response import TaskInput, pre_event, read_pre_response
from trigpoint.labeling.model import KIND, DataObject, Job, JobStatus
from trigpoint.labeling.store import batches, data_objects, jobs, task_inputs
from trigpoint.labeling.template_errors import TemplateError
from trigpoint.labeling.templates import TaskTemplates

CHUNK = 100
CHUNK_S = 5.0
CALLS_AT_ONCE = 4

GIVE_UP_AFTER = 20
"""Decision: when the function failed for so many objects and succeeded for none, the job fails.

Otherwise a function that never works would be called for each of 100,000 objects.
"""


@dataclass(slots=True)
class _Prepared:
    """What calls gave, by object index. `broken_off` says why not all objects were asked for."""

    inputs: dict[int, TaskInput] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    broken_off: Unavailable | None = None


class PreAnnotating:
    """Prepares data objects.

    After a crash a function may be called again for the same object; what was recorded first counts.
    """

    def __init__(self, db: Database, calls: FunctionCalls, templates: TaskTemplates, clock: Clock) -> None:
        self._db = db
        self._calls = calls
        self._templates = templates
        self._clock = clock

    def prepare_some(self, job: Job, name: str) -> bool:
        """Calls the function for some chosen objects and records the results; whether others may be left.

        Raises: Invalid: the job cannot go on: the template cannot show the first input, or the function never works.
                CallsBusy, CallsStopped: after the results so far were recorded.
        """
        with self._db.read() as connection:
            indexes = task_inputs.chosen_indexes(connection, job.id, CHUNK, prepared=False)
            objects = data_objects.of_indexes(connection, job.id, indexes) if indexes else []
            has_inputs = task_inputs.any_of_job(connection, job.id)
        if not objects:
            return False
        prepared = self._called(job, name, objects)
        if not has_inputs:
            self._check_first(job, name, prepared)
        self._record(job, name, prepared)
        if prepared.broken_off is not None:
            raise prepared.broken_off
        return True

    def _called(self, job: Job, name: str, objects: Sequence[DataObject]) -> _Prepared:
        prepared = _Prepared()
        waiting, lock = iter(objects), threading.Lock()
        until_s = time.monotonic() + CHUNK_S

        def work() -> None:
            while prepared.broken_off is None and time.monotonic() < until_s:
                with lock:
                    each = next(waiting, None)
                if each is None:
                    return
                try:
                    prepared.inputs[each.index] = self._input(job, name, each)
                except FunctionFailed as problem:
                    prepared.failures[each.index] = problem.message
                except (CallsBusy, CallsStopped) as problem:
                    prepared.broken_off = problem

        with ThreadPoolExecutor(CALLS_AT_ONCE, "pre-annotation") as pool:
            for done in [pool.submit(work) for _ in range(min(CALLS_AT_ONCE, len(objects)))]:
                done.result()
        return prepared

    def _input(self, job: Job, name: str, data_object: DataObject) -> TaskInput:
        event = pre_event(job, data_object)
        if self._calls.is_recipe(name):
            return read_pre_response(name, recipe.pre_response(event))
        response = self._calls.call("pre-annotation", name, event, lambda: self._is_wanted(job.id))
        return read_pre_response(name, response)

    def _is_wanted(self, job_id: str) -> bool:
        """Whether workers would still get the object: the job was not stopped."""
        with self._db.read() as connection:
            job = jobs.find(connection, job_id)
        return job is not None and job.status is JobStatus.IN_PROGRESS

    def _check_first(self, job: Job, name: str, prepared: _Prepared) -> None:
        """Raises: Invalid: the template cannot show the first input, or the function has failed too often."""
        if not prepared.inputs:
            failed = job.counters.failed + len(prepared.failures)
            if failed >= GIVE_UP_AFTER:
                last = prepared.failures[max(prepared.failures)]
                raise Invalid(f"no object could be prepared, {failed} have failed; the last one: {last}")
            return
        shown = {index: one for index, one in prepared.inputs.items() if one.is_needed}
        if not shown:
            return
        with self._db.read() as connection:
            template = jobs.template(connection, job.id)
        index = min(shown)
        try:
            self._templates.render(template, json.loads(shown[index].content), str)
        except TemplateError as problem:
            source = job.spec.template_uri or "of custom jobs"
            raise Invalid(
                f"the task template {source} cannot show what the pre-annotation function {name!r} returned for "
                f"line {index + 1}: {problem.message}"
            ) from None

    def _record(self, job: Job, name: str, prepared: _Prepared) -> None:
        now = self._clock.now()
        contents: Mapping[int, str] = {index: one.content for index, one in prepared.inputs.items()}
        skipped = [index for index, one in prepared.inputs.items() if not one.is_needed]
        with self._db.write() as connection:
            if skipped:
                jobs.lock(connection, job.id)  # as everything that records events of the job
            task_inputs.put(connection, job.id, contents)
            data_objects.skip_chosen(connection, job.id, skipped)
            batches.open_chosen(connection, job.id, {}, prepared.failures, 0, now)
            for index in skipped:
                detail = (
                    f"object {index}: the pre-annotation function {name!r} said that no people are needed"
                )
                record_event(connection, KIND, job.id, now, "ObjectSkipped", detail)
