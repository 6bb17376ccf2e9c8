"""The data directory's first start, also when it was cut short."""

from __future__ import annotations

from trigpoint import datadir
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.db.migrate import upgrade
from trigpoint.settings import Settings
from trigpoint.workforce.workers import Workers


def test_a_first_start_that_was_killed_between_admin_and_key_is_finished_by_the_next(
    settings: Settings, clock: FakeClock
) -> None:
    settings.data_dir.mkdir()
    database = Database(settings.sqlalchemy_url)
    upgrade(database)
    Workers(database, settings, clock).create_admin("nobody-saw-this")
    database.close()
    database, first = datadir.prepare(settings, clock)
    assert first is not None
    assert Workers(database, settings, clock).authenticate(first.admin_user_name, first.admin_password)
    database.close()
    database, second = datadir.prepare(settings, clock)
    assert second is None
    database.close()
