"""Sessions of signed-in workers, and links that sign a worker in once."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from trigpoint.core.clock import Clock
from trigpoint.core.ids import random_token
from trigpoint.db import Database
from trigpoint.workforce.people import Worker
from trigpoint.workforce.store import session_rows, worker_rows

SESSION_S = 12 * 3600.0
REFRESH_S = 300.0  # a session's end is written at most this often, not on each request


class Sessions:
    """Sessions, each known by a random token. The database holds only the token's SHA-256."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def open(self, worker: Worker) -> str:
        """The token of a new session of 12 hours. Each use extends it."""
        token = random_token()
        now = self._clock.now()
        with self._db.write() as connection:
            session_rows.remove_expired(connection, now)
            session_rows.add(connection, _digest(token), worker.id, now, now + timedelta(seconds=SESSION_S))
            worker_rows.change(connection, worker.id, last_sign_in_at=now)
        return token

    def worker(self, token: str) -> Worker | None:
        """The worker of the session, which now lasts another 12 hours. None if the session has ended.

        Decision: the session of a worker of an identity provider ends 12 hours after the sign-in, because the provider
        decides at each sign-in who they are and which groups they have.
        """
        now = self._clock.now()
        found = session_rows.look_up(self._db, _digest(token), now)
        if found is None:
            return None
        worker, expires_at = found
        if worker.issuer is None and (expires_at - now).total_seconds() < SESSION_S - REFRESH_S:
            with self._db.write() as connection:
                session_rows.extend(connection, _digest(token), now + timedelta(seconds=SESSION_S))
        return worker

    def close(self, token: str) -> None:
        """Ends the session. A session that has ended already stays ended."""
        with self._db.write() as connection:
            session_rows.remove(connection, _digest(token))

    def entry_token(self, worker: Worker, ttl_s: float) -> str:
        """A token for `GET /portal/enter?token=...` that signs the worker in once within `ttl_s` seconds."""
        token = random_token()
        expires_at = self._clock.now() + timedelta(seconds=ttl_s)
        with self._db.write() as connection:
            session_rows.add_entry_token(connection, _digest(token), worker.id, expires_at)
        return token

    def enter(self, token: str) -> Worker | None:
        """The worker of the entry token, which is used up. None if it was used before or has expired."""
        with self._db.write() as connection:
            worker_id = session_rows.take_entry_token(connection, _digest(token), self._clock.now())
            worker = None if worker_id is None else worker_rows.find(connection, worker_id)
        return None if worker is None or worker.disabled else worker


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
