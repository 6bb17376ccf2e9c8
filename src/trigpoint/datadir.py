"""What makes a folder a data directory: its marker, its lock, its secrets, and what the first start puts there.

trigpoint.json   marker: format of the directory, version that made it
lock             held by the running server; shared by the servers of a PostgreSQL database
secret.key       encrypts secrets in the database
trigpoint.db     the database, unless another URL is set
objects/         local buckets
jobs/            directories of training instances and model servers
server.json      where the server listens (for `trigpoint env`)
tls/             the CA that stands for AWS's hosts (for `trigpoint env --proxy`), made when first needed
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from trigpoint import __version__
from trigpoint.access.keys import ROOT, AccessKey, AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.core.json_file import write_json
from trigpoint.db import Database
from trigpoint.db.migrate import upgrade
from trigpoint.settings import Settings
from trigpoint.workforce.workers import ADMIN_USER_NAME, Workers

if TYPE_CHECKING:
    from trigpoint.access.authority import Authority

FORMAT = 1
_UNFINISHED = {
    "lock",
    "secret.key",
    "objects",
    "jobs",
    "trigpoint.db",
    "trigpoint.db-wal",
    "trigpoint.db-shm",
}
"""What a first start may have left that was killed before it wrote the marker."""


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What is shown once, to the person who started the server for the first time."""

    admin_user_name: str
    admin_password: str
    root_key: AccessKey


def check(directory: Path) -> None:
    """Raises Invalid, with nothing touched, when `directory` cannot become or is not our data directory."""
    if directory.exists() and not directory.is_dir():
        raise Invalid(f"{directory} is a file; --data must name a folder")
    try:
        entries = {entry.name for entry in directory.iterdir()} if directory.exists() else set()
    except PermissionError:
        raise Invalid(f"{directory} cannot be read by this user; choose another folder with --data") from None
    if not entries:
        _check_creatable(directory)
        return
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        raise Invalid(
            f"{directory} cannot be read and written by this user; choose another folder with --data"
        )
    if "trigpoint.json" not in entries:
        if "lock" in entries and entries <= _UNFINISHED:
            return
        raise Invalid(
            f"{directory} is not empty and is not a Trigpoint data directory; choose an empty or new folder with --data"
        )
    marker = read_marker(directory)
    if marker.get("format", 0) > FORMAT:
        raise Invalid(
            f"{directory} was written by a newer version of Trigpoint ({marker.get('created_by')}); "
            f"this is {__version__}: install that version or a later one"
        )


def read_marker(directory: Path) -> dict[str, Any]:
    """The content of trigpoint.json."""
    path = directory / "trigpoint.json"
    try:
        marker = json.loads(path.read_text())
    except PermissionError:
        raise Invalid(f"{path} cannot be read by this user; choose another folder with --data") from None
    except ValueError as problem:
        raise Invalid(f"{path} is damaged ({problem}); restore it from your backup") from None
    if not isinstance(marker, dict) or not isinstance(marker.get("format"), int):
        raise Invalid(f"{path} is damaged (no whole number `format` in it); restore it from your backup")
    return marker


