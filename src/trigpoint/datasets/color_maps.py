"""The classes of masks: the `internal-color-map` in the metadata of semantic segmentation.

A mask is a PNG with a palette, whose numbers this map names. The numbers of a PNG are not changed here, so manifests in
which a number means two classes cannot be joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.attributes import METADATA
from trigpoint.records.labels.classes import parse_class_id
from trigpoint.records.labels.numbering import ClassNumbering

COLOR_MAP: Final = "internal-color-map"


class ColorMaps:
    """The numbers and names in the maps of all lines, for each label."""

    def __init__(self) -> None:
        self._numbering: defaultdict[str, ClassNumbering] = defaultdict(ClassNumbering)

    def see(self, line: Mapping[str, Any], where: str) -> None:
        """Adds the maps of the line. Raises: Invalid: a key is not a number from 0."""
        for name, metadata in line.items():
            if name.endswith(METADATA) and isinstance(metadata, Mapping) and COLOR_MAP in metadata:
                found = _names(metadata[COLOR_MAP], f"{name}: {COLOR_MAP}")
                self._numbering[name.removesuffix(METADATA)].see(found, (), where)

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Each label with a number of several classes, and a sentence with these classes and their places."""
        for name, numbering in self._numbering.items():
            for conflict in numbering.ids_of_several_names():
                yield name, f"{COLOR_MAP}: {conflict}"

    def require_one_name(self) -> None:
        """Raises: Invalid: a number has several names."""
        for name, conflict in self.conflicts():
            raise Invalid(
                f"attribute {name!r}: {conflict}; the masks would mean other classes. Give the class one number in "
                "the masks and maps of both, or give one of the labels another name"
            )


def _names(value: Any, where: str) -> dict[int, str]:
    """The names of the numbers. An entry is an object with the name, or the name itself."""
    entries = value.items() if isinstance(value, Mapping) else ()
    named = ((key, each.get("class-name") if isinstance(each, Mapping) else each) for key, each in entries)
    return {parse_class_id(key, where): name for key, name in named if isinstance(name, str)}
