"""The SQL of functions, and of calls that are made later."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from trigpoint.core.stored import stored
from trigpoint.db.tables.functions import function_calls as calls
from trigpoint.db.tables.functions import functions
from trigpoint.functions.model import Function

Seal = Callable[[str], str]
"""Encrypts or decrypts a text."""

_function = stored(Function, strict=False)


@dataclass(frozen=True, slots=True)
class LaterCall:
    """A call that was accepted and is made later; `attempts` counts those that failed."""

    id: str
    function_name: str
    event: bytes
    attempts: int
    accepted_at: datetime


def add(connection: Connection, function: Function, seal: Seal) -> bool:
    """Adds the function; False when one of its name exists."""
    try:
        with connection.begin_nested():
            connection.execute(insert(functions).values(name=function.name, **_values(function, seal)))
    except IntegrityError:
        return False
    return True


def change(connection: Connection, function: Function, before: str, seal: Seal) -> bool:
    """Writes the function over the revision `before`; False when it is no longer the stored one."""
    changed = connection.execute(
        update(functions)
        .where(functions.c.name == function.name, functions.c.revision == before)
        .values(**_values(function, seal))
    )
    return changed.rowcount == 1


def remove(connection: Connection, name: str) -> bool:
    """Deletes the function and its calls; False when there is none of that name."""
    connection.execute(delete(calls).where(calls.c.function_name == name))
    return connection.execute(delete(functions).where(functions.c.name == name)).rowcount == 1


def find(connection: Connection, name: str, unseal: Seal) -> Function | None:
    row = connection.execute(select(functions).where(functions.c.name == name)).one_or_none()
    return None if row is None else _read(row, unseal)


def after(connection: Connection, name: str, limit: int, unseal: Seal) -> list[Function]:
    """The first functions whose names follow `name`, by name."""
    query = select(functions).where(functions.c.name > name).order_by(functions.c.name).limit(limit)
    return [_read(row, unseal) for row in connection.execute(query)]


def count(connection: Connection) -> int:
    """How many functions there are."""
    found: int = connection.execute(select(func.count()).select_from(functions)).scalar_one()
    return found


def codes(connection: Connection) -> set[str]:
    """The names of the folders of all packages."""
    return {spec["code"] for spec in connection.execute(select(functions.c.spec)).scalars()}


# -- calls that are made later


def add_call(connection: Connection, call: LaterCall) -> None:
    connection.execute(
        insert(calls).values(
            id=call.id,
            function_name=call.function_name,
            event=call.event,
            attempts=call.attempts,
            accepted_at=call.accepted_at,
        )
    )


def count_calls(connection: Connection) -> int:
    """How many calls wait."""
    found: int = connection.execute(select(func.count()).select_from(calls)).scalar_one()
    return found


def find_call(connection: Connection, call_id: str) -> LaterCall | None:
    row = connection.execute(select(calls).where(calls.c.id == call_id)).one_or_none()
    return (
        None
        if row is None
        else LaterCall(row.id, row.function_name, bytes(row.event), row.attempts, row.accepted_at)
    )


def count_attempt(connection: Connection, call_id: str) -> None:
    connection.execute(update(calls).where(calls.c.id == call_id).values(attempts=calls.c.attempts + 1))


def remove_call(connection: Connection, call_id: str) -> None:
    connection.execute(delete(calls).where(calls.c.id == call_id))


def _values(function: Function, seal: Seal) -> dict[str, Any]:
    return {
        "spec": msgspec.to_builtins(replace(function, environment={})),
        "sealed_environment": seal(json.dumps(dict(function.environment))),
        "revision": function.revision,
    }


def _read(row: Row[Any], unseal: Seal) -> Function:
    return replace(_function(row.spec), environment=json.loads(unseal(row.sealed_environment)))
