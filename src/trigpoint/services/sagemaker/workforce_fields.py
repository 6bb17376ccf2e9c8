"""What the operations on workforces and on work teams have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from trigpoint.core.errors import NotFound
from trigpoint.services.context import RequestContext
from trigpoint.wire.errors import AwsError
from trigpoint.workforce.people import CognitoConfig


def cognito_from_wire(config: Mapping[str, Any] | None) -> CognitoConfig | None:
    return None if config is None else CognitoConfig(config["UserPool"], config["ClientId"])


def cognito_to_wire(pool: CognitoConfig) -> dict[str, Any]:
    return {"UserPool": pool.user_pool, "ClientId": pool.client_id}


def sub_domain(ctx: RequestContext) -> str:
    """The host under which the portal answers: `<scheme>://<SubDomain>/portal/`."""
    host: str = urlsplit(ctx.base_url).netloc
    return host


@contextmanager
def missing_is_invalid() -> Iterator[None]:
    """Turns NotFound into ValidationException, as AWS does: these operations do not model ResourceNotFound."""
    try:
        yield
    except NotFound as missing:
        raise AwsError("ValidationException", missing.message) from missing
