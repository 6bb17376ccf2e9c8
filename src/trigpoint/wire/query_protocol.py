"""The query protocol: form bodies to dicts, dicts to XML (STS, IAM, older CloudWatch clients)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import Operation, Shape, members
from trigpoint.wire.paths import MapKey, Path, member_path
from trigpoint.wire.scalars import parse_text
from trigpoint.wire.xml import element, escape, write_members

_MAX_FIELDS = 10_000
_MAX_POSITION_DIGITS = 9
_Tree = dict[str, Any]  # names to subtrees; the key "" has a node's own text


def form(body: bytes) -> dict[str, str]:
    """The fields of a form body; the last of repeated names counts.

    Raises: AwsError(MalformedQueryString)
    """
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as problem:
        raise AwsError("MalformedQueryString", f"The form body cannot be read: {problem}") from None
    return dict(pairs)


def parse(operation: Operation, fields: Mapping[str, str]) -> dict[str, Any]:
    """The request's members, from the form's fields; unknown fields are ignored.

    Raises: AwsError(MalformedInput): names the member whose text is not of the model's type.
    """
    shape = operation.input_shape
    return _structure(shape, _tree(fields), ()) if shape is not None else {}


def serialize(operation: Operation, result: Mapping[str, Any], request_id: str) -> bytes:
    """`<XResponse><XResult>..</XResult><ResponseMetadata>..`."""
    shape = operation.output_shape
    content = ""
    if shape is not None:
        content = element(
            shape.serialization.get("resultWrapper", f"{operation.name}Result"), write_members(shape, result)
        )
    content += element("ResponseMetadata", element("RequestId", escape(request_id)))
    return element(f"{operation.name}Response", content, _namespace(operation)).encode()


def _namespace(operation: Operation) -> str | None:
    namespace: str | None = operation.service_model.metadata.get("xmlNamespace")
    return namespace


def _tree(fields: Mapping[str, str]) -> _Tree:
    root: _Tree = {}
    for name, value in fields.items():
        parts = name.split(".")
        if len(parts) > 40:
            raise AwsError("MalformedInput", f"{name[:80]!r}... is nested too deeply")
        node = root
        for part in parts:
            node = node.setdefault(part, {})
        node[""] = value
    return root


def _value(shape: Shape, tree: _Tree, path: Path) -> Any:
    match shape.type_name:
        case "structure":
            return _structure(shape, tree, path)
        case "list":
            return _list(shape, tree, path)
        case "map":
            return _map(shape, tree, path)
        case _:
            return _scalar(shape, tree, path)


def _structure(shape: Shape, tree: _Tree, path: Path) -> dict[str, Any]:
    parsed = {}
    for name, member in members(shape).items():
        subtree = tree.get(_wire_name(member, name))
        if member.type_name == "list" and member.serialization.get("flattened"):
            subtree = tree.get(member.member.serialization.get("name") or _wire_name(member, name))
        if subtree is not None:
            parsed[name] = _value(member, subtree, (*path, name))
    return parsed


def _list(shape: Shape, tree: _Tree, path: Path) -> list[Any]:
    items = tree
    if not shape.serialization.get("flattened"):
        items = tree.get(shape.member.serialization.get("name", "member"), {})
    return [
        _value(shape.member, items[key], (*path, index)) for index, key in enumerate(_positions(items), 1)
    ]


def _map(shape: Shape, tree: _Tree, path: Path) -> dict[str, Any]:
    entries = tree if shape.serialization.get("flattened") else tree.get("entry", {})
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    parsed = {}
    for position in _positions(entries):
        key = _scalar(shape.key, entries[position].get(key_name, {}), path)
        parsed[key] = _value(shape.value, entries[position].get(value_name, {}), (*path, MapKey(key)))
    return parsed


def _scalar(shape: Shape, tree: _Tree, path: Path) -> Any:
    text = tree.get("", "")
    if "\x00" in text:
        raise AwsError(
            "MalformedInput", f"The text at '{member_path(path)}' must not contain the character U+0000"
        )
    try:
        return parse_text(shape.type_name, text)
    except ValueError as problem:
        raise AwsError(
            "MalformedInput", f"The value at '{member_path(path)}' cannot be read: {problem}"
        ) from None


def _positions(items: _Tree) -> Iterator[str]:
    return iter(
        sorted((key for key in items if key.isdecimal() and len(key) <= _MAX_POSITION_DIGITS), key=int)
    )


def _wire_name(member: Shape, name: str) -> str:
    wire_name: str = member.serialization.get("name", name)
    return wire_name
