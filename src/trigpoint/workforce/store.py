"""The SQL of people: workforce, work teams, groups, workers, sessions, sign-in attempts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, text, update

from trigpoint.core.arn import Arn
from trigpoint.db import Connection
from trigpoint.db.tables.workforce import (
    entry_tokens,
    sign_in_attempts,
    worker_groups,
    worker_sessions,
    workers,
    workforces,
    workteam_groups,
    workteams,
)
from trigpoint.settings import Settings
from trigpoint.workforce.people import CognitoConfig, MemberDefinition, OidcConfig, Team, Worker, Workforce

_LOCK_KEY = 0x74726967_70656F70  # "trigpeop": ours alone among PostgreSQL's advisory locks


def lock(connection: Connection) -> None:
    """Lets one transaction at a time change people, so that what it has read is still so when it writes.

    SQLite's write transactions exclude each other anyhow; PostgreSQL needs the lock, held until the commit.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})


# -- workforce


def workforce(connection: Connection, settings: Settings) -> Workforce | None:
    """The private workforce, if there is one."""
    row = connection.execute(select(workforces)).one_or_none()
    return None if row is None else _workforce(row, settings)


def insert_workforce(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(workforces).values(slot="private", **values))


def update_workforce(connection: Connection, workforce_id: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(workforces).where(workforces.c.id == workforce_id).values(**values))


def delete_workforce(connection: Connection, workforce_id: str) -> None:
    connection.execute(delete(workforces).where(workforces.c.id == workforce_id))


def oidc_secret(connection: Connection, workforce_id: str) -> str | None:
    """The sealed client secret."""
    query = select(workforces.c.oidc_secret_sealed).where(workforces.c.id == workforce_id)
    sealed: str | None = connection.execute(query).scalar_one_or_none()
    return sealed


def source_cidrs(connection: Connection) -> list[str]:
    """The address ranges from which the portal may be used; empty means from anywhere."""
    found: list[str] | None = connection.execute(select(workforces.c.source_cidrs)).scalar_one_or_none()
    return found or []


def _workforce(row: Row[Any], settings: Settings) -> Workforce:
    return Workforce(
        id=row.id,
        name=row.name,
        arn=_arn(settings, f"workforce/{row.name}"),
        cognito=None if row.cognito_config is None else CognitoConfig(**row.cognito_config),
        oidc=None if row.oidc_config is None else OidcConfig(**row.oidc_config),
        source_cidrs=tuple(row.source_cidrs),
        vpc_config=row.vpc_config,
        ip_address_type=row.ip_address_type,
        status=row.status,
        failure_reason=row.failure_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


# -- teams


def team_by_name(connection: Connection, settings: Settings, name: str) -> Team | None:
    """The team of that name, in whatever case it is written."""
    row = connection.execute(_teams().where(workteams.c.name_key == name.lower())).one_or_none()
    return None if row is None else _team(row, settings)


def all_teams(connection: Connection, settings: Settings) -> list[Team]:
    """Every team, oldest first."""
    rows = connection.execute(_teams().order_by(workteams.c.created_at, workteams.c.id))
    return [_team(row, settings) for row in rows]


def team_count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(workteams)).scalar_one()


def insert_team(connection: Connection, values: Mapping[str, Any], groups: Iterable[str]) -> None:
    connection.execute(insert(workteams).values(name_key=values["name"].lower(), **values))
    _put_team_groups(connection, values["id"], groups)


def update_team(
    connection: Connection, team_id: str, values: Mapping[str, Any], groups: Iterable[str] | None
) -> None:
    """Sets the given columns; `groups`, when given, replace the team's groups."""
    connection.execute(update(workteams).where(workteams.c.id == team_id).values(**values))
    if groups is not None:
        connection.execute(delete(workteam_groups).where(workteam_groups.c.team_id == team_id))
        _put_team_groups(connection, team_id, groups)


def delete_team(connection: Connection, team_id: str) -> None:
    connection.execute(delete(workteam_groups).where(workteam_groups.c.team_id == team_id))
    connection.execute(delete(workteams).where(workteams.c.id == team_id))


def team_names_of(connection: Connection, worker_id: str) -> list[str]:
    """The names of the teams a worker belongs to, in order of name; none for a disabled or deleted worker."""
    query = (
        select(workteams.c.name)
        .distinct()
        .join(workteam_groups, workteam_groups.c.team_id == workteams.c.id)
        .join(worker_groups, worker_groups.c.group_name == workteam_groups.c.group_name)
        .join(workers, workers.c.id == worker_groups.c.worker_id)
        .where(workers.c.id == worker_id, workers.c.disabled.is_(False), workers.c.deleted_at.is_(None))
        .order_by(workteams.c.name)
    )
    return list(connection.execute(query).scalars())


