"""Links with which workers who have forgotten their password choose a new one."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Denied
from trigpoint.core.ids import random_token
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.language import speaking, translatable
from trigpoint.settings import Settings
from trigpoint.workforce.mail import messages
from trigpoint.workforce.mail.model import Mail, MailKind
from trigpoint.workforce.mail.outbox import Outbox
from trigpoint.workforce.passwords import Passwords, check_new_password
from trigpoint.workforce.people import Worker
from trigpoint.workforce.store import reset_rows, session_rows, worker_rows
from trigpoint.workforce.store.lock import lock
from trigpoint.workforce.throttle import SignInThrottle, forget_name

VALID_MINUTES = 60
MAX_MAILS_PER_HOUR = 3


class LinkInvalid(Denied):
    """The link was used, has expired, or was never issued."""

    def __init__(self) -> None:
        super().__init__(translatable("this link was used before or has expired: ask for a new one"))


class PasswordResets:
    """Mails the links and takes the new passwords. The database holds only the SHA-256 of a link's token."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        clock: Clock,
        outbox: Outbox,
        passwords: Passwords | None = None,
        page: str = "/portal/reset",
    ) -> None:
        """`page` is the path of the page that takes the tokens."""
        self._db = db
        self._settings = settings
        self._clock = clock
        self._outbox = outbox
        self._passwords = passwords or Passwords()
        self._page = page
        self._throttle = SignInThrottle(db, clock)

    @property
    def available(self) -> bool:
        """Whether the installation can send mail."""
        return self._outbox.enabled

    def request(self, user_name: str, address: str) -> None:
        """Mails a link to the worker. Returns the same whether or not there is such a worker.

        Accounts without an address, disabled ones, and those of an identity provider get no mail, and nobody gets more
        than three in an hour.
        Raises: SignInThrottled: too many requests for this name or from this address.
        """
        user_name = user_name.strip()
        self._throttle.begin(f"reset {user_name}", address)
        token = random_token()
        with self._db.write() as connection:
            lock(connection)
            worker = worker_rows.find_by_user_name(connection, user_name)
            if worker is None or not self._may_reset(connection, worker):
                return
            now = self._clock.now()
            reset_rows.remove_expired(connection, now)
            reset_rows.add(connection, _digest(token), worker.id, now + timedelta(minutes=VALID_MINUTES))
            self._outbox.put(connection, self._mail(worker, token))
            record_event(connection, "worker", worker.id, now, "PasswordResetRequested")
        self._outbox.poke()

    def _mail(self, worker: Worker, token: str) -> Mail:
        with speaking(worker.language or self._settings.language):
            subject = messages.reset_subject()
            content = messages.reset_link_text(
                self._settings, self._page, worker.user_name, token, VALID_MINUTES
            )
        return Mail(MailKind.PASSWORD_RESET, worker.id, worker.email, subject, content)

    def worker(self, token: str) -> Worker:
        """The worker whose link it is. The link stays valid, because mail scanners open links, too.

        Raises: LinkInvalid.
        """
        with self._db.read() as connection:
            return self._worker(connection, token)

    def use(self, token: str, new_password: str) -> Worker:
        """Sets the password. All links and sessions of the worker end.

        Raises: LinkInvalid. Invalid: the password breaks a rule; the link stays valid.
        """
        check_new_password(new_password, self.worker(token).user_name)
        hashed = self._passwords.hash(new_password)
        with self._db.write() as connection:
            lock(connection)
            worker = self._worker(connection, token)
            reset_rows.remove_all_of(connection, worker.id)
            session_rows.remove_all_of(connection, worker.id)
            worker_rows.set_password(connection, worker.id, hashed, temporary_until_at=None)
            forget_name(connection, worker.user_name)
            record_event(connection, "worker", worker.id, self._clock.now(), "PasswordChanged", "by link")
        return worker

    def _worker(self, connection: Connection, token: str) -> Worker:
        worker_id = reset_rows.find(connection, _digest(token), self._clock.now())
        worker = None if worker_id is None else worker_rows.find(connection, worker_id)
        if worker is None or worker.disabled:
            raise LinkInvalid
        return worker

    def _may_reset(self, connection: Connection, worker: Worker) -> bool:
        if worker.disabled or worker.issuer is not None or not worker.email:
            return False
        sent = self._outbox.count_since(connection, worker.id, MailKind.PASSWORD_RESET, hours=1)
        return sent < MAX_MAILS_PER_HOUR


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
