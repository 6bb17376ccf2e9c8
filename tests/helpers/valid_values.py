"""Minimal values of the service model's shapes, and requests with one more field."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from trigpoint.wire.model import Operation, Shape, members
from trigpoint.wire.patterns import matches

_ACCOUNT = "us-east-1:111122223333"
TEXTS = (
    "a",
    "1",
    "abc",
    "abcdefgh",
    "a.b.c",
    "s3://bucket/key",
    "https://example.com/x",
    "/opt/ml/data",
    "fs-12345678",
    "sg-12345678",
    "subnet-12345678",
    "vpc-12345678",
    "10.0.0.0/16",
    "lambda:InvokeFunction",
    "python3.12",
    "us-east-1_Pool12345",
    f"arn:aws:iam::{_ACCOUNT.split(':')[1]}:role/trigpoint",
    f"arn:aws:kms:{_ACCOUNT}:key/abc",
    f"arn:aws:lambda:{_ACCOUNT}:function:PRE-BoundingBox",
    f"arn:aws:sns:{_ACCOUNT}:topic",
    *(
        f"arn:aws:sagemaker:{_ACCOUNT}:{kind}/name"
        for kind in (
            "model",
            "training-job",
            "training-plan",
            "workteam/private-crowd",
            "human-task-ui",
            "model-package",
            "model-package-group",
            "mlflow-app",
            "mlflow-tracking-server",
            "reserved-capacity",
            "inference-component",
            "labeling-job-algorithm-specification",
        )
    ),
    "arn:aws:sagemaker:us-east-1:aws:hub-content/Hub/Model/name",
    "arn:aws:sagemaker:us-east-1:aws:hub-content/Hub/DataSet/name/1.0.0",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1",
    "a/b",
    "0",
)


def least(shape: Shape) -> Any:
    """A value that keeps the model's rules, with only the required members.

    Raises: AssertionError: no known text matches the shape's pattern; add an example for the field.
    """
    rules = shape.metadata
    match shape.type_name:
        case "structure":
            wanted = shape.required_members or (list(members(shape))[:1] if shape.is_tagged_union else ())
            return {name: least(members(shape)[name]) for name in wanted}
        case "list":
            return [least(shape.member) for _ in range(max(1, rules.get("min", 1)))]
        case "map":
            return {least(shape.key): least(shape.value)}
        case "string":
            return _text(shape)
        case "integer" | "long":
            return max(1, rules.get("min", 1))
        case "float" | "double":
            return float(max(1, rules.get("min", 1)))
        case "boolean":
            return True
        case "timestamp":
            return datetime(2026, 1, 1, tzinfo=UTC)
        case "blob":
            return b"x"
        case other:
            raise AssertionError(f"no value of type {other}")


def some(shape: Shape) -> Any:
    """The least value that is not empty."""
    value = least(shape)
    if value == {} and shape.type_name == "structure":
        name, member = next(iter(members(shape).items()))
        return {name: some(member)}
    return value


def with_field(operation: Operation, request: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The request with this value at the path. Missing structures on the way are created. In a list, the
    first item gets it.
    """
    changed = copy.deepcopy(request)
    node, shape = changed, operation.input_shape
    *way, last = path.split(".")
    for step in way:
        name = step.rstrip("[]")
        shape = members(shape)[name]
        node = node.setdefault(name, least(shape))
        for _ in range(step.count("[]")):
            node, shape = node[0], shape.member
    node[last.rstrip("[]")] = value
    return changed


def _text(shape: Shape) -> str:
    rules = shape.metadata
    if rules.get("enum"):
        return str(rules["enum"][0])
    for text in (*TEXTS, "a" * rules.get("min", 1)):
        fits = rules.get("min", 0) <= len(text) <= rules.get("max", 1 << 20)
        if fits and (not rules.get("pattern") or matches(rules["pattern"], text)):
            return text
    raise AssertionError(f"no text for {shape.name} {rules}")
