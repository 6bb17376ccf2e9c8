"""One folder per class: each folder has the images of the class with its name."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from trigpoint.core.errors import Invalid, NotFound
from trigpoint.datasets.image_files import ImageFolder
from trigpoint.datasets.model import LabeledImage, LabeledSet
from trigpoint.datasets.report import Report, Tally


def read_folder(source: Path) -> LabeledSet:
    """The images of all folders directly below `source`, sorted; the classes are these folders, sorted.

    Images directly in `source` have no class and are left out, and so are files in the folders of classes that have
    no extension of an image.
    Raises: NotFound: no folder has an image. Invalid: the folders look like splits that hold the folders of classes.
    """
    folder = ImageFolder(source)
    names = folder.all()
    inside = [name for name in names if "/" in name]
    if not inside:
        raise NotFound(
            f"{source} has no folders with images; one folder per class is needed, like {source}/cat/1.jpg"
        )
    _refuse_splits(inside, source)
    images = [LabeledImage(str(source / name), name, classes=(_class(name),)) for name in inside]
    report = Report(Tally(len(names)), Tally(len(inside)))
    report.images.leave_out("not in the folder of a class", len(names) - len(inside))
    for name in folder.others():
        if "/" in name:
            report.images.read += 1
            report.images.leave_out(f"extension {PurePosixPath(name).suffix.lower() or 'missing'}")
    class_names = sorted({_class(name) for name in inside})
    return LabeledSet(images, class_names, notes=list(_joined(inside)), report=report)


def _class(name: str) -> str:
    """The folder of a class, with composed letters: a zip from a Mac has decomposed ones, which look the same."""
    return unicodedata.normalize("NFC", name.partition("/")[0])


def _joined(names: list[str]) -> Iterator[str]:
    """A note for each class with several folders."""
    folders: dict[str, set[str]] = defaultdict(set)
    for name in names:
        folders[_class(name)].add(name.partition("/")[0])
    for class_name, found in folders.items():
        if len(found) > 1:
            yield (
                f"{len(found)} folders look the same, with composed and decomposed letters, and became one class: "
                f"{class_name}"
            )


def _refuse_splits(names: list[str], source: Path) -> None:
    """Raises: Invalid: all images are deeper, and several folders hold folders of one name, as train/cat and val/cat."""
    splits: dict[str, set[str]] = defaultdict(set)
    for name in names:
        top, *middle, _ = name.split("/")
        if not middle:
            return
        splits[middle[0]].add(top)
    for inner, tops in splits.items():
        if len(tops) > 1:
            raise Invalid(
                f"the folders {' and '.join(sorted(tops))} in {source} all have a folder {inner}, so they seem to be parts "
                f"of the set and not classes; convert one of them, like {source / min(tops)}"
            )
