"""The revision of the database's schema, and its migration to this version's."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import inspect, text

from trigpoint.core.errors import Invalid
from trigpoint.db.engine import Database

MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = re.compile(r"[0-9]{4}_[a-z0-9_]+")


def current_revision(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def upgrade(database: Database) -> None:
    """Brings the schema to this version's. Does nothing, and does not load Alembic, when it is there already.

    Raises: Invalid: the database was written by a newer version of Trigpoint.
    """
    revision = current_revision(database)
    if revision == head_revision():
        return
    check_revision(revision, database.engine.url.render_as_string())
    _alembic_upgrade(database)


def check_revision(revision: str | None, shown_url: str) -> None:
    """Raises Invalid if the revision is not one of ours, up to this version's."""
    if revision is None or revision in known_revisions():
        return
    if not _REVISION.fullmatch(revision):
        raise foreign_database(shown_url)
    raise Invalid(
        f"the database {shown_url} was written by a newer version of Trigpoint "
        f"(schema {revision}, this version knows up to {head_revision()}); install that version or a later one"
    )


def foreign_database(shown_url: str) -> Invalid:
    """The error for a database that is not Trigpoint's."""
    return Invalid(f"the database {shown_url} belongs to another program; name another one, or an empty one")


def known_revisions() -> list[str]:
    """All revisions, oldest first: the file names of migrations/versions without their ending."""
    return sorted(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def head_revision() -> str:
    """The revision that this version's tables have."""
    return known_revisions()[-1]


def _alembic_upgrade(database: Database) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
