"""The cast of the tests: alice administers, bob and carol label, dave is in another team and sees nothing."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher

from trigpoint.core.clock import Clock
from trigpoint.db import Database
from trigpoint.settings import Settings
from trigpoint.workforce.passwords import Passwords
from trigpoint.workforce.teams import Team, Teams
from trigpoint.workforce.workers import Worker, Workers

PASSWORD = "blue bicycle under snow"
TEAM = "street"
OTHER_TEAM = "harbour"


def quick_passwords() -> Passwords:
    """Real argon2 with the smallest costs, so that tests do not wait for it."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass(frozen=True)
class Cast:
    """The people of a test. Everybody's password is PASSWORD."""

    workers: Workers
    teams: Teams
    alice: Worker
    bob: Worker
    carol: Worker
    dave: Worker

    @property
    def team(self) -> Team:
        """The team of bob and carol."""
        return self.teams.get(TEAM)


def make_cast(database: Database, settings: Settings, clock: Clock) -> Cast:
    """The cast, who have already chosen their own passwords."""
    workers = Workers(database, settings, clock, passwords=quick_passwords())

    def labeler(name: str, team: str) -> Worker:
        invitation = workers.invite(f"{name}@example.com", team)
        assert invitation.temporary_password is not None
        return workers.change_password(invitation.worker, invitation.temporary_password, PASSWORD)

    return Cast(
        workers=workers,
        teams=Teams(database, settings, clock),
        alice=workers.create_admin(PASSWORD),
        bob=labeler("bob", TEAM),
        carol=labeler("carol", TEAM),
        dave=labeler("dave", OTHER_TEAM),
    )