def members(connection: Connection, team_id: str) -> list[Worker]:
    """The workers of a team, disabled ones too, in order of user name."""
    in_groups = (
        select(worker_groups.c.worker_id)
        .join(workteam_groups, workteam_groups.c.group_name == worker_groups.c.group_name)
        .where(workteam_groups.c.team_id == team_id)
    )
    rows = connection.execute(_workers().where(workers.c.id.in_(in_groups)).order_by(workers.c.user_name))
    return [_worker(row) for row in rows]


def add_to_group(connection: Connection, worker_id: str, group: str) -> None:
    """Makes the worker a member of the group; nothing changes when he is one."""
    query = select(worker_groups).where(
        worker_groups.c.worker_id == worker_id, worker_groups.c.group_name == group
    )
    if connection.execute(query).first() is None:
        connection.execute(insert(worker_groups).values(worker_id=worker_id, group_name=group))


def remove_from_groups(connection: Connection, worker_id: str, groups: Iterable[str]) -> None:
    connection.execute(
        delete(worker_groups).where(
            worker_groups.c.worker_id == worker_id, worker_groups.c.group_name.in_(list(groups))
        )
    )


def team_arn(settings: Settings, name: str) -> str:
    return _arn(settings, f"workteam/private-crowd/{name}")


def _put_team_groups(connection: Connection, team_id: str, groups: Iterable[str]) -> None:
    connection.execute(insert(workteam_groups), [{"team_id": team_id, "group_name": g} for g in groups])


def _teams() -> Select[Any]:
    return select(workteams, workforces.c.name.label("workforce_name")).join(
        workforces, workforces.c.id == workteams.c.workforce_id
    )


def _team(row: Row[Any], settings: Settings) -> Team:
    return Team(
        id=row.id,
        name=row.name,
        arn=team_arn(settings, row.name),
        description=row.description,
        member_definitions=tuple(_member_definition(d) for d in row.member_definitions),
        workforce_name=row.workforce_name,
        workforce_arn=_arn(settings, f"workforce/{row.workforce_name}"),
        created_at=row.created_at,
        updated_at=row.updated_at,
        notification_topic_arn=row.notification_topic_arn,
        worker_access=row.worker_access,
    )


def _member_definition(stored: Mapping[str, Any]) -> MemberDefinition:
    cognito = stored.get("cognito")
    return MemberDefinition(tuple(stored["groups"]), None if cognito is None else CognitoConfig(**cognito))


# -- workers


def worker_by_id(connection: Connection, worker_id: str) -> Worker | None:
    row = connection.execute(_workers().where(workers.c.id == worker_id)).one_or_none()
    return None if row is None else _worker(row)


def worker_by_user_name(connection: Connection, user_name: str) -> Worker | None:
    """The worker of exactly that name, or else the only one of that name in another case."""
    rows = connection.execute(_workers().where(func.lower(workers.c.user_name) == user_name.lower())).all()
    exact = [row for row in rows if row.user_name == user_name]
    found = exact or (rows if len(rows) == 1 else [])
    return _worker(found[0]) if found else None


def all_workers(connection: Connection) -> list[Worker]:
    """Every worker who was not deleted, in order of user name."""
    return [_worker(row) for row in connection.execute(_workers().order_by(workers.c.user_name))]


def insert_worker(connection: Connection, worker: Worker, password_hash: str, **columns: Any) -> None:
    connection.execute(
        insert(workers).values(
            id=worker.id,
            sub=worker.sub,
            user_name=worker.user_name,
            email=worker.email,
            display_name=worker.display_name,
            role=worker.role,
            must_change_password=worker.must_change_password,
            disabled=worker.disabled,
            password_hash=password_hash,
            **columns,
        )
    )


def update_worker(connection: Connection, worker_id: str, **columns: Any) -> None:
    connection.execute(update(workers).where(workers.c.id == worker_id).values(**columns))


def delete_worker(connection: Connection, worker_id: str, at: datetime) -> None:
    """Forgets who the worker was: memberships, sessions, name, address and password go; id and sub stay."""
    connection.execute(delete(worker_groups).where(worker_groups.c.worker_id == worker_id))
    delete_sessions_of(connection, worker_id)
    gone = {"user_name": f"deleted {worker_id}", "email": "", "display_name": "", "password_hash": ""}
    update_worker(connection, worker_id, deleted_at=at, **gone)


