"""Several manifests merged into one: lines of the same image are joined, attribute by attribute.

Decision: a conflict, two different values under one name, is an error unless `prefer` says which one counts. A
label and its metadata are taken from the same manifest.

Decision: where the class maps of an attribute disagree, its labels are renumbered, so that a class has one id
everywhere. Lines that neither change nor are joined with another stay byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from trigpoint.core.errors import Invalid
from trigpoint.datasets.color_maps import ColorMaps
from trigpoint.datasets.common_classes import CommonClasses
from trigpoint.datasets.conversion import write_lines
from trigpoint.datasets.cut import lines_of
from trigpoint.datasets.places import Places
from trigpoint.records.labels.attributes import METADATA
from trigpoint.records.labels.values import quoted
from trigpoint.records.manifest.lines import CONVERSION_RULES, BadLine
from trigpoint.records.manifest.parsing import parse_line

Prefer = Literal["first", "last"] | None


@dataclass(slots=True)
class MergedLine:
    """A line of the result, where it came from, and its bytes while it is as it was there."""

    members: dict[str, Any]
    origin: str
    raw: bytes | None


@dataclass(slots=True)
class Merged:
    """The joined lines by image, in the order in which their images first occur."""

    lines: dict[str, MergedLine] = field(default_factory=dict)
    joined: int = 0
    conflicts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Which classes have a new id."""


def merge(manifests: Sequence[str], key: str, places: Places, prefer: Prefer = None) -> Merged:
    """All lines of the manifests, joined by the value of the attribute `key`.

    All conflicts are listed in the result; with `prefer` they are also settled. The manifests are read twice: first
    for their class maps.
    Raises: Invalid: a broken line, or one without `key` (names manifest and line). Masks whose numbers mean several classes.
    """
    classes = _classes_of(manifests, places)
    merged = Merged()
    for manifest, where, raw, line in _parsed(manifests, places):
        found = classes.renumbered(manifest, where, line)
        _join(merged, MergedLine(found, where, raw if found is line else None), key, prefer)
    merged.notes = classes.notes()
    return merged


def _classes_of(manifests: Sequence[str], places: Places) -> CommonClasses:
    """The class maps of all lines. Raises: Invalid: a broken line, or masks whose numbers mean several classes."""
    classes, masks = CommonClasses(), ColorMaps()
    for manifest, where, _, line in _parsed(manifests, places):
        classes.see(manifest, where, line)
        try:
            masks.see(line, where)
        except Invalid as problem:
            raise Invalid(f"{where}: {problem.message}") from None
    masks.require_one_name()
    return classes


def _parsed(manifests: Sequence[str], places: Places) -> Iterator[tuple[str, str, bytes, dict[str, Any]]]:
    """The manifest, the place for messages, the bytes and the members of each line."""
    for manifest in manifests:
        for number, raw in lines_of(manifest, places):
            try:
                line = parse_line(raw, number, CONVERSION_RULES)
            except BadLine as problem:
                raise Invalid(f"{manifest}, {problem.message}") from None
            yield manifest, f"{manifest}, line {number}", raw, line


def _join(merged: Merged, line: MergedLine, key: str, prefer: Prefer) -> None:
    identity = line.members.get(key)
    if not isinstance(identity, str):
        wrong = f"must be a text, not {quoted(identity)}" if key in line.members else "is missing"
        raise Invalid(f"{line.origin}: attribute {key!r}, by which lines are joined, {wrong}")
    known = merged.lines.setdefault(identity, line)
    if known is line:
        return
    merged.joined += 1
    refused = set()
    for name, value in line.members.items():
        if name in known.members and known.members[name] != value:
            merged.conflicts.append(f"{line.origin}: attribute {name!r} differs from {known.origin}")
            if prefer == "first":
                refused.add(name.removesuffix(METADATA))
    taken = {
        name: value for name, value in line.members.items() if name.removesuffix(METADATA) not in refused
    }
    if any(name not in known.members or known.members[name] != value for name, value in taken.items()):
        known.members |= taken
        known.raw = None


def merged_bytes(merged: Merged) -> Iterator[bytes]:
    """The lines of the result, with line ends."""
    for line in merged.lines.values():
        yield from write_lines(iter([line.members])) if line.raw is None else [line.raw + b"\n"]
