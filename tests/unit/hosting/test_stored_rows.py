"""Rows of endpoints are read as they were stored, also by earlier versions."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from trigpoint.db import Database
from trigpoint.db.tables.hosting import endpoints
from trigpoint.hosting import store
from trigpoint.hosting.records import ContainerDefinition, DeployedVariant, Deployment, Endpoint

NOW = datetime(2026, 1, 1, 12, 30, 0, 250_000, tzinfo=UTC)
CONTAINER = ContainerDefinition("object-detection", "s3://b/model.tar.gz", environment={"A": "1"})
SERVING = Deployment("d", "c", [DeployedVariant("v", CONTAINER, "object-detection", 2, 0.5)], NOW)
ENDPOINT = Endpoint("e", "E", "arn", "c", "InService", None, SERVING, None, 0, NOW, NOW)


def test_an_endpoint_is_read_as_it_was_stored(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        store.ENDPOINTS.add(connection, ENDPOINT)
        assert store.ENDPOINTS.find(connection, "e") == ENDPOINT


def test_a_deployment_of_an_earlier_version_has_its_start_in_seconds_since_1970(
    sqlite_database: Database,
) -> None:
    with sqlite_database.write() as connection:
        store.ENDPOINTS.add(connection, ENDPOINT)
        row = connection.execute(endpoints.select()).one()
        earlier = row.serving | {"started_at": NOW.timestamp()}
        connection.execute(update(endpoints).values(serving=earlier))
        assert store.ENDPOINTS.find(connection, "e") == ENDPOINT
