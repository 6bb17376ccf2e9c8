"""The context of a request: caller, region, time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trigpoint.wire.scope import Scope


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One authenticated AWS request.

    region:           from the caller's signature; ARNs in the response are in this region
    base_url:         the address that the caller used for the server
    permanent_key_id: the access key that temporary credentials were issued to, or `access_key_id` itself
    scope:            the only objects that the credentials of a job reach
    """

    request_id: str
    region: str
    account_id: str
    access_key_id: str
    identity_arn: str
    source_ip: str
    base_url: str
    received_at: datetime
    permanent_key_id: str = ""
    read_only: bool = False
    objects_only: bool = False
    scope: Scope | None = None
