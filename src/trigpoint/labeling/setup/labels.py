"""The labels of a new job, as a person writes them: one per line, with a colour at the end if they like."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.labeling.inputs import MAX_LABEL_CHARACTERS, MAX_LABELS
from trigpoint.labeling.task_types.contract import CategoryRules
from trigpoint.labeling.task_types.reviewed import ATTRIBUTE_KEY

VERSION: Final = "2018-11-28"
_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class LabelLine:
    """A label. `colour` is `#rrggbb`; None for the colour of the palette."""

    name: str
    colour: str | None = None

    @property
    def text(self) -> str:
        return self.name if self.colour is None else f"{self.name} {self.colour}"


def read_labels(text: str, rules: CategoryRules) -> tuple[LabelLine, ...]:
    """The labels in a text.

    Raises: Invalid: a line breaks a rule, or there are too few or too many labels; names the line.
    """
    found: dict[str, LabelLine] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        label = _label(line.strip(), number)
        if label.name in found:
            raise Invalid(f"line {number}: duplicate label {label.name!r} (also line {lines[label.name]})")
        found[label.name], lines[label.name] = label, number
    most = rules.maximum or MAX_LABELS
    if len(found) < rules.minimum:
        raise Invalid(f"{len(found)} labels are given; at least {rules.minimum} are needed")
    if len(found) > most:
        raise Invalid(f"{len(found)} labels are given; at most {most} are allowed")
    return tuple(found.values())


def label_document(labels: Sequence[LabelLine], reviewed: str = "") -> Mapping[str, Any]:
    """The label category file. `reviewed` is the attribute of the labels that the job reviews."""
    document: dict[str, Any] = {
        "document-version": VERSION,
        "labels": [{"label": label.name} for label in labels],
    }
    return {**document, ATTRIBUTE_KEY: reviewed} if reviewed else document


def document_bytes(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _label(line: str, number: int) -> LabelLine:
    words = line.rsplit(maxsplit=1)
    has_colour = len(words) == 2 and _COLOUR.fullmatch(words[1]) is not None
    name, colour = (words[0], words[1].lower()) if has_colour else (line, None)
    if len(name) > MAX_LABEL_CHARACTERS:
        raise Invalid(
            f"line {number}: the label has {len(name)} characters; at most {MAX_LABEL_CHARACTERS} are allowed"
        )
    return LabelLine(name, colour)
