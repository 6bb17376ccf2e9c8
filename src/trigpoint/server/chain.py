"""What happens to an AWS request, in order: the literal list that every one of them goes through.

request id, identify service, authenticate, region, parse, validate, dispatch, serialize, log.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from anyio import CapacityLimiter, move_on_after, to_thread
from starlette.types import Receive, Scope, Send

from trigpoint.core.clock import Clock
from trigpoint.core.errors import TrigpointError
from trigpoint.core.ids import request_id
from trigpoint.server.http import Disconnected, HttpReply, Incoming, read_head, send_reply
from trigpoint.server.s3_address import S3Address, s3_address
from trigpoint.server.s3_body import BlockingSource
from trigpoint.server.s3_exchange import (
    CORS_HEADERS,
    asks_to_read,
    for_page,
    hand_over,
    has_no_body,
    no_payload,
    open_payload,
    payload_word,
    preflight,
)
from trigpoint.server.s3_post import is_form, put_form
from trigpoint.server.target import RUNTIME, Style, Target, identify
from trigpoint.services.context import RequestContext
from trigpoint.services.dispatch import OperationTable, Served
from trigpoint.services.errors import as_aws_error, internal_failure, read_only_key
from trigpoint.services.s3_http import S3Service
from trigpoint.services.sts import session_arn
from trigpoint.settings import Settings
from trigpoint.wire import error_bytes, json_protocol, query_protocol, rest_json, sigv2, sigv4
from trigpoint.wire.claims import Claim, Refused, Scheme, find_claim
from trigpoint.wire.compressed import decompressed
from trigpoint.wire.errors import AwsError
from trigpoint.wire.head import RequestHead
from trigpoint.wire.model import service_model
from trigpoint.wire.refusals import missing_credentials, refusal, unknown_key
from trigpoint.wire.sigv4 import Credential
from trigpoint.wire.validate import answer_problems, validate

log = logging.getLogger(__name__)

BODY_LIMIT_BYTES = 8 << 20
INVOKE_LIMIT_BYTES = 6_291_456  # AWS's own limit of InvokeEndpoint
HELD_BYTES = 256 << 10  # a body up to this is received before a thread begins with it
QUICK_THREADS = 1  # more of them only wait for each other: Python runs one thread at a time
QUICK_WAIT_S = 0.1
S3_THREADS = 64  # uploads and downloads of slow clients hold one each
INVOKE_THREADS = 64  # each waits for a model
CONTROL_THREADS = 32

_AWS_HOST = re.compile(r"\.amazonaws\.com(\.cn)?(:[0-9]+)?$")
_ANONYMOUS = Credential("", "", "anonymous", read_only=True)

FindCredential = Callable[[str], Credential | None]
OpenSession = Callable[[str, str], Credential | None]


def no_sessions(access_key_id: str, session_token: str) -> Credential | None:
    """There are no temporary credentials."""
    return None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on its way through the list."""

    request_id: str
    head: RequestHead
    incoming: Incoming
    received_at: datetime
    source_ip: str
    base_url: str
    claim: Claim | None
    refused: Refused | None
    target: Target


