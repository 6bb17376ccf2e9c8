"""Records of the workforce, its teams and its workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class CognitoConfig:
    """The ids of a Cognito user pool."""

    user_pool: str
    client_id: str


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """An identity provider. Its client secret is write-only and therefore not part of this record."""

    client_id: str
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    user_info_endpoint: str
    logout_endpoint: str
    jwks_uri: str
    scope: str | None = None
    extra_params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workforce:
    """The one private workforce of an account and Region."""

    id: str
    name: str
    arn: str
    cognito: CognitoConfig | None
    oidc: OidcConfig | None
    source_cidrs: tuple[str, ...]
    vpc_config: Mapping[str, Any] | None
    ip_address_type: str
    status: str
    failure_reason: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class MemberDefinition:
    """Groups whose members form a team: one group of a user pool, or groups of an identity provider."""

    groups: tuple[str, ...]
    cognito: CognitoConfig | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """A work team: who works on a labeling job."""

    id: str
    name: str
    arn: str
    description: str
    member_definitions: tuple[MemberDefinition, ...]
    workforce_name: str
    workforce_arn: str
    created_at: datetime
    updated_at: datetime
    notification_topic_arn: str | None = None
    worker_access: Mapping[str, Any] | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of all its groups, in the order of the definitions."""
        return tuple(dict.fromkeys(g for definition in self.member_definitions for g in definition.groups))


class Role(StrEnum):
    """What a person may do. Each route of the web apps names the roles that may use it.

    Decision: one account serves the portal and the console. Every role may label once it is in a team; all but
    WORKER may also use the console. `services.roles` says which operations each of them may call.
    """

    ADMIN = "admin"
    REQUESTER = "requester"
    VIEWER = "viewer"
    WORKER = "worker"


CONSOLE_ROLES = (Role.ADMIN, Role.REQUESTER, Role.VIEWER)


@dataclass(frozen=True, slots=True)
class Worker:
    """A person who can sign in. `id` is 16 hexadecimal digits; it never changes, and neither does `sub`.

    `issuer` is the identity provider at which they sign in, with the subject `sub`. It is None for people who have a
    password of their own; their `sub` is a UUID. `language` is None until they choose one; so is
    `theme`, light or dark.
    """

    id: str
    sub: str
    user_name: str
    email: str
    display_name: str
    role: Role
    must_change_password: bool = False
    disabled: bool = False
    wants_notices: bool = True
    issuer: str | None = None
    language: str | None = None
    theme: str | None = None

    @property
    def state(self) -> str:
        """`invited` until they choose a password of their own, then `active`; or `disabled`."""
        if self.disabled:
            return "disabled"
        return "invited" if self.must_change_password else "active"


WORKER_STATES = ("active", "invited", "disabled")
"""The values of `Worker.state`."""


@dataclass(frozen=True, slots=True)
class ListedWorker:
    """A worker of a list, with what their account has no field for."""

    worker: Worker
    invited_at: datetime
    last_sign_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invited person needs to sign in.

    `temporary_password` is None for somebody who has already chosen their own password and was only added to
    another team. They sign in with that password. `text` is what to send them. `mailed` is whether the server sends it.
    """

    portal_url: str
    user_name: str
    temporary_password: str | None
    team: str
    worker: Worker
    text: str
    mailed: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a worker's identity comes from, as written to worker-response files (`identityData`)."""

    provider_type: str  # "Cognito" | "Oidc"
    issuer: str
    sub: str
