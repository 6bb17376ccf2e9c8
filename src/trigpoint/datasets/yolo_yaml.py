"""data.yaml of a YOLO set: the class names, and the folders or lists of its splits.

YAML makes booleans, numbers and nothing of words like `no`, `2024` and `null`. All of them stay words here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from trigpoint.datasets.class_names import ClassTable
from trigpoint.datasets.model import BadEntry
from trigpoint.datasets.text_file import read_text

LARGEST_YAML_BYTES: Final = 1 << 20
"""Decision: YAML is slow to parse; a list of all 21,000 classes of ImageNet has half of that."""


@dataclass(frozen=True, slots=True)
class DataYaml:
    """The top members of the file, not converted, with their lines for errors."""

    path: Path
    members: dict[str, yaml.Node]

    def __str__(self) -> str:
        return str(self.path)

    def declare_names(self, classes: ClassTable) -> bool:
        """Adds the classes of `names`, a list or a mapping by id. False: the file has no names.

        Raises: BadEntry: another form, or a rule of ClassTable (names the line).
        """
        names = self.members.get("names")
        if names is None:
            return False
        for number, node in self._entries(names):
            where = _at(self.path, node)
            if not isinstance(node, yaml.ScalarNode):
                raise BadEntry(where, "names: the name of a class must be a text")
            classes.declare(number, node.value, where)
        return True

    def _entries(self, names: yaml.Node) -> Iterator[tuple[int | str, yaml.Node]]:
        if isinstance(names, yaml.SequenceNode):
            yield from enumerate(names.value)
        elif isinstance(names, yaml.MappingNode):
            for key, node in names.value:
                yield str(key.value), node
        else:
            raise BadEntry(
                _at(self.path, names), "names must be a list of class names, or name each class id"
            )

    def texts(self, key: str) -> list[str]:
        """The text or the texts of a member; empty when it is absent. Raises: BadEntry: it holds something else."""
        node = self.members.get(key)
        if node is None:
            return []
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not all(isinstance(each, yaml.ScalarNode) for each in nodes):
            raise BadEntry(_at(self.path, node), f"{key} must be a text or a list of texts")
        return [each.value for each in nodes if each.value]


def read_data_yaml(path: Path) -> DataYaml:
    """The members of the file. Raises: BadEntry: not YAML, not a mapping, or a name that occurs twice (names the line)."""
    text = read_text(path, LARGEST_YAML_BYTES)
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as problem:
        raise BadEntry(_where(path, problem.problem_mark), f"not valid YAML: {problem.problem}") from None
    except (yaml.YAMLError, RecursionError) as problem:
        raise BadEntry(str(path), f"not valid YAML: {' '.join(str(problem).split())}") from None
    if not isinstance(root, yaml.MappingNode):
        raise BadEntry(str(path), "has no names; a mapping with the member names is needed")
    members: dict[str, yaml.Node] = {}
    for key, node in root.value:
        if str(key.value) in members:
            raise BadEntry(_at(path, key), f"{key.value} occurs twice; nobody can say which one counts")
        members[str(key.value)] = node
    return DataYaml(path, members)


def _at(path: Path, node: yaml.Node) -> str:
    return _where(path, node.start_mark)


def _where(path: Path, mark: yaml.Mark | None) -> str:
    return str(path) if mark is None else f"{path}, line {mark.line + 1}, column {mark.column + 1}"
