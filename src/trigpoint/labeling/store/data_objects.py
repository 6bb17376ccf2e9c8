"""The SQL of data objects: which wait, which are offered to whom, which are ready, and their results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.labeling import TAKEN
from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.db.tables.labeling import labeling_objects as data_objects
from trigpoint.labeling.model import AssignmentStatus, DataObject, ObjectStatus
from trigpoint.labeling.store import drafts


def insert_lines(
    connection: Connection, job_id: str, rows: Iterable[tuple[int, str, ObjectStatus, bool]]
) -> None:
    """Adds data objects, given as index, line, status, and whether the line carries a known label."""
    values = [
        {"job_id": job_id, "object_index": i, "line": line, "status": s, "is_known": int(known)}
        for i, line, s, known in rows
    ]
    if values:
        connection.execute(insert(data_objects), values)


def delete_all(connection: Connection, job_id: str) -> None:
    connection.execute(delete(data_objects).where(data_objects.c.job_id == job_id))


def get(connection: Connection, job_id: str, index: int, *, lock: bool = False) -> DataObject:
    """The object; with `lock` no other transaction changes it before this one ends."""
    row = (_LOCK if lock else _GET).one_or_none(connection, {"job_id": job_id, "index": index})
    assert row is not None, "data objects of a job that has tasks are never deleted"
    return to_object(row)


def save(connection: Connection, data_object: DataObject) -> None:
    """Writes status, counts and failure reason of an object that was read with `lock`.

    An object that is no longer open loses its drafts.
    """
    _SAVE.execute(
        connection,
        {
            "job_id_": data_object.job_id,
            "index": data_object.index,
            "status": data_object.status.value,
            "open_slots": data_object.open_slots,
            "active_count": data_object.active_count,
            "answer_count": data_object.answer_count,
            "decline_count": data_object.decline_count,
            "failure_reason": data_object.failure_reason,
        },
    )
    if data_object.status is not ObjectStatus.OPEN:
        drafts.drop_all_of(connection, data_object.job_id, data_object.index)


# -- statuses


def in_status(
    connection: Connection, job_id: str, status: ObjectStatus, limit: int, *, lock: bool = False
) -> list[DataObject]:
    """The first objects of that status, in manifest order; with `lock` no other transaction changes them."""
    query = select_objects().where(data_objects.c.job_id == job_id, data_objects.c.status == status)
    query = query.order_by(data_objects.c.object_index).limit(limit)
    return [to_object(row) for row in connection.execute(query.with_for_update() if lock else query)]


def overdue(connection: Connection, job_id: str, now: datetime, limit: int) -> list[DataObject]:
    """Open objects whose availability has ended, locked."""
    query = select_objects().where(
        data_objects.c.job_id == job_id,
        data_objects.c.status == ObjectStatus.OPEN,
        data_objects.c.expires_at <= now,
    )
    query = query.order_by(data_objects.c.object_index).limit(limit).with_for_update()
    return [to_object(row) for row in connection.execute(query)]


def first_expiry(connection: Connection, job_id: str) -> datetime | None:
    """When the first open object's availability ends."""
    found: datetime | None = connection.execute(
        select(func.min(data_objects.c.expires_at)).where(
            data_objects.c.job_id == job_id, data_objects.c.status == ObjectStatus.OPEN
        )
    ).scalar_one()
    return found


def skip_chosen(connection: Connection, job_id: str, indexes: Sequence[int]) -> None:
    """Takes chosen objects out of the job: no worker sees them, and they stay unlabeled."""
    connection.execute(
        update(data_objects)
        .where(
            data_objects.c.job_id == job_id,
            data_objects.c.object_index.in_(list(indexes)),
            data_objects.c.status == ObjectStatus.CHOSEN,
        )
        .values(status=ObjectStatus.SKIPPED)
    )


def count_skipped(connection: Connection, job_id: str) -> int:
    """How many objects the pre-annotation function took out of the job."""
    query = select(func.count()).where(
        data_objects.c.job_id == job_id, data_objects.c.status == ObjectStatus.SKIPPED
    )
    found: int = connection.execute(query).scalar_one()
    return found


def any_in(connection: Connection, job_id: str, statuses: Sequence[ObjectStatus]) -> bool:
    """Whether an object of the job has one of the statuses."""
    return bool(_present(connection, job_id, statuses))


