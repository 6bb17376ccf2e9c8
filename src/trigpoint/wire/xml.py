"""Modelled values to XML and back (answers of query services, bodies of rest-xml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import Shape, members
from trigpoint.wire.scalars import format_text, parse_text

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MAX_DEPTH = 40


def escape(text: str) -> str:
    """Text escaped for XML; characters that XML 1.0 cannot contain become U+FFFD."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return _FORBIDDEN.sub("\ufffd", text)


def element(name: str, content: str, namespace: str | None = None) -> str:
    """`<name>content</name>`; the content must be XML already."""
    attribute = f' xmlns="{escape(namespace)}"' if namespace else ""
    return f"<{name}{attribute}>{content}</{name}>"


def write(shape: Shape, value: Any, name: str, namespace: str | None = None) -> str:
    """The element (or elements, of a flattened list) that says this value; None and absent members are left
    out."""
    match shape.type_name:
        case "structure":
            return element(name, write_members(shape, value), namespace)
        case "list":
            return _write_list(shape, value, name, namespace)
        case "map":
            return _write_map(shape, value, name)
        case _:
            style = shape.serialization.get("timestampFormat", "iso8601")
            return element(name, escape(format_text(shape.type_name, value, style)), namespace)


def write_members(shape: Shape, value: Mapping[str, Any]) -> str:
    """The members of a structure, one after the other, without those that are in headers."""
    return "".join(
        write(member, value[name], member.serialization.get("name", name))
        for name, member in members(shape).items()
        if value.get(name) is not None and "location" not in member.serialization
    )


def read(shape: Shape, body: bytes) -> Any:
    """The value of an XML document, its root being the shape.

    Raises: AwsError(MalformedXML): no XML, or a text that is not what the shape wants. DTDs are refused.
    """
    if not body.strip():
        return {}
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise _malformed("document type definitions are not accepted")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as problem:
        raise _malformed(str(problem)) from None
    return read_element(shape, root)


def read_element(shape: Shape, node: ElementTree.Element, depth: int = 0) -> Any:
    """The value of one element."""
    if depth > _MAX_DEPTH:
        raise _malformed("it is nested too deeply")
    match shape.type_name:
        case "structure":
            return _read_structure(shape, node, depth)
        case "list":
            return [read_element(shape.member, child, depth + 1) for child in node]
        case "map":
            return _read_map(shape, list(node), depth)
        case _:
            try:
                return parse_text(shape.type_name, node.text or "")
            except ValueError as problem:
                raise _malformed(f"{_tag(node)}: {problem}") from None


def _write_list(shape: Shape, value: list[Any], name: str, namespace: str | None) -> str:
    item_name = shape.member.serialization.get("name", "member")
    if shape.serialization.get("flattened"):
        return "".join(write(shape.member, item, shape.serialization.get("name", name)) for item in value)
    return element(name, "".join(write(shape.member, item, item_name) for item in value), namespace)


def _write_map(shape: Shape, value: Mapping[str, Any], name: str) -> str:
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    pairs = [
        write(shape.key, key, key_name) + write(shape.value, item, value_name) for key, item in value.items()
    ]
    if shape.serialization.get("flattened"):
        return "".join(element(name, pair) for pair in pairs)
    return element(name, "".join(element("entry", pair) for pair in pairs))


def _read_structure(shape: Shape, node: ElementTree.Element, depth: int) -> dict[str, Any]:
    children: dict[str, list[ElementTree.Element]] = {}
    for child in node:
        children.setdefault(_tag(child), []).append(child)
    parsed: dict[str, Any] = {}
    for name, member in members(shape).items():
        found = children.get(member.serialization.get("name", name))
        if not found:
            continue
        if member.type_name == "list" and member.serialization.get("flattened"):
            parsed[name] = [read_element(member.member, child, depth + 1) for child in found]
        elif member.type_name == "map" and member.serialization.get("flattened"):
            parsed[name] = _read_map(member, found, depth)
        else:
            parsed[name] = read_element(member, found[-1], depth + 1)
    return parsed


def _read_map(shape: Shape, entries: list[ElementTree.Element], depth: int) -> dict[str, Any]:
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    parsed = {}
    for entry in entries:
        parts = {_tag(child): child for child in entry}
        if key_name not in parts or value_name not in parts:
            raise _malformed(f"an entry of a map needs <{key_name}> and <{value_name}>")
        key = read_element(shape.key, parts[key_name], depth + 1)
        parsed[key] = read_element(shape.value, parts[value_name], depth + 1)
    return parsed


def _tag(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def _malformed(what: str) -> AwsError:
    return AwsError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema: " + what,
    )
