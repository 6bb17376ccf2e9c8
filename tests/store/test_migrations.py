"""The schema that migrations make is the schema that the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from trigpoint.core.errors import Invalid
from trigpoint.db import Database, tables
from trigpoint.db.migrate import current_revision, head_revision, upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path / 'empty.db'}")
    return Database(request.getfixturevalue("postgres_url"))


def test_migrations_make_the_tables(empty: Database) -> None:
    upgrade(empty)
    with empty.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), tables.load_all())
    empty.close()
    assert differences == []


def test_a_second_upgrade_changes_nothing(empty: Database) -> None:
    upgrade(empty)
    assert current_revision(empty) == head_revision()
    upgrade(empty)
    empty.close()


def test_a_newer_schema_is_refused_and_left_alone(empty: Database) -> None:
    upgrade(empty)
    with empty.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    with pytest.raises(Invalid, match="written by a newer version of Trigpoint"):
        upgrade(empty)
    assert current_revision(empty) == "9999_later"
    empty.close()