class AwsApp:
    """The ASGI application of all AWS traffic.

    Args:   credentials: finds an access key by its id; called in worker threads.
            is_near: whether the objects of a bucket are known to be files on this machine; called in the loop.
            sessions: opens temporary credentials, by access key id and session token; None for a key that
                was revoked; raises Refused(WRONG_TOKEN).
    """

    def __init__(
        self,
        table: OperationTable,
        s3: S3Service,
        credentials: FindCredential,
        settings: Settings,
        clock: Clock,
        sessions: OpenSession = no_sessions,
        is_near: Callable[[str], bool] = lambda bucket: False,
    ) -> None:
        self._table = table
        self._s3 = s3
        self._credentials = credentials
        self._sessions = sessions
        self._is_near = is_near
        self._quick = CapacityLimiter(QUICK_THREADS)
        self._settings = settings
        self._clock = clock
        self._own_host = urlsplit(settings.base_url).hostname or ""
        self._limiters = {
            Style.S3: CapacityLimiter(S3_THREADS),
            Style.REST_JSON: CapacityLimiter(INVOKE_THREADS),
            Style.JSON: CapacityLimiter(CONTROL_THREADS),
            Style.QUERY: CapacityLimiter(CONTROL_THREADS),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"AWS is not spoken over {scope['type']}")
        started = time.perf_counter()
        exchange = self._begin(scope, receive)
        try:
            answer = await self._answer(exchange)
        except Disconnected:
            log.info("request.abandoned %s", _fields(exchange, started))
            return
        _add_request_id(exchange, answer)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("request.answered %s status=%d", _fields(exchange, started), answer.status)
        await send_reply(send, answer, exchange.incoming)

    def _begin(self, scope: Scope, receive: Receive) -> Exchange:
        head = read_head(scope)
        claim, refused = _claim(head)
        expects_continue = (head.header("expect") or "").lower() == "100-continue"
        return Exchange(
            request_id=request_id(),
            head=head,
            incoming=Incoming(receive, expects_continue=expects_continue, is_empty=has_no_body(head)),
            received_at=self._clock.now(),
            source_ip=(scope.get("client") or ("",))[0],
            base_url=self._base_url(scope["scheme"], head.header("host") or ""),
            claim=claim,
            refused=refused,
            target=identify(head, claim),
        )

    def _base_url(self, scheme: str, host: str) -> str:
        """Where this caller reaches us; a host of AWS's leads here through our proxy alone, a browser it would not."""
        if self._settings.public_url or not host or _AWS_HOST.search(host.lower()):
            return self._settings.base_url
        return f"{scheme}://{host}"

    async def _answer(self, exchange: Exchange) -> HttpReply:
        limiter = self._limiters[exchange.target.style]
        try:
            if exchange.target.style is Style.S3:
                if _is_short(exchange.head):
                    await exchange.incoming.hold(HELD_BYTES)
                source = BlockingSource(exchange.incoming, asyncio.get_running_loop())
                try:
                    if self._is_quick(exchange.head):
                        with move_on_after(QUICK_WAIT_S):  # for a turn; who has begun comes to an end
                            return await to_thread.run_sync(
                                self._answer_s3, exchange, source, limiter=self._quick
                            )
                    return await to_thread.run_sync(self._answer_s3, exchange, source, limiter=limiter)
                finally:
                    source.close()
            body = await self._read_body(exchange)
            return await to_thread.run_sync(self._answer_operation, exchange, body, limiter=limiter)
        except AwsError as error:
            return self._refuse(exchange, error)

    def _is_quick(self, head: RequestHead) -> bool:
        """Whether this reads an object that is near at hand. Such requests queue for a few threads of their own,
        where each costs half of what it does among many; when those are held up, they go the way of all others.
        """
        if head.method not in ("GET", "HEAD"):
            return False
        with suppress(AwsError):
            address = s3_address(head, self._own_host)
            return bool(address.key) and self._is_near(address.bucket)
        return False

    async def _read_body(self, exchange: Exchange) -> bytes:
        limit, too_large = (
            BODY_LIMIT_BYTES,
            AwsError(
                "RequestEntityTooLargeException",
                f"The request body is longer than {BODY_LIMIT_BYTES} bytes.",
                413,
            ),
        )
        if exchange.target.service == RUNTIME:
            limit = INVOKE_LIMIT_BYTES
            too_large = AwsError("", f"HTTP content length exceeded {INVOKE_LIMIT_BYTES} bytes.", 413)
        announced = exchange.head.header("content-length") or ""
        if announced.isdecimal() and int(announced) > limit:
            raise too_large
        return await exchange.incoming.read_all(limit, too_large)

    def _answer_operation(self, exchange: Exchange, body: bytes) -> HttpReply:
        """The list for all services but S3, in a worker thread."""
        target = exchange.target
        try:
            credential = self._authenticate(exchange, lambda _: hashlib.sha256(body).hexdigest())
            context = self._context(exchange, credential)
            if target.service == "monitoring":
                body = decompressed(body, exchange.head.header("content-encoding"), BODY_LIMIT_BYTES)
            fields = _form_fields(exchange, body) if target.style is Style.QUERY else {}
            operation = fields.get("Action", "") or target.operation
            served = self._table.find(target.service, operation)
            if credential.read_only and not served.reads_only:
                raise read_only_key(target.service, operation, context.identity_arn)
            request = _parse(served, exchange.head, body, fields)
            validate(served.model, request, _validation_code(target))
            result = served.handler(context, request) or {}
            _log_answer_problems(served, result)
            return _serialize(exchange, served, result)
        except AwsError as error:
            return self._refuse(exchange, error)
        except TrigpointError as problem:
            return self._refuse(exchange, as_aws_error(problem, target.service))
        except Exception:  # noqa: BLE001 - the end of the request chain
            return self._accident(exchange)

    def _answer_s3(self, exchange: Exchange, source: BlockingSource) -> HttpReply:
        """The answer of S3, in a worker thread, as far as the page that asks may see it."""
        head = exchange.head
        try:
            address = s3_address(head, self._own_host)
            answer = self._answer_addressed(exchange, source, address)
            return for_page(self._s3, head, address.bucket, answer)
        except Disconnected:
            raise
        except AwsError as error:
            return self._refuse(exchange, error)
        except Exception:  # noqa: BLE001 - the end of the request chain
            return self._accident(exchange)

    def _answer_addressed(self, exchange: Exchange, source: BlockingSource, address: S3Address) -> HttpReply:
        """The list for S3; the body is read as it arrives."""
        head = exchange.head
        try:
            if head.method == "OPTIONS":
                if not address.bucket or asks_to_read(self._s3, head, address.bucket):
                    return preflight(head)
                return hand_over(self._s3, head, address, no_payload(), self._context(exchange, _ANONYMOUS))
            if exchange.claim is None and is_form(head, address):
                context_of = partial(self._context, exchange)
                return put_form(self._s3, head, address, source, self._find, context_of, exchange.received_at)
            credential = self._authenticate(
                exchange, lambda claim: payload_word(head, claim), address.host_bucket
            )
            context = self._context(exchange, credential)
            if credential.read_only and head.method not in ("GET", "HEAD"):
                raise read_only_key("s3", head.method, context.identity_arn)
            assert exchange.claim is not None
            payload = open_payload(head, exchange.claim, credential, source)
            return hand_over(self._s3, head, address, payload, context)
        except Disconnected:
            raise
        except AwsError as error:
            return self._refuse(exchange, error)
        except TrigpointError as problem:
            return self._refuse(exchange, as_aws_error(problem, "s3"))
        except Exception:  # noqa: BLE001 - the end of the request chain
            return self._accident(exchange)

    def _authenticate(
        self, exchange: Exchange, payload_hash: Callable[[Claim], str], host_bucket: str = ""
    ) -> Credential:
        """The credential that signed the request.

        Raises: AwsError: in the words of the service.
        """
        manner, claim = exchange.target.manner, exchange.claim
        try:
            if exchange.refused is not None:
                raise exchange.refused
            if claim is None:
                raise missing_credentials(manner)
            credential = self._find(claim.access_key_id, claim.session_token or "")
            if credential is None:
                raise unknown_key(manner, claim.access_key_id)
            if claim.scheme is Scheme.QUERY_V2:
                sigv2.verify(exchange.head, claim, credential, host_bucket, exchange.received_at)
            else:
                sigv4.verify(exchange.head, claim, credential, payload_hash(claim), exchange.received_at)
        except Refused as refused:
            raise refusal(manner, refused) from None
        return credential

    def _find(self, access_key_id: str, session_token: str) -> Credential | None:
        credential = self._credentials(access_key_id)
        if credential is None and session_token:
            return self._sessions(access_key_id, session_token)
        return credential

    def _context(self, exchange: Exchange, credential: Credential) -> RequestContext:
        claim = exchange.claim
        return RequestContext(
            request_id=exchange.request_id,
            region=(claim.region if claim else "") or self._settings.region,
            account_id=self._settings.account_id,
            access_key_id=credential.access_key_id,
            identity_arn=session_arn(self._settings.account_id, credential.identity_arn),
            source_ip=exchange.source_ip,
            base_url=exchange.base_url,
            received_at=exchange.received_at,
            permanent_key_id=credential.issued_to or credential.access_key_id,
            read_only=credential.read_only,
        )

    def _accident(self, exchange: Exchange) -> HttpReply:
        target = exchange.target
        log.exception("request.failed %s", _fields(exchange))
        return self._refuse(exchange, internal_failure(target.service, exchange.request_id))

    def _refuse(self, exchange: Exchange, error: AwsError) -> HttpReply:
        log.info("request.refused %s code=%s status=%d", _fields(exchange), error.code, error.status)
        return _error_answer(exchange, error)


