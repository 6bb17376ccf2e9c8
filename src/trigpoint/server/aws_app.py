"""The ASGI application of all AWS traffic: it receives a request, runs its steps in a thread, sends the reply."""

from __future__ import annotations

import asyncio
import logging
import math
import re
import time
from functools import partial
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.types import Receive, Scope, Send

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Unavailable
from trigpoint.core.ids import request_id
from trigpoint.server import chain
from trigpoint.server.exchange import AwsServices, Exchange, FindCredential, OpenSession
from trigpoint.server.http import (
    SERVER_STOPS,
    BrokenOff,
    Disconnected,
    HttpReply,
    Incoming,
    read_head,
    send_reply,
)
from trigpoint.server.operation_steps import BODY_LIMIT_BYTES
from trigpoint.server.quick_lane import IsNear, QuickLane
from trigpoint.server.replies import add_request_id, error_reply
from trigpoint.server.s3.body import BlockingSource
from trigpoint.server.s3.payload import has_no_body
from trigpoint.server.s3.post import posts_form
from trigpoint.server.spool import Spool
from trigpoint.server.target import LAMBDA, RUNTIME, Style, identify
from trigpoint.server.turn import Turn, Turns
from trigpoint.server.unfinished import on_break_off
from trigpoint.services.dispatch import OperationTable
from trigpoint.services.s3.contract import S3Service
from trigpoint.settings import Settings
from trigpoint.wire.claims import Claim, ClaimRefused, find_claim
from trigpoint.wire.errors import AwsError
from trigpoint.wire.head import RequestHead
from trigpoint.wire.sigv4 import Credential

log = logging.getLogger(__name__)

INVOKE_LIMIT_BYTES = 6_291_456  # AWS's own limit of InvokeEndpoint
LAMBDA_LIMIT_BYTES = 70 << 20  # a zip archive of 50 MiB in base64, and the other fields
HELD_BYTES = 256 << 10  # a body up to this is received before a thread begins with it
FORM_FIELDS_BYTES = 64 << 10  # of an upload form; enough for the fields before its file
AT_ONCE_S = 0.2  # a body that takes longer is received only from somebody with a key
FAST_S = 1.0  # a client that sends less than HELD_BYTES in this time is received into a file
S3_THREADS = 64
INVOKE_THREADS = 64  # each waits for a model
CONTROL_THREADS = 32

_AWS_HOST = re.compile(r"\.amazonaws\.com(\.cn)?(:[0-9]+)?$")


def no_sessions(access_key_id: str, session_token: str) -> Credential | None:
    """There are no temporary credentials."""
    return None


