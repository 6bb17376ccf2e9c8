"""The SQL of work teams, their groups and the members of these groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, update

from trigpoint.core.arn import Arn
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Connection, Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.workforce import worker_groups, workers, workforces, workteam_groups, workteams
from trigpoint.settings import Settings
from trigpoint.workforce.people import CognitoConfig, MemberDefinition, Team, Worker
from trigpoint.workforce.store import worker_rows
from trigpoint.workforce.store.workforce_rows import workforce_arn


def find(connection: Connection, settings: Settings, name: str) -> Team | None:
    """The team of that name. Case does not matter."""
    row = connection.execute(_teams().where(workteams.c.name_key == name.lower())).one_or_none()
    return None if row is None else _team(row, settings)


def find_page(connection: Connection, settings: Settings, wanted: ListFilter) -> Page[Team]:
    """The teams of one page of a list."""
    query = wanted.narrow(_teams(), workteams.c, tie_break=workteams.c.name)
    rows = connection.execute(query).all()
    return wanted.page_of(rows, lambda row: _team(row, settings), tie_break=workteams.c.name)


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(workteams)).scalar_one()


def add(connection: Connection, values: Mapping[str, Any], groups: Iterable[str]) -> None:
    connection.execute(insert(workteams).values(name_key=values["name"].lower(), **values))
    _add_groups(connection, values["id"], groups)


def change(
    connection: Connection, team_id: str, values: Mapping[str, Any], groups: Iterable[str] | None
) -> None:
    """Sets the given columns. `groups`, if given, replace the team's groups."""
    connection.execute(update(workteams).where(workteams.c.id == team_id).values(**values))
    if groups is not None:
        connection.execute(delete(workteam_groups).where(workteam_groups.c.team_id == team_id))
        _add_groups(connection, team_id, groups)


def remove(connection: Connection, team_id: str) -> None:
    connection.execute(delete(workteam_groups).where(workteam_groups.c.team_id == team_id))
    connection.execute(delete(workteams).where(workteams.c.id == team_id))


def names_of_teams_with(database: Database, worker_id: str) -> list[str]:
    """The names of the worker's teams, in order of name. Disabled and deleted workers have none."""
    return [row.name for row in database.look_up_all(_TEAMS_OF, {"worker_id": worker_id})]


def names_by_worker(connection: Connection, worker_ids: Sequence[str] | None = None) -> dict[str, list[str]]:
    """The names of each worker's teams, in order of name, by worker id; those of disabled workers too.

    Args:   worker_ids: only of these workers.
    """
    query = (
        select(worker_groups.c.worker_id, workteams.c.name)
        .distinct()
        .join(workteam_groups, workteam_groups.c.group_name == worker_groups.c.group_name)
        .join(workteams, workteams.c.id == workteam_groups.c.team_id)
        .order_by(workteams.c.name)
    )
    if worker_ids is not None:
        query = query.where(worker_groups.c.worker_id.in_(worker_ids))
    found: dict[str, list[str]] = {}
    for worker_id, name in connection.execute(query):
        found.setdefault(worker_id, []).append(name)
    return found


def member_counts(connection: Connection) -> dict[str, int]:
    """How many members each team has, disabled ones too, by name of the team. Empty teams are missing."""
    query = (
        select(workteams.c.name, func.count(worker_groups.c.worker_id.distinct()))
        .join(workteam_groups, workteam_groups.c.team_id == workteams.c.id)
        .join(worker_groups, worker_groups.c.group_name == workteam_groups.c.group_name)
        .group_by(workteams.c.name)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def members(connection: Connection, team_id: str) -> list[Worker]:
    """The workers of a team, disabled ones too, in order of user name."""
    in_groups = (
        select(worker_groups.c.worker_id)
        .join(workteam_groups, workteam_groups.c.group_name == worker_groups.c.group_name)
        .where(workteam_groups.c.team_id == team_id)
    )
    return worker_rows.find_among(connection, in_groups)


def add_to_group(connection: Connection, worker_id: str, group: str) -> None:
    """Makes the worker a member of the group. A worker who is one already stays one."""
    query = select(worker_groups).where(
        worker_groups.c.worker_id == worker_id, worker_groups.c.group_name == group
    )
    if connection.execute(query).first() is None:
        connection.execute(insert(worker_groups).values(worker_id=worker_id, group_name=group))


def set_groups(connection: Connection, worker_id: str, groups: Iterable[str]) -> None:
    """Makes the worker a member of exactly these groups."""
    connection.execute(delete(worker_groups).where(worker_groups.c.worker_id == worker_id))
    connection.execute(
        insert(worker_groups), [{"worker_id": worker_id, "group_name": group} for group in groups]
    )


def any_has_group(connection: Connection, groups: Iterable[str]) -> bool:
    """Whether one of these groups belongs to a work team."""
    query = select(workteam_groups.c.team_id).where(workteam_groups.c.group_name.in_(list(groups)))
    return connection.execute(query.limit(1)).first() is not None


def remove_from_groups(connection: Connection, worker_id: str, groups: Iterable[str]) -> None:
    connection.execute(
        delete(worker_groups).where(
            worker_groups.c.worker_id == worker_id, worker_groups.c.group_name.in_(list(groups))
        )
    )


def team_arn(settings: Settings, name: str) -> str:
    return str(Arn("sagemaker", settings.region, settings.account_id, f"workteam/private-crowd/{name}"))


def _add_groups(connection: Connection, team_id: str, groups: Iterable[str]) -> None:
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
        workforce_arn=workforce_arn(settings, row.workforce_name),
        created_at=row.created_at,
        updated_at=row.updated_at,
        notification_topic_arn=row.notification_topic_arn,
        worker_access=row.worker_access,
    )


def _member_definition(stored: Mapping[str, Any]) -> MemberDefinition:
    cognito = stored.get("cognito")
    return MemberDefinition(tuple(stored["groups"]), None if cognito is None else CognitoConfig(**cognito))


_TEAMS_OF = Prepared(
    select(workteams.c.name)
    .distinct()
    .join(workteam_groups, workteam_groups.c.team_id == workteams.c.id)
    .join(worker_groups, worker_groups.c.group_name == workteam_groups.c.group_name)
    .join(workers, workers.c.id == worker_groups.c.worker_id)
    .where(
        workers.c.id == bindparam("worker_id"), workers.c.disabled.is_(False), workers.c.deleted_at.is_(None)
    )
    .order_by(workteams.c.name)
)
