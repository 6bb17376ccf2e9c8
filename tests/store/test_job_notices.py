"""Mails to a team about new jobs and jobs that end soon."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.labeling import World, boxes_answer
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.labeling.notices import KIND, JobNotices
from trigpoint.settings import Settings
from trigpoint.workforce.mail.outbox import Outbox
from trigpoint.workforce.people import Worker
from trigpoint.workforce.store import worker_rows

DAY_S = 24 * 3600


class Crew:
    """A world whose outbox keeps the mails."""

    def __init__(self, world: World) -> None:
        self.world = world
        box = SecretBox.create(world.settings.key_file)
        self.outbox = Outbox(world.database, world.reconciler, box, world.clock, enabled=True)
        self.notices = JobNotices(world.database, world.teams, self.outbox, world.settings, world.clock)
        world.reconciler.register(KIND, self.notices.reconcile)

    def add(self, *names: str, team: str = "crew") -> list[Worker]:
        """Members who have chosen their passwords."""
        found = self.world.crew(*names, team=team)
        with self.world.database.write() as connection:
            for worker in found:
                worker_rows.change(connection, worker.id, must_change_password=False)
        return found

    def mails(self) -> list[tuple[str, str]]:
        """Kind and recipient of all mails, the oldest first."""
        return [(mail.kind.value, mail.recipient) for mail in reversed(self.outbox.latest(100))]


@pytest.fixture
def crew(database: Database, settings: Settings, clock: FakeClock) -> Crew:
    settings.data_dir.mkdir(exist_ok=True)
    mail = {"smtp_url": "smtp://127.0.0.1:1", "mail_from": "labels@example.com"}
    return Crew(World(database, replace(settings, **mail), clock))


def test_members_hear_of_a_new_job_and_again_when_its_tasks_end_soon(crew: Crew) -> None:
    crew.add("bob", "carol")
    crew.add("dave", team="harbour")
    crew.world.start(crew.world.spec(title="Draw\r\nBcc: eve@evil.example", availability_s=5 * DAY_S))
    crew.world.advance(6)  # the job was being prepared at the first look
    new = [("new job", "bob@example.com"), ("new job", "carol@example.com")]
    assert crew.mails() == new
    assert crew.outbox.latest(1)[0].subject == "New labeling job: Draw Bcc: eve@evil.example"
    for _ in range(2):
        crew.world.advance(5 * 3600)
    assert crew.mails() == new  # once
    crew.add("erin")
    crew.world.advance(85 * 3600)
    assert crew.mails() == [*new, ("new job", "erin@example.com")]
    crew.world.advance(3600)
    assert sorted(crew.mails()[3:]) == [
        ("expiring job", f"{name}@example.com") for name in ("bob", "carol", "erin")
    ]


def test_people_who_do_not_want_mail_or_cannot_sign_in_get_none(crew: Crew) -> None:
    bob, carol, dave = crew.add("bob", "carol", "dave")
    crew.world.crew("invited")
    crew.world.workers.set_notices(bob.id, False)
    crew.world.workers.disable(carol.id)
    crew.world.start(crew.world.spec())
    crew.world.advance(6)
    assert crew.mails() == [("new job", dave.email)]


def test_nobody_hears_that_a_finished_job_ends_soon(crew: Crew) -> None:
    (bob,) = crew.add("bob")
    world = crew.world
    world.start(world.spec(lines=world.lines(1), availability_s=DAY_S))
    world.advance(6)
    world.tasks.submit(bob, world.take(bob).id, boxes_answer(), 1)
    for _ in range(3):
        world.advance(10 * 3600)
    assert crew.mails() == [("new job", "bob@example.com")]


def test_a_short_job_has_a_short_warning(crew: Crew) -> None:
    crew.add("bob")
    crew.world.start(crew.world.spec(availability_s=1000))
    crew.world.advance(6)
    crew.world.advance(790)
    assert [kind for kind, _ in crew.mails()] == ["new job"]
    crew.world.advance(10)
    assert [kind for kind, _ in crew.mails()] == ["new job", "expiring job"]


def test_without_a_mail_server_there_are_no_notices(
    database: Database, settings: Settings, clock: FakeClock
) -> None:
    world = World(database, settings, clock)
    settings.data_dir.mkdir(exist_ok=True)
    box = SecretBox.create(settings.key_file)
    outbox = Outbox(database, world.reconciler, box, clock, enabled=False)
    world.reconciler.register(KIND, JobNotices(database, world.teams, outbox, settings, clock).reconcile)
    world.crew("bob")
    world.start(world.spec())
    world.advance(6)
    assert outbox.latest(10) == []
