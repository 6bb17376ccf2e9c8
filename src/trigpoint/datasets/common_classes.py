"""The classes of several manifests under common ids, by their names."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.attributes import label_attributes
from trigpoint.records.labels.classes import read_class_map
from trigpoint.records.labels.numbering import ClassNumbering
from trigpoint.records.labels.renumbering import class_ids_in, renumbered


class CommonClasses:
    """Class maps by attribute: `see` all lines first, then `renumbered` changes those whose ids are not the common ones."""

    def __init__(self) -> None:
        self._all: defaultdict[str, ClassNumbering] = defaultdict(ClassNumbering)
        self._of_manifest: defaultdict[tuple[str, str], ClassNumbering] = defaultdict(ClassNumbering)
        self._numbers: dict[str, dict[str, int]] = {}
        self._changed: Counter[tuple[str, str, str, int, int]] = Counter()
        self._unnamed: Counter[tuple[str, str, int]] = Counter()

    def see(self, manifest: str, where: str, line: dict[str, Any]) -> None:
        """Adds the class maps of a line. Raises: Invalid: one has keys that are no class ids."""
        for name in label_attributes(line):
            try:
                named, used = read_class_map(line, name), class_ids_in(line.get(name))
            except Invalid as problem:
                raise Invalid(f"{where}: {problem.message}") from None
            self._all[name].see(named, used, where)
            self._of_manifest[manifest, name].see(named, used, where)

    def renumbered(self, manifest: str, where: str, line: dict[str, Any]) -> dict[str, Any]:
        """The line with the common ids; the same object when nothing changes.

        Raises: Invalid: an id without a name that other lines name differently, or a label whose ids cannot change.
        """
        for name in label_attributes(line):
            if not self._all[name].names():
                continue
            try:
                changes = self._changes(manifest, name, line)
                line = renumbered(line, name, changes) if changes else line
            except Invalid as problem:
                raise Invalid(f"{where}: {problem.message}") from None
        return line

    def _changes(self, manifest: str, name: str, line: dict[str, Any]) -> dict[int, int]:
        """The new ids of a label's classes that have other ones now."""
        if name not in self._numbers:
            self._numbers[name] = self._all[name].numbers()
        own, of_manifest = read_class_map(line, name), self._of_manifest[manifest, name]
        changes: dict[int, int] = {}
        for number in sorted(own.keys() | class_ids_in(line.get(name))):
            called = own[number] if number in own else of_manifest.only_name(number)
            if called is None:
                self._unnamed[name, manifest, number] += 1
            elif (new := self._numbers[name][called]) != number:
                changes[number] = new
                self._changed[name, manifest, called, number, new] += 1
        return changes

    def notes(self) -> list[str]:
        """What changed, and which ids without a name were kept although another manifest names them."""
        changed = (
            f"{name}: class {called!r} of {manifest} has the id {new} now instead of {old}, "
            f"{self._why(name, old)} (lines: {count})"
            for (name, manifest, called, old, new), count in self._changed.items()
        )
        kept = (
            f"{name}: class id {number} of {manifest} has no name there and was kept; in the result it is "
            f"{called!r} (lines: {count})"
            for (name, manifest, number), count in self._unnamed.items()
            if (called := self._name_now(name, number)) is not None
        )
        return [*changed, *kept]

    def _why(self, name: str, old: int) -> str:
        other = self._name_now(name, old)
        return "which it has elsewhere" if other is None else f"because {old} is {other!r}"

    def _name_now(self, name: str, number: int) -> str | None:
        return next((called for called, new in self._numbers[name].items() if new == number), None)
