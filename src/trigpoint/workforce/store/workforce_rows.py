"""The SQL of the private workforce."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from trigpoint.core.arn import Arn
from trigpoint.db import Connection, Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.workforce import workforces
from trigpoint.settings import Settings
from trigpoint.workforce.people import CognitoConfig, OidcConfig, Workforce


def find(connection: Connection, settings: Settings) -> Workforce | None:
    """The private workforce, if there is one."""
    row = connection.execute(select(workforces)).one_or_none()
    return None if row is None else _workforce(row, settings)


def look_up(database: Database, settings: Settings) -> Workforce | None:
    """As `find`, outside of a transaction."""
    row = database.look_up(_WORKFORCE, {})
    return None if row is None else _workforce(row, settings)


def add(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(workforces).values(slot="private", **values))


def change(connection: Connection, workforce_id: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(workforces).where(workforces.c.id == workforce_id).values(**values))


def remove(connection: Connection, workforce_id: str) -> None:
    connection.execute(delete(workforces).where(workforces.c.id == workforce_id))


def sealed_oidc_secret(connection: Connection, workforce_id: str) -> str | None:
    """The client secret of the identity provider, encrypted."""
    query = select(workforces.c.oidc_secret_sealed).where(workforces.c.id == workforce_id)
    sealed: str | None = connection.execute(query).scalar_one_or_none()
    return sealed


def has_provider(connection: Connection) -> bool:
    """Whether the workers of the workforce sign in at an identity provider."""
    sealed: str | None = connection.execute(select(workforces.c.oidc_secret_sealed)).scalar_one_or_none()
    return sealed is not None


def source_cidrs(connection: Connection) -> list[str]:
    """The address ranges from which the portal may be used. An empty list allows every address."""
    found: list[str] | None = connection.execute(select(workforces.c.source_cidrs)).scalar_one_or_none()
    return found or []


def workforce_arn(settings: Settings, name: str) -> str:
    return str(Arn("sagemaker", settings.region, settings.account_id, f"workforce/{name}"))


def _workforce(row: Row[Any], settings: Settings) -> Workforce:
    return Workforce(
        id=row.id,
        name=row.name,
        arn=workforce_arn(settings, row.name),
        cognito=None if row.cognito_config is None else CognitoConfig(**row.cognito_config),
        oidc=None if row.oidc_config is None else OidcConfig(**row.oidc_config),
        source_cidrs=tuple(row.source_cidrs),
        vpc_config=row.vpc_config,
        ip_address_type=row.ip_address_type,
        status=row.status,
        failure_reason=row.failure_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


_WORKFORCE = Prepared(select(workforces))
