"""The classes that a source declares by id and name: one rule for all formats.

An id has one name; blanks around it do not count. When several ids have one name, the unused ones are left out and the
others become one class. Both is reported.

Decision: an id with two names is refused, also when two files declare it. Nobody can say which one a label means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from trigpoint.core.counted import counted, first_of
from trigpoint.core.errors import Invalid
from trigpoint.datasets.model import MAX_CLASSES, BadEntry
from trigpoint.records.labels.classes import parse_class_id

_SHOWN: Final = 10


@dataclass(slots=True)
class ClassTable:
    """The declared classes of a source, and which of their ids its labels use."""

    _names: dict[int, str] = field(default_factory=dict)
    _places: dict[int, str] = field(default_factory=dict)
    _used: set[int] = field(default_factory=set)

    def declare(self, value: Any, name: Any, where: str) -> None:
        """Adds a class; several places may declare the same one.

        value: an integral number, or the text of one: 1, 1.0 and "1" are the same id.
        Raises: BadEntry: not an id, an empty name, an id that has another name, or too many classes.
        """
        number, text = _class_id(value, where), clean_name(name, where)
        known = self._names.setdefault(number, text)
        place = self._places.setdefault(number, where)
        if known != text:
            raise BadEntry(
                where, f"class id {number} is named {text!r}, but {place} names it {known!r}; use one name"
            )
        if len(self._names) > MAX_CLASSES:
            raise BadEntry(where, f"there are more than {MAX_CLASSES} classes")

    def use(self, value: Any, where: str) -> str:
        """The name of a label's class. Raises: BadEntry: not an id, or an id that is not declared."""
        number = _class_id(value, where)
        if number not in self._names:
            raise BadEntry(where, f"class {number} is not among the {len(self._names)} classes")
        self._used.add(number)
        return self._names[number]

    def require_no_gap(self, where: str) -> None:
        """Raises: BadEntry: the ids do not go from 0 to the last."""
        missing = next((k for k in range(len(self._names)) if k not in self._names), None)
        if missing is not None:
            raise BadEntry(where, f"class ids must go from 0 to the last without a gap; {missing} is missing")

    def __len__(self) -> int:
        return len(self._names)

    def declared_names(self) -> list[str]:
        """The name of every id, in the order of the ids; of several ids with one name all."""
        return [self._names[number] for number in sorted(self._names)]

    def names(self) -> list[str]:
        """Each name once, in the order of the ids that are kept."""
        return list(dict.fromkeys(self._names[number] for number in self._kept()))

    def notes(self) -> list[str]:
        """What happened to ids that share a name, and to the ids after them."""
        return [*self._unused_notes(), *self._joined_notes(), *self._numbering_notes()]

    def _kept(self) -> list[int]:
        """The ids in order, without the unused ones whose name another id has."""
        shared = self._shared()
        left_out = {each for ids in shared.values() for each in ids} - self._used
        for ids in shared.values():
            if self._used.isdisjoint(ids):
                left_out.remove(ids[0])
        return sorted(self._names.keys() - left_out)

    def _shared(self) -> dict[str, list[int]]:
        """The names of several ids, with these ids."""
        ids: dict[str, list[int]] = {}
        for number in sorted(self._names):
            ids.setdefault(self._names[number], []).append(number)
        return {name: found for name, found in ids.items() if len(found) > 1}

    def _unused_notes(self) -> Iterator[str]:
        left_out = sorted(self._names.keys() - set(self._kept()))
        if left_out:
            shown = first_of((f"{number} {self._names[number]}" for number in left_out), _SHOWN)
            ids = counted(len(left_out), "unused class id was", "unused class ids were")
            yield f"{ids} left out, because another id has the same name: {shown}"

    def _joined_notes(self) -> Iterator[str]:
        for name, ids in self._shared().items():
            used = [str(each) for each in ids if each in self._used]
            if len(used) > 1:
                yield f"the class ids {' and '.join(used)} have the same name and became one class: {name}"

    def _numbering_notes(self) -> Iterator[str]:
        if sorted(self._names) != list(range(len(self._names))):
            return  # the ids of such a source are no places in a list: COCO's begin at 1
        place = {name: k for k, name in enumerate(self.names())}
        changed = [each for each in self._kept() if place[self._names[each]] != each]
        if changed:
            shown = first_of((f"{each} became {place[self._names[each]]}" for each in changed), _SHOWN)
            yield f"class ids were re-numbered: {shown}"


def clean_name(name: Any, where: str) -> str:
    """The name of a class without the blanks around it. Raises: BadEntry: not a text, or empty."""
    if not isinstance(name, str) or not name.strip():
        raise BadEntry(where, f"a class needs a name, not {name!r}")
    return name.strip()


def _class_id(value: Any, where: str) -> int:
    try:
        return parse_class_id(value, "the class id")
    except Invalid as problem:
        raise BadEntry(where, problem.message) from None
