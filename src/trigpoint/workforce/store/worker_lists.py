"""The SQL of lists of workers: one page, and how many have each state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Connection
from trigpoint.db.tables.workforce import worker_groups, workers, workteam_groups
from trigpoint.workforce.people import ListedWorker
from trigpoint.workforce.store.worker_rows import worker_in


def find_page(
    connection: Connection, wanted: ListFilter, *, team_id: str | None = None, state: str | None = None
) -> Page[ListedWorker]:
    """One page of the workers, or of the members of the team. The search is in user name and display name."""
    query = select(workers, workers.c.user_name.label("name")).where(_listed(team_id))
    if state is not None:
        query = query.where(_state() == state)
    columns = {
        "name_key": _searched(),
        "name": workers.c.user_name,
        "created_at": workers.c.created_at,
        "id": workers.c.id,
    }
    rows = connection.execute(wanted.narrow(query, columns, tie_break=workers.c.id)).all()
    return wanted.page_of(rows, _listed_worker, tie_break=workers.c.id)


def find_one(connection: Connection, worker_id: str) -> ListedWorker | None:
    """The worker of that id, unless they were deleted."""
    query = select(workers).where(workers.c.id == worker_id, workers.c.deleted_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else _listed_worker(row)


def counts(connection: Connection, search: str = "", *, team_id: str | None = None) -> Mapping[str, int]:
    """How many of the listed workers have each state. A state without workers is missing."""
    state = _state()
    query = select(state, func.count()).where(_listed(team_id)).group_by(state)
    if search:
        query = query.where(_searched().contains(search.lower(), autoescape=True))
    return {row[0]: row[1] for row in connection.execute(query)}


def _listed(team_id: str | None) -> ColumnElement[bool]:
    """Decision: people of the console are among the workers only if they are in a group, so that they may label."""
    exists = workers.c.deleted_at.is_(None)
    if team_id is not None:
        return and_(exists, workers.c.id.in_(_in_team(team_id)))
    return and_(
        exists, or_(workers.c.console_role.is_(None), workers.c.id.in_(select(worker_groups.c.worker_id)))
    )


def _in_team(team_id: str) -> Select[Any]:
    return (
        select(worker_groups.c.worker_id)
        .join(workteam_groups, workteam_groups.c.group_name == worker_groups.c.group_name)
        .where(workteam_groups.c.team_id == team_id)
    )


def _state() -> ColumnElement[str]:
    """As `Worker.state`."""
    return case(
        (workers.c.disabled.is_(True), "disabled"),
        (workers.c.must_change_password.is_(True), "invited"),
        else_="active",
    )


def _searched() -> ColumnElement[str]:
    return func.lower(workers.c.user_name + " " + workers.c.display_name)


def _listed_worker(row: Any) -> ListedWorker:
    return ListedWorker(worker_in(row), row.created_at, row.last_sign_in_at)
