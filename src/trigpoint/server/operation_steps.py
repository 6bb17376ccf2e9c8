"""Steps of a request to a service whose operations are modelled: every service but S3."""

from __future__ import annotations

import hashlib
import logging

from trigpoint.core.errors import Denied
from trigpoint.server import authentication, replies
from trigpoint.server.exchange import AwsServices, Exchange
from trigpoint.server.http import HttpReply
from trigpoint.server.target import RUNTIME, Style, foreign_target
from trigpoint.services.alternatives import not_served_error
from trigpoint.services.errors import as_aws_error, not_for_jobs, read_only_key
from trigpoint.services.roles import check_may_call
from trigpoint.wire import json_protocol, query_protocol, rest_json
from trigpoint.wire.compressed import decompressed
from trigpoint.wire.validate import answer_problems
from trigpoint.wire.validate import validate as validate_input
from trigpoint.workforce.people import Role

log = logging.getLogger(__name__)

BODY_LIMIT_BYTES = 8 << 20

_CALLED_BY_JOBS = ("sts", "GetCallerIdentity")


def authenticate(exchange: Exchange, services: AwsServices) -> None:
    """Sets credential and context."""
    authentication.authenticate(exchange, services, lambda _: hashlib.sha256(exchange.body).hexdigest())


def unpack_body(exchange: Exchange, services: AwsServices) -> None:
    """Decompresses the body and, with the query protocol, reads it as a form."""
    head = exchange.head
    if exchange.target.service == "monitoring":
        exchange.body = decompressed(exchange.body, head.header("content-encoding"), BODY_LIMIT_BYTES)
    if exchange.target.style is Style.QUERY:
        exchange.form_fields = query_protocol.form(exchange.body) if exchange.body else dict(head.query_map)


def find_operation(exchange: Exchange, services: AwsServices) -> None:
    """Sets the operation that the head or the form names."""
    name = exchange.form_fields.get("Action", "") or exchange.target.operation
    if not name or not services.table.serves(exchange.target.service):
        # Here, after authentication and in a thread: the models of many services are large files.
        exchange.target = foreign_target(exchange.target, exchange.head)
        raise not_served_error(exchange.target.service, name or exchange.target.operation)
    exchange.operation = services.table.find(exchange.target.service, name)


def refuse_writes_of_read_only_keys(exchange: Exchange, services: AwsServices) -> None:
    """Refuses an operation that changes something when the key may only read, or change objects only; and nearly
    every operation of a job's credentials.
    """
    credential, operation = exchange.credential, exchange.operation
    if credential.scope is not None and (operation.service, operation.name) != _CALLED_BY_JOBS:
        raise not_for_jobs(operation.service, operation.name, exchange.context.identity_arn)
    if (credential.read_only or credential.objects_only) and not operation.reads_only:
        raise read_only_key(
            exchange.target.service,
            operation.name,
            exchange.context.identity_arn,
            objects_only=credential.objects_only,
        )


def refuse_what_the_role_may_not(exchange: Exchange, services: AwsServices) -> None:
    """Refuses an operation that the role of the key's owner does not allow."""
    role, operation = exchange.credential.role, exchange.operation
    if role is None:
        return
    try:
        check_may_call(Role(role), operation.service, operation.name)
    except Denied as denied:
        raise as_aws_error(denied, operation.service) from None


def parse(exchange: Exchange, services: AwsServices) -> None:
    """Sets the request as a dict with the model's names."""
    model = exchange.operation.model
    if exchange.form_fields:
        exchange.request = query_protocol.parse(model, exchange.form_fields)
    elif exchange.target.style is Style.REST_JSON:
        exchange.request = rest_json.parse(model, exchange.head, exchange.body)
    else:
        exchange.request = json_protocol.parse(model, exchange.body)


def validate(exchange: Exchange, services: AwsServices) -> None:
    """Refuses a request that breaks the model's rules."""
    target = exchange.target
    runtime_or_query = target.service == RUNTIME or target.style is Style.QUERY
    code = "ValidationError" if runtime_or_query else "ValidationException"
    validate_input(exchange.operation.model, exchange.request, code)


def call(exchange: Exchange, services: AwsServices) -> None:
    """Sets the operation's result."""
    exchange.result = exchange.operation.handler(exchange.context, exchange.request) or {}


def log_problems_of_result(exchange: Exchange, services: AwsServices) -> None:
    """Logs where a result of ours differs from the model; the client gets it nevertheless."""
    operation = exchange.operation
    for problem in answer_problems(operation.model, exchange.result):
        log.warning(
            "answer.off_model service=%s operation=%s problem=%s", operation.service, operation.name, problem
        )


def serialize(exchange: Exchange, services: AwsServices) -> HttpReply:
    """The reply with the result."""
    return replies.result_reply(exchange)
