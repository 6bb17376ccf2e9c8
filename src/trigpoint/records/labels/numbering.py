"""One number for each class name, where the class maps of many lines may disagree.

Ground Truth numbers the classes of each labeling job from 0, in the order of its categories. Lines of two jobs can
therefore name one id differently, or give one name two ids. The name says what a label means, never the number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from trigpoint.core.errors import Invalid


@dataclass(slots=True)
class ClassNumbering:
    """The ids and names in the class maps of one label attribute, and where each pair was seen first."""

    _places: dict[tuple[int, str], str] = field(default_factory=dict)
    _ids: dict[str, list[int]] = field(default_factory=dict)
    _names: dict[int, list[str]] = field(default_factory=dict)
    _first: dict[int, str] = field(default_factory=dict)
    _used: set[int] = field(default_factory=set)

    def see(self, names: Mapping[int, str], used: Iterable[int], where: str) -> bool:
        """Adds the class map of a line, and the ids that its label uses. True: the map has something new."""
        self._used.update(used)
        known = len(self._places)
        for number, name in names.items():
            if (number, name) not in self._places:
                self._places[number, name] = where
                self._ids.setdefault(name, []).append(number)
                self._names.setdefault(number, []).append(name)
                self._first.setdefault(number, name)
        return len(self._places) > known

    def conflicts(self) -> Iterator[str]:
        """A sentence for each id of several names and each name of several ids, with the places of both."""
        yield from self.ids_of_several_names()
        for name, ids in self._ids.items():
            if len(ids) > 1:
                yield f"class {name!r} has two ids: {self._seen((number, name) for number in ids)}"

    def ids_of_several_names(self) -> Iterator[str]:
        """A sentence for each id of several names: nobody can train with it, because labels have only the id."""
        for number, names in self._names.items():
            if len(names) > 1:
                yield f"class id {number} has two names: {self._seen((number, name) for name in names)}"

    def _seen(self, pairs: Iterable[tuple[int, str]]) -> str:
        found = [f"{number} is {name!r} ({self._places[number, name]})" for number, name in pairs]
        return ", ".join(found[:4]) + (f", and {len(found) - 4} more" if len(found) > 4 else "")

    def require_one_name(self) -> None:
        """Raises: Invalid: an id has two names (names both and their places)."""
        for conflict in self.ids_of_several_names():
            raise Invalid(f"{conflict}. Give each class one id, for example with `trigpoint manifest merge`")

    def numbers(self) -> dict[str, int]:
        """The number of each name: the id under which it was seen first, or the lowest free one if that is taken."""
        numbers: dict[str, int] = {}
        late: list[str] = []
        for name, number in self.ids().items():
            if self._first[number] == name:
                numbers[name] = number
            else:
                late.append(name)
        reserved = (self._used - self._names.keys()) | set(numbers.values())
        for name in late:
            numbers[name] = next(k for k in range(len(reserved) + 1) if k not in reserved)
            reserved.add(numbers[name])
        return numbers

    def names(self) -> Mapping[int, str]:
        """The name of each id, the first seen where it has several."""
        return self._first

    def ids(self) -> dict[str, int]:
        """The id of each name, the first seen where it has several."""
        return {name: ids[0] for name, ids in self._ids.items()}

    def only_name(self, number: int) -> str | None:
        """The name of an id that a line does not name itself; None when no line names it.

        Raises: Invalid: it has several names.
        """
        names = self._names.get(number, [])
        if len(names) > 1:
            seen = self._seen((number, name) for name in names)
            raise Invalid(
                f"class_id {number} is not in the line's class-map, and other lines disagree: {seen}"
            )
        return names[0] if names else None
