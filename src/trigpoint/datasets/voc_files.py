"""The XML files of a Pascal VOC set, and the lists in ImageSets/Main that choose some of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from trigpoint.core.errors import NotFound
from trigpoint.datasets.model import BadEntry, Complaints
from trigpoint.datasets.path_matching import PathIndex
from trigpoint.datasets.report import Tally
from trigpoint.datasets.set_files import files_below
from trigpoint.datasets.text_file import read_lines

_MARK: Final = re.compile(r"\s{1,100}(?:-1|0|1)$")
"""The mark of a list for one class: whether the image has the class."""
_SUFFIXES: Final = (".xml", ".jpg", ".jpeg", ".png", ".bmp")


def annotations_of(source: Path) -> Path:
    """The folder of a set's XML files, by convention."""
    folders = (source / name for name in ("Annotations", "annotations"))
    return next((folder for folder in folders if folder.is_dir()), source)


def images_of(source: Path) -> Path:
    """The folder of a set's images, by convention."""
    for base in (source, source.parent):
        for name in ("JPEGImages", "images", "Images"):
            if (base / name).is_dir():
                return base / name
    return source


def annotation_files(folder: Path) -> list[str]:
    """The relative names of all XML files below the folder, sorted. Raises: NotFound: there are none."""
    found = [name for name in files_below(folder) if name.lower().endswith(".xml")]
    if not found:
        raise NotFound(f"{folder} has no .xml files; SOURCE must be a folder of Pascal VOC annotations")
    return found


def listed_files(listed: Path, files: list[str], complaints: Complaints, tally: Tally) -> Iterator[str]:
    """The files that a list of ImageSets names, in its order. Each line has the name of an image, and may have a mark.

    Raises: NotFound: no such list. BadEntry: by way of `complaints`.
    """
    if not listed.is_file():
        raise NotFound(f"there is no list {listed}")
    index = PathIndex((file, str(PurePosixPath(file).with_suffix(""))) for file in files)
    lines = [
        (number, line.strip()) for number, line in enumerate(read_lines(listed), start=1) if line.strip()
    ]
    marked = all(_MARK.search(line) for _, line in lines)
    taken: set[str] = set()
    for number, line in lines:
        try:
            file = _file_of(line, marked, index, f"{listed}, line {number}")
        except BadEntry as problem:
            tally.read += 1
            complaints.add(problem, tally)
            continue
        if file in taken:
            tally.read += 1
            tally.leave_out("listed twice")
            continue
        taken.add(file)
        yield file


def _file_of(name: str, marked: bool, index: PathIndex, where: str) -> str:
    """The file of a line. A name may end like a mark: in a list without marks, and where only that finds a file."""
    forms = dict.fromkeys((name, _MARK.sub("", name)) if marked else (name,))
    found = list(dict.fromkeys(file for form in forms for file in _fitting(form, index)))
    if not found:
        raise BadEntry(where, f"there is no annotation of {name}", "no annotation of a listed image")
    if len(found) > 1:
        why = f"{name} can mean {found[0]} and {found[1]}; name its folder too"
        raise BadEntry(where, why, "several annotations fit")
    return found[0]


def _fitting(form: str, index: PathIndex) -> list[str]:
    suffix = PurePosixPath(form).suffix
    return index.best(form) or (index.best(form[: -len(suffix)]) if suffix.lower() in _SUFFIXES else [])
