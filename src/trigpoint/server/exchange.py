"""One AWS request on its way through the steps of `chain`, and the services that the steps use."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from trigpoint.core.errors import Unavailable
from trigpoint.server.http import HttpReply
from trigpoint.server.s3.address import S3Address
from trigpoint.server.target import Target
from trigpoint.services.context import RequestContext
from trigpoint.services.dispatch import OperationTable, Served
from trigpoint.services.s3.contract import S3Service
from trigpoint.services.sts import session_arn
from trigpoint.settings import Settings
from trigpoint.wire.aws_chunked import ByteSource, ChunkedPayload
from trigpoint.wire.claims import Claim, ClaimRefused
from trigpoint.wire.errors import AwsError
from trigpoint.wire.hashed_payload import HashedPayload
from trigpoint.wire.head import RequestHead
from trigpoint.wire.sigv4 import Credential

FindCredential = Callable[[str], Credential | None]
OpenSession = Callable[[str, str], Credential | None]


@dataclass(frozen=True, slots=True)
class AwsServices:
    """What the steps call; all of it in worker threads.

    Args:   credentials: finds an access key by its id.
            sessions: opens temporary credentials, by access key id and session token; None for a key that
                was revoked; raises ClaimRefused(WRONG_TOKEN).
            own_host: the host name of the server's base URL.
    """

    table: OperationTable
    s3: S3Service
    credentials: FindCredential
    sessions: OpenSession
    settings: Settings
    own_host: str

    def find_credential(self, access_key_id: str, session_token: str) -> Credential | None:
        """The access key, or the temporary credentials of the token; None when there are none of this id."""
        credential = self.credentials(access_key_id)
        if credential is None and session_token:
            return self._with_role(self.sessions(access_key_id, session_token))
        return credential

    def _with_role(self, session: Credential | None) -> Credential | None:
        """Temporary credentials with the role that the owner of their permanent key has now."""
        owner = None if session is None else self.credentials(session.issued_to)
        if session is None or owner is None or owner.role is None:
            return session
        return replace(session, role=owner.role, read_only=session.read_only or owner.read_only)

    def context(self, exchange: Exchange, credential: Credential) -> RequestContext:
        """What operations learn of the caller."""
        account_id, claim = self.settings.account_id, exchange.claim
        return RequestContext(
            request_id=exchange.request_id,
            region=(claim.region if claim else "") or self.settings.region,
            account_id=account_id,
            access_key_id=credential.access_key_id,
            identity_arn=session_arn(account_id, credential.identity_arn),
            source_ip=exchange.source_ip,
            base_url=exchange.base_url,
            received_at=exchange.received_at,
            permanent_key_id=credential.issued_to or credential.access_key_id,
            read_only=credential.read_only,
            objects_only=credential.objects_only,
            scope=credential.scope,
        )


@dataclass(slots=True)
class Exchange:
    """One request. The first fields are known when it arrives; steps set the others, in the order of their list.

    `refused` says why the claim cannot be read, `body_problem` why the body could not be received.
    `is_broken_off` is set when the server stops first; what a thread still does for the request then reaches nobody.
    """

    request_id: str
    head: RequestHead
    received_at: datetime
    source_ip: str
    base_url: str
    claim: Claim | None
    refused: ClaimRefused | None
    target: Target
    body_problem: AwsError | Unavailable | None = None
    is_broken_off: bool = False

    credential: Credential = field(init=False)
    context: RequestContext = field(init=False)

    # all services but S3
    body: bytes = b""
    form_fields: dict[str, str] = field(default_factory=dict)
    operation: Served = field(init=False)
    request: dict[str, Any] = field(init=False)
    result: dict[str, Any] = field(init=False)

    # S3, whose body is read as it arrives
    source: ByteSource = field(init=False)
    address: S3Address | None = None
    payload: ChunkedPayload | HashedPayload = field(init=False)
    reply: HttpReply = field(init=False)

    def log_fields(self, started_s: float | None = None) -> str:
        """Which request it is, for a log line; with the time it took when its start is given."""
        what = self.target.operation or f"{self.head.method} {self.head.path[:200]}"
        took = "" if started_s is None else f" took_ms={(time.perf_counter() - started_s) * 1000:.1f}"
        return f"request_id={self.request_id} service={self.target.service} what={what!r}{took}"
