"""The SQL of task inputs: what pre-annotation functions returned for data objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.db.tables.labeling import labeling_objects as data_objects
from trigpoint.db.tables.labeling import labeling_task_inputs as inputs
from trigpoint.labeling.model import ObjectStatus


def put(connection: Connection, job_id: str, contents: Mapping[int, str]) -> None:
    """Keeps the inputs, JSON texts by object index; an object that has one keeps it."""
    if not contents:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rows = [{"job_id": job_id, "object_index": i, "content": text} for i, text in contents.items()]
    connection.execute(dialect.insert(inputs).on_conflict_do_nothing(), rows)


def get(connection: Connection, job_id: str, index: int) -> dict[str, Any]:
    """The input of an object that was offered."""
    query = select(inputs.c.content).where(inputs.c.job_id == job_id, inputs.c.object_index == index)
    found: dict[str, Any] = json.loads(connection.execute(query).scalar_one())
    return found


def any_of_job(connection: Connection, job_id: str) -> bool:
    """Whether an object of the job has its input."""
    found: bool = connection.execute(select(exists().where(inputs.c.job_id == job_id))).scalar_one()
    return found


def chosen_indexes(connection: Connection, job_id: str, limit: int, *, prepared: bool) -> list[int]:
    """The first chosen objects with, or without, their input."""
    has_input = exists().where(
        inputs.c.job_id == job_id, inputs.c.object_index == data_objects.c.object_index
    )
    query = select(data_objects.c.object_index).where(
        data_objects.c.job_id == job_id,
        data_objects.c.status == ObjectStatus.CHOSEN,
        has_input if prepared else ~has_input,
    )
    return list(connection.execute(query.order_by(data_objects.c.object_index).limit(limit)).scalars())