def unfinished_statuses(connection: Connection, job_id: str) -> set[ObjectStatus]:
    """Which statuses the job's unfinished objects have."""
    before = (
        ObjectStatus.WAITING,
        ObjectStatus.CHOSEN,
        ObjectStatus.OPEN,
        ObjectStatus.READY,
        ObjectStatus.HELD,
        ObjectStatus.AUDITED,
    )
    return _present(connection, job_id, before)


def _present(connection: Connection, job_id: str, statuses: Sequence[ObjectStatus]) -> set[ObjectStatus]:
    found = _looks(tuple(statuses)).one_or_none(connection, {"job_id": job_id})
    return {status for status, present in zip(statuses, found, strict=True) if present}


@cache
def _looks(statuses: tuple[ObjectStatus, ...]) -> Prepared:
    """One column for each status: whether an object of the job has it."""
    mine = data_objects.c.job_id == bindparam("job_id")
    looks = [exists().where(mine, data_objects.c.status == status.value) for status in statuses]
    return Prepared(select(*(look.label(f"look_{k}") for k, look in enumerate(looks))))


# -- results


def first_ready_iteration(connection: Connection, job_id: str) -> int | None:
    """The first batch that has ready objects."""
    query = select(func.min(data_objects.c.iteration)).where(
        data_objects.c.job_id == job_id, data_objects.c.status == ObjectStatus.READY
    )
    found: int | None = connection.execute(query).scalar_one()
    return found


def put_into_round(
    connection: Connection, job_id: str, round_id: str, iteration: int, limit: int, most_characters: int
) -> list[int]:
    """Puts the first ready objects of a batch into the round; returns their indexes.

    They are at most `limit`. The answers of several have at most `most_characters`.
    """
    ready = _ready(connection, job_id, iteration, limit)
    indexes = _first_of(connection, job_id, ready, most_characters)
    if indexes:
        connection.execute(
            update(data_objects)
            .where(
                data_objects.c.job_id == job_id,
                data_objects.c.status == ObjectStatus.READY,
                data_objects.c.iteration == iteration,
                data_objects.c.object_index <= indexes[-1],
            )
            .values(round_id=round_id)
        )
    return indexes


def answered(
    connection: Connection, job_id: str, after: int, limit: int, most_characters: int
) -> list[DataObject]:
    """The next objects after the index `after` that workers have answered, in manifest order.

    They are at most `limit`. The answers of several have at most `most_characters`.
    """
    query = select(data_objects.c.object_index).where(
        data_objects.c.job_id == job_id,
        data_objects.c.object_index > after,
        data_objects.c.answer_count > 0,
    )
    indexes = list(connection.execute(query.order_by(data_objects.c.object_index).limit(limit)).scalars())
    return of_indexes(connection, job_id, _first_of(connection, job_id, indexes, most_characters))


def _first_of(connection: Connection, job_id: str, indexes: Sequence[int], most_characters: int) -> list[int]:
    """The first of these objects, as long as the answers of several have at most `most_characters`."""
    lengths = _answer_lengths(connection, job_id, indexes)
    sums = accumulate(lengths.get(index, 0) for index in indexes)
    return [
        index
        for k, (index, so_far) in enumerate(zip(indexes, sums, strict=True))
        if not k or so_far <= most_characters
    ]


def _answer_lengths(connection: Connection, job_id: str, indexes: Sequence[int]) -> dict[int, int]:
    """The characters of all answers of each object that has any."""
    query = (
        select(assignments.c.object_index, func.sum(func.length(assignments.c.answer)))
        .where(
            assignments.c.job_id == job_id,
            assignments.c.object_index.in_(list(indexes)),
            TAKEN,
            assignments.c.status == AssignmentStatus.SUBMITTED,
        )
        .group_by(assignments.c.object_index)
    )
    return {row[0]: int(row[1] or 0) for row in connection.execute(query)}


def of_round(connection: Connection, round_id: str) -> list[DataObject]:
    """The objects of a round, in manifest order."""
    query = select_objects().where(data_objects.c.round_id == round_id).order_by(data_objects.c.object_index)
    return [to_object(row) for row in connection.execute(query)]


def of_indexes(connection: Connection, job_id: str, indexes: Sequence[int]) -> list[DataObject]:
    """These objects, in manifest order."""
    query = select_objects().where(
        data_objects.c.job_id == job_id, data_objects.c.object_index.in_(list(indexes))
    )
    return [to_object(row) for row in connection.execute(query.order_by(data_objects.c.object_index))]