class Hold:
    """A server's hold on its data directory; see `locked`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def is_last(self) -> bool:
        """Whether no other server holds the directory now. To be asked once, when this one is about to let go:
        the answer may cost the hold."""
        return _flock(self._descriptor, fcntl.LOCK_EX)


@contextmanager
def locked(directory: Path, *, shared: bool = False) -> Iterator[Hold]:
    """Holds the directory for this server; creates it, readable by its owner alone, when it is not there.

    `shared`: other servers may hold it too, if they also say so; for those that share a PostgreSQL database.
    Raises: Conflict: another server runs on it.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX):
            pid = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise Conflict(
                f"another Trigpoint server (process {pid}) is running on {directory}; stop it or choose another --data"
                + (
                    ""
                    if shared
                    else " (several servers can share a directory when all use one PostgreSQL database)"
                )
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield Hold(descriptor)
    finally:
        os.close(descriptor)


def _flock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def prepare(settings: Settings, clock: Clock) -> tuple[Database, FirstStart | None]:
    """The open, migrated database; at the first start also the admin account and the root key."""
    directory = settings.data_dir
    for folder in (directory, settings.objects_dir, settings.jobs_dir):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not settings.database_url:
        _make_private(directory / "trigpoint.db")
    database = Database(settings.sqlalchemy_url)
    with database.exclusive():  # of several servers that start at once, one makes the first start
        upgrade(database)
        box = _box(settings)
        first = _first_start(settings, database, box, clock)
        if not (directory / "trigpoint.json").exists():
            write_json(directory / "trigpoint.json", {"format": FORMAT, "created_by": __version__})
    return database, first


def open_existing(settings: Settings) -> Database:
    """The database of a data directory that was started before, for commands beside a running server.

    Raises: NotFound: there is none yet.
    """
    check(settings.data_dir)
    if not (settings.data_dir / "trigpoint.json").exists():
        raise NotFound(
            f"there is no data directory at {settings.data_dir}; run `trigpoint serve` first, or name one with --data"
        )
    database = Database(settings.sqlalchemy_url)
    with database.exclusive():
        upgrade(database)
    return database


def open_authority(settings: Settings, clock: Clock) -> Authority:
    """The CA of the data directory, made now when there is none.

    Raises: Invalid: its files cannot be read.
    """
    from trigpoint.access.authority import Authority  # most servers never need it

    return Authority.open(settings.data_dir / "tls", own_names(settings), clock)


def own_names(settings: Settings) -> tuple[str, ...]:
    """The host names and addresses under which this server is called, AWS's apart."""
    named = (urlsplit(settings.base_url).hostname or "", settings.host)
    local = ("localhost", "127.0.0.1", "::1")
    return tuple(dict.fromkeys((*local, *(name for name in named if name not in ("", "0.0.0.0", "::")))))


def record_address(settings: Settings) -> None:
    """Writes down where the server listens."""
    write_json(settings.data_dir / "server.json", {"url": settings.base_url, "region": settings.region})


def with_recorded_address(settings: Settings) -> Settings:
    """The settings with the address under which the directory's server was started last."""
    try:
        recorded = json.loads((settings.data_dir / "server.json").read_text())
        return replace(settings, public_url=recorded["url"], region=recorded["region"])
    except (OSError, ValueError, KeyError):
        return settings


def _make_private(file: Path) -> None:
    """An empty file that its owner alone may read, unless it is there; what SQLite puts beside it is made alike."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def _box(settings: Settings) -> SecretBox:
    """The box of the key file, which is made before the first start is over and never again: with another key
    nothing in the database could be opened.

    Raises: Invalid: the key file is lost.
    """
    started_before = (settings.data_dir / "trigpoint.json").exists()
    return SecretBox(settings.key_file) if started_before else SecretBox.create(settings.key_file)


def _first_start(settings: Settings, database: Database, box: SecretBox, clock: Clock) -> FirstStart | None:
    keys = AccessKeys(database, box, clock)
    try:
        keys.root()
        return None
    except NotFound:
        workers = Workers(database, settings, clock)
        if workers.find(ADMIN_USER_NAME) is None:
            password = secrets.token_urlsafe(12)
            workers.create_admin(password)
        else:  # an earlier first start was killed before anybody saw the password
            password = workers.reset_password(ADMIN_USER_NAME)
        return FirstStart(ADMIN_USER_NAME, password, keys.create(ROOT))


def _check_creatable(directory: Path) -> None:
    existing = directory
    while not existing.exists():
        existing = existing.parent
    if not os.access(existing, os.W_OK | os.X_OK):
        raise Invalid(
            f"{directory} cannot be created: {existing} is not writable by this user; choose another with --data"
        )
