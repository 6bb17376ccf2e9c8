"""The images of one split of a YOLO set: those that data.yaml, a list or a folder gives for its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from trigpoint.core.errors import NotFound
from trigpoint.datasets.class_files import ClassFile
from trigpoint.datasets.model import BadEntry, Complaints
from trigpoint.datasets.path_matching import parts_of
from trigpoint.datasets.pictures import Pictures
from trigpoint.datasets.report import Tally
from trigpoint.datasets.text_file import LARGEST_SET_BYTES, read_lines
from trigpoint.datasets.yolo_yaml import DataYaml


def images_of_subset(
    source: Path,
    name: str,
    files: Sequence[ClassFile],
    pictures: Pictures,
    complaints: Complaints,
    tally: Tally,
) -> list[str]:
    """The images of the split, each once: of folders sorted, of lists in their order.

    files: those that can name splits and classes.
    Raises: NotFound: nothing has that name. BadEntry: by way of `complaints`: a listed image that does not exist.
    """
    found: list[str] = []
    for place in _places(source, name, files):
        if place.is_dir():
            found += [
                image
                for image in pictures.folder.all()
                if (pictures.folder.root / image).is_relative_to(place)
            ]
            continue
        for number, line in enumerate(read_lines(place, LARGEST_SET_BYTES), start=1):
            if line.strip():
                try:
                    found.append(pictures.find(line.strip(), f"{place}, line {number}"))
                except BadEntry as problem:
                    tally.read += 1
                    complaints.add(problem, tally)
    return list(dict.fromkeys(found))


def _places(source: Path, name: str, files: Sequence[ClassFile]) -> list[Path]:
    """The folders and lists of the split. Raises: NotFound: there are none."""
    texts = [text for file in files if isinstance(file, DataYaml) for text in file.texts(name)]
    if texts:
        return [_existing(source, text, name) for text in texts]
    usual = (source / f"{name}.txt", source / "images" / name, source / name)
    found = next((place for place in usual if place.exists()), None)
    if found is None:
        raise NotFound(
            f"{source} has no subset {name}: it is not in data.yaml, and there is no {name}.txt or folder"
        )
    return [found]


def _existing(source: Path, text: str, name: str) -> Path:
    """The folder or list that a path in data.yaml means. It may be a path of another computer, or begin with `..`."""
    found = next((place for place in _candidates(source, text) if place.exists()), None)
    if found is None:
        raise NotFound(f"{source} has no {text}, which data.yaml names for {name}")
    return found


def _candidates(source: Path, text: str) -> Iterator[Path]:
    parts = parts_of(text)
    for first in range(len(parts)):
        yield source.joinpath(*parts[first:])
