"""The check before a start that folder, database and key file belong together. It changes nothing.

A start creates what a new installation needs. Without this check, a lost database or a lost folder would be replaced by
an empty one, and the rest of the installation would be cut off from it.
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from trigpoint.access.secrets import SecretBox
from trigpoint.core.counted import first_of
from trigpoint.core.errors import Invalid
from trigpoint.datadir import marker
from trigpoint.db.inspection import Inspection, check_file, inspect_database, shown_url
from trigpoint.settings import Settings

_NEW_FOLDER = "to begin a new installation, choose another folder with --data"


def check_start(settings: Settings) -> None:
    """Checks what a server is about to use.

    Raises: Invalid: something is missing, damaged, newer than this program, or of another installation or user.
            Unavailable: the database does not answer.
    """
    marker.check(settings.data_dir)
    _check_user(settings)
    is_installed = marker.exists(settings.data_dir)
    if not is_installed:
        _check_no_objects(settings)
    check_database_exists(settings)
    path = settings.sqlite_file
    if path is not None:
        if not _size(path):
            return  # the first start creates it
        check_file(path)
    found = inspect_database(settings.sqlalchemy_url)
    if is_installed and found.is_empty:
        raise _empty(settings)
    _check_key(settings, found, is_installed=is_installed)
    _check_objects(settings, found)


def check_database_exists(settings: Settings) -> None:
    """Raises Invalid if the SQLite file of an installation is missing or empty."""
    path = settings.sqlite_file
    if path is None or not marker.exists(settings.data_dir):
        return
    if not path.exists():
        raise Invalid(
            f"the database {path} is missing, but {settings.data_dir} holds an installation; restore {path.name} from "
            "your backup, or set TRIGPOINT_DATABASE_URL if this installation uses PostgreSQL; " + _NEW_FOLDER
        )
    if not _size(path):
        raise _empty(settings)


def _check_user(settings: Settings) -> None:
    directory = settings.data_dir
    if marker.exists(directory):
        owner, own = (directory / marker.NAME).stat().st_uid, os.geteuid()
        if owner != own:
            raise Invalid(
                f"{directory} belongs to the user {_user(owner)}, and this is the user {_user(own)}; start the "
                f"server as {_user(owner)}, or run: chown -R {_user(own)} {directory}"
            )
    files = [settings.key_file, *([settings.sqlite_file] if settings.sqlite_file else [])]
    for path in (*files, settings.objects_dir, settings.jobs_dir):
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            raise Invalid(
                f"{path} cannot be read and written by the user {_user(os.geteuid())}; allow it, or start the "
                "server as the user who owns it"
            )


def _check_no_objects(settings: Settings) -> None:
    folder = settings.objects_dir
    if folder.is_dir() and any(folder.iterdir()):
        raise Invalid(
            f"{folder} holds objects, but {settings.data_dir} has no {marker.NAME}; restore {marker.NAME} and the "
            f"database from your backup; {_NEW_FOLDER}"
        )


def _check_key(settings: Settings, found: Inspection, *, is_installed: bool) -> None:
    """Checks that the key file opens the database's secrets; another installation has another key."""
    if not found.sealed_root_secret:
        return
    if not is_installed and not settings.key_file.exists():
        raise Invalid(
            f"the database {_shown(settings)} belongs to an installation in another folder than {settings.data_dir}; "
            "name that folder with --data, or an empty database"
        )
    try:
        SecretBox(settings.key_file).open(found.sealed_root_secret)
    except Invalid as problem:
        raise Invalid(
            f"the database {_shown(settings)} and the folder {settings.data_dir} do not belong together: "
            f"{problem.message}"
        ) from None


def _check_objects(settings: Settings, found: Inspection) -> None:
    """Checks that not all folders of buckets are lost, as after a disk was not mounted."""
    buckets = found.filled_buckets
    if buckets and not any((settings.objects_dir / name).is_dir() for name in buckets):
        raise Invalid(
            f"{settings.objects_dir} has none of the folders of the buckets in the database ({first_of(buckets, 3)}); "
            "mount or restore it; to go on without these objects, create the folder of one of the buckets"
        )


def _empty(settings: Settings) -> Invalid:
    way_out = (
        "name the database of this installation in TRIGPOINT_DATABASE_URL, or restore it from your backup"
        if settings.is_postgres
        else "restore it from your backup"
    )
    return Invalid(
        f"the database {_shown(settings)} is empty, but {settings.data_dir} holds an installation; {way_out}; "
        + _NEW_FOLDER
    )


def _shown(settings: Settings) -> str:
    """The database's file or URL, without its password."""
    return str(settings.sqlite_file or shown_url(settings.database_url))


def _size(path: Path) -> int:
    """The bytes in a SQLite file and its log."""
    files = (path, path.with_name(path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
