"""What the console reads and writes besides the operations of the API, on both engines."""

from __future__ import annotations

import pytest

from helpers.cast import PASSWORD, make_people
from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, NotFound
from trigpoint.db import Database
from trigpoint.labeling.standing import JobStanding
from trigpoint.settings import Settings
from trigpoint.workforce.console_people import ConsolePeople
from trigpoint.workforce.people import Role


def test_people_and_their_keys(database: Database, settings: Settings, clock: FakeClock) -> None:
    cast = make_people(database, settings, clock)
    people = ConsolePeople(database, settings, clock, cast.outbox)
    keys = AccessKeys(database, SecretBox(settings.key_file), clock)
    admin = cast.workers.create_admin(PASSWORD)
    entry = people.invite("rita@example.com", Role.REQUESTER)
    assert [(each.account.user_name, each.account.role) for each in people.list()] == [
        ("admin", Role.ADMIN),
        ("rita@example.com", Role.REQUESTER),
    ]
    with pytest.raises(Conflict, match="last administrator"):
        people.disable(admin.id)
    key = keys.create_for(entry.account.id, "rita@example.com", "laptop")
    found = keys.find(key.access_key_id)
    assert found is not None and found.role == Role.REQUESTER and found.name == "rita-example.com.laptop"
    people.disable(entry.account.id)
    assert keys.find(key.access_key_id) is None and not keys.is_in_force(key.access_key_id)
    people.enable(entry.account.id)
    people.set_role(entry.account.id, Role.WORKER)
    assert keys.find(key.access_key_id) is None
    assert people.first_link() is not None


def test_the_standing_of_jobs_without_jobs(database: Database) -> None:
    standing = JobStanding(database)
    assert standing.counts() == {}
    assert standing.version_of_all() == standing.version_of_all()
    for read in (standing.version, standing.activity):
        with pytest.raises(NotFound):
            read("none")
