"""Errors on the wire, in each protocol."""

from __future__ import annotations

from typing import Any

from trigpoint.wire import json_protocol
from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import members, service_model
from trigpoint.wire.xml import DECLARATION, element, escape

ErrorReply = tuple[int, dict[str, str], bytes]  # status, headers, body


def json_error(error: AwsError, service: str | None, content_type: str) -> ErrorReply:
    """`{"__type": code, "message": ...}`; the member's name is the modelled error's own where there is
    one."""
    shape = _error_shape(service, error.code)
    message_name = "Message" if shape is not None and "Message" in members(shape) else "message"
    headers = {"Content-Type": content_type}
    document: dict[str, Any] = {}
    if error.code:
        document["__type"] = error.code
        headers["x-amzn-ErrorType"] = error.code
    document |= {message_name: error.message, **error.fields}
    return error.status, headers, json_protocol.dump(document)


def query_error(error: AwsError, service: str | None, request_id: str) -> ErrorReply:
    """`<ErrorResponse><Error><Type>..<Code>..<Message>..</Error><RequestId>..`."""
    kind = "Sender" if error.status < 500 else "Receiver"
    parts = {"Type": kind, "Code": error.code, "Message": error.message, **error.fields}
    content = element("Error", _elements(parts)) + element("RequestId", escape(request_id))
    namespace = service_model(service).metadata.get("xmlNamespace") if service else None
    body = element("ErrorResponse", content, namespace)
    return error.status, {"Content-Type": "text/xml"}, body.encode()


def ec2_error(error: AwsError, request_id: str) -> ErrorReply:
    """`<Response><Errors><Error><Code>..<Message>..</Error></Errors><RequestID>..`."""
    found = element("Error", _elements({"Code": error.code, "Message": error.message}))
    content = element("Errors", found) + element("RequestID", escape(request_id))
    return error.status, {"Content-Type": "text/xml"}, element("Response", content).encode()


def cbor_error(error: AwsError) -> ErrorReply:
    """The map of `__type` and `message` of the Smithy protocol RPC v2 CBOR."""
    pairs = ("__type", error.code, "message", error.message)
    body = b"\xa2" + b"".join(_cbor_text(text.encode()) for text in pairs)  # a2: a map of two pairs
    return error.status, {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, body


def _cbor_text(text: bytes) -> bytes:
    """A text string with a length of two bytes (RFC 8949, section 3.1, major type 3)."""
    text = text[:0xFFFF]
    return b"\x79" + len(text).to_bytes(2, "big") + text


def s3_error(error: AwsError, resource: str, request_id: str, method: str) -> ErrorReply:
    """`<Error><Code>..`; no body for HEAD, nor with the statuses that have none."""
    headers = {"Content-Type": "application/xml"}
    if method == "HEAD" or error.status == 304:
        return error.status, headers, b""
    parts = {
        "Code": error.code,
        "Message": error.message,
        **error.fields,
        "Resource": resource,
        "RequestId": request_id,
        "HostId": request_id,
    }
    return error.status, headers, DECLARATION + element("Error", _elements(parts)).encode()


def _elements(parts: dict[str, Any]) -> str:
    return "".join(element(name, escape(str(value))) for name, value in parts.items())


def _error_shape(service: str | None, code: str) -> Any:
    if service is None or not code:
        return None
    model = service_model(service)
    known = code in model.shape_names and model.shape_for(code).metadata.get("exception")
    return model.shape_for(code) if known else None
