"""A made-up manifest line for a task template: a value for each variable that the template uses.

A variable that goes through `grant_read_access` gets an object of the bucket, by the tag that it is used in. A variable
that is looped over, or is the value of an attribute for a list, gets a list. Everything else gets a short text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

VARIABLE = re.compile(r"task\.input\.([A-Za-z_][\w.-]*)((?:\s*\|[^}%]*)?)")
LOOP = re.compile(r"\{%-?\s*for\s+(\w+)\s+in\s+task\.input\.([A-Za-z_][\w.-]*)")
LIST = re.compile(r"\b(?:responses|labels|categories)\s*=\s*[\"']?\{\{-?\s*$")
TAG = re.compile(r"<([a-z][\w-]*)\b[^<]*$", re.DOTALL)

LABELS = ["first", "second", "third"]
TEXT = "The quick brown fox jumps over the lazy dog near Paris."


def made_up_line(template: str, objects: Mapping[str, str]) -> dict[str, Any]:
    """The line for a template.

    Args: objects: the URIs of an `image`, `audio`, `video`, `pdf` and `text`.
    """
    line: dict[str, Any] = {"source": TEXT, "labels": LABELS}
    loops = {path: name for name, path in LOOP.findall(template)}
    for found in VARIABLE.finditer(template):
        path, filters = found[1].rstrip("."), found[2]
        if path in loops:
            value: Any = _items(template, loops[path])
        elif "grant_read_access" in filters:
            value = objects[_kind(template[: found.start()])]
        elif path.split(".")[-1] == "labels" or LIST.search(template[: found.start()]):
            value = LABELS
        else:
            value = TEXT
        _put(line, path.split("."), value)
    return line


def _kind(before: str) -> str:
    """What an address is used for, by the last tag that is open before it."""
    tag = TAG.search(before)
    name = tag[1] if tag is not None else ""
    if name == "source":  # <source> in <audio> or <video>
        name = "video" if before.rfind("<video") > before.rfind("<audio") else "audio"
    if name in ("audio", "video"):
        return name
    if name in ("iframe", "embed", "object"):
        return "pdf"
    return "image"


def _items(template: str, name: str) -> list[Any]:
    """Two items for a loop: objects with the attributes that the loop uses, or texts."""
    attributes = set(re.findall(rf"\b{name}\.([A-Za-z_][\w-]*)", template))
    if not attributes:
        return [f"{TEXT} ({number})" for number in (1, 2)]
    return [{attribute: f"{attribute} {number}" for attribute in sorted(attributes)} for number in (1, 2)]


def _put(line: dict[str, Any], path: list[str], value: Any) -> None:
    """Sets a value of nested objects. A value that is there stays, unless it is the text of a shorter path."""
    for name in path[:-1]:
        if not isinstance(line.get(name), dict):
            line[name] = {}
        line = line[name]
    if path[-1] not in line or line[path[-1]] == TEXT:
        line[path[-1]] = value
