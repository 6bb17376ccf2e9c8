"""The private workforce: its worker pool or OIDC provider, and its settings."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.core.ids import new_id
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.db.tables.tags import delete_tags, get_tags, put_tags
from trigpoint.settings import Settings
from trigpoint.workforce.addresses import check_cidrs
from trigpoint.workforce.people import CognitoConfig, Identity, OidcConfig, Worker, Workforce
from trigpoint.workforce.store import team_rows, workforce_rows
from trigpoint.workforce.store.lock import lock

DEFAULT_NAME = "default"


class Sealer(Protocol):
    """Encrypts secrets for the database."""

    def seal(self, text: str) -> str: ...

    def open(self, sealed: str) -> str: ...


class Workforces:
    """The private workforce of this installation. There is at most one."""

    def __init__(self, db: Database, settings: Settings, clock: Clock, sealer: Sealer) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._sealer = sealer

    def create(
        self,
        name: str,
        *,
        cognito: CognitoConfig | None = None,
        oidc: OidcConfig | None = None,
        oidc_client_secret: str | None = None,
        source_cidrs: Sequence[str] = (),
        vpc_config: Mapping[str, Any] | None = None,
        ip_address_type: str = "ipv4",
        tags: Mapping[str, str] | None = None,
    ) -> Workforce:
        """The new workforce, active at once.

        Raises: Conflict: there is one already. Invalid: not exactly one of Cognito and OIDC, or a bad CIDR.
        """
        if (cognito is None) == (oidc is None):
            raise Invalid("exactly one of CognitoConfig and OidcConfig must be given")
        if oidc is not None and not oidc_client_secret:
            raise Invalid("OidcConfig.ClientSecret is missing")
        check_cidrs(source_cidrs)
        with self._db.write() as connection:
            lock(connection)
            existing = workforce_rows.find(connection, self._settings)
            if existing is not None:
                raise Conflict(
                    f"a private workforce already exists ({existing.arn}) and an account can have only one in a Region: "
                    "use it, update it, or delete it first"
                )
            return _insert(
                connection,
                self._settings,
                self._clock.now(),
                name=name,
                cognito=cognito,
                oidc=oidc,
                oidc_secret_sealed=self._sealer.seal(oidc_client_secret) if oidc_client_secret else None,
                source_cidrs=source_cidrs,
                vpc_config=vpc_config or None,
                ip_address_type=ip_address_type,
                tags=tags or {},
            )

    def ensure_default(self) -> Workforce:
        """The workforce. If there is none yet, creates one named `default` with a user pool of its own."""
        with self._db.write() as connection:
            lock(connection)
            return ensure_default(connection, self._settings, self._clock.now())

    def get(self, name: str) -> Workforce:
        """Raises: NotFound: there is no workforce of that name."""
        with self._db.read() as connection:
            return _existing(connection, self._settings, name)

    def list(self) -> list[Workforce]:
        """The workforce, if there is one."""
        with self._db.read() as connection:
            found = workforce_rows.find(connection, self._settings)
        return [] if found is None else [found]

    def update(
        self,
        name: str,
        *,
        oidc: OidcConfig | None = None,
        oidc_client_secret: str | None = None,
        source_cidrs: Sequence[str] | None = None,
        vpc_config: Mapping[str, Any] | None = None,
        ip_address_type: str | None = None,
    ) -> Workforce:
        """The workforce after setting every argument that is not None. An empty `vpc_config` removes it.

        Raises: Conflict: its OIDC provider would change while it has teams. Invalid: it has no OIDC provider.
        """
        if source_cidrs is not None:
            check_cidrs(source_cidrs)
        values: dict[str, Any] = {}
        with self._db.write() as connection:
            lock(connection)
            workforce = _existing(connection, self._settings, name)
            if oidc is not None:
                _check_oidc_update(connection, workforce)
                values["oidc_config"] = asdict(oidc)
            if oidc_client_secret:
                values["oidc_secret_sealed"] = self._sealer.seal(oidc_client_secret)
            if source_cidrs is not None:
                values["source_cidrs"] = list(source_cidrs)
            if vpc_config is not None:
                values["vpc_config"] = dict(vpc_config) or None
            if ip_address_type is not None:
                values["ip_address_type"] = ip_address_type
            now = self._clock.now()
            workforce_rows.change(connection, workforce.id, {**values, "updated_at": now})
            record_event(connection, "workforce", workforce.id, now, "Active", "updated")
            return _existing(connection, self._settings, name)

    def delete(self, name: str) -> None:
        """Deletes the workforce. Its workers stay and belong to the next one.

        Raises: NotFound: there is no such workforce. Conflict: it has teams.
        """
        with self._db.write() as connection:
            lock(connection)
            workforce = _existing(connection, self._settings, name)
            teams = team_rows.count(connection)
            if teams:
                raise Conflict(f"workforce {name} has {teams} work team(s): delete them first")
            delete_tags(connection, workforce.arn, get_tags(connection, workforce.arn))
            workforce_rows.remove(connection, workforce.id)
            record_event(connection, "workforce", workforce.id, self._clock.now(), "Deleted")

    def oidc_client_secret(self) -> str | None:
        """The client secret of the identity provider. It must never be part of a response."""
        with self._db.read() as connection:
            workforce = workforce_rows.find(connection, self._settings)
            sealed = (
                None if workforce is None else workforce_rows.sealed_oidc_secret(connection, workforce.id)
            )
        return None if sealed is None else self._sealer.open(sealed)


def existing(connection: Connection, settings: Settings) -> Workforce:
    """The workforce.

    Raises: NotFound: there is none.
    """
    workforce = workforce_rows.find(connection, settings)
    if workforce is None:
        raise NotFound("There is no workforce yet; create one with CreateWorkforce")
    return workforce


def ensure_default(connection: Connection, settings: Settings, now: datetime) -> Workforce:
    """The workforce. If there is none, creates one in the caller's transaction."""
    existing = workforce_rows.find(connection, settings)
    if existing is not None:
        return existing
    return create_cognito(connection, settings, now, own_pool(settings))


