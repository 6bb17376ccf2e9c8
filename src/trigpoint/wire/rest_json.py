"""The rest-json protocol, where parts of a request are in path and headers: requests to dicts and dicts to
answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from trigpoint.wire import json_protocol
from trigpoint.wire.errors import AwsError
from trigpoint.wire.head import RequestHead
from trigpoint.wire.model import Operation, Shape, members, service_model
from trigpoint.wire.scalars import format_text, parse_text

_Answer = tuple[int, dict[str, str], bytes]


def find_operation(service: str, head: RequestHead) -> str | None:
    """The wire name of the operation with this method and path; None when there is none."""
    for method, template, query, name in _routes(service):
        found = method == head.method and template.fullmatch(head.path)
        if found and query.items() <= head.query_map.items():
            return name
    return None


def parse(operation: Operation, head: RequestHead, body: bytes) -> dict[str, Any]:
    """The request's members, from path, query, headers and body.

    Raises: AwsError(SerializationException): names the member of the wrong type.
    """
    shape = operation.input_shape
    if shape is None:
        return {}
    labels = _template(operation.http["requestUri"]).fullmatch(head.path)
    parsed: dict[str, Any] = _parse_body(shape, body)
    for name, member in members(shape).items():
        text = _located_text(member, name, head, labels.groupdict() if labels else {})
        if text is not None:
            parsed[name] = _scalar(member, name, text)
    return parsed


def serialize(operation: Operation, result: Mapping[str, Any]) -> _Answer:
    """(status, headers, body) of an answer."""
    shape = operation.output_shape
    status = int(operation.http.get("responseCode", 200))
    if shape is None:
        return status, {}, b""
    headers: dict[str, str] = {}
    for name, member in members(shape).items():
        if result.get(name) is None:
            continue
        location = member.serialization.get("location")
        if location == "header":
            text = format_text(member.type_name, result[name], "rfc822")
            headers[member.serialization.get("name", name)] = text
        elif location == "statusCode":
            status = int(result[name])
    payload = shape.serialization.get("payload")
    if status == 204:
        return status, headers, b""  # HTTP allows no body with it
    if payload is None:
        headers["Content-Type"] = "application/json"
        in_body = {name: value for name, value in result.items() if not _location(shape, name)}
        return status, headers, json_protocol.dump(json_protocol.serialize_value(shape, in_body))
    member = members(shape)[payload]
    value = result.get(payload)
    if member.type_name == "structure":
        headers["Content-Type"] = "application/json"
        return status, headers, json_protocol.dump(json_protocol.serialize_value(member, value or {}))
    return status, headers, value.encode() if isinstance(value, str) else value or b""


def _parse_body(shape: Shape, body: bytes) -> dict[str, Any]:
    payload = shape.serialization.get("payload")
    if payload is None:
        document = json_protocol.load_object(body)
        located = {name for name in members(shape) if _location(shape, name)}
        return {
            name: value
            for name, value in json_protocol.parse_value(shape, document, ()).items()
            if name not in located
        }
    member = members(shape)[payload]
    if member.type_name == "structure":
        return {payload: json_protocol.parse_value(member, json_protocol.load_object(body), (payload,))}
    return {payload: body.decode() if member.type_name == "string" else body}


def _located_text(member: Shape, name: str, head: RequestHead, labels: dict[str, str]) -> str | None:
    wire_name = member.serialization.get("name", name)
    match member.serialization.get("location"):
        case "uri":
            return unquote(labels[wire_name]) if wire_name in labels else None
        case "querystring":
            return head.query_map.get(wire_name)
        case "header":
            return head.header(wire_name.lower())
        case _:
            return None


def _scalar(member: Shape, name: str, text: str) -> Any:
    try:
        return parse_text(member.type_name, text)
    except ValueError as problem:
        raise AwsError("SerializationException", f"The value of {name} cannot be read: {problem}") from None


def _location(shape: Shape, name: str) -> str | None:
    location: str | None = (
        members(shape)[name].serialization.get("location") if name in members(shape) else None
    )
    return location


@cache
def _routes(service: str) -> tuple[tuple[str, re.Pattern[str], dict[str, str], str], ...]:
    """Method, path, fixed part of the query and name of each operation; those with a fixed query come first."""
    model = service_model(service)
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        query = dict(parse_qsl(http["requestUri"].partition("?")[2], keep_blank_values=True))
        routes.append((http["method"], _template(http["requestUri"]), query, name))
    return tuple(sorted(routes, key=lambda route: not route[2]))


@cache
def _template(uri: str) -> re.Pattern[str]:
    """`/endpoints/{EndpointName}/invocations` as a pattern of encoded paths."""
    pieces = re.split(r"\{(\w+)(\+?)\}", uri.split("?")[0])
    pattern = re.escape(pieces[0])
    for label, greedy, rest in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        pattern += f"(?P<{label}>{'.+' if greedy else '[^/]+'})" + re.escape(rest)
    return re.compile(pattern)
