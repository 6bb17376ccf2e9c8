"""The outbox: mails that are stored with the change that causes them, and sent later."""

from __future__ import annotations

from datetime import datetime, timedelta

from trigpoint.core.clock import Clock
from trigpoint.db import Connection, Database
from trigpoint.reconcile import Queue
from trigpoint.workforce.mail.model import Mail, MailKind, StoredMail
from trigpoint.workforce.store import mail_rows
from trigpoint.workforce.workforces import Sealer

KIND = "mail"
OUTBOX_ID = "outbox"
"""One item of the due list for the whole outbox, so that a slow mail server keeps one thread busy, not all."""


class Outbox:
    """Takes mails. `MailDelivery` sends them; they wait while there is no server, or no mail server.

    Args:   enabled: whether the installation has a mail server. Without one, nothing is put in.
    """

    def __init__(self, db: Database, queue: Queue, sealer: Sealer, clock: Clock, *, enabled: bool) -> None:
        self._db = db
        self._queue = queue
        self._sealer = sealer
        self._clock = clock
        self.enabled = enabled

    def put(self, connection: Connection, mail: Mail) -> bool:
        """Stores the mail in the caller's transaction. False if it has no recipient, or was stored before."""
        if not self.enabled or not mail.recipient:
            return False
        now = self._clock.now()
        if not mail_rows.add(connection, mail, self._sealer.seal(mail.body), now):
            return False
        self._queue.enqueue(connection, KIND, OUTBOX_ID, now)
        return True

    def poke(self) -> None:
        """Has the mails sent now. Call it after the commit."""
        self._queue.poke()

    def count_since(self, connection: Connection, worker_id: str, kind: MailKind, hours: float) -> int:
        """How many mails of this kind were stored for the worker in the last hours."""
        since = self._clock.now() - timedelta(hours=hours)
        return mail_rows.count_since(connection, worker_id, kind, since)

    def wake(self) -> None:
        """Puts the outbox on the due list if mails wait in it, for a server that starts."""
        with self._db.write() as connection:
            due_at = mail_rows.next_due_at(connection)
            if due_at is not None:
                self._queue.enqueue(connection, KIND, OUTBOX_ID, due_at)

    def latest(self, limit: int, worker_id: str | None = None) -> list[StoredMail]:
        """The mails that were stored last, to all workers or to one, the newest first. They are kept for 30 days."""
        with self._db.read() as connection:
            return mail_rows.latest(connection, limit, worker_id)

    def refusals(self) -> dict[str, tuple[str, datetime]]:
        """Why and when the last mail to a worker failed, by worker id, for those whose last mail did."""
        with self._db.read() as connection:
            return mail_rows.refusals(connection)