def create_cognito(
    connection: Connection, settings: Settings, now: datetime, pool: CognitoConfig
) -> Workforce:
    """A new workforce named `default` with that user pool."""
    return _insert(connection, settings, now, name=DEFAULT_NAME, cognito=pool)


def own_pool(settings: Settings) -> CognitoConfig:
    """A new user pool with ids in Cognito's format."""
    alphanumeric = string.ascii_letters + string.digits
    return CognitoConfig(
        user_pool=f"{settings.region}_{_random(alphanumeric, 9)}",
        client_id=_random(string.ascii_lowercase + string.digits, 26),
    )


def identity_of(connection: Connection, settings: Settings, worker: Worker) -> Identity:
    """The provider, issuer and sub of the worker. Without a workforce the issuer is our own user pool."""
    return _identity(workforce_rows.find(connection, settings), settings, worker)


def look_up_identity(database: Database, settings: Settings, worker: Worker) -> Identity:
    """As `identity_of`, outside of a transaction."""
    return _identity(workforce_rows.look_up(database, settings), settings, worker)


def _identity(workforce: Workforce | None, settings: Settings, worker: Worker) -> Identity:
    if worker.issuer is not None:
        return Identity("Oidc", worker.issuer, worker.sub)
    pool = workforce.cognito.user_pool if workforce is not None and workforce.cognito else DEFAULT_NAME
    return Identity("Cognito", f"https://cognito-idp.{settings.region}.amazonaws.com/{pool}", worker.sub)


def _insert(
    connection: Connection,
    settings: Settings,
    now: datetime,
    *,
    name: str,
    cognito: CognitoConfig | None = None,
    oidc: OidcConfig | None = None,
    oidc_secret_sealed: str | None = None,
    source_cidrs: Sequence[str] = (),
    vpc_config: Mapping[str, Any] | None = None,
    ip_address_type: str = "ipv4",
    tags: Mapping[str, str] | None = None,
) -> Workforce:
    values = {
        "id": new_id(),
        "name": name,
        "cognito_config": None if cognito is None else asdict(cognito),
        "oidc_config": None if oidc is None else asdict(oidc),
        "oidc_secret_sealed": oidc_secret_sealed,
        "source_cidrs": list(source_cidrs),
        "vpc_config": None if vpc_config is None else dict(vpc_config),
        "ip_address_type": ip_address_type,
        "status": "Active",
        "created_at": now,
        "updated_at": now,
    }
    workforce_rows.add(connection, values)
    workforce = _existing(connection, settings, name)
    put_tags(connection, workforce.arn, tags or {}, now)
    record_event(connection, "workforce", workforce.id, now, "Active", "created")
    return workforce


def _existing(connection: Connection, settings: Settings, name: str) -> Workforce:
    workforce = workforce_rows.find(connection, settings)
    if workforce is None or workforce.name.lower() != name.lower():
        raise NotFound(f"No workforce found with name {name}; ListWorkforces shows the one there is, if any")
    return workforce


def _check_oidc_update(connection: Connection, workforce: Workforce) -> None:
    if workforce.oidc is None:
        raise Invalid(
            f"workforce {workforce.name} was created with CognitoConfig; it cannot take an OidcConfig"
        )
    if team_rows.count(connection):
        raise Conflict(
            f"workforce {workforce.name} has work teams; its OidcConfig can change only while it has none"
        )


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
