"""Declarations of the input fields that have no effect, are refused, or are served only in part.

A class of operations declares `FIELDS: Fields`, by operation and dotted path (`InputDataConfig[].ShuffleConfig`).
A path includes everything below it. A field that is not declared is served. `docs/api-coverage.md` is generated
from these declarations. Tests send each refused field and expect an error, and check that the code mentions each
served field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.wire.model import Operation, Shape, members


@dataclass(frozen=True, slots=True)
class IgnoredField:
    """The field is accepted and has no effect. Describe operations that have it return it."""

    reason: str


@dataclass(frozen=True, slots=True)
class RefusedField:
    """A request with the field is refused.

    `example` is a value that the service model allows; None means the smallest one, which tests build.
    """

    reason: str
    example: Any = None


@dataclass(frozen=True, slots=True)
class PartlyServedField:
    """The field is served, but some values that the service model allows are refused, such as `refused`."""

    reason: str
    refused: Any


Coverage = IgnoredField | RefusedField | PartlyServedField
Fields = Mapping[str, Mapping[str, Coverage]]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One row of the table; `coverage` is None for a served field."""

    path: str
    required: bool
    coverage: Coverage | None


def refuse_declared(request: Mapping[str, Any], declared: Mapping[str, Coverage]) -> None:
    """Checks that the request has no refused field; empty lists and structures are allowed.

    Raises: Invalid: a refused field; the message has its path, with list indexes from 0, and the reason.
    """
    for path, coverage in declared.items():
        if isinstance(coverage, RefusedField):
            for where, value in _values(request, path.split(".")):
                if value not in (None, [], {}):
                    raise Invalid(
                        f"{where} is not served by Trigpoint: {coverage.reason}; retry the request without it"
                    )


def field_rows(operation: Operation, declared: Mapping[str, Coverage]) -> list[FieldRow]:
    """The operation's input fields in the model's order: scalars, and structures that are declared whole."""
    shape = operation.input_shape
    return [] if shape is None else list(_rows(shape, "", declared, (), required=True))


def field_shape(operation: Operation, path: str) -> Shape:
    """The shape at a dotted path of the operation's input.

    Raises: KeyError: the model has no such field.
    """
    shape = operation.input_shape
    for step in path.split("."):
        shape = members(shape)[step.rstrip("[]")]
        for _ in range(step.count("[]")):
            shape = shape.member
    return shape


def _values(node: Any, steps: list[str], where: str = "") -> Iterator[tuple[str, Any]]:
    """The values at a path, each with its full path including list indexes."""
    if not steps:
        yield where, node
        return
    name = steps[0].removesuffix("[]")
    if not isinstance(node, Mapping) or node.get(name) is None:
        return
    where = f"{where}.{name}" if where else name
    if not steps[0].endswith("[]"):
        yield from _values(node[name], steps[1:], where)
        return
    for index, item in enumerate(node[name]):
        yield from _values(item, steps[1:], f"{where}[{index}]")


def _rows(
    shape: Shape, path: str, declared: Mapping[str, Coverage], within: tuple[str, ...], *, required: bool
) -> Iterator[FieldRow]:
    if path in declared:
        yield FieldRow(path, required, declared[path])
        if not isinstance(declared[path], PartlyServedField):
            return
    if shape.type_name == "list":
        yield from _rows(shape.member, f"{path}[]", declared, within, required=required)
    elif shape.type_name == "structure" and members(shape) and shape.name not in within:
        for name, member in members(shape).items():
            inner = f"{path}.{name}" if path else name
            must = required and name in shape.required_members
            yield from _rows(member, inner, declared, (*within, shape.name), required=must)
    elif path not in declared:
        yield FieldRow(path, required, None)
