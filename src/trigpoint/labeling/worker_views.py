"""Jobs and assignments as a worker sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from trigpoint.db import Connection
from trigpoint.labeling.drafts import key_of
from trigpoint.labeling.functions.workflow import workflow_of_job
from trigpoint.labeling.gold import without_gold
from trigpoint.labeling.model import Assignment, DataObject, Job, WorkerJob
from trigpoint.labeling.store import assignments, data_objects, drafts, offers, task_inputs
from trigpoint.labeling.store.assignments import StoredAssignment
from trigpoint.labeling.store.drafts import DraftKey
from trigpoint.labeling.store.reservations import Reservation

RESERVED = "Reserved"
"""The status of a task that its worker has not accepted yet."""


def assignment_view(
    connection: Connection,
    job: Job,
    stored: StoredAssignment,
    data_object: DataObject | None,
    now: datetime,
) -> Assignment:
    """The assignment with its template input; `data_object` is read from the database when it is None."""
    if data_object is None:
        data_object = data_objects.get(connection, job.id, stored.object_index)
    draft = drafts.get(connection, key_of(stored))
    return Assignment(
        id=stored.id,
        job_name=job.name,
        title=job.spec.title,
        description=job.spec.description,
        object_index=stored.object_index,
        task_input=_task_input(connection, job, data_object),
        accepted_at=stored.accepted_at,
        expires_at=stored.expires_at,
        time_limit_s=job.spec.time_limit_s,
        time_spent_s=stored.time_spent_s,
        state=None if draft is None else json.loads(draft.state),
        status=stored.status.value,
        submitted_count=assignments.count_submitted(connection, job.id, stored.worker_id),
        available_count=offers.count(connection, job.id, stored.worker_id, now),
        job_id=job.id,
        draft_version=None if draft is None else draft.version,
        draft_saved_at=None if draft is None else draft.saved_at,
    )


def reserved_view(
    connection: Connection, job: Job, reserved: Reservation, data_object: DataObject, now: datetime
) -> Assignment:
    """The task as it will be once the worker accepts it. Its times are those of a task that begins now."""
    draft = drafts.get(connection, DraftKey(job.id, data_object.index, reserved.worker_id))
    return Assignment(
        id=reserved.id,
        job_name=job.name,
        title=job.spec.title,
        description=job.spec.description,
        object_index=data_object.index,
        task_input=_task_input(connection, job, data_object),
        accepted_at=now,
        expires_at=now + timedelta(seconds=job.spec.time_limit_s),
        time_limit_s=job.spec.time_limit_s,
        time_spent_s=0.0,
        state=None if draft is None else json.loads(draft.state),
        status=RESERVED,
        submitted_count=assignments.count_submitted(connection, job.id, reserved.worker_id),
        available_count=offers.count(connection, job.id, reserved.worker_id, now),
        job_id=job.id,
        draft_version=None if draft is None else draft.version,
        draft_saved_at=None if draft is None else draft.saved_at,
    )


def _task_input(connection: Connection, job: Job, data_object: DataObject) -> Mapping[str, Any]:
    """What the template calls `task.input`."""
    workflow = workflow_of_job(job)
    if workflow.pre is not None:
        return task_inputs.get(connection, job.id, data_object.index)
    return workflow.input_type.task_input(job, without_gold(job, data_object))


def worker_job_view(connection: Connection, job: Job, worker_id: str, now: datetime) -> WorkerJob:
    return WorkerJob(
        job_name=job.name,
        title=job.spec.title,
        description=job.spec.description,
        keywords=job.spec.keywords or (),
        time_limit_s=job.spec.time_limit_s,
        created_at=job.created_at,
        expires_at=job.expires_at,
        available=offers.count(connection, job.id, worker_id, now),
        submitted=assignments.count_submitted(connection, job.id, worker_id),
        resumable=assignments.resumable(connection, job.id, worker_id, now),
        team_name=job.team_arn.rsplit("/", 1)[-1],
        finished_objects=job.counters.total_labeled + job.counters.failed,
        total_objects=job.counters.total,
    )
