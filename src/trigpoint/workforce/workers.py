"""The workers: inviting people, and changing or withdrawing their access."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import get_close_matches

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.core.smtp_url import is_mail_address
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.language import LANGUAGES, is_language, speaking, translatable
from trigpoint.settings import Settings
from trigpoint.workforce import workforces
from trigpoint.workforce.mail import messages
from trigpoint.workforce.mail.model import Mail, MailKind
from trigpoint.workforce.mail.outbox import Outbox
from trigpoint.workforce.passwords import TEMPORARY_DAYS, Passwords, temporary_password
from trigpoint.workforce.people import Identity, Invitation, ListedWorker, Role, Team, Worker
from trigpoint.workforce.store import (
    mail_rows,
    reset_rows,
    session_rows,
    team_rows,
    worker_lists,
    worker_rows,
    workforce_rows,
)
from trigpoint.workforce.store.lock import lock
from trigpoint.workforce.teams import ensure_team
from trigpoint.workforce.throttle import forget_name

ADMIN_USER_NAME = "admin"
MAX_INVITED = 100
"""At a time, as in Ground Truth when a job is created; on its workforce page it is 50."""


class Workers:
    """The people who can sign in."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        clock: Clock,
        *,
        passwords: Passwords | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._outbox = outbox

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

    def page(
        self, wanted: ListFilter, *, team_id: str | None = None, state: str | None = None
    ) -> Page[ListedWorker]:
        """One page of the workers, or of the members of the team. The search is in user name and display name.

        Args:   state: only workers in this state, one of WORKER_STATES.
        Raises: Invalid: the token belongs to another list.
        """
        with self._db.read() as connection:
            return worker_lists.find_page(connection, wanted, team_id=team_id, state=state)

    def counts(self, search: str = "", *, team_id: str | None = None) -> Mapping[str, int]:
        """How many workers that the search finds have each state. A state without workers is missing."""
        with self._db.read() as connection:
            return worker_lists.counts(connection, search, team_id=team_id)

    def listed(self, worker_id: str) -> ListedWorker:
        """Raises: NotFound: there is no worker with that id."""
        with self._db.read() as connection:
            found = worker_lists.find_one(connection, worker_id)
        if found is None:
            raise NotFound(f"there is no worker with id {worker_id}")
        return found

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
        """What the invited person needs to sign in; see `invite_all`."""
        return self.invite_all([email], team_name)[0]

    def invite_all(
        self, emails: Sequence[str], team_name: str, *, at_most: int = MAX_INVITED
    ) -> Sequence[Invitation]:
        """What each invited person needs to sign in, in order. A team that does not exist is created.

        People who were invited before and never signed in get a new temporary password. People who have
        chosen their own password keep it and are added to the team. If the installation can send mail, each
        gets one. All are invited, or none.

        Raises: Invalid: too many addresses, or one is no e-mail address. Conflict: a worker is disabled, or the
            workforce has an identity provider.
        """
        addresses = _checked_emails(emails, at_most)
        made = [
            (address, password := temporary_password(), self._passwords.hash(password))
            for address in addresses
        ]
        with self._db.write() as connection:
            lock(connection)
            _check_passwords_used(connection, self._settings)
            team = ensure_team(connection, self._settings, self._clock, team_name)
            invitations = [self._invite(connection, team, *each) for each in made]
        if self._outbox is not None:
            self._outbox.poke()
        return invitations

    def _invite(
        self, connection: Connection, team: Team, email: str, password: str, hashed: str
    ) -> Invitation:
        worker = worker_rows.find_by_user_name(connection, email)
        if worker is None or worker.user_name != email:  # addresses are case-sensitive as typed
            worker = _new_worker(email, email, email.split("@")[0], Role.WORKER, must_change_password=True)
            self._insert(connection, worker, hashed, temporary=True)
        elif worker.disabled:
            raise Conflict(f"{email} is disabled: enable the worker first")
        elif worker.issuer is not None:
            raise Conflict(f"{email} signs in at an identity provider: manage their groups there")
        elif worker.must_change_password and worker.role is Role.WORKER:
            self._set_temporary_password(connection, worker, hashed)
            mail_rows.remove_waiting(connection, worker.id, [MailKind.INVITATION, MailKind.PASSWORD_RESET])
        team_rows.add_to_group(connection, worker.id, team.groups[0])
        # The password of an account with a role in the console is not for everybody who may invite workers.
        shown = password if worker.must_change_password and worker.role is Role.WORKER else None
        with speaking(worker.language or self._settings.language):
            text = messages.invitation_text(
                self._settings, team.name, worker.user_name, shown, TEMPORARY_DAYS
            )
            subject = messages.invitation_subject(self._settings, team.name)
        mailed = self._outbox is not None and self._outbox.put(
            connection, Mail(MailKind.INVITATION, worker.id, worker.email, subject, text)
        )
        portal_url = f"{self._settings.base_url}/portal/"
        return Invitation(portal_url, worker.user_name, shown, team.name, worker, text, mailed)

    def reset_password(self, user_name: str, *, by_mail: bool = False) -> str:
        """A new temporary password. All sessions of the worker end, and their failed sign-ins are forgotten.

        Args:   by_mail: also mails it to the worker.
        Raises: NotFound: there is no worker of that name. Conflict: the worker is disabled, has no password, or
            cannot get mail.
        """
        password = temporary_password()
        hashed = self._passwords.hash(password)
        with self._db.write() as connection:
            worker = _named(connection, user_name)
            if worker.disabled:
                raise Conflict(f"{worker.user_name} is disabled: enable the worker first")
            if worker.issuer is not None:
                raise Conflict(f"{worker.user_name} signs in at {worker.issuer} and has no password here")
            self._set_temporary_password(connection, worker, hashed)
            session_rows.remove_all_of(connection, worker.id)
            reset_rows.remove_all_of(connection, worker.id)
            mail_rows.remove_waiting(connection, worker.id, [MailKind.INVITATION, MailKind.PASSWORD_RESET])
            forget_name(connection, worker.user_name)
            if by_mail:
                self._mail_password(connection, worker, password)
        if self._outbox is not None:
            self._outbox.poke()
        return password

    def _mail_password(self, connection: Connection, worker: Worker, password: str) -> None:
        with speaking(worker.language or self._settings.language):
            text = messages.new_password_text(self._settings, worker.user_name, password, TEMPORARY_DAYS)
            subject = messages.reset_subject()
        mail = Mail(MailKind.PASSWORD_RESET, worker.id, worker.email, subject, text)
        if self._outbox is None or not self._outbox.put(connection, mail):
            raise Conflict(
                f"no mail can be sent to {worker.user_name}: the server has no TRIGPOINT_SMTP_URL, or the worker no address"
            )

    def set_notices(self, worker_id: str, wanted: bool) -> Worker:
        """Whether the worker gets mails about new jobs and jobs that end soon."""
        with self._db.write() as connection:
            worker = _existing(connection, worker_id)
            worker_rows.change(connection, worker_id, wants_notices=wanted)
        return replace(worker, wants_notices=wanted)

    def set_language(self, worker_id: str, language: str) -> Worker:
        """The language of the worker's pages and mails.

        Raises: Invalid: there is no translation into it.
        """
        if not is_language(language):
            raise Invalid(f"there is no language {language!r}; it can be {', '.join(LANGUAGES)}")
        with self._db.write() as connection:
            worker = _existing(connection, worker_id)
            worker_rows.change(connection, worker_id, language=language)
        return replace(worker, language=language)

    def set_theme(self, worker_id: str, theme: str) -> Worker:
        """Light or dark pages, or those that the worker's system prefers.

        Raises: Invalid: there is no such theme.
        """
        if theme not in ("light", "dark", "system"):
            raise Invalid(f"there is no theme {theme!r}; it can be light, dark or system")
        chosen = None if theme == "system" else theme
        with self._db.write() as connection:
            worker = _existing(connection, worker_id)
            worker_rows.change(connection, worker_id, theme=chosen)
        return replace(worker, theme=chosen)

    def disable(self, worker_id: str) -> Worker:
        """Disables the worker: they get no tasks and cannot sign in until enabled. They stay in the lists."""
        with self._db.write() as connection:
            worker = _existing(connection, worker_id)
            check_not_last_admin(connection, worker)
            worker_rows.change(connection, worker_id, disabled=True)
            session_rows.remove_all_of(connection, worker_id)
            reset_rows.remove_all_of(connection, worker_id)
            mail_rows.remove_waiting(connection, worker_id, list(MailKind))
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
            mail_rows.remove_all_of(connection, worker_id)
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


