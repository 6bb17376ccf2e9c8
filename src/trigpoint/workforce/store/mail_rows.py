"""The SQL of the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.core.ids import new_id
from trigpoint.db import Connection
from trigpoint.db.tables.workforce import mails
from trigpoint.workforce.mail.model import Mail, MailKind, MailStatus, StoredMail

_WAITS = mails.c.status == MailStatus.WAITING


def add(connection: Connection, mail: Mail, sealed_body: str, now: datetime) -> bool:
    """Adds a waiting mail. False if there is one with its `once_key`."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(mails).values(
        id=new_id(),
        kind=mail.kind,
        worker_id=mail.worker_id,
        once_key=mail.once_key,
        recipient=mail.recipient,
        subject=mail.subject,
        sealed_body=sealed_body,
        status=MailStatus.WAITING,
        attempts=0,
        created_at=now,
        due_at=now,
    )
    added = statement.on_conflict_do_nothing(index_elements=["once_key"]).returning(mails.c.id)
    return connection.execute(added).first() is not None


def due(connection: Connection, now: datetime, limit: int) -> list[StoredMail]:
    """The waiting mails whose time has come, the oldest first."""
    query = select(mails).where(_WAITS, mails.c.due_at <= now).order_by(mails.c.due_at, mails.c.id)
    return [_mail(row) for row in connection.execute(query.limit(limit))]


def next_due_at(connection: Connection) -> datetime | None:
    """When the first waiting mail is due; None when none waits."""
    found: datetime | None = connection.execute(select(func.min(mails.c.due_at)).where(_WAITS)).scalar_one()
    return found


def end(connection: Connection, mail_id: str, status: MailStatus, reason: str | None, at: datetime) -> None:
    """The mail has its result. Its text is removed."""
    connection.execute(
        update(mails)
        .where(mails.c.id == mail_id, _WAITS)
        .values(status=status, reason=reason, ended_at=at, sealed_body=None, attempts=mails.c.attempts + 1)
    )


def postpone(connection: Connection, mail_id: str, reason: str, due_at: datetime) -> None:
    connection.execute(
        update(mails)
        .where(mails.c.id == mail_id, _WAITS)
        .values(reason=reason, due_at=due_at, attempts=mails.c.attempts + 1)
    )


def remove_ended_before(connection: Connection, at: datetime) -> None:
    connection.execute(delete(mails).where(mails.c.ended_at < at))


def remove_all_of(connection: Connection, worker_id: str) -> None:
    connection.execute(delete(mails).where(mails.c.worker_id == worker_id))


def remove_waiting(connection: Connection, worker_id: str, kinds: list[MailKind]) -> None:
    """Removes mails that are out of date, such as an invitation whose password was replaced."""
    connection.execute(delete(mails).where(mails.c.worker_id == worker_id, mails.c.kind.in_(kinds), _WAITS))


def count_since(connection: Connection, worker_id: str, kind: MailKind, since: datetime) -> int:
    query = select(func.count()).where(
        mails.c.worker_id == worker_id, mails.c.kind == kind, mails.c.created_at >= since
    )
    return connection.execute(query).scalar_one()


def latest(connection: Connection, limit: int, worker_id: str | None) -> list[StoredMail]:
    """The mails that were stored last, the newest first."""
    query = select(mails).order_by(mails.c.created_at.desc(), mails.c.id.desc()).limit(limit)
    if worker_id is not None:
        query = query.where(mails.c.worker_id == worker_id)
    return [_mail(row) for row in connection.execute(query)]


def refusals(connection: Connection) -> dict[str, tuple[str, datetime]]:
    """The reason and time of each worker's last mail, if it failed, by worker id."""
    last = select(mails.c.worker_id, func.max(mails.c.id).label("id")).group_by(mails.c.worker_id).subquery()
    query = (
        select(mails.c.worker_id, mails.c.reason, mails.c.ended_at)
        .join(last, last.c.id == mails.c.id)
        .where(mails.c.status.in_([MailStatus.REFUSED, MailStatus.GIVEN_UP]))
    )
    return {row.worker_id: (row.reason or "", row.ended_at) for row in connection.execute(query)}


def _mail(row: Row[Any]) -> StoredMail:
    return StoredMail(
        id=row.id,
        kind=MailKind(row.kind),
        worker_id=row.worker_id,
        recipient=row.recipient,
        subject=row.subject,
        sealed_body=row.sealed_body,
        status=MailStatus(row.status),
        attempts=row.attempts,
        reason=row.reason,
        created_at=row.created_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
    )
