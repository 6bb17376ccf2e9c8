"""The service, protocol and operation of a request: read from its signature and its shape, never from its
host."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from trigpoint.wire import rest_json
from trigpoint.wire.claims import Claim
from trigpoint.wire.foreign import find_foreign
from trigpoint.wire.head import RequestHead
from trigpoint.wire.model import service_model
from trigpoint.wire.refusals import Manner

RUNTIME = "sagemaker-runtime"
LAMBDA = "lambda"
_JSON_SERVICES = ("sagemaker", "logs", "monitoring")


class Style(Enum):
    """The protocol of a request."""

    JSON = "json"
    QUERY = "query"
    REST_JSON = "rest-json"
    S3 = "s3"
    # only for errors, of services that are not served
    REST_XML = "rest-xml"
    EC2 = "ec2"
    CBOR = "smithy-rpc-v2-cbor"


@dataclass(frozen=True, slots=True)
class Target:
    """The addressee. `service` is our name of it, or the unknown one of the signature; `operation` is ""
    when the request does not name one, or (query protocol) only its body does."""

    service: str
    style: Style
    operation: str = ""

    @property
    def manner(self) -> Manner:
        """The wording of its errors."""
        return {Style.QUERY: Manner.QUERY, Style.S3: Manner.S3}.get(self.style, Manner.JSON)


def identify(head: RequestHead, claim: Claim | None) -> Target:
    """The addressee of a request. Without credentials it is guessed from the shape, so that the refusal has the
    right protocol."""
    scope = claim.service if claim else ""
    target = head.header("x-amz-target") or ""
    if scope == "s3":
        return Target("s3", Style.S3)
    if target:
        return _json_target(scope, target)
    if scope == LAMBDA:
        return Target(LAMBDA, Style.REST_JSON, rest_json.find_operation(LAMBDA, head) or "")
    if scope in ("", "sagemaker"):
        operation = rest_json.find_operation(RUNTIME, head)
        if operation is not None:
            return Target(RUNTIME, Style.REST_JSON, operation)
    if head.content_type == "application/x-www-form-urlencoded" or "Action" in head.query_map:
        return Target(scope or "sts", Style.QUERY, head.query_map.get("Action", ""))
    if not scope:
        return Target("s3", Style.S3)
    return Target(scope, Style.QUERY if scope in ("sts", "iam") else Style.JSON)


def foreign_target(target: Target, head: RequestHead) -> Target:
    """The addressee of a request to a service that is not served, in the protocol that its client expects."""
    found = find_foreign(target.service, head)
    return Target(found.service, Style(found.protocol), found.operation)


def _json_target(scope: str, target: str) -> Target:
    prefix, _, operation = target.rpartition(".")
    owner = next((name for name in _JSON_SERVICES if _target_prefix(name) == prefix), "")
    if scope and owner != scope:
        return Target(
            scope, Style.JSON
        )  # the target of another service than the signature's: no operation of it
    return Target(owner or scope, Style.JSON, operation)


def _target_prefix(service: str) -> str:
    prefix: str = service_model(service).metadata.get("targetPrefix", "")
    return prefix
