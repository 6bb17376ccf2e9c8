"""The SQL of human task UIs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db.tables.human_task_uis import human_task_uis as uis
from trigpoint.labeling.model import HumanTaskUi


def add(connection: Connection, ui: HumanTaskUi) -> bool:
    """Adds the UI; False when one of its name exists."""
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
    """Deletes the UI; False when there is none of that name."""
    return connection.execute(delete(uis).where(uis.c.name_key == name)).rowcount == 1


def page(connection: Connection, wanted: ListFilter) -> Page[HumanTaskUi]:
    """One page of UIs."""
    rows = connection.execute(wanted.narrow(select(uis), uis.c, tie_break=uis.c.name_key)).all()
    return wanted.page_of(rows, _ui, tie_break=uis.c.name_key)


def _ui(row: Row[Any]) -> HumanTaskUi:
    return HumanTaskUi(row.name_key, row.arn, row.template, row.created_at)
