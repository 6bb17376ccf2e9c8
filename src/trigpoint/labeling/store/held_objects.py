"""The SQL of automated labeling: the objects that it decides about, and the labels that it learns from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from trigpoint.db.tables.labeling import labeling_objects as data_objects
from trigpoint.labeling.model import ObjectStatus

_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A data object: its line, and the members that its label has added to it, None without a label."""

    index: int
    line: str
    status: ObjectStatus
    iteration: int
    result: str | None


def indexes(connection: Connection, job_id: str, status: ObjectStatus) -> list[int]:
    """The objects of that status, in manifest order."""
    query = select(data_objects.c.object_index).where(*_in(job_id, status))
    return list(connection.execute(query.order_by(data_objects.c.object_index)).scalars())


def of_status(connection: Connection, job_id: str, status: ObjectStatus) -> list[StoredObject]:
    """The objects of that status, in manifest order."""
    query = select(
        data_objects.c.object_index,
        data_objects.c.line,
        data_objects.c.status,
        data_objects.c.iteration,
        data_objects.c.result,
    )
    rows = connection.execute(query.where(*_in(job_id, status)).order_by(data_objects.c.object_index))
    return [
        StoredObject(row.object_index, row.line, ObjectStatus(row.status), row.iteration, row.result)
        for row in rows
    ]


def count_by_iteration(connection: Connection, job_id: str, status: ObjectStatus) -> dict[int, int]:
    """How many objects of each batch have that status."""
    query = select(data_objects.c.iteration, func.count()).where(*_in(job_id, status))
    return {row[0]: row[1] for row in connection.execute(query.group_by(data_objects.c.iteration))}


def choose(connection: Connection, job_id: str, iteration: int, chosen: Sequence[int]) -> None:
    """Puts held objects, and audited ones, into batch `iteration`."""
    for part in _parts(chosen):
        connection.execute(
            update(data_objects)
            .where(
                data_objects.c.job_id == job_id,
                data_objects.c.status.in_((ObjectStatus.HELD, ObjectStatus.AUDITED)),
                data_objects.c.object_index.in_(part),
            )
            .values(status=ObjectStatus.CHOSEN, iteration=iteration)
        )


def label(connection: Connection, job_id: str, results: Mapping[int, str]) -> None:
    """Labels held objects: the members for their output lines, by index."""
    if not results:
        return
    statement = (
        update(data_objects)
        .where(*_in(job_id, ObjectStatus.HELD), data_objects.c.object_index == bindparam("index_"))
        .values(status=ObjectStatus.AUTO_LABELED, result=bindparam("members"))
    )
    connection.execute(statement, [{"index_": i, "members": m} for i, m in results.items()])


def release(connection: Connection, job_id: str) -> None:
    """Gives all held objects to people, in manifest order."""
    connection.execute(
        update(data_objects).where(*_in(job_id, ObjectStatus.HELD)).values(status=ObjectStatus.WAITING)
    )


def _parts(values: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(values), _TOGETHER):
        yield list(values[start : start + _TOGETHER])


def _in(job_id: str, status: ObjectStatus) -> tuple[Any, Any]:
    return data_objects.c.job_id == job_id, data_objects.c.status == status