def password_of(connection: Connection, worker_id: str) -> tuple[str, datetime | None]:
    """The hash of a worker's password, and until when it serves if it is a temporary one."""
    query = select(workers.c.password_hash, workers.c.temporary_until_at).where(workers.c.id == worker_id)
    row = connection.execute(query).one()
    return row.password_hash, row.temporary_until_at


def _workers() -> Select[Any]:
    return select(workers).where(workers.c.deleted_at.is_(None))


def _worker(row: Row[Any]) -> Worker:
    return Worker(
        id=row.id,
        sub=row.sub,
        user_name=row.user_name,
        email=row.email,
        display_name=row.display_name,
        role=row.role,
        must_change_password=row.must_change_password,
        disabled=row.disabled,
    )


# -- sessions and one-time entry


def insert_session(
    connection: Connection, token_sha256: str, worker_id: str, at: datetime, until: datetime
) -> None:
    connection.execute(
        insert(worker_sessions).values(
            token_sha256=token_sha256, worker_id=worker_id, created_at=at, expires_at=until
        )
    )


def session(connection: Connection, token_sha256: str, at: datetime) -> tuple[Worker, datetime] | None:
    """The worker of a session that has not expired, and when it will; None for a disabled worker."""
    query = (
        select(workers, worker_sessions.c.expires_at)
        .join(worker_sessions, worker_sessions.c.worker_id == workers.c.id)
        .where(
            worker_sessions.c.token_sha256 == token_sha256,
            worker_sessions.c.expires_at > at,
            workers.c.disabled.is_(False),
            workers.c.deleted_at.is_(None),
        )
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (_worker(row), row.expires_at)


def extend_session(connection: Connection, token_sha256: str, until: datetime) -> None:
    connection.execute(
        update(worker_sessions).where(worker_sessions.c.token_sha256 == token_sha256).values(expires_at=until)
    )


def delete_session(connection: Connection, token_sha256: str) -> None:
    connection.execute(delete(worker_sessions).where(worker_sessions.c.token_sha256 == token_sha256))


def delete_sessions_of(connection: Connection, worker_id: str) -> None:
    connection.execute(delete(worker_sessions).where(worker_sessions.c.worker_id == worker_id))
    connection.execute(delete(entry_tokens).where(entry_tokens.c.worker_id == worker_id))


def delete_expired(connection: Connection, at: datetime) -> None:
    """Forgets sessions and entry tokens that nobody can use any more."""
    connection.execute(delete(worker_sessions).where(worker_sessions.c.expires_at <= at))
    connection.execute(delete(entry_tokens).where(entry_tokens.c.expires_at <= at))


def insert_entry_token(connection: Connection, token_sha256: str, worker_id: str, until: datetime) -> None:
    connection.execute(
        insert(entry_tokens).values(token_sha256=token_sha256, worker_id=worker_id, expires_at=until)
    )


def take_entry_token(connection: Connection, token_sha256: str, at: datetime) -> str | None:
    """The worker's id of an entry token, which is used up by this; None when used, expired or unknown."""
    mine = entry_tokens.c.token_sha256 == token_sha256
    row = connection.execute(select(entry_tokens).where(mine)).one_or_none()
    taken = connection.execute(delete(entry_tokens).where(mine)).rowcount
    return row.worker_id if row is not None and taken == 1 and row.expires_at > at else None


# -- sign-in attempts


def attempts(connection: Connection, key: str) -> tuple[int, float, datetime] | None:
    """Failures so far, seconds to wait after the last, and when that was."""
    row = connection.execute(select(sign_in_attempts).where(sign_in_attempts.c.key == key)).one_or_none()
    return None if row is None else (row.failures, row.wait_s, row.last_at)


def put_attempts(connection: Connection, key: str, failures: int, wait_s: float, at: datetime) -> None:
    values = {"failures": failures, "wait_s": wait_s, "last_at": at}
    if attempts(connection, key) is None:
        connection.execute(insert(sign_in_attempts).values(key=key, **values))
    else:
        connection.execute(update(sign_in_attempts).where(sign_in_attempts.c.key == key).values(**values))


def delete_attempts(connection: Connection, keys: Iterable[str]) -> None:
    connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.key.in_(list(keys))))


def delete_attempts_before(connection: Connection, at: datetime, quiet_s: float) -> None:
    connection.execute(
        delete(sign_in_attempts).where(sign_in_attempts.c.last_at < at - timedelta(seconds=quiet_s))
    )


def _arn(settings: Settings, resource: str) -> str:
    return str(Arn("sagemaker", settings.region, settings.account_id, resource))