def _claim(head: RequestHead) -> tuple[Claim | None, Refused | None]:
    try:
        return find_claim(head), None
    except Refused as refused:
        return None, refused


def _is_short(head: RequestHead) -> bool:
    """Whether the body may be received before the request is believed; who waits for a word of ours is answered
    first.
    """
    announced = head.header("content-length") or ""
    return announced.isdecimal() and 0 < int(announced) <= HELD_BYTES and head.header("expect") is None


def _form_fields(exchange: Exchange, body: bytes) -> dict[str, str]:
    return query_protocol.form(body) if body else dict(exchange.head.query_map)


def _parse(served: Served, head: RequestHead, body: bytes, fields: dict[str, str]) -> dict[str, Any]:
    if fields:
        return query_protocol.parse(served.model, fields)
    if served.service == RUNTIME:
        return rest_json.parse(served.model, head, body)
    return json_protocol.parse(served.model, body)


def _validation_code(target: Target) -> str:
    runtime_or_query = target.service == RUNTIME or target.style is Style.QUERY
    return "ValidationError" if runtime_or_query else "ValidationException"


def _serialize(exchange: Exchange, served: Served, result: dict[str, Any]) -> HttpReply:
    match exchange.target.style:
        case Style.QUERY:
            body = query_protocol.serialize(served.model, result, exchange.request_id)
            headers = {"Content-Type": "text/xml"}
            status = 200
        case Style.REST_JSON:
            status, headers, body = rest_json.serialize(served.model, result)
        case _:
            body = json_protocol.serialize(served.model, result)
            headers, status = {"Content-Type": _json_content_type(exchange)}, 200
    headers["Content-Length"] = str(len(body))
    return HttpReply(status, headers, body)


