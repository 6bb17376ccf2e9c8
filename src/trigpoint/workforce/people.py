"""What is a workforce, a team, a worker: the records that the other modules of this package hand out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class CognitoConfig:
    """A pool of workers, in Cognito's terms."""

    user_pool: str
    client_id: str


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """An identity provider, without the client secret: nobody may read that back."""

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
    """Groups whose members form a team: one group of a pool, or groups of an identity provider."""

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


@dataclass(frozen=True, slots=True)
class Worker:
    """A person who can sign in. `id` is 16 hexadecimal digits, `sub` a UUID; both stay for ever."""

    id: str
    sub: str
    user_name: str
    email: str
    display_name: str
    role: str  # "admin" | "worker"
    must_change_password: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invited person needs in order to sign in.

    `temporary_password` is None for somebody who has chosen a password of his own before and was now added to
    another team: he signs in as ever.
    """

    portal_url: str
    user_name: str
    temporary_password: str | None
    team: str
    worker: Worker


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a worker's identity comes from, as worker-response files say it (`identityData`)."""

    provider_type: str  # "Cognito" | "Oidc"
    issuer: str
    sub: str
