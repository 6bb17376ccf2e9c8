"""The SQL of consolidation rounds."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy import insert as insert_into

from trigpoint.db.tables.labeling import labeling_rounds as rounds
from trigpoint.labeling.model import Round


def insert(connection: Connection, made: Round) -> None:
    connection.execute(insert_into(rounds).values(**asdict(made)))


def unfinished(connection: Connection, job_id: str) -> Round | None:
    """The round that was begun and not finished; a job has at most one."""
    query = select(rounds).where(rounds.c.job_id == job_id, rounds.c.finished_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else Round(row.id, row.job_id, row.iteration, row.stamp_at, row.created_at)


def last_stamp_at(connection: Connection, job_id: str) -> datetime | None:
    """The latest stamp of the job's rounds."""
    found: datetime | None = connection.execute(
        select(func.max(rounds.c.stamp_at)).where(rounds.c.job_id == job_id)
    ).scalar_one()
    return found


def last_created_at(connection: Connection, job_id: str) -> datetime | None:
    """When the latest of the job's rounds was begun."""
    found: datetime | None = connection.execute(
        select(func.max(rounds.c.created_at)).where(rounds.c.job_id == job_id)
    ).scalar_one()
    return found


def finish(connection: Connection, round_id: str, at: datetime) -> bool:
    """Marks the round as finished; False when it was already."""
    changed = connection.execute(
        update(rounds).where(rounds.c.id == round_id, rounds.c.finished_at.is_(None)).values(finished_at=at)
    )
    return changed.rowcount == 1
