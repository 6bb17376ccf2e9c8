"""Several manifests merged into one: lines of the same image are joined, attribute by attribute.

Decision: a conflict, two different values under one name, is an error unless `prefer` says which one counts. A
label and its metadata are taken from the same manifest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from trigpoint.core.errors import Invalid
from trigpoint.datasets.cut import lines_of
from trigpoint.datasets.places import Places
from trigpoint.records.labels.attributes import METADATA
from trigpoint.records.manifest.lines import BadLine
from trigpoint.records.manifest.parsing import parse_line

Prefer = Literal["first", "last"] | None


@dataclass(slots=True)
class Merged:
    """The joined lines, in the order in which their images first occur, and where each came from."""

    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    joined: int = 0
    conflicts: list[str] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)


def merge(manifests: Sequence[str], key: str, places: Places, prefer: Prefer = None) -> Merged:
    """All lines of the manifests, joined by the value of the attribute `key`.

    All conflicts are listed in the result; with `prefer` they are also settled.
    Raises: Invalid: a broken line, or one without `key` (names manifest and line).
    """
    merged = Merged()
    for manifest in manifests:
        for number, raw in lines_of(manifest, places):
            _join(merged, _parsed(raw, number, manifest), key, f"{manifest}, line {number}", prefer)
    return merged


def _parsed(raw: bytes, number: int, manifest: str) -> dict[str, Any]:
    try:
        return parse_line(raw, number)
    except BadLine as problem:
        raise Invalid(f"{manifest}, {problem.message}") from None


def _join(merged: Merged, line: dict[str, Any], key: str, where: str, prefer: Prefer) -> None:
    identity = line.get(key)
    if not isinstance(identity, str):
        raise Invalid(
            f"{where}: attribute {key!r}, by which lines are joined, must be a text, not {identity!r}"
        )
    known = merged.lines.get(identity)
    if known is None:
        merged.lines[identity] = line
        merged.origins[identity] = where
        return
    merged.joined += 1
    refused = set()
    for name, value in line.items():
        if name in known and known[name] != value:
            merged.conflicts.append(f"{where}: attribute {name!r} differs from {merged.origins[identity]}")
            if prefer == "first":
                refused.add(name.removesuffix(METADATA))
    for name, value in line.items():
        if name.removesuffix(METADATA) not in refused:
            known[name] = value
