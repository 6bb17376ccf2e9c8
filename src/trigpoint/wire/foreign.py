"""The protocol and operation of a request to a service of AWS that Trigpoint does not serve.

Clients show an error only if it is in the protocol that they expect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import botocore

from trigpoint.wire import rest_json
from trigpoint.wire.head import RequestHead
from trigpoint.wire.model import service_model

CBOR = "smithy-rpc-v2-cbor"

_NAMES = {
    "airflow": "mwaa",
    "aoss": "opensearchserverless",
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "elasticmapreduce": "emr",
    "es": "opensearch",
    "geo": "location",
    "servicequotas": "service-quotas",
    "ses": "sesv2",
    "states": "stepfunctions",
}
"""botocore's names of services whose requests are signed with another name."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """The addressee of such a request. `operation` is "" if only the body names it, or nothing does."""

    service: str
    protocol: str
    operation: str


def find_foreign(signed_for: str, head: RequestHead) -> Foreign:
    """The addressee; `signed_for` is the service in the request's signature."""
    target = head.header("x-amz-target") or ""
    if head.header("smithy-protocol") == "rpc-v2-cbor":
        return Foreign(signed_for, CBOR, head.path.rpartition("/")[2])
    if target:
        return Foreign(signed_for, "json", target.rpartition(".")[2])
    if head.content_type == "application/x-www-form-urlencoded" or "Action" in head.query_map:
        protocol = "ec2" if signed_for == "ec2" else "query"
        return Foreign(signed_for, protocol, head.query_map.get("Action", ""))
    return _of_path(signed_for, head)


def _of_path(signed_for: str, head: RequestHead) -> Foreign:
    """The service and operation whose URI this is, among the services that sign with the name."""
    names = list(_candidates(signed_for))
    for name in names:
        operation = rest_json.find_operation(name, head)
        if operation is not None:
            # a service that signs as another one is known by its own name: sagemaker-metrics signs as sagemaker
            return Foreign(
                name if name.startswith(f"{signed_for}-") else signed_for, _protocol(name), operation
            )
    return Foreign(signed_for, _protocol(names[0]) if names else "json", "")


def _candidates(signed_for: str) -> Iterator[str]:
    own = _NAMES.get(signed_for, signed_for)
    for name in _all_names():
        if name == own:
            yield name
    for name in _all_names():
        if name.startswith((f"{own}-", f"{own}v2")):
            yield name


@cache
def _all_names() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in (Path(botocore.__file__).parent / "data").iterdir()))


def _protocol(name: str) -> str:
    protocol: str = service_model(name).metadata["protocol"]
    return protocol
