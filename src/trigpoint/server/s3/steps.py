"""Steps of a request to S3, whose body is read as it arrives."""

from __future__ import annotations

from trigpoint.server import authentication
from trigpoint.server.exchange import AwsServices, Exchange
from trigpoint.server.http import HttpReply
from trigpoint.server.s3 import cors
from trigpoint.server.s3.address import S3Address, s3_address
from trigpoint.server.s3.payload import has_no_body, no_payload, open_payload, payload_word
from trigpoint.server.s3.post import is_form, put_form
from trigpoint.server.s3.response import http_reply, service_headers
from trigpoint.services.errors import read_only_key
from trigpoint.services.s3.contract import S3Request
from trigpoint.wire.sigv4 import Credential

_ANONYMOUS = Credential("", "", "anonymous", read_only=True)


def find_address(exchange: Exchange, services: AwsServices) -> None:
    """Sets the bucket and key."""
    exchange.address = s3_address(exchange.head, services.own_host)


def answer_preflight(exchange: Exchange, services: AwsServices) -> HttpReply | None:
    """Replies to a browser that asks what its page may do; such a request carries no signature."""
    head, address = exchange.head, _address(exchange)
    if head.method != "OPTIONS":
        return None
    if not address.bucket or cors.asks_to_read(services.s3, head, address.bucket):
        return cors.preflight(head)
    exchange.context = services.context(exchange, _ANONYMOUS)
    exchange.payload = no_payload()
    return call(exchange, services)


def answer_form(exchange: Exchange, services: AwsServices) -> HttpReply | None:
    """Replies to a browser's form upload, whose signature is one of its fields."""
    if exchange.claim is not None or not is_form(exchange.head, _address(exchange)):
        return None
    return put_form(exchange, services, _address(exchange))


def authenticate(exchange: Exchange, services: AwsServices) -> None:
    """Sets credential and context."""
    authentication.authenticate(
        exchange,
        services,
        lambda claim: payload_word(exchange.head, claim),
        _address(exchange).host_bucket,
    )


def refuse_writes_of_read_only_keys(exchange: Exchange, services: AwsServices) -> None:
    """Refuses a method that changes something when the key may only read."""
    if exchange.credential.read_only and exchange.head.method not in ("GET", "HEAD"):
        raise read_only_key("s3", exchange.head.method, exchange.context.identity_arn)


def open_body(exchange: Exchange, services: AwsServices) -> None:
    """Sets the body without its framing, which is checked as it is read."""
    assert exchange.claim is not None, "an authenticated request has a claim"
    exchange.payload = open_payload(exchange.head, exchange.claim, exchange.credential, exchange.source)


def call(exchange: Exchange, services: AwsServices) -> HttpReply:
    """The service's reply."""
    head, address, payload = exchange.head, _address(exchange), exchange.payload
    if has_no_body(head):
        payload.read(1)  # the announced hash must be that of nothing
    request = S3Request(
        method=head.method,
        bucket=address.bucket,
        key=address.key,
        query=head.query_map,
        headers=service_headers(head),
        body=payload,
        trailers=payload.trailers,
        context=exchange.context,
    )
    return http_reply(head, services.s3.handle(request))


def add_cors_headers(exchange: Exchange, services: AwsServices) -> HttpReply:
    """The reply with what the bucket's CORS rules add for the page that asks."""
    if exchange.address is None:
        return exchange.reply
    return cors.for_page(services.s3, exchange.head, exchange.address.bucket, exchange.reply)


def _address(exchange: Exchange) -> S3Address:
    assert exchange.address is not None, "find_address comes first"
    return exchange.address
