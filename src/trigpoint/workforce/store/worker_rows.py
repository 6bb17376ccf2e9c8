"""The SQL of workers and their passwords."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, update

from trigpoint.db import Connection
from trigpoint.db.tables.workforce import worker_groups, workers
from trigpoint.workforce.people import CONSOLE_ROLES, Role, Worker


def find(connection: Connection, worker_id: str) -> Worker | None:
    """The worker of that id, unless they were deleted."""
    row = connection.execute(_workers().where(workers.c.id == worker_id)).one_or_none()
    return None if row is None else worker_in(row)


def find_by_user_name(connection: Connection, user_name: str) -> Worker | None:
    """The worker of exactly that name, or else the only one whose name differs just in case."""
    rows = connection.execute(_workers().where(func.lower(workers.c.user_name) == user_name.lower())).all()
    exact = [row for row in rows if row.user_name == user_name]
    found = exact or (rows if len(rows) == 1 else [])
    return worker_in(found[0]) if found else None


def find_by_identity(connection: Connection, issuer: str, sub: str) -> Worker | None:
    """The worker who has this subject at this identity provider."""
    query = _workers().where(workers.c.issuer == issuer, workers.c.provider_sub == sub)
    row = connection.execute(query).one_or_none()
    return None if row is None else worker_in(row)


def is_name_used(connection: Connection, user_name: str) -> bool:
    """Whether an account has exactly this name."""
    return (
        connection.execute(select(workers.c.id).where(workers.c.user_name == user_name)).first() is not None
    )


def find_all(connection: Connection) -> list[Worker]:
    """Every worker who was not deleted, in order of user name."""
    return [worker_in(row) for row in connection.execute(_workers().order_by(workers.c.user_name))]


def last_sign_ins(connection: Connection) -> dict[str, datetime]:
    """When each worker last signed in, by worker id. Those who never did are missing."""
    query = select(workers.c.id, workers.c.last_sign_in_at).where(workers.c.last_sign_in_at.is_not(None))
    return {row.id: row.last_sign_in_at for row in connection.execute(query)}


def find_among(connection: Connection, ids: Select[Any]) -> list[Worker]:
    """The workers whose ids the subquery selects, in order of user name."""
    rows = connection.execute(_workers().where(workers.c.id.in_(ids)).order_by(workers.c.user_name))
    return [worker_in(row) for row in rows]


def add(connection: Connection, worker: Worker, password_hash: str, **columns: Any) -> None:
    connection.execute(
        insert(workers).values(
            id=worker.id,
            sub=worker.sub if worker.issuer is None else str(uuid.uuid4()),
            issuer=worker.issuer,
            provider_sub=None if worker.issuer is None else worker.sub,
            user_name=worker.user_name,
            email=worker.email,
            display_name=worker.display_name,
            role="admin" if worker.role is Role.ADMIN else "worker",
            console_role=_console_role(worker.role),
            must_change_password=worker.must_change_password,
            disabled=worker.disabled,
            password_hash=password_hash,
            **columns,
        )
    )


def change(connection: Connection, worker_id: str, **columns: Any) -> None:
    connection.execute(update(workers).where(workers.c.id == worker_id).values(**columns))


def set_role(connection: Connection, worker_id: str, role: Role) -> None:
    change(connection, worker_id, console_role=_console_role(role))


def console_people(connection: Connection) -> list[Worker]:
    """Everybody who may use the console, disabled people too, in order of user name."""
    query = _workers().where(workers.c.console_role.is_not(None)).order_by(workers.c.user_name)
    return [worker_in(row) for row in connection.execute(query)]


def count_other_admins(connection: Connection, worker_id: str) -> int:
    """How many enabled administrators there are besides this person."""
    query = select(func.count()).where(
        workers.c.console_role == Role.ADMIN,
        workers.c.id != worker_id,
        workers.c.disabled.is_(False),
        workers.c.deleted_at.is_(None),
    )
    return connection.execute(query).scalar_one()


def anonymize(connection: Connection, worker_id: str, at: datetime) -> None:
    """Removes memberships, name, address, password and the identity at a provider. The id and the sub stay."""
    connection.execute(delete(worker_groups).where(worker_groups.c.worker_id == worker_id))
    gone = {"user_name": f"deleted {worker_id}", "email": "", "display_name": "", "password_hash": ""}
    change(connection, worker_id, deleted_at=at, issuer=None, provider_sub=None, console_role=None, **gone)


def set_password(
    connection: Connection, worker_id: str, password_hash: str, temporary_until_at: datetime | None
) -> None:
    """Sets the password. One with an end is temporary: the worker must replace it."""
    change(
        connection,
        worker_id,
        password_hash=password_hash,
        must_change_password=temporary_until_at is not None,
        temporary_until_at=temporary_until_at,
    )


def password_of(connection: Connection, worker_id: str) -> tuple[str, datetime | None]:
    """The hash of the worker's password, and the end of its validity if it is temporary."""
    query = select(workers.c.password_hash, workers.c.temporary_until_at).where(workers.c.id == worker_id)
    row = connection.execute(query).one()
    return row.password_hash, row.temporary_until_at


def worker_in(row: Row[Any]) -> Worker:
    """The worker of a row that has all columns of the table."""
    return Worker(
        id=row.id,
        sub=row.sub if row.issuer is None else row.provider_sub,
        user_name=row.user_name,
        email=row.email,
        display_name=row.display_name,
        role=Role(row.console_role or Role.WORKER),
        must_change_password=row.must_change_password,
        disabled=row.disabled,
        wants_notices=row.wants_notices,
        issuer=row.issuer,
        language=row.language,
        theme=row.theme,
    )


def _console_role(role: Role) -> str | None:
    return role.value if role in CONSOLE_ROLES else None


def _workers() -> Select[Any]:
    return select(workers).where(workers.c.deleted_at.is_(None))