def finish(
    connection: Connection, job_id: str, results: Mapping[int, str], failures: Mapping[int, str]
) -> None:
    """Writes the results of consolidation: members for the output line, or the reason why there are none."""
    mine = update(data_objects).where(
        data_objects.c.job_id == job_id, data_objects.c.object_index == bindparam("index_")
    )
    if results:
        statement = mine.values(status=ObjectStatus.LABELED, result=bindparam("members"), failure_reason=None)
        connection.execute(statement, [{"index_": i, "members": m} for i, m in results.items()])
    if failures:
        statement = mine.values(status=ObjectStatus.FAILED, failure_reason=bindparam("reason"))
        connection.execute(statement, [{"index_": i, "reason": r} for i, r in failures.items()])


def output_lines(
    connection: Connection, job_id: str, after: int, limit: int, iteration: int | None = None
) -> list[tuple[int, str, str | None]]:
    """Index, input line and result of the objects after `after`, in manifest order."""
    query = select(data_objects.c.object_index, data_objects.c.line, data_objects.c.result).where(
        data_objects.c.job_id == job_id, data_objects.c.object_index > after
    )
    if iteration is not None:
        query = query.where(data_objects.c.iteration == iteration)
    rows = connection.execute(query.order_by(data_objects.c.object_index).limit(limit))
    return [(row.object_index, row.line, row.result) for row in rows]


def count_pending(connection: Connection, job_ids: Sequence[str]) -> dict[str, int]:
    """How many objects of each job are offered or wait for consolidation; jobs without any are left out."""
    query = (
        select(data_objects.c.job_id, func.count())
        .where(
            data_objects.c.job_id.in_(list(job_ids)),
            data_objects.c.status.in_([ObjectStatus.OPEN, ObjectStatus.READY]),
        )
        .group_by(data_objects.c.job_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def statuses(connection: Connection, job_id: str, first: int, limit: int) -> list[tuple[int, ObjectStatus]]:
    """Index and status of the objects from index `first` on, in order."""
    query = select(data_objects.c.object_index, data_objects.c.status).where(
        data_objects.c.job_id == job_id, data_objects.c.object_index >= first
    )
    rows = connection.execute(query.order_by(data_objects.c.object_index).limit(limit))
    return [(row.object_index, ObjectStatus(row.status)) for row in rows]


def failures(connection: Connection, job_id: str, limit: int) -> dict[int, str]:
    """Why objects could not be labeled, by index; the first ones."""
    query = select(data_objects.c.object_index, data_objects.c.failure_reason).where(
        data_objects.c.job_id == job_id, data_objects.c.status == ObjectStatus.FAILED
    )
    rows = connection.execute(query.order_by(data_objects.c.object_index).limit(limit))
    return {row.object_index: row.failure_reason or "" for row in rows}


def _ready(connection: Connection, job_id: str, iteration: int, limit: int) -> list[int]:
    query = select(data_objects.c.object_index).where(
        data_objects.c.job_id == job_id,
        data_objects.c.status == ObjectStatus.READY,
        data_objects.c.iteration == iteration,
        data_objects.c.round_id.is_(None),
    )
    return list(connection.execute(query.order_by(data_objects.c.object_index).limit(limit)).scalars())


def select_objects() -> Select[Any]:
    return select(*(c for c in data_objects.c if c.name not in ("result", "round_id")))


def to_object(row: Row[Any]) -> DataObject:
    return DataObject(
        job_id=row.job_id,
        index=row.object_index,
        line=row.line,
        status=ObjectStatus(row.status),
        iteration=row.iteration,
        open_slots=row.open_slots,
        active_count=row.active_count,
        answer_count=row.answer_count,
        decline_count=row.decline_count,
        expires_at=row.expires_at,
        facts=row.facts,
        failure_reason=row.failure_reason,
        is_known=bool(row.is_known),
    )


_MINE = select_objects().where(
    data_objects.c.job_id == bindparam("job_id"), data_objects.c.object_index == bindparam("index")
)
_GET, _LOCK = Prepared(_MINE), Prepared(_MINE.with_for_update())
_SAVED = ("status", "open_slots", "active_count", "answer_count", "decline_count", "failure_reason")
_SAVE = Prepared(
    update(data_objects)
    .where(data_objects.c.job_id == bindparam("job_id_"), data_objects.c.object_index == bindparam("index"))
    .values({column: bindparam(column) for column in _SAVED})
)
