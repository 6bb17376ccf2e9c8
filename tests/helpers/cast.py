"""The cast: alice administers, bob and carol label, dave belongs to another team and sees nothing."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher

from trigpoint.access.secrets import KeyFileSecrets, SecretBox
from trigpoint.core.clock import Clock
from trigpoint.db import Database
from trigpoint.reconcile import Reconciler
from trigpoint.settings import Settings
from trigpoint.workforce.mail.outbox import Outbox
from trigpoint.workforce.oidc.sign_in import OidcSignIn
from trigpoint.workforce.password_resets import PasswordResets
from trigpoint.workforce.passwords import Passwords
from trigpoint.workforce.people import Team, Worker
from trigpoint.workforce.sessions import Sessions
from trigpoint.workforce.sign_in import SignIn
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workers import Workers
from trigpoint.workforce.workforces import Workforces

PASSWORD = "blue bicycle under snow"
TEAM = "street"
OTHER_TEAM = "harbour"


def quick_passwords() -> Passwords:
    """Real argon2 with the lowest costs, so that tests do not wait for it."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass(frozen=True)
class People:
    """Everything that knows workers, over one database. Mails stay in the outbox."""

    workers: Workers
    sign_in: SignIn
    sessions: Sessions
    teams: Teams
    outbox: Outbox
    resets: PasswordResets
    workforces: Workforces
    oidc: OidcSignIn

    def join(self, email: str, team: str) -> Worker:
        """Invites somebody who then chooses PASSWORD."""
        invitation = self.workers.invite(email, team)
        assert invitation.temporary_password is not None
        return self.sign_in.change_password(invitation.worker, invitation.temporary_password, PASSWORD)


def make_people(database: Database, settings: Settings, clock: Clock) -> People:
    """The workforce of a database, with quick passwords."""
    passwords = quick_passwords()
    secrets = KeyFileSecrets(settings.key_file)
    enabled = bool(settings.smtp_url)
    settings.data_dir.mkdir(exist_ok=True)
    SecretBox.create(settings.key_file)
    outbox = Outbox(database, Reconciler(database, clock), secrets, clock, enabled=enabled)
    workforces = Workforces(database, settings, clock, secrets)
    return People(
        workers=Workers(database, settings, clock, passwords=passwords, outbox=outbox),
        sign_in=SignIn(database, clock, passwords),
        sessions=Sessions(database, clock),
        teams=Teams(database, settings, clock),
        outbox=outbox,
        resets=PasswordResets(database, settings, clock, outbox, passwords),
        workforces=workforces,
        oidc=OidcSignIn(database, workforces, secrets, clock),
    )


@dataclass(frozen=True)
class Cast:
    """The people of a test. The password of each is PASSWORD."""

    people: People
    alice: Worker
    bob: Worker
    carol: Worker
    dave: Worker

    @property
    def team(self) -> Team:
        """The team of bob and carol."""
        return self.people.teams.get(TEAM)


def make_cast(database: Database, settings: Settings, clock: Clock) -> Cast:
    """The cast, each with a password of their own."""
    people = make_people(database, settings, clock)
    return Cast(
        people=people,
        alice=people.workers.create_admin(PASSWORD),
        bob=people.join("bob@example.com", TEAM),
        carol=people.join("carol@example.com", TEAM),
        dave=people.join("dave@example.com", OTHER_TEAM),
    )
