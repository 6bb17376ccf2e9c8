"""Who asks, where and when: what every operation is told beside its request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One authenticated AWS request.

    `region` is the one of the caller's signature; ARNs in the answer are of that region. `base_url` is the
    address under which this caller reached the server. `permanent_key_id` is the access key to which temporary
    credentials were issued, or `access_key_id` itself.
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
