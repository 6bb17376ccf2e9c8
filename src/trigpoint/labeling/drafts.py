"""Drafts: a worker's unfinished work on a data object.

A draft belongs to the worker and the object. It outlives the worker's tasks of that object: after a release or an
expired time limit it comes back when they accept the object again. It is deleted when they submit an answer, and when
the object is closed. The page gives each version of a draft a name, and a save names the versions that it may
replace. So two tabs of one worker never overwrite each other's work unnoticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trigpoint.core.errors import Invalid, Outdated
from trigpoint.core.ids import new_id
from trigpoint.db import Connection
from trigpoint.labeling.model import AssignmentStatus, DataObject, ObjectStatus
from trigpoint.labeling.store import drafts
from trigpoint.labeling.store.assignments import StoredAssignment
from trigpoint.labeling.store.drafts import DraftKey, StoredDraft
from trigpoint.language import translatable

MAX_DRAFTS_BYTES = 64 * 1024 * 1024
"""The size of all drafts of one worker in one job."""
MAX_VERSION_CHARACTERS = 64
MAX_BASED_ON = 100

_LATE = (AssignmentStatus.OPEN, AssignmentStatus.STOPPED, AssignmentStatus.RELEASED, AssignmentStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class DraftVersion:
    """The name of a new version, and those of the versions that it may replace; None is "no draft"."""

    name: str
    based_on: tuple[str | None, ...]

    @classmethod
    def read(cls, name: object, based_on: object) -> DraftVersion:
        """Raises: Invalid: the names are not short texts, or there are too many."""
        names: list[Any] = based_on if isinstance(based_on, list) else [0]
        if not _is_name(name) or not all(each is None or _is_name(each) for each in names):
            raise Invalid(
                f"`draft` must have a `version` of 1 to {MAX_VERSION_CHARACTERS} characters and a list `basedOn` of "
                "versions or null"
            )
        if len(names) > MAX_BASED_ON:
            raise Invalid(
                f"`basedOn` of `draft` has {len(names)} versions; at most {MAX_BASED_ON} are allowed"
            )
        return cls(str(name), tuple(names))


def key_of(stored: StoredAssignment) -> DraftKey:
    """The key of the draft that belongs to an assignment's worker and object."""
    return DraftKey(stored.job_id, stored.object_index, stored.worker_id)


def keep(
    connection: Connection, key: DraftKey, content: str, version: DraftVersion | None, now: datetime
) -> None:
    """Writes the draft of an object that the caller has locked. Sending a version again changes nothing.

    Without a version it replaces any draft.
    Raises: Outdated: the stored draft is none that this one may replace. Invalid: the worker's drafts are too large.
    """
    current = drafts.version(connection, key)
    if version is not None and current == version.name:
        return
    check_based_on(current, version)
    size_bytes = len(content.encode())
    _check_room(drafts.bytes_besides(connection, key) + size_bytes)
    name = new_id() if version is None else version.name
    drafts.put(connection, key, StoredDraft(name, now, content, size_bytes), replaces=current is not None)


def check_based_on(current: str | None, version: DraftVersion | None) -> None:
    """Raises: Outdated: the stored draft is neither the version itself nor one that it was made from."""
    if version is None or current is None or current == version.name or current in version.based_on:
        return
    raise Outdated(translatable("a newer draft of this task was saved in another tab or on another device"))


def may_be_late(data_object: DataObject, stored: StoredAssignment) -> bool:
    """Whether the worker's draft is still of use, although their task may be over: the object is open to them."""
    return data_object.status is ObjectStatus.OPEN and stored.status in _LATE


def _check_room(total_bytes: int) -> None:
    if total_bytes > MAX_DRAFTS_BYTES:
        raise Invalid(
            translatable(
                "your unfinished work in this job has %(size)d bytes; at most %(most)d are kept: "
                "submit the tasks that you have begun",
                size=total_bytes,
                most=MAX_DRAFTS_BYTES,
            )
        )


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MAX_VERSION_CHARACTERS and value.isprintable()
