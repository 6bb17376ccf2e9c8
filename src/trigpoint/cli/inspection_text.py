"""The result of an inspection: as text for people, as JSON for scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trigpoint.datasets.inspection import Inspection
    from trigpoint.datasets.label_counts import LabelCount

_SIZES_SHOWN = 5
_CLASSES_SHOWN = 30
_UNITS = {"object-detection": ("box", "boxes"), "text-span": ("entity", "entities")}


def summary_lines(found: Inspection) -> Iterator[str]:
    """The lines of the summary."""
    yield f"{found.manifest}: {_lines(found.lines)}"
    yield "  attributes: " + ", ".join(_attributes(found))
    for name, count in found.labels.items():
        yield from _label_lines(name, count)
    yield from _size_lines(found)
    if found.objects_checked:
        yield f"  objects: {found.objects_checked:,} checked, {_bytes(found.object_bytes)}"
    if found.duplicates:
        yield f"  duplicates: {_lines(found.duplicates)} with the object of an earlier line"


def _attributes(found: Inspection) -> list[str]:
    return [
        name if count == found.lines else f"{name} (on {_lines(count)})"
        for name, count in found.attributes.items()
    ] or ["none"]


def _label_lines(name: str, count: LabelCount) -> Iterator[str]:
    yield f"  label {name} ({', '.join(count.types)}): {_amount(count)}"
    if count.jobs:
        yield f"    made by {_counted(count.jobs)}; {_makers(count)}"
    ids = count.numbering.ids()
    width = max((len(each) for each in count.classes), default=0)
    for each, number in count.classes.most_common(_CLASSES_SHOWN):
        said = f"id {ids[each]}" if each in ids else ""
        yield f"    {each:<{width}}  {number:>9,}  {number / count.labels:>6.1%}  {said}".rstrip()
    if (more := len(count.classes) - _CLASSES_SHOWN) > 0:
        yield f"    and {more} more classes"


def _amount(count: LabelCount) -> str:
    """How many boxes, entities or classes there are; only the lines for types whose parts are not counted."""
    if not count.labels and not count.empty:
        return f"on {_lines(count.lines)}"
    units = next((_UNITS[kind] for kind in count.types if kind in _UNITS), ("label", "labels"))
    return f"{_number(count.labels, *units)} on {_lines(count.lines)}, {count.empty:,} without any"


def _makers(count: LabelCount) -> str:
    """How many lines say that people or a machine made the label, and how many do not say it."""
    people, machine = count.human["yes"], count.human["no"]
    unstated = count.human.total() - people - machine
    return f"{people:,} by people, {machine:,} by machine" + (
        f", {unstated:,} not stated" if unstated else ""
    )


def _size_lines(found: Inspection) -> Iterator[str]:
    if not found.sizes:
        return
    widths, heights = ([size[k] for size in found.sizes] for k in (0, 1))
    total = sum(found.sizes.values())
    if len(found.sizes) == 1:
        yield f"  image sizes: all {total:,} are {widths[0]} x {heights[0]}"
        return
    yield (
        f"  image sizes: {len(found.sizes):,} different, from {min(widths)} to {max(widths)} wide, "
        f"{min(heights)} to {max(heights)} high"
    )
    for (width, height), count in found.sizes.most_common(_SIZES_SHOWN):
        yield f"    {width} x {height}: {count:,}"


def _lines(count: int) -> str:
    return _number(count, "line", "lines")


def _number(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _counted(counter: Counter[str]) -> str:
    shown = [f"{name} ({count:,})" if len(counter) > 1 else name for name, count in counter.most_common(5)]
    return ", ".join(shown) + (", ..." if len(counter) > 5 else "")


def _bytes(count: int) -> str:
    value = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1000
    raise AssertionError


def as_json(found: Inspection) -> dict[str, Any]:
    """The whole result; docs/manifests.md documents the names."""
    return {
        "manifest": found.manifest,
        "lines": found.lines,
        "errors": found.errors,
        "warnings": found.warnings,
        "problems": [
            {
                "line": each.line or None,
                "attribute": each.attribute,
                "severity": each.severity,
                "why": each.why,
            }
            for each in found.problems
        ],
        "attributes": dict(found.attributes),
        "labels": {name: _label_json(count) for name, count in found.labels.items()},
        "image_sizes": [
            {"width": width, "height": height, "images": count}
            for (width, height), count in found.sizes.most_common()
        ],
        "duplicates": found.duplicates,
        "objects_checked": found.objects_checked,
        "object_bytes": found.object_bytes,
    }


def _label_json(count: LabelCount) -> dict[str, Any]:
    return {
        "types": dict(count.types),
        "lines": count.lines,
        "labels": count.labels,
        "without_any": count.empty,
        "jobs": dict(count.jobs),
        "human_annotated": dict(count.human),
        "classes": dict(count.classes.most_common()),
        "class_ids": {str(number): name for number, name in sorted(count.names.items())},
    }
