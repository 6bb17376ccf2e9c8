"""Label Studio's JSON-MIN: a row for each annotation, with the answers of a tag under the tag's name, next to the data.

One choice is a plain text, as the data of a task are. The column of the choices is the one that somewhere has several
choices, or else the only one with texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.label_studio_regions import Result
from trigpoint.datasets.label_studio_tasks import Task, image_key

_OWN_KEYS: Final = frozenset(
    {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row, its place in the source, and the name of its member with the image."""

    where: str
    members: Mapping[str, Any]
    image: str

    @property
    def answers(self) -> Iterator[tuple[str, Any]]:
        """The members that can be answers of tags."""
        return ((key, value) for key, value in self.members.items() if key not in (*_OWN_KEYS, self.image))


def read_row(members: Mapping[str, Any], where: str) -> Row:
    """Raises: BadEntry: there is no image."""
    return Row(where, members, image_key(members, where))


def tasks_of(rows: Sequence[Row], tag: str | None, source: str) -> tuple[list[Task], list[str]]:
    """The tasks, and the columns that were taken neither as labels nor as data of Label Studio.

    Of several rows of one task the last one counts.
    tag: the column of the choices, where several could be it. Raises: Invalid: several could be it.
    """
    choices = _choice_columns(rows, tag, source)
    tasks: dict[object, Task] = {}
    for row in rows:
        task = Task(row.where, row.members[row.image], list(_results(row, choices)))
        number = row.members.get("id")
        key = (number, task.url) if isinstance(number, int | str) else row.where
        before = tasks.get(key)
        tasks[key] = task if before is None else replace(task, others=before.others + _count(before))
    return list(tasks.values()), sorted(
        {key for row in rows for key, _ in row.answers} - choices - _taken(rows)
    )


def _count(task: Task) -> int:
    return len(task.results or ())


def _choice_columns(rows: Sequence[Row], tag: str | None, source: str) -> set[str]:
    answers = [answer for row in rows for answer in row.answers]
    sure = {key for key, value in answers if _several(value)}
    if tag is not None:
        return {tag}
    if sure or any(_regions(value) for _, value in answers):
        return sure
    texts = sorted({key for key, value in answers if isinstance(value, str) and value.strip()})
    if "choice" in texts:
        return {"choice"}
    if len(texts) > 1:
        raise Invalid(
            f"{source}: each of the columns {', '.join(texts)} could have the class; choose one with --tag NAME"
        )
    return set(texts)


def _taken(rows: Sequence[Row]) -> set[str]:
    return {key for row in rows for key, value in row.answers if _regions(value)}


def _several(value: Any) -> bool:
    return isinstance(value, Mapping) and "choices" in value


def _regions(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _results(row: Row, choices: set[str]) -> Iterator[Result]:
    for key, value in row.answers:
        where = f"{row.where}: {key}"
        if key in choices and isinstance(value, str | list) and not _regions(value):
            if value:
                yield Result(where, key, "choices", {"choices": value})
        elif isinstance(value, Mapping):
            yield Result(where, key, next(iter(value), "result"), value)
        elif _regions(value):
            for k, each in enumerate(value):
                yield Result(f"{where}[{k}]", key, "result", each)
