"""Names, from the service model, the S3 operation that a request means and that Trigpoint does not serve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from trigpoint.services.alternatives import not_served_error
from trigpoint.services.s3.contract import S3Request
from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import service_model

Shape = tuple[str, str, frozenset[str]]
"""(method, level, the words of its query that distinguish it)."""

NAMED_BY_CLIENT = frozenset({"ListDirectoryBuckets", "WriteGetObjectResponse"})
"""Operations whose requests look like those of others, but for the `x-id` or the path that says their name."""


def unserved(request: S3Request, level: str, words: Iterable[str]) -> AwsError:
    """The refusal of a request that Trigpoint does not serve.

    Returns: NotImplemented, naming the operation, when S3 has one of this method, level and sub-resource;
        MethodNotAllowed when not even S3 has.
    """
    words = frozenset(words)
    said = request.query.get("x-id", "") or request.bucket
    names = _names().get((request.method, level, words), ())
    named = [name for name in names if _required(name) <= request.query.keys()] or list(names)
    if said in names or said in NAMED_BY_CLIENT:
        named = [said]
    if named:
        return not_served_error("s3", named[-1])
    if words:
        return not_served_error("s3", f"{request.method} of ?{'&'.join(sorted(words))} on a {level}")
    return AwsError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        405,
        {"Method": request.method},
    )


def level_of(operation: Any) -> str:
    """The level of the model's operation: service, bucket or object."""
    path = operation.http["requestUri"].partition("?")[0]
    return "object" if "{Key+}" in path else "bucket" if path.strip("/") else "service"


@cache
def _names() -> Mapping[Shape, Sequence[str]]:
    """The operations of each shape: those that need more of the query come later, replacements after the old."""
    model, names = service_model("s3"), defaultdict[Shape, list[str]](list)
    for name in sorted(set(model.operation_names) - NAMED_BY_CLIENT):
        names[_shape(model.operation_model(name))].append(name)
    return {
        shape: sorted(found, key=lambda name: (len(_required(name)), name)) for shape, found in names.items()
    }


@cache
def _required(name: str) -> frozenset[str]:
    """The parameters that the operation requires in its query."""
    shape = service_model("s3").operation_model(name).input_shape
    members = (
        {} if shape is None else {one: shape.members[one].serialization for one in shape.required_members}
    )
    return frozenset(said["name"] for said in members.values() if said.get("location") == "querystring")


def _shape(operation: Any) -> Shape:
    flags = parse_qsl(operation.http["requestUri"].partition("?")[2], keep_blank_values=True)
    words = frozenset(word for word, _ in flags if word not in ("x-id", "select-type"))
    return operation.http["method"], level_of(operation), words
