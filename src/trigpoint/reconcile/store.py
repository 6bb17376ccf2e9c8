"""The due list in the database: how items get on it, are claimed, renewed and released.

An item's row exists while somebody has to look at it:

    due_at   lease_owner   meaning
    a time   NULL          waits until then
    NULL     set           a handler runs
    a time   set           a handler runs, and somebody asked for another look meanwhile

A claim is a compare-and-set: it succeeds for the one process whose UPDATE still finds the item free. It is a lease:
when the process dies, the lease runs out and the item can be claimed again. Releasing an item names the claim, so a
handler that lost its lease changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.compute import reconcile_items as items

_waits = items.c.lease_owner.is_(None)


@dataclass(frozen=True, slots=True)
class DueItem:
    """An item that a handler may be called for; `attempts` counts its failures in a row."""

    kind: str
    id: str
    attempts: int


def put(connection: Connection, kind: str, id: str, due_at: datetime) -> None:
    """Adds the item, or makes it due earlier. A claimed item gets another look after this one."""
    _PUT[connection.dialect.name].execute(connection, {"kind": kind, "id": id, "due_at": due_at})


def claimable(connection: Connection, kinds: list[str], now: datetime, limit: int) -> list[DueItem]:
    """The items of these kinds that are due, or whose lease has run out; the longest due first."""
    rows = connection.execute(
        select(items.c.kind, items.c.id, items.c.attempts)
        .where(items.c.kind.in_(kinds), _free(now))
        .order_by(func.coalesce(items.c.due_at, items.c.lease_until), items.c.kind, items.c.id)
        .limit(limit)
    )
    return [DueItem(row.kind, row.id, row.attempts) for row in rows]


def claim(connection: Connection, item: DueItem, owner: str, now: datetime, until: datetime) -> bool:
    """Claims the item; False when another process was faster."""
    changed = connection.execute(
        update(items)
        .where(items.c.kind == item.kind, items.c.id == item.id, _free(now))
        .values(lease_owner=owner, lease_until=until, due_at=None)
    )
    return changed.rowcount == 1


def renew(connection: Connection, owners: list[str], until: datetime) -> None:
    """Extends the leases of these claims."""
    connection.execute(update(items).where(items.c.lease_owner.in_(owners)).values(lease_until=until))


def finish(connection: Connection, item: DueItem, owner: str) -> None:
    """Removes the item from the list, unless somebody asked for another look while the handler ran."""
    connection.execute(delete(items).where(_claimed(item, owner), items.c.due_at.is_(None)))
    _release_claim(connection, item, owner)


def reschedule(connection: Connection, item: DueItem, owner: str, due_at: datetime) -> None:
    """Lets the item wait until `due_at`, or until an earlier time that somebody asked for."""
    _release_claim(connection, item, owner, due_at)


def fail(connection: Connection, item: DueItem, owner: str, due_at: datetime, error: str) -> None:
    """Counts a failed attempt and lets the item wait until `due_at`, even if an earlier look was asked for."""
    connection.execute(
        update(items)
        .where(_claimed(item, owner))
        .values(
            due_at=due_at, lease_owner=None, lease_until=None, attempts=item.attempts + 1, last_error=error
        )
    )


def leases(connection: Connection) -> list[str]:
    """The claims in force."""
    return list(connection.execute(select(items.c.lease_owner).where(~_waits)).scalars())


def release(connection: Connection, owners: list[str], now: datetime) -> None:
    """Makes the items of these claims due now, because their processes are gone."""
    connection.execute(
        update(items)
        .where(items.c.lease_owner.in_(owners))
        .values(due_at=now, lease_owner=None, lease_until=None)
    )


def next_due_at(connection: Connection, kinds: list[str]) -> datetime | None:
    """The time at which the first waiting item of these kinds is due; None when none waits."""
    found: datetime | None = connection.execute(
        select(func.min(items.c.due_at)).where(items.c.kind.in_(kinds), _waits)
    ).scalar_one()
    return found


def _free(now: datetime) -> ColumnElement[Any]:
    return or_(and_(_waits, items.c.due_at <= now), items.c.lease_until <= now)


def _claimed(item: DueItem, owner: str) -> ColumnElement[Any]:
    return and_(items.c.kind == item.kind, items.c.id == item.id, items.c.lease_owner == owner)


def _earlier(due_at: datetime) -> ColumnElement[Any]:
    return _earlier_of(literal(due_at, items.c.due_at.type))


def _earlier_of(new: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((or_(items.c.due_at.is_(None), items.c.due_at > new), new), else_=items.c.due_at)


def _release_claim(connection: Connection, item: DueItem, owner: str, due_at: datetime | None = None) -> None:
    values: dict[str, object] = {"lease_owner": None, "lease_until": None, "attempts": 0, "last_error": None}
    if due_at is not None:
        values["due_at"] = _earlier(due_at)
    connection.execute(update(items).where(_claimed(item, owner)).values(**values))


def _put_in(dialect: Any) -> Prepared:
    new: dict[str, Any] = {name: bindparam(name) for name in ("kind", "id", "due_at")}
    statement = dialect.insert(items).values(**new, attempts=0)
    earlier = _earlier_of(statement.excluded.due_at)
    return Prepared(statement.on_conflict_do_update(index_elements=["kind", "id"], set_={"due_at": earlier}))


_PUT = {"postgresql": _put_in(postgresql), "sqlite": _put_in(sqlite)}
