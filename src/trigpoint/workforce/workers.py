"""Who labels: inviting people, letting them in, changing and withdrawing their access."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace
from datetime import timedelta

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Denied, Invalid, NotFound
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.settings import Settings
from trigpoint.workforce import store, workforces
from trigpoint.workforce.passwords import Passwords, check_new_password, temporary_password
from trigpoint.workforce.people import Identity, Invitation, Team, Worker
from trigpoint.workforce.sessions import Sessions
from trigpoint.workforce.teams import ensure_team
from trigpoint.workforce.throttle import SignInThrottle

__all__ = ["ADMIN_USER_NAME", "Invitation", "TemporaryPasswordExpired", "Worker", "Workers"]

ADMIN_USER_NAME = "admin"
TEMPORARY_DAYS = 7


class TemporaryPasswordExpired(Denied):
    """The right temporary password, more than seven days after the invitation."""

    def __init__(self) -> None:
        super().__init__(
            f"this temporary password was valid for {TEMPORARY_DAYS} days and has expired: "
            "ask the person who invited you for a new one"
        )


class Workers:
    """The people who can sign in."""

    def __init__(
        self, db: Database, settings: Settings, clock: Clock, *, passwords: Passwords | None = None
    ) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._sessions = Sessions(db, clock)
        self._throttle = SignInThrottle(db, clock)

    # -- who there is

    def get(self, worker_id: str) -> Worker:
        """Raises: NotFound: there is no worker with that id."""
        with self._db.read() as connection:
            return _existing(connection, worker_id)

    def find(self, user_name: str) -> Worker | None:
        """The worker of that user name."""
        with self._db.read() as connection:
            return store.worker_by_user_name(connection, user_name.strip())

    def list(self) -> list[Worker]:
        """Everybody, in order of user name."""
        with self._db.read() as connection:
            return store.all_workers(connection)

    def identity_of(self, worker: Worker) -> Identity:
        """Provider, issuer and sub of a worker, as worker-response files name them."""
        with self._db.read() as connection:
            return workforces.identity_of(connection, self._settings, worker)

    # -- giving and taking access

    def create_admin(self, password: str) -> Worker:
        """The administrator, who signs in as `admin`.

        Raises: Conflict: there is one already.
        """
        hashed = self._passwords.hash(password)
        with self._db.write() as connection:
            store.lock(connection)
            if store.worker_by_user_name(connection, ADMIN_USER_NAME) is not None:
                raise Conflict(f"the account {ADMIN_USER_NAME!r} exists already")
            worker = _new_worker(ADMIN_USER_NAME, "", "Administrator", "admin", must_change_password=False)
            self._insert(connection, worker, hashed, temporary=False)
            return worker

    def invite(self, email: str, team_name: str) -> Invitation:
        """What the invited person needs; the team is made when it does not exist.

        Somebody invited before who never signed in gets a new temporary password; somebody who has chosen
        his own keeps it and is added to the team.

        Raises: Invalid: not an e-mail address. Conflict: the worker is disabled.
        """
        email = _checked_email(email)
        password = temporary_password()
        hashed = self._passwords.hash(password)
        with self._db.write() as connection:
            store.lock(connection)
            team = ensure_team(connection, self._settings, self._clock, team_name)
            worker = store.worker_by_user_name(connection, email)
            if worker is None or worker.user_name != email:  # addresses are case-sensitive as typed
                worker = _new_worker(email, email, email.split("@")[0], "worker", must_change_password=True)
                self._insert(connection, worker, hashed, temporary=True)
            elif worker.disabled:
                raise Conflict(f"{email} is disabled; enable the worker first")
            elif worker.must_change_password:
                self._set_password(connection, worker, hashed, temporary=True)
            store.add_to_group(connection, worker.id, team.groups[0])
        return self._invitation(worker, team, password if worker.must_change_password else None)

    def reset_password(self, user_name: str) -> str:
        """A new temporary password; all sessions of the worker end.

        Raises: NotFound: there is no worker of that name.
        """
        password = temporary_password()
        hashed = self._passwords.hash(password)
        with self._db.write() as connection:
            worker = _named(connection, user_name)
            self._set_password(connection, worker, hashed, temporary=True)
            store.delete_sessions_of(connection, worker.id)
        return password

    def disable(self, worker_id: str) -> Worker:
        """The worker, who gets no work and cannot sign in until enabled; he stays in the lists."""
        with self._db.write() as connection:
            worker = _existing(connection, worker_id)
            if worker.role == "admin":
                raise Conflict("the administrator cannot be disabled")
            store.update_worker(connection, worker_id, disabled=True)
            store.delete_sessions_of(connection, worker_id)
            record_event(connection, "worker", worker_id, self._clock.now(), "Disabled")
        return replace(worker, disabled=True)

    def enable(self, worker_id: str) -> Worker:
        """The worker, who may work again."""
        with self._db.write() as connection:
            worker = _existing(connection, worker_id)
            store.update_worker(connection, worker_id, disabled=False)
            record_event(connection, "worker", worker_id, self._clock.now(), "Enabled")
        return replace(worker, disabled=False)

    def delete(self, worker_id: str) -> None:
        """Forgets name, address and password of a disabled worker; his answers keep their worker id.

        Raises: Conflict: the worker is not disabled.
        """
        with self._db.write() as connection:
            worker = _existing(connection, worker_id)
            if not worker.disabled:
                raise Conflict(f"{worker.user_name} is enabled; disable the worker before deleting")
            store.delete_worker(connection, worker_id, self._clock.now())
            record_event(connection, "worker", worker_id, self._clock.now(), "Deleted")

    # -- signing in

    def authenticate(self, user_name: str, password: str, address: str = "") -> Worker | None:
        """The worker of that name and password; None when they do not fit or the worker is disabled.

        An unknown name takes as long as a wrong password.

        Raises: SignInThrottled: too many failures lately. TemporaryPasswordExpired: invited too long ago.
        """
        user_name = user_name.strip()
        self._throttle.begin(user_name, address)
        with self._db.read() as connection:
            worker = store.worker_by_user_name(connection, user_name)
            hashed, until = (None, None) if worker is None else store.password_of(connection, worker.id)
        fits = self._passwords.matches(hashed, password)
        if worker is None or not fits or worker.disabled:
            return None
        self._throttle.succeeded(user_name, address)
        if until is not None and until <= self._clock.now():
            raise TemporaryPasswordExpired
        return worker

    def change_password(self, worker: Worker, old: str, new: str) -> Worker:
        """The worker with his own new password; all his sessions end, so open a new one.

        Raises: Denied: the old password is wrong. Invalid: the new one breaks a rule, or is the old one.
            SignInThrottled: too many wrong old passwords lately.
        """
        self._throttle.begin(worker.user_name, "")
        with self._db.read() as connection:
            hashed, _ = store.password_of(connection, worker.id)
        if not self._passwords.matches(hashed, old):
            raise Denied("the current password is wrong")
        self._throttle.succeeded(worker.user_name, "")
        if new == old:
            raise Invalid("the new password is the current one: choose another")
        check_new_password(new, worker.user_name)
        new_hash = self._passwords.hash(new)
        with self._db.write() as connection:
            self._set_password(connection, worker, new_hash, temporary=False)
            store.delete_sessions_of(connection, worker.id)
        return replace(worker, must_change_password=False)

    def open_session(self, worker: Worker) -> str:
        """The token of a new session of 12 hours, which each use prolongs."""
        return self._sessions.open(worker)

    def worker_of_session(self, token: str) -> Worker | None:
        """Who is signed in with that token."""
        return self._sessions.worker(token)

    def close_session(self, token: str) -> None:
        """Signs out."""
        self._sessions.close(token)

    def entry_token(self, worker: Worker, ttl_s: float) -> str:
        """A token for `GET /portal/enter?token=...` that signs the worker in once, within `ttl_s`."""
        return self._sessions.entry_token(worker, ttl_s)

    def enter(self, token: str) -> Worker | None:
        """Whom the entry token lets in; the token is used up."""
        return self._sessions.enter(token)

    # -- inside

    def _insert(self, connection: Connection, worker: Worker, hashed: str, *, temporary: bool) -> None:
        now = self._clock.now()
        until = now + timedelta(days=TEMPORARY_DAYS) if temporary else None
        store.insert_worker(connection, worker, hashed, created_at=now, temporary_until_at=until)
        record_event(connection, "worker", worker.id, now, "Invited" if temporary else "Created")

    def _set_password(self, connection: Connection, worker: Worker, hashed: str, *, temporary: bool) -> None:
        now = self._clock.now()
        store.update_worker(
            connection,
            worker.id,
            password_hash=hashed,
            must_change_password=temporary,
            temporary_until_at=now + timedelta(days=TEMPORARY_DAYS) if temporary else None,
        )
        record_event(
            connection, "worker", worker.id, now, "PasswordReset" if temporary else "PasswordChanged"
        )

    def _invitation(self, worker: Worker, team: Team, password: str | None) -> Invitation:
        return Invitation(f"{self._settings.base_url}/portal/", worker.user_name, password, team.name, worker)


def _new_worker(
    user_name: str, email: str, display_name: str, role: str, *, must_change_password: bool
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
    worker = store.worker_by_id(connection, worker_id)
    if worker is None:
        raise NotFound(f"there is no worker with id {worker_id}")
    return worker


def _named(connection: Connection, user_name: str) -> Worker:
    worker = store.worker_by_user_name(connection, user_name.strip())
    if worker is None:
        raise NotFound(f"there is no worker named {user_name!r}")
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
