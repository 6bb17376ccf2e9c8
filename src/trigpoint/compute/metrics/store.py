"""The SQL of metrics.

Several servers add to the same minute of the same series, so points are added up in the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.compute.metrics.model import HOUR_S, MINUTE_S, Aggregate, Bucket, Point, Series, add, floor
from trigpoint.db.tables.metrics import metric_points as points
from trigpoint.db.tables.metrics import metric_series as series


def put(connection: Connection, buckets: Mapping[Bucket, Aggregate]) -> None:
    """Adds the values to those in the database."""
    # in one order, so that two servers never wait for each other's rows
    ordered = sorted(buckets.items(), key=lambda item: (item[0][0].id, item[0][1], item[0][2]))
    newest: dict[Series, datetime] = {}
    for (of, _, starts_at), _ in ordered:
        newest[of] = max(newest.get(of, starts_at), starts_at)
    if newest:
        connection.execute(_upsert_series(connection), [_series_row(of, at) for of, at in newest.items()])
        connection.execute(_upsert_points(connection), [_point_row(*each) for each in ordered])


def read(connection: Connection, of: Series, start_at: datetime, end_at: datetime) -> list[Point]:
    """The points that begin in [start_at, end_at), in the order of time; of minutes and of hours."""
    rows = connection.execute(
        select(points)
        .where(
            points.c.series_id == of.id,
            points.c.period_s.in_((MINUTE_S, HOUR_S)),
            points.c.starts_at >= start_at,
            points.c.starts_at < end_at,
        )
        .order_by(points.c.starts_at)
    )
    return [Point(row.starts_at, _aggregate(row)) for row in rows]


def units(connection: Connection, of: Series) -> list[str]:
    """The units in which there are series like `of`, sorted."""
    rows = connection.execute(
        select(series.c.unit, series.c.dimensions)
        .where(series.c.namespace == of.namespace, series.c.name == of.name)
        .order_by(series.c.unit)
    )
    return [row.unit for row in rows if tuple(sorted(row.dimensions.items())) == of.dimensions]


def find_series(
    connection: Connection, namespace: str | None, name: str | None, active_since: datetime
) -> list[Series]:
    """The series that had a value since then, by namespace, name and id."""
    conditions: list[ColumnElement[bool]] = [series.c.last_value_at >= active_since]
    if namespace is not None:
        conditions.append(series.c.namespace == namespace)
    if name is not None:
        conditions.append(series.c.name == name)
    rows = connection.execute(
        select(series).where(*conditions).order_by(series.c.namespace, series.c.name, series.c.id)
    )
    return [Series.of(row.namespace, row.name, row.dimensions, row.unit) for row in rows]


def take_old_minutes(connection: Connection, before: datetime) -> dict[Bucket, Aggregate]:
    """Removes the minutes before then and returns them, added up over hours.

    Each row is returned to one caller only, even if several servers call this at the same time.
    """
    gone = connection.execute(
        delete(points).where(points.c.period_s == MINUTE_S, points.c.starts_at < before).returning(*points.c)
    ).all()
    ids = {row.series_id for row in gone}
    found: dict[Bucket, Aggregate] = {}
    known = {row.id: row for row in connection.execute(select(series)) if row.id in ids} if ids else {}
    for row in gone:
        of = known[row.series_id]
        key = Series.of(of.namespace, of.name, of.dimensions, of.unit)
        add(found, (key, HOUR_S, floor(row.starts_at, HOUR_S)), _aggregate(row))
    return found


def remove_before(connection: Connection, before: datetime) -> None:
    """Removes the hours before then, and the series that had no value since."""
    connection.execute(delete(points).where(points.c.period_s == HOUR_S, points.c.starts_at < before))
    connection.execute(delete(series).where(series.c.last_value_at < before))


def _insert(connection: Connection, table: Any) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def _upsert_series(connection: Connection) -> Any:
    insert = _insert(connection, series)
    return insert.on_conflict_do_update(
        index_elements=["id"],
        set_={"last_value_at": _greater(series.c.last_value_at, insert.excluded.last_value_at)},
    )


def _upsert_points(connection: Connection) -> Any:
    insert = _insert(connection, points)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["series_id", "period_s", "starts_at"],
        set_={
            "count": points.c["count"] + new["count"],
            "sum": points.c.sum + new.sum,
            "min": case((new.min < points.c.min, new.min), else_=points.c.min),
            "max": _greater(points.c.max, new.max),
        },
    )


def _greater(a: Any, b: Any) -> Any:
    # not func.max: SQLite's scalar max() is PostgreSQL's greatest()
    return case((b > a, b), else_=a)


def _series_row(of: Series, at: datetime) -> dict[str, Any]:
    return {
        "id": of.id,
        "namespace": of.namespace,
        "name": of.name,
        "dimensions": dict(of.dimensions),
        "unit": of.unit,
        "last_value_at": at,
    }


def _point_row(bucket: Bucket, values: Aggregate) -> dict[str, Any]:
    of, period_s, starts_at = bucket
    return {
        "series_id": of.id,
        "period_s": period_s,
        "starts_at": starts_at,
        "count": values.count,
        "sum": values.sum,
        "min": values.min,
        "max": values.max,
    }


def _aggregate(row: Any) -> Aggregate:
    # by key: `count` is a method of the row
    values = row._mapping
    return Aggregate(values["count"], values["sum"], values["min"], values["max"])
