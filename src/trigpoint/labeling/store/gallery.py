"""The SQL of looking at the objects of a job: filtered and sorted, and the figures of all labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, func, select

from trigpoint.db.tables.labeling import TAKEN
from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.db.tables.labeling import labeling_object_classes as classes_table
from trigpoint.db.tables.labeling import labeling_object_figures as figures
from trigpoint.db.tables.labeling import labeling_objects as objects
from trigpoint.labeling.model import Answer, AssignmentStatus, ObjectStatus
from trigpoint.labeling.object_figures import stored_name
from trigpoint.labeling.store.assignments import to_answer

if TYPE_CHECKING:
    from trigpoint.labeling.gallery import Wanted

MOST_CLASSES = 200

Statuses = Mapping[str, Sequence[ObjectStatus]]


def count(connection: Connection, job_id: str, wanted: Wanted, statuses: Statuses) -> int:
    """How many objects are wanted."""
    query = _wanted(select(func.count()), job_id, wanted, statuses)
    found: int = connection.execute(query).scalar_one()
    return found


def indexes(
    connection: Connection, job_id: str, wanted: Wanted, statuses: Statuses, first: int, limit: int
) -> list[int]:
    """The indexes of the wanted objects from place `first` on, in the wanted order."""
    base = figures if _needs_figures(wanted) else objects
    column: ColumnElement[Any] = base.c.object_index
    query = _wanted(select(column), job_id, wanted, statuses)
    order: list[ColumnElement[Any]] = [column]
    if wanted.sort == "confidence":
        order = [figures.c.confidence, column]
    elif wanted.sort == "disagreement":
        order = [figures.c.disagreement, column]
    if wanted.descending:
        order = [each.desc() for each in order]
    return list(connection.execute(query.order_by(*order).offset(first).limit(limit)).scalars())


def lines_after(
    connection: Connection,
    job_id: str,
    wanted: Wanted,
    statuses: Statuses,
    chosen: Sequence[int],
    after: int,
    limit: int,
) -> list[tuple[int, str, str | None]]:
    """Index, line and result of the next chosen objects, or of all that are wanted, after an index."""
    query = select(objects.c.object_index, objects.c.line, objects.c.result).where(
        objects.c.job_id == job_id, objects.c.object_index > after
    )
    if chosen:
        query = query.where(objects.c.object_index.in_(list(chosen)))
    else:
        base = figures if _needs_figures(wanted) else objects
        within = _wanted(select(base.c.object_index), job_id, wanted, statuses)
        query = query.where(objects.c.object_index.in_(within))
    rows = connection.execute(query.order_by(objects.c.object_index).limit(limit))
    return [(row.object_index, row.line, row.result) for row in rows]


def rows(connection: Connection, job_id: str, wanted_indexes: Sequence[int]) -> list[Any]:
    """The objects of these indexes with their figures, in no order."""
    query = (
        select(
            objects.c.object_index,
            objects.c.status,
            objects.c.line,
            objects.c.result,
            objects.c.facts,
            objects.c.failure_reason,
            objects.c.answer_count,
            figures.c.confidence,
            figures.c.disagreement,
        )
        .outerjoin(
            figures,
            and_(
                figures.c.job_id == objects.c.job_id,
                figures.c.object_index == objects.c.object_index,
            ),
        )
        .where(objects.c.job_id == job_id, objects.c.object_index.in_(list(wanted_indexes)))
    )
    return list(connection.execute(query))


def answers(
    connection: Connection, job_id: str, wanted_indexes: Sequence[int], most_characters: int | None
) -> dict[int, list[Answer]]:
    """The submitted answers of these objects in order of submission; without those that are longer."""
    query = select(assignments).where(
        assignments.c.job_id == job_id,
        assignments.c.object_index.in_(list(wanted_indexes)),
        TAKEN,
        assignments.c.status == AssignmentStatus.SUBMITTED,
    )
    if most_characters is not None:
        query = query.where(func.length(assignments.c.answer) <= most_characters)
    found: dict[int, list[Answer]] = {}
    for row in connection.execute(query.order_by(assignments.c.ended_at, assignments.c.id)):
        found.setdefault(row.object_index, []).append(to_answer(row))
    return found


def failures(connection: Connection, job_id: str, first: int, limit: int) -> list[tuple[int, str]]:
    query = select(objects.c.object_index, objects.c.failure_reason).where(
        objects.c.job_id == job_id, objects.c.status == ObjectStatus.FAILED
    )
    found = connection.execute(query.order_by(objects.c.object_index).offset(first).limit(limit))
    return [(row.object_index, row.failure_reason or "") for row in found]


def classes(connection: Connection, job_id: str) -> tuple[list[tuple[str, int, int]], int]:
    """Name, objects and things of the most frequent classes, and how many classes there are."""
    things = func.sum(classes_table.c.things)
    grouped = (
        select(classes_table.c.class_name, func.count(), things)
        .where(classes_table.c.job_id == job_id)
        .group_by(classes_table.c.class_name)
    )
    found = [
        (row[0], row[1], int(row[2]))
        for row in connection.execute(
            grouped.order_by(things.desc(), classes_table.c.class_name).limit(MOST_CLASSES)
        )
    ]
    if len(found) < MOST_CLASSES:
        return found, len(found)
    query = select(func.count(classes_table.c.class_name.distinct())).where(classes_table.c.job_id == job_id)
    return found, connection.execute(query).scalar_one()


def confidences(connection: Connection, job_id: str, *, with_zero: bool) -> list[int]:
    """How many objects have a confidence in each tenth from 0 to 1; 1 itself is in the last one, 0 itself where wanted."""
    value = figures.c.confidence
    wanted = value >= 0 if with_zero else value > 0
    bounds = [(k / 10, (k + 1) / 10) for k in range(10)]
    tenths = [
        func.sum(case((and_(value >= low, value < high if high < 1 else value <= high), 1), else_=0))
        for low, high in bounds
    ]
    row = connection.execute(select(*tenths).where(figures.c.job_id == job_id, wanted)).one()
    return [int(each or 0) for each in row]


def disagreement(connection: Connection, job_id: str) -> tuple[float | None, int]:
    """The mean disagreement, and of how many objects."""
    value = figures.c.disagreement
    row = connection.execute(
        select(func.avg(value), func.count()).where(figures.c.job_id == job_id, value.is_not(None))
    ).one()
    return row[0], row[1]


def _needs_figures(wanted: Wanted) -> bool:
    return wanted.sort != "object" or any(
        each is not None
        for each in (wanted.least_confidence, wanted.most_confidence, wanted.least_disagreement)
    )


def _wanted(query: Select[Any], job_id: str, wanted: Wanted, statuses: Statuses) -> Select[Any]:
    """The query, narrowed to the wanted objects, from the table of the figures where these are needed."""
    base = figures if _needs_figures(wanted) else objects
    query = query.select_from(base).where(base.c.job_id == job_id)
    if wanted.sort == "confidence":
        query = query.where(figures.c.confidence.is_not(None))
    if wanted.sort == "disagreement":
        query = query.where(figures.c.disagreement.is_not(None))
    if wanted.least_confidence is not None:
        query = query.where(figures.c.confidence >= wanted.least_confidence)
    if wanted.most_confidence is not None:
        query = query.where(figures.c.confidence <= wanted.most_confidence)
    if wanted.least_disagreement is not None:
        query = query.where(figures.c.disagreement >= wanted.least_disagreement)
    if wanted.class_name:
        named = select(classes_table.c.object_index).where(
            classes_table.c.job_id == job_id, classes_table.c.class_name == stored_name(wanted.class_name)
        )
        query = query.where(_is_among(base, named, wanted))
    if wanted.worker_id:
        given = select(assignments.c.object_index).where(
            assignments.c.worker_id == wanted.worker_id,
            assignments.c.job_id == job_id,
            assignments.c.status == AssignmentStatus.SUBMITTED,
        )
        query = query.where(base.c.object_index.in_(given))
    if wanted.status in statuses:
        meant = list(statuses[wanted.status])
        if base is objects:
            return query.where(objects.c.status.in_(meant))
        having = select(objects.c.object_index).where(objects.c.job_id == job_id, objects.c.status.in_(meant))
        query = query.where(_is_among(base, having, wanted))
    return query


def _is_among(base: Table, found: Select[Any], wanted: Wanted) -> ColumnElement[bool]:
    """Whether an object is among those that `found` selects.

    Where a worker narrows the objects to few, each of them is looked up. Otherwise the whole list is read once, which is quicker
    for many.
    """
    (index,) = found.selected_columns
    if wanted.worker_id:
        return found.where(index == base.c.object_index).correlate(base).exists()
    return base.c.object_index.in_(found)
