"""The SQL of models, endpoint configurations, endpoints and instances."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db.tables.hosting import endpoint_configs, endpoint_instances, endpoints, models
from trigpoint.hosting.records import (
    Container,
    DeployedVariant,
    Deployment,
    Endpoint,
    EndpointConfig,
    Instance,
    Model,
    Variant,
)

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class NamedTable(Generic[Found]):
    """A table of what has a name of its own, whatever its case; columns name_key, name, created_at (updated_at, status)."""

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
        """The record of this name; with `lock` nobody else can change it until the transaction ends."""
        statement = select(self.table).where(self.table.c.name_key == name.lower())
        row = connection.execute(statement.with_for_update() if lock else statement).first()
        return self.from_row(row) if row else None

    def remove(self, connection: Connection, name: str) -> bool:
        """Removes the record; False when there is none."""
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
    """Writes the endpoint if nobody has written it since it was read; False when somebody has."""
    changed = connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint.id, endpoints.c.revision == endpoint.revision)
        .values(**_changing(endpoint) | {"revision": endpoint.revision + 1})
    )
    return changed.rowcount == 1


# instances


def add_instances(connection: Connection, instances: Iterable[Instance]) -> None:
    for instance in instances:
        connection.execute(insert(endpoint_instances).values(**_instance_row(instance)))


def save_instance(connection: Connection, before: Instance, after: Instance) -> bool:
    """Writes the instance if its process and phase are still those of `before`; False when they are not."""
    columns = endpoint_instances.c
    changed = connection.execute(
        update(endpoint_instances)
        .where(columns.id == before.id, columns.phase == before.phase)
        .where(columns.handle.is_not_distinct_from(before.handle))
        .values(**_instance_row(after))
    )
    return changed.rowcount == 1


def remove_instance(connection: Connection, id: str) -> None:
    connection.execute(delete(endpoint_instances).where(endpoint_instances.c.id == id))


def instances_of(connection: Connection, endpoint_id: str) -> list[Instance]:
    """The endpoint's instances by deployment, variant and number."""
    columns = endpoint_instances.c
    rows = connection.execute(
        select(endpoint_instances)
        .where(columns.endpoint_id == endpoint_id)
        .order_by(columns.deployment_id, columns.variant_name, columns.number)
    )
    return [_instance(row) for row in rows]


def _changing(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "config_name": endpoint.config_name,
        "status": endpoint.status,
        "failure_reason": endpoint.failure_reason,
        "serving": _deployment_to_json(endpoint.serving),
        "pending": _deployment_to_json(endpoint.pending),
        "revision": endpoint.revision,
        "updated_at": endpoint.updated_at,
    }


def _deployment_to_json(deployment: Deployment | None) -> dict[str, Any]:
    if deployment is None:
        return {}
    return asdict(deployment) | {"started_at": deployment.started_at.timestamp()}


def _deployment_from_json(found: dict[str, Any]) -> Deployment | None:
    if not found:
        return None
    return Deployment(
        id=found["id"],
        config_name=found["config_name"],
        variants=[
            DeployedVariant(**variant | {"container": Container(**variant["container"])})
            for variant in found["variants"]
        ],
        started_at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=found["started_at"]),
    )


def _model_row(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "arn": model.arn,
        "containers": [asdict(container) for container in model.containers],
        "request": dict(model.request),
        "created_at": model.created_at,
    }


def _model(row: Row[Any]) -> Model:
    containers = [Container(**container) for container in row.containers]
    return Model(row.name, row.arn, containers, row.request, row.created_at)


def _config_row(config: EndpointConfig) -> dict[str, Any]:
    return {
        "name": config.name,
        "arn": config.arn,
        "variants": [asdict(variant) for variant in config.variants],
        "request": dict(config.request),
        "created_at": config.created_at,
    }


def _config(row: Row[Any]) -> EndpointConfig:
    variants = [Variant(**variant) for variant in row.variants]
    return EndpointConfig(row.name, row.arn, variants, row.request, row.created_at)


def _endpoint_row(endpoint: Endpoint) -> dict[str, Any]:
    unchanging = {
        "id": endpoint.id,
        "name": endpoint.name,
        "arn": endpoint.arn,
        "created_at": endpoint.created_at,
    }
    return unchanging | _changing(endpoint)


def _instance_row(instance: Instance) -> dict[str, Any]:
    row = asdict(instance)
    row["endpoint_id"] = row.pop("owner_id")
    return row


def _instance(row: Row[Any]) -> Instance:
    values = dict(row._mapping)
    return Instance(owner_id=values.pop("endpoint_id"), **values)


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(
        id=row.id,
        name=row.name,
        arn=row.arn,
        config_name=row.config_name,
        status=row.status,
        failure_reason=row.failure_reason,
        serving=_deployment_from_json(row.serving),
        pending=_deployment_from_json(row.pending),
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


MODELS = NamedTable(models, _model_row, _model)
CONFIGS = NamedTable(endpoint_configs, _config_row, _config)
ENDPOINTS = NamedTable(endpoints, _endpoint_row, _endpoint)
