"""The SQL of answers that their workers have corrected."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.db.tables.labeling import labeling_former_answers as former
from trigpoint.db.tables.labeling import labeling_objects as data_objects
from trigpoint.labeling.store.assignments import StoredAssignment


def is_in_round(connection: Connection, stored: StoredAssignment) -> bool:
    """Whether a consolidation has begun to use the answer."""
    if stored.is_extra:
        # the lock on its object does not keep a round from taking an extra answer
        query = select(assignments.c.round_id).where(assignments.c.id == stored.id).with_for_update()
    else:
        query = select(data_objects.c.round_id).where(
            data_objects.c.job_id == stored.job_id, data_objects.c.object_index == stored.object_index
        )
    return connection.execute(query).scalar_one() is not None


def count(connection: Connection, assignment_id: str) -> int:
    """How often the answer was corrected."""
    query = select(func.count()).where(former.c.assignment_id == assignment_id)
    return int(connection.execute(query).scalar_one())


def replace(
    connection: Connection,
    stored: StoredAssignment,
    number: int,
    answer: str,
    submitted_at: datetime,
    time_spent_s: float,
) -> None:
    """Puts an answer in place of the stored one, which becomes a former one of this number."""
    connection.execute(
        insert(former).values(
            assignment_id=stored.id,
            number=number,
            answer=stored.answer,
            submitted_at=stored.ended_at,
            time_spent_s=stored.time_spent_s,
        )
    )
    connection.execute(
        update(assignments)
        .where(assignments.c.id == stored.id)
        .values(answer=answer, ended_at=submitted_at, time_spent_s=time_spent_s)
    )
