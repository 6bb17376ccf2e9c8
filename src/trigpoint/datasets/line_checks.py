"""Checks of one manifest line, apart from its labels."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from trigpoint.datasets.places import is_s3
from trigpoint.records.labels.attributes import missing_labels
from trigpoint.records.manifest.members import members_of
from trigpoint.records.manifest.parsing import RepeatedName, refuse_repeated_names
from trigpoint.records.manifest.selection import REFERENCE_SUFFIX

MAX_LINE_CHARACTERS = 100_000
"""CreateLabelingJob refuses longer lines (ground-truth.md 1.1); training accepts them."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,40}://")

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: the line from 1 (0: the whole file), the attribute or None, and why."""

    line: int
    attribute: str | None
    why: str
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{f'attribute {self.attribute!r}: ' if self.attribute else ''}{self.why}"


def line_problems(
    number: int, raw: bytes, line: Mapping[str, Any], attributes: Sequence[str]
) -> Iterator[Problem]:
    """The problems of a line's attributes, apart from its labels."""
    for name in attributes:
        if name not in line:
            close = next((each for each in line if each.lower() == name.lower()), None)
            hint = f"; names are case-sensitive, it has {close!r}" if close else f"; it has {_listed(line)}"
            failure = missing_labels(line).get(name)
            yield Problem(
                number, name, f"is missing{hint}" + (f"; labeling failed: {failure}" if failure else "")
            )
    references = [name for name in line if name.endswith(REFERENCE_SUFFIX)]
    for name in references:
        yield from _reference_problems(number, name, line[name])
    if not references and "source" not in line:
        yield Problem(
            number, None, f"has neither source-ref nor source, nor another -ref; it has {_listed(line)}"
        )
    if "source-ref" in line and "source" in line:
        yield Problem(
            number,
            "source",
            "is present together with source-ref; a labeling job takes one of the two",
            "warning",
        )
    if "source" in line and not isinstance(line["source"], str):
        yield Problem(number, "source", f"must be a text, not {_kind(line['source'])}")
    yield from _repetitions(number, raw)
    if len(raw) > MAX_LINE_CHARACTERS:
        why = f"has {len(raw)} characters; labeling jobs accept {MAX_LINE_CHARACTERS}, training accepts more"
        yield Problem(number, None, why, "warning")


def _reference_problems(number: int, name: str, value: Any) -> Iterator[Problem]:
    if not isinstance(value, str) or not value:
        yield Problem(number, name, f"must be the URI of an object, like s3://bucket/key, not {_kind(value)}")
    elif (scheme := _SCHEME.match(value)) and scheme[0] not in ("s3://", "https://"):
        yield Problem(
            number,
            name,
            f"{value!r:.100} begins with {scheme[0]}, which nothing here reads; s3:// is needed, or a path",
        )
    elif is_s3(value) and not value.removeprefix("s3://").partition("/")[2]:
        yield Problem(number, name, f"{value!r} names no object; it must look like s3://bucket/key")


def _repetitions(number: int, raw: bytes) -> Iterator[Problem]:
    """A warning for each attribute that occurs twice, or else for the first object in the line that has a name twice."""
    try:
        json.loads(raw, object_pairs_hook=refuse_repeated_names)
    except RepeatedName as problem:
        inside = str(problem)
    else:
        return
    counts = Counter(member.name for member in members_of(raw.decode()))
    repeated = [name for name, count in counts.items() if count > 1]
    for name in repeated:
        yield Problem(number, name, "occurs twice in the line; the last value counts", "warning")
    if not repeated:
        yield Problem(number, None, f"{inside}; the last value counts", "warning")


def _listed(line: Mapping[str, Any]) -> str:
    return (", ".join(map(repr, line)) or "no attributes")[:200]


def _kind(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
