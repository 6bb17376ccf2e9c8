"""Who is signed in: sessions that slide, and links that let somebody in once."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from trigpoint.core.clock import Clock
from trigpoint.core.ids import random_token
from trigpoint.db import Database
from trigpoint.workforce import store
from trigpoint.workforce.people import Worker

SESSION_S = 12 * 3600.0
REFRESH_S = 300.0  # a session is written at most this often, not at each request


class Sessions:
    """Sessions by a random token, of which the database holds only the SHA-256."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def open(self, worker: Worker) -> str:
        """The token of a new session."""
        token = random_token()
        now = self._clock.now()
        with self._db.write() as connection:
            store.delete_expired(connection, now)
            store.insert_session(
                connection, _digest(token), worker.id, now, now + timedelta(seconds=SESSION_S)
            )
        return token

    def worker(self, token: str) -> Worker | None:
        """The worker of the session, which then lasts another 12 hours; None when it is over."""
        now = self._clock.now()
        with self._db.read() as connection:
            found = store.session(connection, _digest(token), now)
        if found is None:
            return None
        worker, expires_at = found
        if (expires_at - now).total_seconds() < SESSION_S - REFRESH_S:
            with self._db.write() as connection:
                store.extend_session(connection, _digest(token), now + timedelta(seconds=SESSION_S))
        return worker

    def close(self, token: str) -> None:
        """Ends the session; nothing happens when it is over already."""
        with self._db.write() as connection:
            store.delete_session(connection, _digest(token))

    def entry_token(self, worker: Worker, ttl_s: float) -> str:
        """A token that lets the worker in once within `ttl_s`."""
        token = random_token()
        until = self._clock.now() + timedelta(seconds=ttl_s)
        with self._db.write() as connection:
            store.insert_entry_token(connection, _digest(token), worker.id, until)
        return token

    def enter(self, token: str) -> Worker | None:
        """The worker whom the entry token lets in; None when it was used or is too old."""
        with self._db.write() as connection:
            worker_id = store.take_entry_token(connection, _digest(token), self._clock.now())
            worker = None if worker_id is None else store.worker_by_id(connection, worker_id)
        return None if worker is None or worker.disabled else worker


def form_token(session_token: str) -> str:
    """What a form of this session must carry, so that another site cannot send it (CSRF)."""
    return hmac.new(session_token.encode(), b"trigpoint form", hashlib.sha256).hexdigest()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
