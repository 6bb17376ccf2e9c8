"""The SQL of the figures of labeled objects."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, func, insert, select

from trigpoint.db.tables.labeling import labeling_object_classes as classes
from trigpoint.db.tables.labeling import labeling_object_figures as figures
from trigpoint.db.tables.labeling import labeling_objects as objects
from trigpoint.labeling.model import ObjectStatus
from trigpoint.labeling.object_figures import ObjectFigures

_LABELED = (ObjectStatus.LABELED, ObjectStatus.CARRIED, ObjectStatus.AUTO_LABELED, ObjectStatus.AUDITED)


def put(connection: Connection, job_id: str, found: Mapping[int, ObjectFigures]) -> None:
    """Writes the figures of these objects; those that they had are replaced."""
    if not found:
        return
    for table in (figures, classes):
        connection.execute(
            delete(table).where(table.c.job_id == job_id, table.c.object_index.in_(list(found)))
        )
    insert_new(connection, job_id, found)


def insert_new(connection: Connection, job_id: str, found: Mapping[int, ObjectFigures]) -> None:
    """Writes the figures of objects that have none."""
    if not found:
        return
    rows = [
        {
            "job_id": job_id,
            "object_index": index,
            "confidence": each.confidence,
            "disagreement": each.disagreement,
            "things": each.things,
        }
        for index, each in found.items()
    ]
    connection.execute(insert(figures), rows)
    named = [
        {"job_id": job_id, "object_index": index, "class_name": name, "things": things}
        for index, each in found.items()
        for name, things in each.classes.items()
    ]
    if named:
        connection.execute(insert(classes), named)


def delete_all(connection: Connection, job_id: str) -> None:
    for table in (figures, classes):
        connection.execute(delete(table).where(table.c.job_id == job_id))


def count(connection: Connection, job_id: str) -> int:
    """How many objects of the job have figures."""
    found: int = connection.execute(
        select(func.count()).select_from(figures).where(figures.c.job_id == job_id)
    ).scalar_one()
    return found


def missing(connection: Connection, job_id: str, limit: int) -> list[tuple[int, str, str | None]]:
    """Index, line and result of labeled objects without figures: those that another version has labeled."""
    known = select(figures.c.object_index).where(
        figures.c.job_id == job_id, figures.c.object_index == objects.c.object_index
    )
    query = select(objects.c.object_index, objects.c.line, objects.c.result).where(
        objects.c.job_id == job_id, objects.c.status.in_(_LABELED), ~known.exists()
    )
    rows = connection.execute(query.order_by(objects.c.object_index).limit(limit))
    return [(row.object_index, row.line, row.result) for row in rows]
