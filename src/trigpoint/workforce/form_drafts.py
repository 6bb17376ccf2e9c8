"""Forms of the console that somebody has begun to fill in; they survive a reload and a change of machine."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.db import Connection, Database
from trigpoint.language import translatable
from trigpoint.workforce.store import draft_rows

MAX_BYTES = 2 * 2**20
MAX_DRAFTS = 10
"""Of one person and form; older ones are dropped."""
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class FormDraft:
    """A draft: the values by the names of the fields."""

    id: str
    values: Mapping[str, str]
    saved_at: datetime


class FormDrafts:
    """The drafts of all people. Thread-safe. Nobody sees those of somebody else."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    @staticmethod
    def new_id() -> str:
        """An id for a draft that is saved later."""
        return uuid.uuid4().hex

    def get(self, worker_id: str, form: str, draft_id: str) -> dict[str, str]:
        """Raises: NotFound: the person has no such draft."""
        with self._db.read() as connection:
            text = draft_rows.get(connection, draft_id, worker_id, form)
        if text is None:
            raise _gone()
        found: dict[str, str] = json.loads(text)
        return found

    def put(self, worker_id: str, form: str, draft_id: str, values: Mapping[str, str]) -> None:
        """Adds or replaces the draft. Raises: Invalid: it is too large, or the id is not one of `new_id`."""
        _check_id(draft_id)
        with self._db.write() as connection:
            self._store(connection, worker_id, form, draft_id, values)

    def merge(
        self, worker_id: str, form: str, draft_id: str, changes: Mapping[str, str], *, adds: bool = True
    ) -> None:
        """Changes some values of the draft. Other values that somebody changes at the same time keep that change.

        Raises: as `put`. NotFound: the person has no such draft, and it does not add one.
        """
        _check_id(draft_id)
        with self._db.write() as connection:
            text = draft_rows.get(connection, draft_id, worker_id, form, lock=True)
            if text is None and not adds:
                raise _gone()
            kept = {} if text is None else json.loads(text)
            self._store(connection, worker_id, form, draft_id, {**kept, **changes})

    def _store(
        self, connection: Connection, worker_id: str, form: str, draft_id: str, values: Mapping[str, str]
    ) -> None:
        text = json.dumps(dict(values), ensure_ascii=False)
        if len(text.encode()) > MAX_BYTES:
            raise Invalid(f"the form has more than {MAX_BYTES // 2**20} MiB; make its images smaller")
        if not draft_rows.put(connection, draft_id, worker_id, form, text, self._clock.now()):
            raise _gone()
        draft_rows.keep_newest(connection, worker_id, form, MAX_DRAFTS)

    def list(self, worker_id: str, form: str) -> Sequence[FormDraft]:
        """The person's drafts, the newest first."""
        with self._db.read() as connection:
            rows = draft_rows.newest(connection, worker_id, form, MAX_DRAFTS)
        return [FormDraft(row.id, json.loads(row.content), row.saved_at) for row in rows]

    def remove(self, worker_id: str, draft_id: str) -> None:
        """Drops the draft; nothing happens if there is none."""
        with self._db.write() as connection:
            draft_rows.remove(connection, draft_id, worker_id)


def _check_id(draft_id: str) -> None:
    if _ID.fullmatch(draft_id) is None:
        raise _gone()


def _gone() -> NotFound:
    return NotFound(translatable("this draft does not exist any more; begin again"))
