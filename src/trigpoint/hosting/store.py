"""The SQL of models, endpoint configurations, endpoints and model servers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Table, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.core.stored import stored
from trigpoint.db.tables.hosting import endpoint_configs, endpoint_instances, endpoints, models
from trigpoint.hosting.records import (
    ContainerDefinition,
    Deployment,
    Endpoint,
    EndpointConfig,
    Model,
    ModelServer,
    Variant,
)

_containers, _variants = stored(list[ContainerDefinition]), stored(list[Variant])
# Not strict: rows of earlier versions have `started_at` as seconds since 1970.
_deployment = stored(Deployment, strict=False)

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class NamedTable(Generic[Found]):
    """A table of records with a unique name, ignoring case.

    Its columns are name_key (the name in lower case), name, created_at, and possibly updated_at and status.
    """

    table: Table
    to_row: Callable[[Found], dict[str, Any]]
    from_row: Callable[[Row[Any]], Found]

    def add(self, connection: Connection, record: Found) -> bool:
        """Adds the record; False when its name is taken."""
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        row = self.to_row(record)
        statement = dialect.insert(self.table).values(name_key=row["name"].lower(), **row)
        added = connection.execute(statement.on_conflict_do_nothing().returning(self.table.c.name_key))
        return added.first() is not None

    def find(self, connection: Connection, name: str, *, lock: bool = False) -> Found | None:
        """The record of this name; `lock` locks it until the transaction ends."""
        statement = select(self.table).where(self.table.c.name_key == name.lower())
        row = connection.execute(statement.with_for_update() if lock else statement).first()
        return self.from_row(row) if row else None

    def remove(self, connection: Connection, name: str) -> bool:
        """Deletes the record; False when there is none."""
        found = delete(self.table).where(self.table.c.name_key == name.lower())
        return connection.execute(found).rowcount == 1

    def page(self, connection: Connection, wanted: ListFilter) -> Page[Found]:
        """One page of records."""
        key = self.table.c.name_key
        rows = connection.execute(wanted.narrow(select(self.table), self.table.c, tie_break=key)).all()
        return wanted.page_of(rows, self.from_row, tie_break=key)


# endpoints


def endpoint_by_id(connection: Connection, id: str) -> Endpoint | None:
    row = connection.execute(select(endpoints).where(endpoints.c.id == id)).first()
    return _endpoint(row) if row else None


def save_endpoint(connection: Connection, endpoint: Endpoint) -> bool:
    """Writes the endpoint if it still has the revision it was read with; False when it was changed since."""
    changed = connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint.id, endpoints.c.revision == endpoint.revision)
        .values(**_endpoint_row(endpoint) | {"revision": endpoint.revision + 1})
    )
    return changed.rowcount == 1


# model servers


def add_servers(connection: Connection, servers: Iterable[ModelServer]) -> None:
    for server in servers:
        connection.execute(insert(endpoint_instances).values(**_server_row(server)))


def save_server(connection: Connection, before: ModelServer, after: ModelServer) -> bool:
    """Writes the server if its process and phase are still those of `before`; False when they are not."""
    columns = endpoint_instances.c
    changed = connection.execute(
        update(endpoint_instances)
        .where(columns.id == before.id, columns.phase == before.phase)
        .where(columns.handle.is_not_distinct_from(before.handle))
        .values(**_server_row(after))
    )
    return changed.rowcount == 1


def remove_server(connection: Connection, id: str) -> None:
    connection.execute(delete(endpoint_instances).where(endpoint_instances.c.id == id))


def servers_of(connection: Connection, endpoint_id: str) -> list[ModelServer]:
    """The endpoint's model servers by deployment, variant and number."""
    columns = endpoint_instances.c
    rows = connection.execute(
        select(endpoint_instances)
        .where(columns.endpoint_id == endpoint_id)
        .order_by(columns.deployment_id, columns.variant_name, columns.number)
    )
    return [_server(row) for row in rows]


# rows


def _model_row(model: Model) -> dict[str, Any]:
    return _fields(model) | {"containers": msgspec.to_builtins(model.containers)}


def _model(row: Row[Any]) -> Model:
    containers = _containers(row.containers)
    return Model(row.name, row.arn, containers, row.request, row.created_at)


def _config_row(config: EndpointConfig) -> dict[str, Any]:
    return _fields(config) | {"variants": msgspec.to_builtins(config.variants)}


def _config(row: Row[Any]) -> EndpointConfig:
    variants = _variants(row.variants)
    return EndpointConfig(row.name, row.arn, variants, row.request, row.created_at)


def _endpoint_row(endpoint: Endpoint) -> dict[str, Any]:
    # The columns may not be NULL; {} is no deployment.
    deployments = {
        "serving": msgspec.to_builtins(endpoint.serving) or {},
        "pending": msgspec.to_builtins(endpoint.pending) or {},
    }
    return _fields(endpoint) | deployments


def _endpoint(row: Row[Any]) -> Endpoint:
    values = _columns(row)
    for column in ("serving", "pending"):
        values[column] = _deployment(values[column]) if values[column] else None
    return Endpoint(**values)


def _server_row(server: ModelServer) -> dict[str, Any]:
    row = _fields(server)
    row["endpoint_id"] = row.pop("owner_id")
    return row


def _server(row: Row[Any]) -> ModelServer:
    values = dict(row._mapping)
    return ModelServer(owner_id=values.pop("endpoint_id"), **values)


def _fields(record: Any) -> dict[str, Any]:
    """The record's fields by name; not deep, unlike dataclasses.asdict."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _columns(row: Row[Any]) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "name_key"}


MODELS = NamedTable(models, _model_row, _model)
CONFIGS = NamedTable(endpoint_configs, _config_row, _config)
ENDPOINTS = NamedTable(endpoints, _endpoint_row, _endpoint)


# how endpoints and transform jobs stand, for pages


def counts(connection: Connection, table: Table) -> dict[str, int]:
    """How many rows have each status."""
    query = select(table.c.status, func.count()).group_by(table.c.status)
    return {row[0]: row[1] for row in connection.execute(query)}


def version_of_all(connection: Connection, table: Table) -> str:
    """A text that changes when a row is added, removed or changed."""
    newest = connection.execute(select(func.count(), func.max(table.c.updated_at))).one()
    return f"{tuple(newest)} {sorted(counts(connection, table).items())}"


def version(connection: Connection, table: Table, name: str) -> str | None:
    """A text that changes with the row of this name; None without such a row."""
    columns = (table.c.id, table.c.revision, table.c.status, table.c.updated_at)
    row = connection.execute(select(*columns).where(table.c.name_key == name.lower())).one_or_none()
    return None if row is None else str(tuple(row))


def version_of_instances(connection: Connection, endpoint_name: str) -> str:
    """A text that changes with the phases of an endpoint's instances."""
    query = (
        select(endpoint_instances.c.id, endpoint_instances.c.phase)
        .join(endpoints, endpoints.c.id == endpoint_instances.c.endpoint_id)
        .where(endpoints.c.name_key == endpoint_name.lower())
        .order_by(endpoint_instances.c.id)
    )
    return str([tuple(row) for row in connection.execute(query)])
