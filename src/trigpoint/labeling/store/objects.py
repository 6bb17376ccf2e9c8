"""The SQL of data objects: which wait, which are offered to whom, which are ready, what they ended with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, exists, func, insert, select, update

from trigpoint.db.tables.labeling import TAKEN
from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.db.tables.labeling import labeling_objects as objects
from trigpoint.labeling.model import DataObject, ImageFacts, ObjectStatus


def insert_lines(connection: Connection, job_id: str, rows: Iterable[tuple[int, str, ObjectStatus]]) -> None:
    """Adds data objects, given as index, line and status."""
    values = [{"job_id": job_id, "object_index": i, "line": line, "status": s} for i, line, s in rows]
    if values:
        connection.execute(insert(objects), values)


def delete_all(connection: Connection, job_id: str) -> None:
    connection.execute(delete(objects).where(objects.c.job_id == job_id))


def get(connection: Connection, job_id: str, index: int, *, lock: bool = False) -> DataObject:
    """The object; with `lock` nobody else changes it before this transaction ends."""
    query = _query().where(objects.c.job_id == job_id, objects.c.object_index == index)
    return _object(connection.execute(query.with_for_update() if lock else query).one())


def save(connection: Connection, data_object: DataObject) -> None:
    """Writes status, counts and reason of an object that was read with `lock`."""
    connection.execute(
        update(objects)
        .where(objects.c.job_id == data_object.job_id, objects.c.object_index == data_object.index)
        .values(
            status=data_object.status,
            open_slots=data_object.open_slots,
            active_count=data_object.active_count,
            answer_count=data_object.answer_count,
            decline_count=data_object.decline_count,
            failure_reason=data_object.failure_reason,
        )
    )


# -- offering


def offered_to(
    connection: Connection, job_id: str, worker_id: str, now: datetime, *, skip_locked: bool = False
) -> DataObject | None:
    """The first object that the worker can be given, locked; None when there is none.

    On PostgreSQL `skip_locked` passes over objects that another transaction is just changing.
    """
    query = _offered(_query(), job_id, worker_id, now).order_by(objects.c.object_index).limit(1)
    row = connection.execute(query.with_for_update(skip_locked=skip_locked, of=objects)).one_or_none()
    return None if row is None else _object(row)


def is_offered(connection: Connection, job_id: str, worker_id: str, now: datetime) -> bool:
    """Whether there is an object that the worker can be given."""
    query = _offered(select(objects.c.object_index), job_id, worker_id, now).limit(1)
    return connection.execute(query).one_or_none() is not None


def count_offered(connection: Connection, job_id: str, worker_id: str, now: datetime) -> int:
    """How many objects the worker can be given now."""
    found: int = connection.execute(_offered(select(func.count()), job_id, worker_id, now)).scalar_one()
    return found


def _offered(query: Select[Any], job_id: str, worker_id: str, now: datetime) -> Select[Any]:
    taken = exists().where(
        assignments.c.job_id == job_id,
        assignments.c.object_index == objects.c.object_index,
        assignments.c.worker_id == worker_id,
        TAKEN,
    )
    return query.select_from(objects).where(
        objects.c.job_id == job_id,
        objects.c.open_slots > 0,
        objects.c.status == ObjectStatus.OPEN,
        objects.c.expires_at > now,
        ~taken,
    )


# -- batches


def choose_batch(connection: Connection, job_id: str, iteration: int, size: int) -> int:
    """Moves the next `size` waiting objects, in manifest order, into batch `iteration`; returns how
    many."""
    indexes = _indexes(connection, job_id, ObjectStatus.WAITING, size)
    if indexes:
        # in manifest order all waiting objects up to the last of these are these
        changed = update(objects).where(
            objects.c.job_id == job_id,
            objects.c.status == ObjectStatus.WAITING,
            objects.c.object_index <= indexes[-1],
        )
        connection.execute(changed.values(status=ObjectStatus.CHOSEN, iteration=iteration))
    return len(indexes)


def in_status(
    connection: Connection, job_id: str, status: ObjectStatus, limit: int, *, lock: bool = False
) -> list[DataObject]:
    """The first objects of that status, in manifest order; with `lock` nobody else changes them
    meanwhile."""
    query = _query().where(objects.c.job_id == job_id, objects.c.status == status)
    query = query.order_by(objects.c.object_index).limit(limit)
    return [_object(row) for row in connection.execute(query.with_for_update() if lock else query)]


def unchoose(connection: Connection, job_id: str) -> None:
    """Lets the chosen objects wait again."""
    connection.execute(
        update(objects)
        .where(objects.c.job_id == job_id, objects.c.status == ObjectStatus.CHOSEN)
        .values(status=ObjectStatus.WAITING)
    )


def overdue(connection: Connection, job_id: str, now: datetime, limit: int) -> list[DataObject]:
    """Open objects whose availability has ended, locked."""
    query = _query().where(
        objects.c.job_id == job_id, objects.c.status == ObjectStatus.OPEN, objects.c.expires_at <= now
    )
    query = query.order_by(objects.c.object_index).limit(limit).with_for_update()
    return [_object(row) for row in connection.execute(query)]


def first_expiry(connection: Connection, job_id: str) -> datetime | None:
    """When the first open object's availability ends."""
    found: datetime | None = connection.execute(
        select(func.min(objects.c.expires_at)).where(
            objects.c.job_id == job_id, objects.c.status == ObjectStatus.OPEN
        )
    ).scalar_one()
    return found


