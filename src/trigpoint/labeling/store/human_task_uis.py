"""The SQL of human task UIs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from trigpoint.core.paging import Page, beyond, cut_page, decode_position
from trigpoint.db.tables.human_task_uis import human_task_uis as uis
from trigpoint.labeling.model import HumanTaskUi


def add(connection: Connection, ui: HumanTaskUi) -> bool:
    """Adds the UI; False when there is one of its name."""
    values = {"name_key": ui.name, "arn": ui.arn, "template": ui.template, "created_at": ui.created_at}
    try:
        with connection.begin_nested():
            connection.execute(insert(uis).values(values))
    except IntegrityError:
        return False
    return True


def find(connection: Connection, name: str) -> HumanTaskUi | None:
    row = connection.execute(select(uis).where(uis.c.name_key == name)).one_or_none()
    return None if row is None else _ui(row)


def remove(connection: Connection, name: str) -> bool:
    """Whether there was a UI of that name, which is gone now."""
    return connection.execute(delete(uis).where(uis.c.name_key == name)).rowcount == 1


def page(
    connection: Connection,
    *,
    created_after: datetime | None,
    created_before: datetime | None,
    descending: bool,
    limit: int,
    token: str | None,
) -> Page[HumanTaskUi]:
    """One page in order of creation; `created_after` includes the time itself, `created_before` does not."""
    columns = (uis.c.created_at, uis.c.name_key)
    query = select(uis).order_by(*(c.desc() if descending else c.asc() for c in columns))
    if created_after is not None:
        query = query.where(uis.c.created_at >= created_after)
    if created_before is not None:
        query = query.where(uis.c.created_at < created_before)
    if token is not None:
        after = decode_position(token, {"at": datetime, "name": str})
        query = query.where(beyond(columns, after, descending=descending))
    rows = [_ui(row) for row in connection.execute(query.limit(limit + 1))]
    return cut_page(rows, limit, lambda ui: {"at": ui.created_at, "name": ui.name})


def _ui(row: Row[Any]) -> HumanTaskUi:
    return HumanTaskUi(row.name_key, row.arn, row.template, row.created_at)
