"""Signing in with user name and password, and changing the password."""

from __future__ import annotations

from dataclasses import replace

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Denied, Invalid
from trigpoint.db import Database
from trigpoint.db.tables.events import record_event
from trigpoint.language import translatable
from trigpoint.workforce.passwords import TEMPORARY_DAYS, Passwords, check_new_password
from trigpoint.workforce.people import Role, Worker
from trigpoint.workforce.store import session_rows, worker_rows, workforce_rows
from trigpoint.workforce.throttle import SignInThrottle


class TemporaryPasswordExpired(Denied):
    """The right temporary password, more than seven days after the invitation."""

    def __init__(self) -> None:
        super().__init__(
            translatable(
                "this temporary password has expired, because it was valid for %(days)d days: "
                "ask the person who invited you for a new one",
                days=TEMPORARY_DAYS,
            )
        )


class AccountDisabled(Denied):
    """The right password of a worker who has been disabled."""

    def __init__(self) -> None:
        super().__init__(
            translatable("this account is disabled: ask the person who invited you to enable it")
        )


class ProviderRequired(Denied):
    """The right password, which is not used any more."""

    def __init__(self) -> None:
        super().__init__(
            translatable("passwords are not used any more: sign in with the account of your organization")
        )


class SignIn:
    """Checks passwords and changes them. Failures slow down the next attempts."""

    def __init__(self, db: Database, clock: Clock, passwords: Passwords | None = None) -> None:
        self._db = db
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._throttle = SignInThrottle(db, clock)

    def authenticate(self, user_name: str, password: str, address: str = "") -> Worker | None:
        """The worker of that name and password. None if either is wrong.

        An unknown name takes as long as a wrong password.

        Raises: SignInThrottled: too many recent failures. With the right password, AccountDisabled,
            TemporaryPasswordExpired: invited too long ago, and ProviderRequired: the workforce has an identity provider,
            so that only people of the console have a password.
        """
        user_name = user_name.strip()
        self._throttle.begin(user_name, address)
        with self._db.read() as connection:
            worker = worker_rows.find_by_user_name(connection, user_name)
            hashed, until = (None, None) if worker is None else worker_rows.password_of(connection, worker.id)
            has_provider = workforce_rows.has_provider(connection)
        matches = self._passwords.matches(hashed, password)
        if worker is None or not matches:
            return None
        self._throttle.succeeded(user_name, address)
        if worker.disabled:
            raise AccountDisabled
        if has_provider and worker.role is Role.WORKER:
            raise ProviderRequired
        if until is not None and until <= self._clock.now():
            raise TemporaryPasswordExpired
        return worker

    def change_password(self, worker: Worker, old: str, new: str) -> Worker:
        """The worker with their new password. All their sessions end, so open a new one.

        Raises: Denied: the old password is wrong. Invalid: the new one breaks a rule, or is the old one.
            SignInThrottled: too many recent wrong passwords.
        """
        self._throttle.begin(worker.user_name, "")
        with self._db.read() as connection:
            hashed, _ = worker_rows.password_of(connection, worker.id)
        if not self._passwords.matches(hashed, old):
            is_temporary = worker.must_change_password
            raise Denied(
                translatable("the temporary password is wrong")
                if is_temporary
                else translatable("the current password is wrong")
            )
        self._throttle.succeeded(worker.user_name, "")
        if new == old:
            raise Invalid(translatable("the new password is the same as the current one: choose another"))
        check_new_password(new, worker.user_name)
        new_hash = self._passwords.hash(new)
        with self._db.write() as connection:
            worker_rows.set_password(connection, worker.id, new_hash, temporary_until_at=None)
            session_rows.remove_all_of(connection, worker.id)
            record_event(connection, "worker", worker.id, self._clock.now(), "PasswordChanged")
        return replace(worker, must_change_password=False)
