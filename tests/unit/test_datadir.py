"""The data directory's first start, also when it was cut short."""

from __future__ import annotations

import pytest

from trigpoint import datadir
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Invalid
from trigpoint.db import Database
from trigpoint.db.migrate import upgrade
from trigpoint.settings import Settings
from trigpoint.workforce.sign_in import SignIn
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
    assert SignIn(database, clock).authenticate(first.admin_user_name, first.admin_password)
    database.close()
    database, second = datadir.prepare(settings, clock)
    assert second is None
    database.close()


def test_a_directory_that_a_killed_first_start_left_without_its_marker_is_taken_up_again(
    settings: Settings, clock: FakeClock
) -> None:
    with datadir.locked(settings.data_dir):
        database, _ = datadir.prepare(settings, clock)
    database.close()
    (settings.data_dir / "trigpoint.json").unlink()
    datadir.check(settings.data_dir)
    (settings.data_dir / "holiday.jpg").touch()
    with pytest.raises(Invalid, match="not empty and is not a Trigpoint data directory"):
        datadir.check(settings.data_dir)


def test_the_last_of_those_that_share_a_directory_knows_it(settings: Settings) -> None:
    with datadir.locked(settings.data_dir, shared=True) as last:
        with datadir.locked(settings.data_dir, shared=True) as first:
            assert not first.is_last()
        with pytest.raises(Conflict, match="several servers can share"), datadir.locked(settings.data_dir):
            pass
        assert last.is_last()
