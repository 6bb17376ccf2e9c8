"""Access keys: encrypted in the database, found by id, revoked permanently."""

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
    with pytest.raises(Conflict, match="'robot' already exists"):
        keys.create("robot")


def test_there_is_no_root_key_before_the_first_start(keys: AccessKeys) -> None:
    with pytest.raises(NotFound, match="start `trigpoint serve` once"):
        keys.root()


def test_the_database_does_not_hold_the_secret(keys: AccessKeys, database: Database) -> None:
    made = keys.create("root")
    with database.read() as connection:
        assert made.secret_access_key not in str(connection.execute(access_keys.select()).all())


def test_a_missing_or_wrong_key_file_is_reported(
    keys: AccessKeys, database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    keys.create("root")
    other = AccessKeys(database, SecretBox.create(tmp_path / "other.key"), clock)
    with pytest.raises(Invalid, match="encrypted with another key"):
        other.root()
    with pytest.raises(Invalid, match=r"none\.key is missing"):
        SecretBox(tmp_path / "none.key")


def test_only_the_owner_can_read_the_key_file(tmp_path: Path) -> None:
    SecretBox.create(tmp_path / "secret.key")
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_revoked_key_is_not_found_and_its_name_can_be_used_again(
    keys: AccessKeys, database: Database
) -> None:
    first = keys.create("robot")
    assert keys.revoke("robot") == first.access_key_id
    assert keys.find(first.access_key_id) is None
    assert not keys.is_in_force(first.access_key_id)
    second = keys.create("robot", read_only=True)
    assert keys.named("robot") == second
    keys.revoke("robot")
    with pytest.raises(NotFound, match="no access key named 'robot'; `trigpoint key list`"):
        keys.revoke("robot")
    with database.read() as connection:
        assert {row.secret_encrypted for row in connection.execute(access_keys.select())} == {""}


def test_the_list_shows_revoked_keys_under_their_name_and_no_secret(
    keys: AccessKeys, clock: FakeClock
) -> None:
    made = keys.create("robot", read_only=True)
    clock.advance(60)
    keys.revoke("robot")
    again = keys.create("robot")
    first, second = keys.list()
    assert (first.name, first.access_key_id, first.read_only) == ("robot", made.access_key_id, True)
    assert first.revoked_at is not None and (first.revoked_at - first.created_at).total_seconds() == 60
    assert (second.name, second.access_key_id, second.revoked_at) == ("robot", again.access_key_id, None)
    assert made.secret_access_key not in repr(first)


def test_the_root_key_can_be_rotated_but_not_revoked(keys: AccessKeys) -> None:
    before = keys.create("root")
    with pytest.raises(Conflict, match="`trigpoint key rotate-root` replaces it"):
        keys.revoke("root")
    after = keys.rotate_root()
    assert keys.root() == after != before
    assert keys.find(before.access_key_id) is None


def test_rotating_the_root_key_before_the_first_start_is_an_error(keys: AccessKeys) -> None:
    with pytest.raises(NotFound, match="no root access key"):
        keys.rotate_root()


@pytest.mark.parametrize("name", ["", "a b", "-x", "x" * 64, "é", "a/b", "a\nb"])
def test_an_invalid_name_is_refused(keys: AccessKeys, name: str) -> None:
    with pytest.raises(Invalid, match="not a valid name of an access key"):
        keys.create(name)
