"""The SQL of audits: labels of the machine that people give a second time, without seeing the first.

While an object is audited it keeps the machine's label, and counts as labeled by the machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, func, insert, select, update

from trigpoint.db.tables.labeling import labeling_audits as audits
from trigpoint.db.tables.labeling import labeling_objects as data_objects
from trigpoint.labeling.model import ObjectStatus

_TOGETHER = 500


class AuditStatus(StrEnum):
    """Waiting (also while people work on it) -> Returned -> Confirmed | Changed | Unanswered; Waiting -> Dropped.

    Confirmed, Changed: people gave the label of the machine, or another one. Unanswered: nobody could label it.
    Dropped: the job ended before people could.
    """

    WAITING = "Waiting"
    RETURNED = "Returned"
    CONFIRMED = "Confirmed"
    CHANGED = "Changed"
    UNANSWERED = "Unanswered"
    DROPPED = "Dropped"


@dataclass(frozen=True, slots=True)
class Audit:
    """One audited object. `machine` and `people` are members of its output line, as JSON text without braces."""

    index: int
    round: int
    status: AuditStatus
    machine: str
    people: str | None


def begin(connection: Connection, job_id: str, number: int, machine: Mapping[int, str]) -> None:
    """Begins to audit objects that the machine labeled in round `number`, given with their members."""
    if not machine:
        return
    values = [
        {"job_id": job_id, "object_index": i, "round": number, "status": AuditStatus.WAITING, "machine": m}
        for i, m in machine.items()
    ]
    connection.execute(insert(audits), values)
    _set_objects(connection, job_id, list(machine), ObjectStatus.AUTO_LABELED, ObjectStatus.AUDITED)


def take(
    connection: Connection, job_id: str, indexes: Collection[int], members: Mapping[int, str]
) -> set[int]:
    """Keeps what people made of audited objects; which of the objects these are.

    Args: indexes: objects whose consolidation has ended. members: the labels of those that have one.
    """
    query = select(audits.c.object_index).where(
        audits.c.job_id == job_id, audits.c.status == AuditStatus.WAITING
    )
    own = set(connection.execute(query).scalars()) & set(indexes)
    if own:
        values = [{"index_": index, "text": members.get(index)} for index in sorted(own)]
        mine = update(audits).where(audits.c.job_id == job_id, audits.c.object_index == bindparam("index_"))
        connection.execute(mine.values(people=bindparam("text"), status=AuditStatus.RETURNED), values)
        _set_objects(connection, job_id, sorted(own), ObjectStatus.READY, ObjectStatus.AUDITED)
    return own


def take_back(connection: Connection, job_id: str) -> None:
    """Audited objects whose offers were withdrawn are no objects without a label."""
    open_ = select(audits.c.object_index).where(
        audits.c.job_id == job_id, audits.c.status == AuditStatus.WAITING
    )
    connection.execute(
        update(data_objects)
        .where(
            data_objects.c.job_id == job_id,
            data_objects.c.status == ObjectStatus.WAITING,
            data_objects.c.object_index.in_(open_),
        )
        .values(status=ObjectStatus.AUDITED)
    )


def of_status(connection: Connection, job_id: str, *statuses: AuditStatus) -> list[Audit]:
    """The audits in one of the statuses, in manifest order."""
    query = select(audits).where(audits.c.job_id == job_id, audits.c.status.in_(statuses))
    return [
        Audit(row.object_index, row.round, AuditStatus(row.status), row.machine, row.people)
        for row in connection.execute(query.order_by(audits.c.object_index))
    ]


def waiting(connection: Connection, job_id: str) -> list[int]:
    """The objects that people have not been offered yet, in manifest order."""
    query = (
        select(audits.c.object_index)
        .join(
            data_objects,
            (data_objects.c.job_id == audits.c.job_id)
            & (data_objects.c.object_index == audits.c.object_index),
        )
        .where(
            audits.c.job_id == job_id,
            audits.c.status == AuditStatus.WAITING,
            data_objects.c.status == ObjectStatus.AUDITED,
        )
    )
    return list(connection.execute(query.order_by(audits.c.object_index)).scalars())


def counts(connection: Connection, job_id: str) -> Counter[AuditStatus]:
    """How many audits have each status."""
    query = select(audits.c.status, func.count()).where(audits.c.job_id == job_id).group_by(audits.c.status)
    return Counter({AuditStatus(row[0]): row[1] for row in connection.execute(query)})


def end(
    connection: Connection, job_id: str, changed: Mapping[int, str], unchanged: Mapping[int, AuditStatus]
) -> None:
    """Ends audits: objects that get the members of people's label, and those that keep the machine's, with the reason."""
    outcomes = {**dict.fromkeys(changed, AuditStatus.CHANGED), **unchanged}
    if outcomes:
        mine = update(audits).where(audits.c.job_id == job_id, audits.c.object_index == bindparam("index_"))
        values = [{"index_": index, "new": status} for index, status in outcomes.items()]
        connection.execute(mine.values(status=bindparam("new")), values)
    if changed:
        statement = (
            update(data_objects)
            .where(data_objects.c.job_id == job_id, data_objects.c.object_index == bindparam("index_"))
            .values(status=ObjectStatus.LABELED, result=bindparam("members"), failure_reason=None)
        )
        connection.execute(statement, [{"index_": i, "members": m} for i, m in changed.items()])
    _set_objects(connection, job_id, list(unchanged), ObjectStatus.AUDITED, ObjectStatus.AUTO_LABELED)


def _set_objects(
    connection: Connection, job_id: str, indexes: Sequence[int], before: ObjectStatus, after: ObjectStatus
) -> None:
    for start in range(0, len(indexes), _TOGETHER):
        connection.execute(
            update(data_objects)
            .where(
                data_objects.c.job_id == job_id,
                data_objects.c.status == before,
                data_objects.c.object_index.in_(indexes[start : start + _TOGETHER]),
            )
            .values(status=after, failure_reason=None)
        )