class AwsApp:
    """The ASGI application of all AWS traffic.

    Args:   credentials, sessions: see `AwsServices`.
            is_near: see `QuickLane`.
    """

    def __init__(
        self,
        table: OperationTable,
        s3: S3Service,
        credentials: FindCredential,
        settings: Settings,
        clock: Clock,
        sessions: OpenSession = no_sessions,
        is_near: IsNear = lambda bucket: False,
    ) -> None:
        own_host = urlsplit(settings.base_url).hostname or ""
        self._services = AwsServices(table, s3, credentials, sessions, settings, own_host)
        self._quick_lane = QuickLane(is_near, own_host)
        self._settings = settings
        self._clock = clock
        self._turns = Turns(S3_THREADS)
        self._unlimited = CapacityLimiter(math.inf)
        self._spool = Spool(settings.data_dir)
        self._limiters = {
            Style.REST_JSON: CapacityLimiter(INVOKE_THREADS),
            Style.JSON: CapacityLimiter(CONTROL_THREADS),
            Style.QUERY: CapacityLimiter(CONTROL_THREADS),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"AWS requests come over HTTP, not over {scope['type']}")
        started_s = time.perf_counter()
        exchange = self._begin(scope)
        expects_continue = (exchange.head.header("expect") or "").lower() == "100-continue"
        incoming = Incoming(receive, expects_continue=expects_continue, is_empty=has_no_body(exchange.head))
        on_break_off(scope, incoming.break_off)
        try:
            reply = await self._reply(exchange, incoming)
        except (BrokenOff, asyncio.CancelledError):  # the server stops
            exchange.is_broken_off = True
            reply = error_reply(exchange, AwsError("ServiceUnavailable", SERVER_STOPS, 503))
        except Disconnected:
            log.info("request.abandoned %s", exchange.log_fields(started_s))
            return
        add_request_id(exchange, reply)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("request.answered %s status=%d", exchange.log_fields(started_s), reply.status)
        await send_reply(send, reply, incoming)

    def _begin(self, scope: Scope) -> Exchange:
        head = read_head(scope)
        claim, refused = _claim(head)
        return Exchange(
            request_id=request_id(),
            head=head,
            received_at=self._clock.now(),
            source_ip=(scope.get("client") or ("",))[0],
            base_url=self._base_url(scope["scheme"], head.header("host") or ""),
            claim=claim,
            refused=refused,
            target=identify(head, claim),
        )

    def _base_url(self, scheme: str, host: str) -> str:
        """The address under which this caller reaches the server."""
        # A host of AWS's leads here only through our proxy, which a browser that gets a link does not use.
        if self._settings.public_url or not host or _AWS_HOST.search(host.lower()):
            return self._settings.base_url
        return f"{scheme}://{host}"

    async def _reply(self, exchange: Exchange, incoming: Incoming) -> HttpReply:
        if exchange.target.style is Style.S3:
            return await self._reply_of_s3(exchange, incoming)
        limiter = self._limiters[exchange.target.style]
        try:
            refused = await self._receive_body(exchange, incoming, limiter)
        except (AwsError, Unavailable) as problem:
            exchange.body_problem, refused = problem, None
        return refused or await self._in_thread(exchange, limiter)

    async def _receive_body(
        self, exchange: Exchange, incoming: Incoming, limiter: CapacityLimiter
    ) -> HttpReply | None:
        """Sets the body; or returns the refusal of a request whose signer is unknown."""
        limit_bytes, too_large = _limit(exchange)
        await incoming.hold(HELD_BYTES, AT_ONCE_S)
        if incoming.complete:
            exchange.body = incoming.take_held()
            return None
        refused = await self._refuse_early(exchange, limiter)
        if refused is None:
            async with self._spool.receive(incoming, limit_bytes, too_large) as file:
                exchange.body = file.read()
        return refused

    async def _reply_of_s3(self, exchange: Exchange, incoming: Incoming) -> HttpReply:
        if incoming.complete:
            exchange.source = BlockingSource(incoming, asyncio.get_running_loop())
            reply = await self._quick_lane.run(exchange.head, partial(self._in_thread, exchange))
            return reply or await self._in_thread(exchange, self._turns.limiter)
        try:
            return await self._reply_to_body(exchange, incoming)
        except (AwsError, Unavailable) as problem:  # the body came too slowly, or the disk is full
            exchange.body_problem = problem
            return await self._in_thread(exchange, self._turns.limiter)

    async def _reply_to_body(self, exchange: Exchange, incoming: Incoming) -> HttpReply:
        """A fast client sends the rest of its body while a thread works on the beginning.

        The body of a slow client is received into a file before a thread begins.
        """
        if exchange.claim is None and posts_form(exchange.head):
            await incoming.hold(FORM_FIELDS_BYTES)  # its signature is in one of its first fields
            return await self._reply_while_receiving(exchange, incoming)
        if not (_is_short(exchange.head) and await incoming.hold(HELD_BYTES, AT_ONCE_S)):
            refused = await self._refuse_early(exchange, self._turns.limiter)
            if refused is not None:
                return refused
        if await incoming.hold(HELD_BYTES, FAST_S):
            return await self._reply_while_receiving(exchange, incoming)
        async with self._spool.receive(incoming) as file:
            exchange.source = file
            return await self._in_thread(exchange, self._turns.limiter)

    async def _reply_while_receiving(self, exchange: Exchange, incoming: Incoming) -> HttpReply:
        if incoming.complete:
            exchange.source = BlockingSource(incoming, asyncio.get_running_loop())
            return await self._in_thread(exchange, self._turns.limiter)
        async with Turn(self._turns) as turn:
            exchange.source = source = BlockingSource(incoming, asyncio.get_running_loop(), turn)
            try:
                return await self._in_thread(exchange, self._unlimited)
            finally:
                source.close()

    async def _refuse_early(self, exchange: Exchange, limiter: CapacityLimiter) -> HttpReply | None:
        return await to_thread.run_sync(chain.refuse_early, exchange, self._services, limiter=limiter)

    async def _in_thread(self, exchange: Exchange, limiter: CapacityLimiter) -> HttpReply:
        return await to_thread.run_sync(chain.answer, exchange, self._services, limiter=limiter)


def _limit(exchange: Exchange) -> tuple[int, AwsError]:
    """The longest body of a request, and the refusal of a longer one.

    Raises: that refusal, when the head announces a longer one.
    """
    if exchange.target.service == RUNTIME:
        limit_bytes = INVOKE_LIMIT_BYTES
        too_large = AwsError("", f"HTTP content length exceeded {INVOKE_LIMIT_BYTES} bytes.", 413)
    else:
        limit_bytes = LAMBDA_LIMIT_BYTES if exchange.target.service == LAMBDA else BODY_LIMIT_BYTES
        message = f"The request body is longer than {limit_bytes} bytes."
        too_large = AwsError("RequestEntityTooLargeException", message, 413)
    announced = exchange.head.header("content-length") or ""
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise too_large
    return limit_bytes, too_large


def _claim(head: RequestHead) -> tuple[Claim | None, ClaimRefused | None]:
    try:
        return find_claim(head), None
    except ClaimRefused as refused:
        return None, refused


def _is_short(head: RequestHead) -> bool:
    """Whether the body is received before the request is authenticated.

    Not when the client waits for 100 Continue: a refusal then spares it the body.
    """
    announced = head.header("content-length") or ""
    return announced.isdecimal() and 0 < int(announced) <= HELD_BYTES and head.header("expect") is None
