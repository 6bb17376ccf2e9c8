"""Opening the database of a data directory, and the first start, which creates the administrator and the root key."""

from __future__ import annotations

import secrets

from trigpoint.access.keys import ROOT, AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import Clock
from trigpoint.core.errors import NotFound
from trigpoint.datadir import marker
from trigpoint.datadir.belonging import check_database_exists
from trigpoint.db import Database
from trigpoint.db.migrate import upgrade
from trigpoint.settings import Settings
from trigpoint.workforce.workers import ADMIN_USER_NAME, Workers


def prepare(settings: Settings, clock: Clock) -> Database:
    """The open, migrated database. The first start also creates the administrator and the root key."""
    directory = settings.data_dir
    for folder in (directory, settings.objects_dir, settings.jobs_dir):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.sqlalchemy_url)
    with database.exclusive():  # if several servers start at once, only one of them performs the first start
        upgrade(database)
        box = _box(settings)
        _first_start(settings, database, box, clock)
        if not marker.exists(directory):
            marker.write(directory)
    return database


def open_existing(settings: Settings) -> Database:
    """The database of an existing data directory, for commands that run while the server does.

    Raises: NotFound: there is no data directory yet.
    """
    marker.check(settings.data_dir)
    if not marker.exists(settings.data_dir):
        raise NotFound(
            f"there is no data directory at {settings.data_dir}; run `trigpoint serve` first, or name one with --data"
        )
    check_database_exists(settings)
    database = Database(settings.sqlalchemy_url)
    with database.exclusive():
        upgrade(database)
    return database


def _box(settings: Settings) -> SecretBox:
    # The key file is created only before the first start is complete: with another key, nothing in the
    # database could be decrypted.
    if marker.exists(settings.data_dir):
        return SecretBox(settings.key_file)
    return SecretBox.create(settings.key_file)


def _first_start(settings: Settings, database: Database, box: SecretBox, clock: Clock) -> None:
    """Creates the administrator and the root key, unless they exist.

    Nobody knows the administrator's password. They choose one with the link that `trigpoint serve` prints.
    """
    workers = Workers(database, settings, clock)
    if workers.find(ADMIN_USER_NAME) is None:
        workers.create_admin(secrets.token_urlsafe(32))
    keys = AccessKeys(database, box, clock)
    try:
        keys.root()
    except NotFound:
        keys.create(ROOT)
