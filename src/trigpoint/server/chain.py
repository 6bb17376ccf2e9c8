"""The steps that every AWS request passes, in order, as two literal lists.

A step looks at the exchange and adds what it found out; a step that returns a reply ends the list. The lists run
in a worker thread. `aws_app` receives the request and sends the reply.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from trigpoint.core.errors import TrigpointError
from trigpoint.core.outage import outage_of
from trigpoint.server import operation_steps
from trigpoint.server.authentication import check_body_was_received, check_signer
from trigpoint.server.exchange import AwsServices, Exchange
from trigpoint.server.http import Disconnected, HttpReply
from trigpoint.server.replies import error_reply
from trigpoint.server.s3 import steps as s3_steps
from trigpoint.server.target import Style
from trigpoint.services.errors import as_aws_error, internal_failure, outage_error
from trigpoint.wire.errors import AwsError

log = logging.getLogger(__name__)

Step = Callable[[Exchange, AwsServices], HttpReply | None]

OPERATION_STEPS: Sequence[Step] = (
    check_body_was_received,
    operation_steps.authenticate,
    operation_steps.unpack_body,
    operation_steps.find_operation,
    operation_steps.refuse_writes_of_read_only_keys,
    operation_steps.refuse_what_the_role_may_not,
    operation_steps.parse,
    operation_steps.validate,
    operation_steps.call,
    operation_steps.log_problems_of_result,
    operation_steps.serialize,
)
"""The steps for requests to any service but S3."""

S3_STEPS: Sequence[Step] = (
    check_body_was_received,
    s3_steps.find_address,
    s3_steps.answer_preflight,
    s3_steps.answer_form,
    s3_steps.authenticate,
    s3_steps.refuse_writes_of_read_only_keys,
    s3_steps.open_body,
    s3_steps.call,
)
"""The steps for requests to S3."""

OPERATION_CHECKS: Sequence[Step] = (check_signer,)
"""Run before a body is received that does not arrive at once. The signature covers the body, so it comes later."""

S3_CHECKS: Sequence[Step] = (
    s3_steps.find_address,
    s3_steps.answer_preflight,
    s3_steps.authenticate,
    s3_steps.refuse_writes_of_read_only_keys,
)
"""The same for S3."""

S3_REPLY_STEPS: Sequence[Step] = (s3_steps.add_cors_headers,)
"""Applied to every S3 reply, including errors, so that a web page can read the reason."""


def answer(exchange: Exchange, services: AwsServices) -> HttpReply:
    """The reply to a request, including errors.

    Raises: Disconnected: the client has gone; no reply can be sent. BrokenOff: the server stops.
    """
    is_s3 = exchange.target.style is Style.S3
    reply = _run(S3_STEPS if is_s3 else OPERATION_STEPS, exchange, services)
    assert reply is not None, "the last step of a list replies"
    return _finished(exchange, services, reply)


def refuse_early(exchange: Exchange, services: AwsServices) -> HttpReply | None:
    """The reply to a request that is refused whatever its body is; None when its body must be received."""
    is_s3 = exchange.target.style is Style.S3
    reply = _run(S3_CHECKS if is_s3 else OPERATION_CHECKS, exchange, services)
    return None if reply is None else _finished(exchange, services, reply)


def _finished(exchange: Exchange, services: AwsServices, reply: HttpReply) -> HttpReply:
    if exchange.target.style is not Style.S3:
        return reply
    exchange.reply = reply
    return _run(S3_REPLY_STEPS, exchange, services) or reply


def _run(steps: Sequence[Step], exchange: Exchange, services: AwsServices) -> HttpReply | None:
    try:
        for step in steps:
            reply = step(exchange, services)
            if reply is not None:
                return reply
        return None
    except Disconnected:
        raise
    except AwsError as error:
        return _refuse(exchange, error)
    except Exception as problem:  # noqa: BLE001 - logged in _aws_error
        return _refuse(exchange, _aws_error(exchange, problem))


def _aws_error(exchange: Exchange, problem: Exception) -> AwsError:
    """The error for an exception. The log has each outage and each bug, but not what fails because the server stops."""
    service, outage = exchange.target.service, outage_of(problem)
    if isinstance(problem, TrigpointError):
        return as_aws_error(problem, service)
    if not exchange.is_broken_off:
        log.error("request.failed %s", exchange.log_fields(), exc_info=problem)
    return outage_error(outage) if outage else internal_failure(service, exchange.request_id)


def _refuse(exchange: Exchange, error: AwsError) -> HttpReply:
    log.info("request.refused %s code=%s status=%d", exchange.log_fields(), error.code, error.status)
    return error_reply(exchange, error)
