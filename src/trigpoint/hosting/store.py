"""The SQL of models, endpoint configurations, endpoints and instances."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.core.paging import Page, beyond, cut_page
from trigpoint.db.tables.hosting import endpoint_configs, endpoint_instances, endpoints, models
from trigpoint.hosting.listing import ListQuery
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

# models


def add_model(connection: Connection, model: Model) -> bool:
    return insert_new(
        connection,
        models,
        {
            "name_key": model.name.lower(),
            "name": model.name,
            "arn": model.arn,
            "containers": [asdict(container) for container in model.containers],
            "request": dict(model.request),
            "created_at": model.created_at,
        },
    )


def find_model(connection: Connection, name: str) -> Model | None:
    row = connection.execute(select(models).where(models.c.name_key == name.lower())).first()
    return _model(row) if row else None


def remove_model(connection: Connection, name: str) -> bool:
    return connection.execute(delete(models).where(models.c.name_key == name.lower())).rowcount == 1


def list_models(connection: Connection, query: ListQuery) -> Page[Model]:
    return find_page(connection, models, query, _model)


# endpoint configurations


def add_config(connection: Connection, config: EndpointConfig) -> bool:
    return insert_new(
        connection,
        endpoint_configs,
        {
            "name_key": config.name.lower(),
            "name": config.name,
            "arn": config.arn,
            "variants": [asdict(variant) for variant in config.variants],
            "request": dict(config.request),
            "created_at": config.created_at,
        },
    )


def find_config(connection: Connection, name: str) -> EndpointConfig | None:
    found = select(endpoint_configs).where(endpoint_configs.c.name_key == name.lower())
    row = connection.execute(found).first()
    return _config(row) if row else None


def remove_config(connection: Connection, name: str) -> bool:
    found = delete(endpoint_configs).where(endpoint_configs.c.name_key == name.lower())
    return connection.execute(found).rowcount == 1


def list_configs(connection: Connection, query: ListQuery) -> Page[EndpointConfig]:
    return find_page(connection, endpoint_configs, query, _config)


# endpoints


def add_endpoint(connection: Connection, endpoint: Endpoint) -> bool:
    return insert_new(
        connection,
        endpoints,
        dict(
            id=endpoint.id,
            name_key=endpoint.name.lower(),
            name=endpoint.name,
            arn=endpoint.arn,
            created_at=endpoint.created_at,
            **_changing(endpoint),
        ),
    )


def find_endpoint(connection: Connection, name: str, *, lock: bool = False) -> Endpoint | None:
    """The endpoint; with `lock` nobody else can change it until the transaction ends."""
    statement = select(endpoints).where(endpoints.c.name_key == name.lower())
    row = connection.execute(statement.with_for_update() if lock else statement).first()
    return _endpoint(row) if row else None


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


def remove_endpoint(connection: Connection, id: str) -> None:
    connection.execute(delete(endpoints).where(endpoints.c.id == id))


def list_endpoints(connection: Connection, query: ListQuery) -> Page[Endpoint]:
    return find_page(connection, endpoints, query, _endpoint)


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


def insert_new(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Adds the row; False when its key is taken."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing()
    return connection.execute(statement.returning(table.c.name_key)).first() is not None


def find_page(
    connection: Connection, table: Table, query: ListQuery, make: Callable[[Row[Any]], Found]
) -> Page[Found]:
    """One page of any table with the columns name_key, name, created_at (updated_at, status)."""
    first = table.c.name_key if query.sort_by == "name" else table.c[query.sort_by]
    order = [first, table.c.name_key]
    statement = _filtered(select(table), table, query)
    if query.after is not None:
        after = [query.after["value"], query.after["name"]]
        statement = statement.where(beyond(order, after, descending=query.descending))
    statement = statement.order_by(*[c.desc() if query.descending else c.asc() for c in order])
    rows = connection.execute(statement.limit(query.limit + 1)).all()
    page = cut_page(rows, query.limit, lambda row: {"value": row._mapping[first], "name": row.name_key})
    return Page([make(row) for row in page.items], page.next_token)


def _filtered(statement: Select[Any], table: Table, query: ListQuery) -> Select[Any]:
    if query.name_contains:
        statement = statement.where(table.c.name_key.contains(query.name_contains.lower(), autoescape=True))
    if query.created_after:
        statement = statement.where(table.c.created_at >= query.created_after)
    if query.created_before:
        statement = statement.where(table.c.created_at < query.created_before)
    if query.updated_after:
        statement = statement.where(table.c.updated_at >= query.updated_after)
    if query.updated_before:
        statement = statement.where(table.c.updated_at < query.updated_before)
    if query.status:
        statement = statement.where(table.c.status == query.status)
    return statement


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


def _model(row: Row[Any]) -> Model:
    containers = [Container(**container) for container in row.containers]
    return Model(row.name, row.arn, containers, row.request, row.created_at)


def _config(row: Row[Any]) -> EndpointConfig:
    variants = [Variant(**variant) for variant in row.variants]
    return EndpointConfig(row.name, row.arn, variants, row.request, row.created_at)


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
