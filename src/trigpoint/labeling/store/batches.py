"""The SQL of batches: which data objects come next, and their way from waiting to offered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from trigpoint.db.tables.labeling import KNOWN_OBJECT
from trigpoint.db.tables.labeling import labeling_objects as data_objects
from trigpoint.labeling.model import DataObject, Facts, ObjectStatus
from trigpoint.labeling.store.data_objects import select_objects, to_object


def choose(
    connection: Connection, job_id: str, iteration: int, size: int, *, known: bool | None = None
) -> int:
    """Moves the next `size` waiting objects, in manifest order, into batch `iteration`; returns how many.

    `known` leaves out those with or without a known label.
    """
    which = [] if known is None else [KNOWN_OBJECT if known else data_objects.c.is_known == 0]
    waiting = [data_objects.c.job_id == job_id, data_objects.c.status == ObjectStatus.WAITING, *which]
    query = select(data_objects.c.object_index).where(*waiting).order_by(data_objects.c.object_index)
    indexes = list(connection.execute(query.limit(size)).scalars())
    if indexes:
        # these are all waiting objects up to the last of them, so no list of indexes is needed
        changed = update(data_objects).where(*waiting, data_objects.c.object_index <= indexes[-1])
        connection.execute(changed.values(status=ObjectStatus.CHOSEN, iteration=iteration))
    return len(indexes)


def count_ready(connection: Connection, job_id: str) -> int:
    """How many objects wait for their consolidation."""
    query = select(func.count()).where(*_in(job_id, ObjectStatus.READY))
    return connection.execute(query).scalar_one()


def any_unmeasured(connection: Connection, job_id: str, batch_size: int) -> bool:
    """Whether nobody has tried to measure one of the next `batch_size` waiting objects."""
    return bool(unmeasured(connection, job_id, batch_size, 1))


def unmeasured(connection: Connection, job_id: str, batch_size: int, limit: int) -> list[DataObject]:
    """Those of the next `batch_size` waiting objects that nobody has tried to measure; the first `limit` of them."""
    order = data_objects.c.object_index
    following = select(order).where(*_in(job_id, ObjectStatus.WAITING)).order_by(order).limit(batch_size)
    query = select_objects().where(
        data_objects.c.job_id == job_id,
        order.in_(following),
        data_objects.c.facts.is_(None),
        data_objects.c.failure_reason.is_(None),
    )
    return [to_object(row) for row in connection.execute(query.order_by(order).limit(limit))]


def open_chosen(
    connection: Connection,
    job_id: str,
    opened: Mapping[int, Facts],
    failed: Mapping[int, str],
    slots: int,
    expires_at: datetime,
) -> None:
    """Offers chosen objects that were measured, given by index, to the workers; the others are ready to fail."""
    mine = update(data_objects).where(
        data_objects.c.job_id == job_id,
        data_objects.c.object_index == bindparam("index_"),
        data_objects.c.status == ObjectStatus.CHOSEN,
    )
    if opened:
        statement = mine.values(
            status=ObjectStatus.OPEN,
            open_slots=slots,
            expires_at=expires_at,
            facts=bindparam("measured"),
            failure_reason=None,
        )
        connection.execute(statement, [{"index_": i, "measured": facts} for i, facts in opened.items()])
    if failed:
        statement = mine.values(status=ObjectStatus.READY, failure_reason=bindparam("reason"))
        connection.execute(statement, [{"index_": i, "reason": r} for i, r in failed.items()])


def keep_measured(
    connection: Connection, job_id: str, measured: Mapping[int, Facts], failed: Mapping[int, str]
) -> None:
    """Keeps the facts of waiting objects, given by index, or why they could not be measured."""
    mine = update(data_objects).where(
        *_in(job_id, ObjectStatus.WAITING), data_objects.c.object_index == bindparam("index_")
    )
    for column, found in (("facts", measured), ("failure_reason", failed)):
        if found:
            values = [{"index_": index, "value": value} for index, value in found.items()]
            connection.execute(mine.values({column: bindparam("value")}), values)


def open_measured(connection: Connection, job_id: str, slots: int, expires_at: datetime) -> None:
    """Offers the chosen objects that were measured ahead to the workers."""
    connection.execute(
        update(data_objects)
        .where(*_in(job_id, ObjectStatus.CHOSEN), data_objects.c.facts.is_not(None))
        .values(status=ObjectStatus.OPEN, open_slots=slots, expires_at=expires_at)
    )


def unchoose(connection: Connection, job_id: str) -> None:
    """Sets the chosen objects back to Waiting."""
    connection.execute(
        update(data_objects)
        .where(data_objects.c.job_id == job_id, data_objects.c.status == ObjectStatus.CHOSEN)
        .values(status=ObjectStatus.WAITING)
    )


def _in(job_id: str, status: ObjectStatus) -> tuple[Any, Any]:
    return data_objects.c.job_id == job_id, data_objects.c.status == status
