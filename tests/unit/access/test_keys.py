"""Access keys: sealed in the database, found by id, revoked for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.db import Database
from trigpoint.db.tables.access import access_keys


@pytest.fixture
def keys(database: Database, clock: FakeClock, tmp_path: Path) -> AccessKeys:
    return AccessKeys(database, SecretBox.create(tmp_path / "secret.key"), clock)


def test_a_key_is_found_by_its_id(keys: AccessKeys) -> None:
    made = keys.create("root")
    assert keys.find(made.access_key_id) == made == keys.root()
    assert keys.find("AKIAUNKNOWNUNKNOWN00") is None


def test_names_are_unique(keys: AccessKeys) -> None:
    keys.create("robot")
    with pytest.raises(Conflict, match="'robot' exists"):
        keys.create("robot")


def test_there_is_no_root_key_before_the_first_start(keys: AccessKeys) -> None:
    with pytest.raises(NotFound, match="start `trigpoint serve` once"):
        keys.root()


def test_the_database_does_not_hold_the_secret(keys: AccessKeys, database: Database) -> None:
    made = keys.create("root")
    with database.read() as connection:
        assert made.secret_access_key not in str(connection.execute(access_keys.select()).all())


def test_a_lost_key_file_is_named(
    keys: AccessKeys, database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    keys.create("root")
    other = AccessKeys(database, SecretBox.create(tmp_path / "other.key"), clock)
    with pytest.raises(Invalid, match="encrypted with another key"):
        other.root()
    with pytest.raises(Invalid, match=r"none\.key is missing"):
        SecretBox(tmp_path / "none.key")


def test_the_key_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    SecretBox.create(tmp_path / "secret.key")
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
