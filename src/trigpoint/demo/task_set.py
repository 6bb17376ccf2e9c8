"""What people label in the demo: data objects, and their true labels where these are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from trigpoint.labeling.task_types.contract import Label, TaskType


@dataclass(frozen=True, slots=True)
class TaskSet:
    """Data objects for labeling jobs of one task type.

    `categories` are the entries of the label category file. `lines` are the lines of the input manifest. `truths` has
    true labels by task object: the URI of an image, or a text.
    """

    task_type: TaskType[Any]
    categories: tuple[Mapping[str, str], ...]
    label_attribute: str
    lines: tuple[Mapping[str, Any], ...]
    truths: Mapping[str, Label]
    title: str
    description: str
    keywords: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the label categories."""
        return tuple(category["label"] for category in self.categories)

    def part(self, begin: int, end: int | None = None) -> TaskSet:
        """The same with some of the lines."""
        return replace(self, lines=self.lines[begin:end])


def task_object(line: Mapping[str, Any]) -> str:
    """What workers see of a line: the URI of an image, or a text."""
    found: str = line.get("source-ref", line.get("source"))
    return found
