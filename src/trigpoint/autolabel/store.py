"""The SQL of the state of automated labeling."""

from __future__ import annotations

import dataclasses

import msgspec
from sqlalchemy import Connection, insert, select, update

from trigpoint.autolabel.model import State
from trigpoint.core.stored import stored
from trigpoint.db.tables.labeling import automated_labelings as table

_state = stored(State, strict=False)


def get(connection: Connection, job_id: str) -> State | None:
    row = connection.execute(select(table).where(table.c.job_id == job_id)).first()
    return None if row is None else dataclasses.replace(_state(row.state), revision=row.revision)


def add(connection: Connection, state: State) -> None:
    connection.execute(
        insert(table).values(job_id=state.job_id, revision=1, state=msgspec.to_builtins(state))
    )


def replace(connection: Connection, state: State) -> bool:
    """Writes the state with the next revision if it still has the one it was read with; False otherwise."""
    changed = connection.execute(
        update(table)
        .where(table.c.job_id == state.job_id, table.c.revision == state.revision)
        .values(revision=state.revision + 1, state=msgspec.to_builtins(state))
    )
    return changed.rowcount == 1
