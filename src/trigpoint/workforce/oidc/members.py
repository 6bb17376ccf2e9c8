"""The workers of an identity provider: an account for each person, whose groups are those of the last sign-in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from trigpoint.core.clock import Clock
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.language import translatable
from trigpoint.workforce.oidc.claims import Person
from trigpoint.workforce.oidc.problems import SignInRefused
from trigpoint.workforce.people import CONSOLE_ROLES, Role, Worker
from trigpoint.workforce.sign_in import AccountDisabled
from trigpoint.workforce.store import team_rows, worker_rows
from trigpoint.workforce.store.lock import lock

ConsoleGroups = Sequence[tuple[str, str]]
"""Pairs of a role in the console and a group at the provider whose members have it."""


def admit(
    db: Database, clock: Clock, issuer: str, person: Person, console_groups: ConsoleGroups = ()
) -> Worker:
    """The worker with this identity, created at the first sign-in. Their groups become those of the claims.

    Decision: a person without a group of any work team gets no account, because everybody in the organization could
    come. One who has an account loses its groups.
    People with a role in the console need no group. With `console_groups` the provider decides at each sign-in who has
    which role; without them administrators do.
    Raises: AccountDisabled. SignInRefused: none of the groups is one of a work team.
    """
    with db.write() as connection:
        lock(connection)
        now = clock.now()
        worker = worker_rows.find_by_identity(connection, issuer, person.sub)
        if worker is not None and worker.disabled:
            raise AccountDisabled
        belongs = team_rows.any_has_group(connection, person.groups)
        role = _role(person, console_groups)
        if worker is None and (belongs or role is not Role.WORKER):
            worker = _created(connection, issuer, person, role, now)
        if worker is not None and console_groups and worker.role is not role:
            worker_rows.set_role(connection, worker.id, role)
            worker = replace(worker, role=role)
        if worker is not None:
            worker_rows.change(connection, worker.id, email=person.email, display_name=person.name)
            team_rows.set_groups(connection, worker.id, person.groups)
    if worker is None or not (belongs or worker.role is not Role.WORKER):
        groups = ", ".join(person.groups)
        raise SignInRefused(
            translatable(
                "you are signed in at your organization, but none of your groups there belongs to a work team of this "
                "portal (%(groups)s): ask the person who told you about the work to add you to one",
                groups=groups,
            )
        )
    return replace(worker, email=person.email, display_name=person.name)


def _role(person: Person, console_groups: ConsoleGroups) -> Role:
    """The highest role that one of the person's groups has."""
    found = {role for role, group in console_groups if group in person.groups}
    return next((role for role in CONSOLE_ROLES if role in found), Role.WORKER)


def _created(connection: Connection, issuer: str, person: Person, role: Role, now: datetime) -> Worker:
    worker_id = secrets.token_hex(8)
    worker = Worker(
        id=worker_id,
        sub=person.sub,
        user_name=_free_name(connection, person, worker_id),
        email=person.email,
        display_name=person.name,
        role=role,
        issuer=issuer,
    )
    worker_rows.add(connection, worker, password_hash="", created_at=now)
    record_event(connection, "worker", worker.id, now, "Created", "at the first sign-in")
    return worker


def _free_name(connection: Connection, person: Person, worker_id: str) -> str:
    """The address, else the subject, made unique if another account has it: names do not identify anybody here."""
    wanted = person.email or person.sub
    taken = worker_rows.find_by_user_name(connection, wanted) is not None
    return f"{wanted} ({worker_id})" if taken or worker_rows.is_name_used(connection, wanted) else wanted
