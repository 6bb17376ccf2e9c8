"""The first start on a data directory, complete or interrupted, and the lock of the directory."""

from __future__ import annotations

import pytest

from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Invalid
from trigpoint.datadir import marker
from trigpoint.datadir.lock import locked
from trigpoint.datadir.opening import prepare
from trigpoint.db import Database
from trigpoint.db.migrate import upgrade
from trigpoint.settings import Settings
from trigpoint.workforce.workers import Workers


def test_the_next_start_completes_a_first_start_that_was_killed_before_it_made_the_root_key(
    settings: Settings, clock: FakeClock
) -> None:
    settings.data_dir.mkdir()
    database = Database(settings.sqlalchemy_url)
    upgrade(database)
    Workers(database, settings, clock).create_admin("nobody-saw-this")
    database.close()
    database = prepare(settings, clock)
    keys = AccessKeys(database, SecretBox(settings.key_file), clock)
    root = keys.root()
    database.close()
    database = prepare(settings, clock)
    assert AccessKeys(database, SecretBox(settings.key_file), clock).root() == root
    database.close()


def test_a_directory_without_a_marker_is_accepted_if_a_killed_first_start_left_it(
    settings: Settings, clock: FakeClock
) -> None:
    with locked(settings.data_dir):
        database = prepare(settings, clock)
    database.close()
    (settings.data_dir / "trigpoint.json").unlink()
    marker.check(settings.data_dir)
    (settings.data_dir / "holiday.jpg").touch()
    with pytest.raises(Invalid, match="not empty and is not a Trigpoint data directory"):
        marker.check(settings.data_dir)


def test_a_server_knows_whether_it_is_the_last_one_on_a_shared_directory(settings: Settings) -> None:
    with locked(settings.data_dir, shared=True) as last:
        with locked(settings.data_dir, shared=True) as first:
            assert not first.is_last()
        with pytest.raises(Conflict, match="several servers can share"), locked(settings.data_dir):
            pass
        assert last.is_last()
