"""Files that list class names: one name per line in the order of the ids, or YAML with `names`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from trigpoint.datasets.class_names import ClassTable
from trigpoint.datasets.model import BadEntry
from trigpoint.datasets.text_file import read_lines
from trigpoint.datasets.yolo_yaml import DataYaml, read_data_yaml

YAML_SUFFIXES: Final = (".yaml", ".yml")
LIST_SUFFIXES: Final = (".txt", ".names", ".labels")


ClassFile = DataYaml | Path
"""A file that can name classes. YAML is slow to parse, so it is parsed once for all that is read from it."""


def opened_class_file(path: Path) -> ClassFile:
    """The content of a YAML file, the path of another one. Raises: BadEntry: not YAML."""
    return read_data_yaml(path) if path.suffix.lower() in YAML_SUFFIXES else path


def declare_class_file(file: ClassFile, classes: ClassTable) -> bool:
    """Adds the classes of a file. False: it is YAML without `names`.

    Empty lines at the end do not count; another one would move the ids of the classes after it and is refused.
    Raises: BadEntry: cannot be read, or breaks a rule of ClassTable (names the line).
    """
    if isinstance(file, DataYaml):
        return file.declare_names(classes)
    for number, line in enumerate("\n".join(read_lines(file)).rstrip().split("\n")):
        classes.declare(number, line, f"{file}, line {number + 1}")
    return True


def read_class_file(path: Path) -> list[str]:
    """The names in a file, one for each id in their order. Raises: BadEntry: as `declare_class_file`, or a gap in the ids."""
    classes = ClassTable()
    if not declare_class_file(opened_class_file(path), classes):
        raise BadEntry(str(path), "has no names; a member `names` with the class names is needed")
    classes.require_no_gap(str(path))
    return classes.declared_names()
