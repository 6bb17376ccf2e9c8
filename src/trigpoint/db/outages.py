"""Errors of a database that is down, damaged, read-only or without space, as outages."""

from __future__ import annotations

import sqlite3

from sqlalchemy import exc

from trigpoint.core.errors import OutOfSpace, Unavailable

DATABASE_ERRORS = (exc.DBAPIError, exc.TimeoutError, sqlite3.Error)

_FULL = "the disk of the server's database is full; free some space and try again"
_DAMAGED_FILE = "the server's database file is damaged; stop the server and restore the file from a backup"
_LOCKED = "another program holds the lock of the server's database; try again later"
_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CORRUPT: _DAMAGED_FILE,
    sqlite3.SQLITE_NOTADB: _DAMAGED_FILE,
    sqlite3.SQLITE_CANTOPEN: "the server's database file cannot be opened; put it back and try again",
    sqlite3.SQLITE_IOERR: "the server's database file cannot be read or written; check the disk",
    sqlite3.SQLITE_READONLY: "the server's database file is read-only; make it writable and try again",
    sqlite3.SQLITE_PERM: "the server may not read and write its database file; allow its user to do so",
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
}
_DAMAGED = "the server's database is damaged; restore it from a backup"
_POSTGRES = {
    "53100": _FULL,
    "53200": "the server's database has too little memory; try again later",
    "53300": "the server's database accepts no more connections; raise its max_connections or try again later",
    "25006": "the server's database is read-only; name the URL of the primary",
    "58030": "the server's database cannot read or write its disk; check the disk",
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
_DOWN = "the server's database does not answer; start it, or check the network to it, and try again"
_DOWN_CLASSES = ("08", "57P")
_ALL_IN_USE = "all connections of the server to its database are in use; try again later"


def database_outage(error: BaseException) -> Unavailable | None:
    """The outage that an error of a driver or of SQLAlchemy reports; None for a mistake in a statement."""
    if isinstance(error, exc.TimeoutError):
        return Unavailable(_ALL_IN_USE)
    driver = error.orig if isinstance(error, exc.DBAPIError) else error
    if isinstance(driver, sqlite3.Error):
        message = _SQLITE.get((getattr(driver, "sqlite_errorcode", None) or 0) & 0xFF, "")
    else:
        message = _postgres_message(error, driver)
    if not message:
        return None
    return OutOfSpace(message) if message == _FULL else Unavailable(message)


def _postgres_message(error: BaseException, driver: BaseException | None) -> str:
    state = getattr(driver, "sqlstate", None)
    if state:
        return _POSTGRES.get(state, _DOWN if state.startswith(_DOWN_CLASSES) else "")
    is_lost = isinstance(error, (exc.OperationalError, exc.InterfaceError))
    return _DOWN if is_lost else ""