def check_not_last_admin(connection: Connection, worker: Worker) -> None:
    """Raises: Conflict: without this person nobody could administer the installation."""
    if worker.role is Role.ADMIN and not worker_rows.count_other_admins(connection, worker.id):
        raise Conflict(
            translatable(
                "%(name)s is the last administrator: make somebody else an administrator first",
                name=worker.user_name,
            )
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


def _checked_emails(emails: Sequence[str], at_most: int) -> list[str]:
    """The addresses without repetitions.

    Raises: Invalid: there is none or there are too many, or one is not an e-mail address.
    """
    found = list(dict.fromkeys(email.strip() for email in emails))
    if not 1 <= len(found) <= at_most:
        raise Invalid(f"{len(found)} addresses were given; invite 1 to {at_most} people at a time")
    for email in found:
        if not is_mail_address(email):
            raise Invalid(f"{email!r} is not an e-mail address; it must look like name@example.com")
    return found


def _check_passwords_used(connection: Connection, settings: Settings) -> None:
    """Raises: Conflict: the workers of this workforce sign in at an identity provider."""
    workforce = workforce_rows.find(connection, settings)
    if workforce is not None and workforce.oidc is not None:
        raise Conflict(
            f"workforce {workforce.name} uses the identity provider {workforce.oidc.issuer}: nobody is invited here; "
            "give people a group of the work team there, and they can sign in"
        )
