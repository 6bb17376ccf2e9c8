"""How endpoints and transform jobs stand: how many have each status, and whether anything has changed."""

from __future__ import annotations

from collections.abc import Mapping

from trigpoint.core.errors import NotFound
from trigpoint.db import Database
from trigpoint.db.tables.hosting import endpoints
from trigpoint.db.tables.transform import transform_jobs
from trigpoint.hosting import store


class HostingStanding:
    """Reads how endpoints and transform jobs stand, without changing anything."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def endpoint_counts(self) -> Mapping[str, int]:
        """How many endpoints have each status."""
        with self._database.read() as connection:
            return store.counts(connection, endpoints)

    def transform_counts(self) -> Mapping[str, int]:
        """How many transform jobs have each status."""
        with self._database.read() as connection:
            return store.counts(connection, transform_jobs)

    def version_of_endpoints(self, _: str = "") -> str:
        """A text that changes when an endpoint is added, removed or changed."""
        with self._database.read() as connection:
            return store.version_of_all(connection, endpoints)

    def version_of_transforms(self, _: str = "") -> str:
        """A text that changes when a transform job is added or changed."""
        with self._database.read() as connection:
            return store.version_of_all(connection, transform_jobs)

    def endpoint_version(self, name: str) -> str:
        """A text that changes with an endpoint and its instances. Raises: NotFound: there is no such endpoint."""
        with self._database.read() as connection:
            found = store.version(connection, endpoints, name)
            if found is not None:
                return found + store.version_of_instances(connection, name)
        raise NotFound(f"there is no endpoint {name!r}")

    def transform_version(self, name: str) -> str:
        """A text that changes with a transform job. Raises: NotFound: there is no such job."""
        with self._database.read() as connection:
            found = store.version(connection, transform_jobs, name)
        if found is None:
            raise NotFound(f"there is no transform job {name!r}")
        return found