def open_chosen(
    connection: Connection,
    job_id: str,
    opened: Mapping[int, ImageFacts],
    failed: Mapping[int, str],
    slots: int,
    expires_at: datetime,
) -> None:
    """Offers the chosen objects whose images are sound to the workers; the others are ready to fail."""
    mine = update(objects).where(
        objects.c.job_id == job_id,
        objects.c.object_index == bindparam("index_"),
        objects.c.status == ObjectStatus.CHOSEN,
    )
    if opened:
        statement = mine.values(
            status=ObjectStatus.OPEN,
            open_slots=slots,
            expires_at=expires_at,
            width=bindparam("w"),
            height=bindparam("h"),
            depth=bindparam("d"),
        )
        connection.execute(
            statement,
            [{"index_": i, "w": f.width, "h": f.height, "d": f.depth} for i, f in opened.items()],
        )
    if failed:
        statement = mine.values(status=ObjectStatus.READY, failure_reason=bindparam("reason"))
        connection.execute(statement, [{"index_": i, "reason": r} for i, r in failed.items()])


def any_in(connection: Connection, job_id: str, statuses: Sequence[ObjectStatus]) -> bool:
    """Whether an object of the job has one of the statuses."""
    return bool(_present(connection, job_id, statuses))


def unfinished_statuses(connection: Connection, job_id: str) -> set[ObjectStatus]:
    """Which of the statuses before Labeled and Failed objects of the job have."""
    before = (ObjectStatus.WAITING, ObjectStatus.CHOSEN, ObjectStatus.OPEN, ObjectStatus.READY)
    return _present(connection, job_id, before)


def _present(connection: Connection, job_id: str, statuses: Sequence[ObjectStatus]) -> set[ObjectStatus]:
    looks = [exists().where(objects.c.job_id == job_id, objects.c.status == s) for s in statuses]
    found = connection.execute(select(*(look.label(f"look_{i}") for i, look in enumerate(looks)))).one()
    return {status for status, present in zip(statuses, found, strict=True) if present}


# -- results


def put_into_round(connection: Connection, job_id: str, round_id: str, limit: int) -> list[int]:
    """Gives the first ready objects to the round; returns their indexes."""
    indexes = _indexes(connection, job_id, ObjectStatus.READY, limit)
    if indexes:
        connection.execute(
            update(objects)
            .where(
                objects.c.job_id == job_id,
                objects.c.status == ObjectStatus.READY,
                objects.c.object_index <= indexes[-1],
            )
            .values(round_id=round_id)
        )
    return indexes


def of_round(connection: Connection, round_id: str) -> list[DataObject]:
    """The objects of a round, in manifest order."""
    query = _query().where(objects.c.round_id == round_id).order_by(objects.c.object_index)
    return [_object(row) for row in connection.execute(query)]


def finish(
    connection: Connection, job_id: str, results: Mapping[int, str], failures: Mapping[int, str]
) -> None:
    """Writes what consolidation made of the objects: members for the output line, or the reason for
    none."""
    mine = update(objects).where(objects.c.job_id == job_id, objects.c.object_index == bindparam("index_"))
    if results:
        statement = mine.values(status=ObjectStatus.LABELED, result=bindparam("members"), failure_reason=None)
        connection.execute(statement, [{"index_": i, "members": m} for i, m in results.items()])
    if failures:
        statement = mine.values(status=ObjectStatus.FAILED, failure_reason=bindparam("reason"))
        connection.execute(statement, [{"index_": i, "reason": r} for i, r in failures.items()])


def output_lines(
    connection: Connection, job_id: str, after: int, limit: int, iteration: int | None = None
) -> list[tuple[int, str, str | None]]:
    """Index, input line and result of the objects behind `after`, in manifest order."""
    query = select(objects.c.object_index, objects.c.line, objects.c.result).where(
        objects.c.job_id == job_id, objects.c.object_index > after
    )
    if iteration is not None:
        query = query.where(objects.c.iteration == iteration)
    rows = connection.execute(query.order_by(objects.c.object_index).limit(limit))
    return [(row.object_index, row.line, row.result) for row in rows]


def count_pending(connection: Connection, job_ids: Sequence[str]) -> dict[str, int]:
    """How many objects of each job are before the workers now; jobs without any are left out."""
    query = (
        select(objects.c.job_id, func.count())
        .where(
            objects.c.job_id.in_(list(job_ids)), objects.c.status.in_([ObjectStatus.OPEN, ObjectStatus.READY])
        )
        .group_by(objects.c.job_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def failures(connection: Connection, job_id: str, limit: int) -> dict[int, str]:
    """Why objects could not be labeled, by index; the first ones."""
    query = select(objects.c.object_index, objects.c.failure_reason).where(
        objects.c.job_id == job_id, objects.c.status == ObjectStatus.FAILED
    )
    rows = connection.execute(query.order_by(objects.c.object_index).limit(limit))
    return {row.object_index: row.failure_reason or "" for row in rows}


def _indexes(connection: Connection, job_id: str, status: ObjectStatus, limit: int) -> list[int]:
    query = select(objects.c.object_index).where(objects.c.job_id == job_id, objects.c.status == status)
    if status is ObjectStatus.READY:
        query = query.where(objects.c.round_id.is_(None))
    return list(connection.execute(query.order_by(objects.c.object_index).limit(limit)).scalars())


def _query() -> Select[Any]:
    return select(*(c for c in objects.c if c.name not in ("result", "round_id")))


def _object(row: Row[Any]) -> DataObject:
    measured = row.width is not None
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
        image=ImageFacts(row.width, row.height, row.depth) if measured else None,
        failure_reason=row.failure_reason,
    )
