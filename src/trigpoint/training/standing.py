"""How training jobs stand: how many have each status, and whether anything has changed."""

from __future__ import annotations

from collections.abc import Mapping

from trigpoint.core.errors import NotFound
from trigpoint.db import Database
from trigpoint.training import store


class TrainingStanding:
    """Reads how jobs stand, without changing anything."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> Mapping[str, int]:
        """How many jobs have each status. A status without jobs is missing."""
        with self._database.read() as connection:
            return store.counts(connection)

    def version_of_all(self, _: str = "") -> str:
        """A text that changes when a job is created, deleted, or changes its status."""
        with self._database.read() as connection:
            return store.version_of_all(connection)

    def version(self, name: str) -> str:
        """A text that changes with everything that a page about the job shows.

        Raises: NotFound: there is no job of that name.
        """
        with self._database.read() as connection:
            found = store.version(connection, name)
        if found is None:
            raise NotFound(f"there is no training job {name!r}")
        return found
