"""The people of the console: who they are, their roles, and the links with which they choose a password."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.core.ids import random_token
from trigpoint.core.smtp_url import is_mail_address
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.language import speaking, translatable
from trigpoint.settings import Settings
from trigpoint.workforce.mail import messages
from trigpoint.workforce.mail.model import Mail, MailKind
from trigpoint.workforce.mail.outbox import Outbox
from trigpoint.workforce.people import CONSOLE_ROLES, Role, Worker
from trigpoint.workforce.store import mail_rows, reset_rows, session_rows, worker_rows
from trigpoint.workforce.store.lock import lock
from trigpoint.workforce.throttle import forget_name
from trigpoint.workforce.workers import check_not_last_admin

LINK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may use the console, and when they last signed in."""

    account: Worker
    last_sign_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody needs to sign in to the console.

    `link` leads to the page on which they choose a password, once, within 7 days. It is None for people who have a
    password or sign in at an identity provider. `mailed` is whether the server sends it to them.
    """

    account: Worker
    link: str | None
    mailed: bool


class ConsolePeople:
    """Invites people to the console, and changes or withdraws their roles. The last administrator always stays."""

    def __init__(self, db: Database, settings: Settings, clock: Clock, outbox: Outbox) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._outbox = outbox

    def list(self) -> list[Person]:
        """Everybody with a role in the console, disabled people too, in order of user name."""
        with self._db.read() as connection:
            last = worker_rows.last_sign_ins(connection)
            return [Person(each, last.get(each.id)) for each in worker_rows.console_people(connection)]

    def named(self, user_name: str) -> Worker:
        """Raises: NotFound: nobody of that name has a role in the console."""
        with self._db.read() as connection:
            found = worker_rows.find_by_user_name(connection, user_name.strip())
        if found is None or found.role is Role.WORKER:
            raise NotFound(
                f"{user_name!r} has no role in the console; `trigpoint person list` shows who has one"
            )
        return found

    def get(self, worker_id: str) -> Worker:
        """Raises: NotFound: there is nobody with that id who has a role in the console."""
        with self._db.read() as connection:
            return _existing(connection, worker_id)

    def invite(self, email: str, role: Role) -> Entry:
        """Gives somebody a role. A person without an account gets one.

        A worker of the portal keeps their password and gets the role.
        Raises: Invalid: no e-mail address, or not a role of the console. Conflict: the person has a role, or is
            disabled.
        """
        email = email.strip()
        _check_role(role)
        if not is_mail_address(email):
            raise Invalid(
                translatable(
                    "%(email)s is not an e-mail address; it must look like name@example.com",
                    email=repr(email),
                )
            )
        with self._db.write() as connection:
            lock(connection)
            worker = worker_rows.find_by_user_name(connection, email)
            if worker is None:
                worker = self._created(connection, email, role)
            elif worker.disabled:
                raise Conflict(translatable("%(name)s is disabled: enable the account first", name=email))
            elif worker.role is not Role.WORKER:
                raise Conflict(translatable("%(name)s has a role already: change it in the list", name=email))
            else:
                worker_rows.set_role(connection, worker.id, role)
                self._record(connection, worker, f"role {role}")
                worker = replace(worker, role=role)
            needs_link = worker.must_change_password and worker.issuer is None
            entry = self._entry(connection, worker, with_link=needs_link, invites=True)
        self._outbox.poke()
        return entry

    def set_role(self, worker_id: str, role: Role) -> Worker:
        """Changes the role. With WORKER, the person loses the console and keeps the portal.

        Raises: Conflict: it is the last administrator.
        """
        with self._db.write() as connection:
            lock(connection)
            worker = _existing(connection, worker_id)
            if role is not Role.ADMIN:
                check_not_last_admin(connection, worker)
            worker_rows.set_role(connection, worker_id, role)
            self._record(connection, worker, f"role {role}")
        return replace(worker, role=role)

    def disable(self, worker_id: str) -> Worker:
        """Signs the person out everywhere and refuses their sign-in and their access keys.

        Raises: Conflict: it is the last administrator.
        """
        with self._db.write() as connection:
            lock(connection)
            worker = _existing(connection, worker_id)
            check_not_last_admin(connection, worker)
            worker_rows.change(connection, worker_id, disabled=True)
            session_rows.remove_all_of(connection, worker_id)
            reset_rows.remove_all_of(connection, worker_id)
            mail_rows.remove_waiting(connection, worker_id, list(MailKind))
            self._record(connection, worker, "disabled")
        return replace(worker, disabled=True)

    def enable(self, worker_id: str) -> Worker:
        """Lets a disabled person sign in again."""
        with self._db.write() as connection:
            worker = _existing(connection, worker_id)
            worker_rows.change(connection, worker_id, disabled=False)
            self._record(connection, worker, "enabled")
        return replace(worker, disabled=False)

    def reset(self, worker_id: str) -> Entry:
        """A link with which the person chooses a new password. The old one works until then.

        Raises: Conflict: the person is disabled, or signs in at an identity provider.
        """
        with self._db.write() as connection:
            lock(connection)
            worker = _existing(connection, worker_id)
            if worker.disabled:
                raise Conflict(
                    translatable("%(name)s is disabled: enable the account first", name=worker.user_name)
                )
            if worker.issuer is not None:
                raise Conflict(
                    translatable("%(name)s signs in at an identity provider", name=worker.user_name)
                )
            forget_name(connection, worker.user_name)
            entry = self._entry(connection, worker, with_link=True, invites=False)
        self._outbox.poke()
        return entry

    def first_link(self) -> str | None:
        """The link of the first administrator, as long as no administrator has ever signed in."""
        with self._db.write() as connection:
            lock(connection)
            signed_in = worker_rows.last_sign_ins(connection)
            admins = [
                each
                for each in worker_rows.console_people(connection)
                if each.role is Role.ADMIN and not each.disabled
            ]
            if not admins or any(admin.id in signed_in for admin in admins):
                return None
            return self._link(connection, admins[0])

    def _created(self, connection: Connection, email: str, role: Role) -> Worker:
        now = self._clock.now()
        worker = Worker(
            id=secrets.token_hex(8),
            sub=str(uuid.uuid4()),
            user_name=email,
            email=email,
            display_name=email.split("@")[0],
            role=role,
            must_change_password=True,
        )
        # An empty hash matches no password: the account opens with the link only.
        worker_rows.add(connection, worker, "", created_at=now)
        self._record(connection, worker, f"role {role}", "Invited")
        return worker

    def _entry(self, connection: Connection, worker: Worker, *, with_link: bool, invites: bool) -> Entry:
        link = self._link(connection, worker) if with_link else None
        with speaking(worker.language or self._settings.language):
            text = messages.console_text(self._settings, worker.user_name, link, LINK_DAYS, invites=invites)
            subject = messages.console_subject(self._settings, invites=invites)
        kind = MailKind.INVITATION if invites else MailKind.PASSWORD_RESET
        mailed = bool(worker.email) and self._outbox.put(
            connection, Mail(kind, worker.id, worker.email, subject, text)
        )
        return Entry(worker, link, mailed)

    def _link(self, connection: Connection, worker: Worker) -> str:
        token, now = random_token(), self._clock.now()
        digest = hashlib.sha256(token.encode()).hexdigest()
        reset_rows.remove_expired(connection, now)
        reset_rows.remove_all_of(connection, worker.id)
        reset_rows.add(connection, digest, worker.id, now + timedelta(days=LINK_DAYS))
        return f"{self._settings.base_url}/console/reset?token={token}"

    def _record(self, connection: Connection, worker: Worker, what: str, status: str = "Changed") -> None:
        record_event(connection, "worker", worker.id, self._clock.now(), status, what)


def _check_role(role: Role) -> None:
    if role not in CONSOLE_ROLES:
        raise Invalid(f"{role} is not a role of the console; it can be {', '.join(CONSOLE_ROLES)}")


def _existing(connection: Connection, worker_id: str) -> Worker:
    worker = worker_rows.find(connection, worker_id)
    if worker is None or worker.role is Role.WORKER:
        raise NotFound(translatable("there is nobody with this id who has a role in the console"))
    return worker