def _error_answer(exchange: Exchange, error: AwsError) -> HttpReply:
    target, head = exchange.target, exchange.head
    service = target.service if _is_known(target.service) else None
    match target.style:
        case Style.S3:
            status, headers, body = error_bytes.s3_error(error, head.path, exchange.request_id, head.method)
            if head.method in ("GET", "HEAD"):
                headers |= CORS_HEADERS
        case Style.QUERY:
            status, headers, body = error_bytes.query_error(error, service, exchange.request_id)
        case _:
            content_type = _json_content_type(exchange)
            status, headers, body = error_bytes.json_error(error, service, content_type)
            if head.header("x-amzn-query-mode") == "true" and error.code:
                headers["x-amzn-query-error"] = (
                    f"{error.code};{'Sender' if error.status < 500 else 'Receiver'}"
                )
    if head.method != "HEAD":
        headers["Content-Length"] = str(len(body))
    return HttpReply(status, headers, body)


def _json_content_type(exchange: Exchange) -> str:
    if exchange.target.style is Style.REST_JSON:
        return "application/json"
    version = "1.0" if exchange.target.service == "monitoring" else "1.1"
    return f"application/x-amz-json-{version}"


def _is_known(service: str) -> bool:
    try:
        service_model(service)
    except KeyError:
        return False
    return True


def _add_request_id(exchange: Exchange, answer: HttpReply) -> None:
    if exchange.target.style is Style.S3:
        answer.headers |= {"x-amz-request-id": exchange.request_id, "x-amz-id-2": exchange.request_id}
    else:
        answer.headers["x-amzn-RequestId"] = exchange.request_id


def _log_answer_problems(served: Served, result: dict[str, Any]) -> None:
    for problem in answer_problems(served.model, result):
        log.warning(
            "answer.off_model service=%s operation=%s problem=%s", served.service, served.name, problem
        )


def _fields(exchange: Exchange, started: float | None = None) -> str:
    target, head = exchange.target, exchange.head
    what = target.operation or f"{head.method} {head.path}"
    took = "" if started is None else f" took_ms={(time.perf_counter() - started) * 1000:.1f}"
    return f"request_id={exchange.request_id} service={target.service} what={what!r}{took}"
