"""The SQL of drafts: a worker's unfinished work on a data object."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update

from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.labeling import labeling_drafts as drafts


@dataclass(frozen=True, slots=True)
class DraftKey:
    """Whose unfinished work on which object."""

    job_id: str
    object_index: int
    worker_id: str


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft's row. `state` is a JSON text."""

    version: str
    saved_at: datetime
    state: str
    size_bytes: int


def get(connection: Connection, key: DraftKey) -> StoredDraft | None:
    row = _GET.one_or_none(connection, asdict(key))
    if row is None:
        return None
    return StoredDraft(row.version, row.saved_at, row.state, row.size_bytes)


def version(connection: Connection, key: DraftKey) -> str | None:
    """The version of the draft; None without a draft."""
    found: str | None = _VERSION.scalar(connection, asdict(key))
    return found


def put(connection: Connection, key: DraftKey, draft: StoredDraft, *, replaces: bool) -> None:
    """Writes the draft of an object that the caller has locked; `replaces` if there is one already."""
    values = {
        "version": draft.version,
        "saved_at": draft.saved_at,
        "state": draft.state,
        "size_bytes": draft.size_bytes,
    }
    if replaces:
        connection.execute(update(drafts).where(*_at(key)).values(**values))
        return
    where = {"job_id": key.job_id, "object_index": key.object_index, "worker_id": key.worker_id}
    connection.execute(insert(drafts).values(**where, **values))


def bytes_besides(connection: Connection, key: DraftKey) -> int:
    """The size of the worker's drafts of the job's other objects."""
    query = select(func.coalesce(func.sum(drafts.c.size_bytes), 0)).where(
        drafts.c.worker_id == key.worker_id,
        drafts.c.job_id == key.job_id,
        drafts.c.object_index != key.object_index,
    )
    return int(connection.execute(query).scalar_one())


def drop(connection: Connection, key: DraftKey) -> None:
    """Deletes one worker's draft of an object."""
    connection.execute(delete(drafts).where(*_at(key)))


def drop_all_of(connection: Connection, job_id: str, object_index: int) -> None:
    """Deletes all drafts of an object."""
    _DROP_ALL.execute(connection, {"job_id": job_id, "object_index": object_index})


def _at(key: DraftKey) -> tuple[ColumnElement[Any], ...]:
    return (
        drafts.c.job_id == key.job_id,
        drafts.c.object_index == key.object_index,
        drafts.c.worker_id == key.worker_id,
    )


_OF_OBJECT = (
    drafts.c.job_id == bindparam("job_id"),
    drafts.c.object_index == bindparam("object_index"),
)
_ONE = (*_OF_OBJECT, drafts.c.worker_id == bindparam("worker_id"))
_GET = Prepared(select(drafts).where(*_ONE))
_VERSION = Prepared(select(drafts.c.version).where(*_ONE))
_DROP_ALL = Prepared(delete(drafts).where(*_OF_OBJECT))
