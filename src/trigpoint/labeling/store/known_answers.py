"""The SQL of answers to objects with a known label: how many a worker has given, and the extra ones.

An extra answer is one to an object that already has its label. It only measures the worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate

from sqlalchemy import Connection, Select, func, select, update

from trigpoint.db.tables.labeling import ACTIVE, EXTRA, KNOWN, TAKEN
from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.labeling.model import Answer, AssignmentStatus
from trigpoint.labeling.store.assignments import to_answer


def count_taken(connection: Connection, job_id: str, worker_id: str) -> tuple[int, int]:
    """How many objects of the job the worker has or had, and how many of them have a known label."""
    mine = (assignments.c.worker_id == worker_id, assignments.c.job_id == job_id, TAKEN)
    tasks = connection.execute(select(func.count()).where(*mine)).scalar_one()
    known = connection.execute(select(func.count()).where(*mine, KNOWN)).scalar_one()
    return tasks, known


def any_active_extra(connection: Connection, job_id: str) -> bool:
    """Whether a worker has a task that would give an extra answer."""
    query = select(assignments.c.id).where(assignments.c.job_id == job_id, EXTRA, ACTIVE).limit(1)
    return connection.execute(query).one_or_none() is not None


def any_to_learn_from(connection: Connection, job_id: str) -> bool:
    """Whether there are extra answers that no round has learned from."""
    return connection.execute(_to_learn_from(job_id).limit(1)).one_or_none() is not None


def put_into_round(
    connection: Connection, job_id: str, round_id: str, limit: int, most_characters: int
) -> None:
    """Puts extra answers into the round: at most `limit`, and several only if they have at most `most_characters`."""
    found = connection.execute(_to_learn_from(job_id).order_by(assignments.c.ended_at).limit(limit)).all()
    sums = accumulate(row.characters or 0 for row in found)
    ids = [
        row.id
        for k, (row, so_far) in enumerate(zip(found, sums, strict=True))
        if not k or so_far <= most_characters
    ]
    if ids:
        connection.execute(update(assignments).where(assignments.c.id.in_(ids)).values(round_id=round_id))


def of_round(connection: Connection, job_id: str, round_id: str) -> Mapping[int, Sequence[Answer]]:
    """The extra answers of a round by object, in order of submission."""
    found: dict[int, list[Answer]] = {}
    query = select(assignments).where(
        assignments.c.job_id == job_id, EXTRA, assignments.c.round_id == round_id
    )
    order = (assignments.c.object_index, assignments.c.ended_at, assignments.c.id)
    for row in connection.execute(query.order_by(*order)):
        found.setdefault(row.object_index, []).append(to_answer(row))
    return found


def withdraw_extra(connection: Connection, job_id: str, now: datetime) -> None:
    """Ends the tasks that would give an extra answer."""
    connection.execute(
        update(assignments)
        .where(assignments.c.job_id == job_id, EXTRA, ACTIVE)
        .values(status=AssignmentStatus.WITHDRAWN, ended_at=now)
    )


def _to_learn_from(job_id: str) -> Select[tuple[str, int]]:
    return select(assignments.c.id, func.length(assignments.c.answer).label("characters")).where(
        assignments.c.job_id == job_id,
        EXTRA,
        assignments.c.round_id.is_(None),
        assignments.c.status == AssignmentStatus.SUBMITTED,
    )
