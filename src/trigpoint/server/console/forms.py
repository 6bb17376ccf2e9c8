"""Forms: the fields of a page's form, what was typed, and what is wrong with it.

A form keeps what was typed when it is refused. Messages of the operation stand at the field whose member they name; a
list on top of the form has all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trigpoint.core.errors import TrigpointError
from trigpoint.server.console.constraint_words import plain_rule
from trigpoint.server.web.wording import sentence

_DETECTED = re.compile(r"^\d+ validation errors? detected: ")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Args:   name: of the field in the form.
            label, help: for people.
            member: of the request that it fills, such as "HumanTaskConfig.TaskTitle"; "" if it fills none.
            kind: text, email, number, textarea, select, radio or checkbox.
            options: value, text and explanation of each choice of a select or radio.
            convert: makes the member's value of the text; raises ValueError with a message for people.
    """

    name: str
    label: str
    help: str = ""
    member: str = ""
    kind: str = "text"
    required: bool = False
    options: Sequence[tuple[str, str, str]] = ()
    default: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    convert: Callable[[str], Any] = str


@dataclass
class Form:
    """A form with values. Messages are by the name of the field; those under "" belong to the whole form."""

    fields: Sequence[Field]
    values: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values = {each.name: self.values.get(each.name, each.default) for each in self.fields}

    @classmethod
    def read(cls, fields: Sequence[Field], given: Mapping[str, Any]) -> Form:
        """The form as it was sent. A box that is not ticked is an empty text."""
        return cls(fields, {each.name: str(given.get(each.name, "")).strip() for each in fields})

    def request(self) -> dict[str, Any]:
        """The request that the filled members make. Values that cannot be converted become problems."""
        found: dict[str, Any] = {}
        for each in self.fields:
            text = self.values[each.name]
            if not each.member or text == "":
                continue
            try:
                _put(found, each.member.split("."), each.convert(text))
            except ValueError as problem:
                self.problems[each.name] = str(problem)
        return found

    def refuse(self, problem: TrigpointError) -> None:
        """Puts the message of a refusal at the fields that it is about."""
        text = _DETECTED.sub("", problem.message)
        parts = text.split("; ") if text != problem.message else [problem.message]
        is_named = any(self._field_of(part) for part in parts)
        for part in parts:
            name = self._field_of(part)
            if not name and is_named:
                continue  # the member that it names is made of fields; it is said again if it is wrong on its own
            # A rule of a member that no field fills is said as the API says it, with the name of the member.
            plain = plain_rule(part) if name else part
            self.problems.setdefault(name, sentence(part) if part == problem.message else plain)

    def _field_of(self, message: str) -> str:
        """The field whose member the message names; "" if it names none."""
        named = message.lower()
        for each in sorted(self.fields, key=lambda one: -len(one.member)):
            last = each.member.rsplit(".", 1)[-1].lower()
            if last and re.search(rf"(?<![a-z]){re.escape(last)}(?![a-z])", named):
                return each.name
        return ""

    @property
    def listed_problems(self) -> list[tuple[str, str, str]]:
        """Field name, label and message of each problem, in the order of the form."""
        labels = {each.name: each.label for each in self.fields}
        order = ["", *labels]
        found = sorted(self.problems.items(), key=lambda each: order.index(each[0]))
        return [(name, labels.get(name, ""), message) for name, message in found]


def _put(target: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        target = target.setdefault(name, {})
    target[path[-1]] = value
