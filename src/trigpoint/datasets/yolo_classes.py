"""The classes of a YOLO set, from all files of the set that name classes, or else from --classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from trigpoint.core.counted import counted
from trigpoint.core.errors import NotFound
from trigpoint.datasets.class_files import ClassFile, declare_class_file
from trigpoint.datasets.class_names import ClassTable
from trigpoint.datasets.model import BadEntry
from trigpoint.datasets.yolo_labels import LineReader
from trigpoint.datasets.yolo_yaml import DataYaml


def line_reader(source: Path, files: Sequence[ClassFile], names: Sequence[str] | None) -> LineReader:
    """The reader of label lines, which knows the classes and the number of keypoints.

    Decision: all files of the set that name classes must agree, and only a set without names takes those of --classes.
    Otherwise a list in another order would give boxes the wrong class.
    Raises: NotFound: no class names. BadEntry: a file that cannot be used, or two names of one id.
    """
    classes = ClassTable()
    if sum(declare_class_file(file, classes) for file in files):
        classes.require_no_gap(str(files[0]))
    elif names is not None:
        for number, name in enumerate(names):
            classes.declare(number, name, f"--classes, name {number + 1}")
    else:
        raise NotFound(
            f"{source} has no data.yaml, classes.txt or obj.names with the class names; name them with --classes"
        )
    return LineReader(classes, sum(map(_keypoint_numbers, files)))


def count_notes(files: Sequence[ClassFile], classes: ClassTable) -> Iterator[str]:
    """The files whose `nc` is not the number of classes. The names count, as nothing else gives a class its name."""
    for file in files:
        counts = file.texts("nc") if isinstance(file, DataYaml) else []
        if counts and counts != [str(len(classes))]:
            yield f"{file}: nc is {', '.join(counts)}, but the set has {counted(len(classes), 'class name')}; the names count"


def _keypoint_numbers(file: ClassFile) -> int:
    """How many numbers of keypoints a label has: the product of `kpt_shape`, which is points and numbers per point."""
    shape = file.texts("kpt_shape") if isinstance(file, DataYaml) else []
    if not shape:
        return 0
    if len(shape) != 2 or not all(each.isdecimal() for each in shape):
        raise BadEntry(str(file), f"kpt_shape must be [points, numbers per point], not {shape}")
    return int(shape[0]) * int(shape[1])
