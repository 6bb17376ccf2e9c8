"""One folder per class: each folder has the images of the class with its name."""

from __future__ import annotations

from pathlib import Path

from trigpoint.core.errors import NotFound
from trigpoint.datasets.image_files import ImageFolder
from trigpoint.datasets.model import LabeledImage, LabeledSet


def read_folder(source: Path) -> LabeledSet:
    """The images of all folders directly below `source`, sorted; the classes are these folders, sorted.

    Images directly in `source` have no class and are left out, with a note.
    Raises: NotFound: no folder has an image.
    """
    folder = ImageFolder(source)
    names = folder.all()
    inside = [name for name in names if "/" in name]
    if not inside:
        raise NotFound(
            f"{source} has no folders with images; one folder per class is needed, like {source}/cat/1.jpg"
        )
    images = [LabeledImage(str(source / name), name, classes=(name.partition("/")[0],)) for name in inside]
    left = len(names) - len(inside)
    notes = [f"{left} images are not in a class folder and were left out"] if left else []
    return LabeledSet(images, sorted({name.partition("/")[0] for name in inside}), notes=notes)
