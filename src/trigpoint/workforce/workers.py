"""The workers: inviting people, and changing or withdrawing their access."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import get_close_matches

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.settings import Settings
from trigpoint.workforce import workforces
from trigpoint.workforce.passwords import TEMPORARY_DAYS, Passwords, temporary_password
from trigpoint.workforce.people import Identity, Invitation, Role, Team, Worker
from trigpoint.workforce.store import session_rows, team_rows, worker_rows
from trigpoint.workforce.store.lock import lock
from trigpoint.workforce.teams import ensure_team
from trigpoint.workforce.throttle import forget_name

ADMIN_USER_NAME = "admin"


class Workers:
    """The people who can sign in."""

    def __init__(
        self, db: Database, settings: Settings, clock: Clock, *, passwords: Passwords | None = None
    ) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._passwords = passwords or Passwords()

    def get(self, worker_id: str) -> Worker:
        """Raises: NotFound: there is no worker with that id."""
        with self._db.read() as connection:
            return _existing(connection, worker_id)

    def find(self, user_name: str) -> Worker | None:
        """The worker of that user name."""
        with self._db.read() as connection:
            return worker_rows.find_by_user_name(connection, user_name.strip())

    def named(self, user_name: str) -> Worker:
        """The worker of that user name.

        Raises: NotFound: there is none; names similar ones.
        """
        with self._db.read() as connection:
            return _named(connection, user_name)

    def list(self) -> list[Worker]:
        """Every worker, in order of user name."""
        with self._db.read() as connection:
            return worker_rows.find_all(connection)

    def last_sign_ins(self) -> Mapping[str, datetime]:
        """When each worker last signed in, by worker id. Those who never did are missing."""
        with self._db.read() as connection:
            return worker_rows.last_sign_ins(connection)

    def identity_of(self, worker: Worker) -> Identity:
        """The provider, issuer and sub of a worker, as written to worker-response files."""
        with self._db.read() as connection:
            return workforces.identity_of(connection, self._settings, worker)

    def create_admin(self, password: str) -> Worker:
        """The administrator, who signs in as `admin`.

        Raises: Conflict: the account exists.
        """
        hashed = self._passwords.hash(password)
        with self._db.write() as connection:
            lock(connection)
            if worker_rows.find_by_user_name(connection, ADMIN_USER_NAME) is not None:
                raise Conflict(f"the account {ADMIN_USER_NAME!r} already exists")
            worker = _new_worker(ADMIN_USER_NAME, "", "Administrator", Role.ADMIN, must_change_password=False)
            self._insert(connection, worker, hashed, temporary=False)
            return worker

    def invite(self, email: str, team_name: str) -> Invitation:
        """What the invited person needs to sign in. A team that does not exist is created.

        People who were invited before and never signed in get a new temporary password. People who have
        chosen their own password keep it and are added to the team.

        Raises: Invalid: not an e-mail address. Conflict: the worker is disabled.
        """
        email = _checked_email(email)
        password = temporary_password()
        hashed = self._passwords.hash(password)
        with self._db.write() as connection:
            lock(connection)
            team = ensure_team(connection, self._settings, self._clock, team_name)
            worker = worker_rows.find_by_user_name(connection, email)
            if worker is None or worker.user_name != email:  # addresses are case-sensitive as typed
                worker = _new_worker(
                    email, email, email.split("@")[0], Role.WORKER, must_change_password=True
                )
                self._insert(connection, worker, hashed, temporary=True)
            elif worker.disabled:
                raise Conflict(f"{email} is disabled: enable the worker first")
            elif worker.must_change_password:
                self._set_temporary_password(connection, worker, hashed)
            team_rows.add_to_group(connection, worker.id, team.groups[0])
        return self._invitation(worker, team, password if worker.must_change_password else None)

    def reset_password(self, user_name: str) -> str:
        """A new temporary password. All sessions of the worker end, and their failed sign-ins are forgotten.

        Raises: NotFound: there is no worker of that name. Conflict: the worker is disabled.
        """
        password = temporary_password()
        hashed = self._passwords.hash(password)
        with self._db.write() as connection:
            worker = _named(connection, user_name)
            if worker.disabled:
                raise Conflict(f"{worker.user_name} is disabled: enable the worker first")
            self._set_temporary_password(connection, worker, hashed)
            session_rows.remove_all_of(connection, worker.id)
            forget_name(connection, worker.user_name)
        return password

    def disable(self, worker_id: str) -> Worker:
        """Disables the worker: they get no tasks and cannot sign in until enabled. They stay in the lists."""
        with self._db.write() as connection:
            worker = _existing(connection, worker_id)
            if worker.role is Role.ADMIN:
                raise Conflict("the administrator cannot be disabled")
            worker_rows.change(connection, worker_id, disabled=True)
            session_rows.remove_all_of(connection, worker_id)
            record_event(connection, "worker", worker_id, self._clock.now(), "Disabled")
        return replace(worker, disabled=True)

    def enable(self, worker_id: str) -> Worker:
        """Lets a disabled worker sign in and work again."""
        with self._db.write() as connection:
            worker = _existing(connection, worker_id)
            worker_rows.change(connection, worker_id, disabled=False)
            record_event(connection, "worker", worker_id, self._clock.now(), "Enabled")
        return replace(worker, disabled=False)

    def delete(self, worker_id: str) -> None:
        """Removes name, address and password of a disabled worker. Their answers keep the worker id.

        Raises: Conflict: the worker is not disabled.
        """
        with self._db.write() as connection:
            worker = _existing(connection, worker_id)
            if not worker.disabled:
                raise Conflict(f"{worker.user_name} is enabled: disable the worker before deleting them")
            now = self._clock.now()
            session_rows.remove_all_of(connection, worker_id)
            worker_rows.anonymize(connection, worker_id, now)
            record_event(connection, "worker", worker_id, now, "Deleted")

    def _insert(self, connection: Connection, worker: Worker, hashed: str, *, temporary: bool) -> None:
        now = self._clock.now()
        until = now + timedelta(days=TEMPORARY_DAYS) if temporary else None
        worker_rows.add(connection, worker, hashed, created_at=now, temporary_until_at=until)
        record_event(connection, "worker", worker.id, now, "Invited" if temporary else "Created")

    def _set_temporary_password(self, connection: Connection, worker: Worker, hashed: str) -> None:
        now = self._clock.now()
        worker_rows.set_password(connection, worker.id, hashed, now + timedelta(days=TEMPORARY_DAYS))
        record_event(connection, "worker", worker.id, now, "PasswordReset")

    def _invitation(self, worker: Worker, team: Team, password: str | None) -> Invitation:
        return Invitation(f"{self._settings.base_url}/portal/", worker.user_name, password, team.name, worker)


def _new_worker(
    user_name: str, email: str, display_name: str, role: Role, *, must_change_password: bool
) -> Worker:
    return Worker(
        id=secrets.token_hex(8),
        sub=str(uuid.uuid4()),
        user_name=user_name,
        email=email,
        display_name=display_name,
        role=role,
        must_change_password=must_change_password,
    )


def _existing(connection: Connection, worker_id: str) -> Worker:
    worker = worker_rows.find(connection, worker_id)
    if worker is None:
        raise NotFound(f"there is no worker with id {worker_id}")
    return worker


def _named(connection: Connection, user_name: str) -> Worker:
    worker = worker_rows.find_by_user_name(connection, user_name.strip())
    if worker is None:
        known = [each.user_name for each in worker_rows.find_all(connection)]
        similar = " or ".join(get_close_matches(user_name.strip(), known))
        hint = f"did you mean {similar}?" if similar else "`trigpoint worker list` shows all"
        raise NotFound(f"there is no worker named {user_name!r}; {hint}")
    return worker


def _checked_email(email: str) -> str:
    email = email.strip()
    local, at, domain = email.rpartition("@")
    if (
        not (local and at and domain)
        or len(email) > 254
        or any(c.isspace() or not c.isprintable() for c in email)
    ):
        raise Invalid(f"{email!r} is not an e-mail address; it must look like name@example.com")
    return email
