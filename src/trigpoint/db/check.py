"""Whether a database can be used right now."""

from __future__ import annotations

import os

from sqlalchemy import text
from sqlalchemy.engine import make_url

from trigpoint.core.errors import Unavailable
from trigpoint.db.engine import Database


class DatabaseCheck:
    """Asks the database for something that it must read, and looks at the file of a SQLite database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._file = "" if database.is_postgres else make_url(database.url).database or ""
        self._identity = _identity(self._file)

    def __call__(self) -> None:
        """Raises Unavailable: the database does not answer, is damaged, or its file was removed or replaced."""
        if self._file:
            self._check_file()
        query = "SELECT 1" if self._database.is_postgres else "SELECT count(*) FROM sqlite_master"
        with self._database.read() as connection:
            connection.execute(text(query)).scalar_one()

    def _check_file(self) -> None:
        """An open connection continues with a file that has no name any more, and what it writes is lost."""
        now = _identity(self._file)
        if now == self._identity:
            return
        self._database.close()  # so that all connections are made to the file that is there
        if now is None:
            raise Unavailable("the server's database file was removed; put it back")
        self._identity = now
        raise Unavailable(
            "the server's database file was replaced while the server ran; start the server again"
        )


def _identity(file: str) -> tuple[int, int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - the file of a URL
    except OSError:
        return None
    return status.st_dev, status.st_ino
