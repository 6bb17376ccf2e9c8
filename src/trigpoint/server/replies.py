"""Replies in the protocol of the request: a result, or an error."""

from __future__ import annotations

from trigpoint.server.exchange import Exchange
from trigpoint.server.http import HttpReply
from trigpoint.server.s3.cors import ANY_ORIGIN
from trigpoint.server.target import Style
from trigpoint.wire import error_bytes, json_protocol, query_protocol, rest_json
from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import service_model


def result_reply(exchange: Exchange) -> HttpReply:
    """The reply with the result of an operation."""
    model, result = exchange.operation.model, exchange.result
    match exchange.target.style:
        case Style.QUERY:
            body = query_protocol.serialize(model, result, exchange.request_id)
            status, headers = 200, {"Content-Type": "text/xml"}
        case Style.REST_JSON:
            status, headers, body = rest_json.serialize(model, result)
        case _:
            body = json_protocol.serialize(model, result)
            status, headers = 200, {"Content-Type": _json_content_type(exchange)}
    headers["Content-Length"] = str(len(body))
    return HttpReply(status, headers, body)


def error_reply(exchange: Exchange, error: AwsError) -> HttpReply:
    """The reply with an error."""
    target, head = exchange.target, exchange.head
    service = target.service if _is_known(target.service) else None
    match target.style:
        case Style.S3:
            status, headers, body = error_bytes.s3_error(error, head.path, exchange.request_id, head.method)
            if head.method in ("GET", "HEAD"):
                headers |= ANY_ORIGIN
        case Style.EC2:
            status, headers, body = error_bytes.ec2_error(error, exchange.request_id)
        case Style.CBOR:
            status, headers, body = error_bytes.cbor_error(error)
        case Style.QUERY | Style.REST_XML:
            status, headers, body = error_bytes.query_error(error, service, exchange.request_id)
        case _:
            status, headers, body = error_bytes.json_error(error, service, _json_content_type(exchange))
            if head.header("x-amzn-query-mode") == "true" and error.code:
                fault = "Sender" if error.status < 500 else "Receiver"
                headers["x-amzn-query-error"] = f"{error.code};{fault}"
    if head.method != "HEAD":
        headers["Content-Length"] = str(len(body))
    return HttpReply(status, headers, body)


def add_request_id(exchange: Exchange, reply: HttpReply) -> None:
    """Adds the headers by which a client and the log name the same request."""
    if exchange.target.style is Style.S3:
        reply.headers |= {"x-amz-request-id": exchange.request_id, "x-amz-id-2": exchange.request_id}
    else:
        reply.headers["x-amzn-RequestId"] = exchange.request_id


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
