"""Where a YOLO set keeps its images, its label files and its class names.

The label file of an image is in `labels/` where the image is in `images/`, under the same relative name, or next to the
image. Both folders may be in the folder of a split: train/images and train/labels, or images/train and labels/train.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from trigpoint.datasets.class_files import YAML_SUFFIXES
from trigpoint.datasets.model import BadEntry
from trigpoint.datasets.set_files import files_below

_CLASS_LISTS: Final = ("classes.txt", "_darknet.labels")
_LABELS: Final = {"images": "labels", "Images": "Labels"}
_HEAD_BYTES: Final = 4096


def images_of(source: Path) -> Path:
    """The folder of a set's images, by convention."""
    return source / "images" if (source / "images").is_dir() else source


class Layout:
    """The files of the set in the folder `source`, whose images are below `images`."""

    def __init__(self, source: Path, images: Path) -> None:
        self._source = source
        self._images = images
        self._files = _files_below(source)
        outside = [] if images.is_relative_to(source) else _files_below(images)
        sibling = _files_below(source.parent / "labels") if source.name == "images" else []
        texts = [path for path in (*self._files, *outside, *sibling) if path.suffix.lower() == ".txt"]
        self._by_stem = {_composed(path.with_suffix("")): path for path in texts}
        self._by_folded: dict[str, list[Path]] = defaultdict(list)
        for stem, path in self._by_stem.items():
            self._by_folded[str(stem).casefold()].append(path)
        self._own: set[Path] = set()
        self._image_of: dict[Path, str] = {}

    def see(self, images: Iterable[str]) -> None:
        """Keeps the label files that have the exact names of images from images whose names differ in case."""
        self._own.update(path for image in images if (path := self._exact(image)) is not None)

    def label_file(self, image: str) -> Path | None:
        """The label file of an image; None when it has none. Case only counts where both cases exist.

        Raises: BadEntry: it is that of another image too, or several files differ only in case.
        """
        path = self._exact(image) or self._in_other_case(image)
        if path is not None and (other := self._image_of.setdefault(path, image)) != image:
            raise BadEntry(str(path), f"both {other} and {image} have this label file; rename one of them")
        return path

    def _exact(self, image: str) -> Path | None:
        return next((self._by_stem[each] for each in self._places(image) if each in self._by_stem), None)

    def _in_other_case(self, image: str) -> Path | None:
        for place in self._places(image):
            found = [path for path in self._by_folded.get(str(place).casefold(), ()) if path not in self._own]
            if len(found) > 1:
                why = f"{image} can mean this label file and {found[1]}; use the same upper and lower case"
                raise BadEntry(str(found[0]), why)
            if found:
                return found[0]
        return None

    def _places(self, image: str) -> Iterator[Path]:
        return map(_composed, self._all_places(PurePosixPath(image).with_suffix("")))

    def _all_places(self, stem: PurePosixPath) -> Iterator[Path]:
        """The places of an image's label file without its extension, the usual one first."""
        image = self._images / stem
        root = self._source.parent if self._source.name == "images" else self._source
        if image.is_relative_to(root):
            yield from _in_labels(image.relative_to(root), root)
        yield self._source / "labels" / stem
        yield image
        yield self._source / stem

    def class_files(self) -> list[Path]:
        """The files of class names: YAML and .names in the folder of the set, lists also in the folders in it."""
        return [path for path in self._files if self._is_class_file(path)]

    def _is_class_file(self, path: Path) -> bool:
        depth = len(path.relative_to(self._source).parts)
        if path.name.lower() in _CLASS_LISTS:
            return depth <= 2
        return depth == 1 and path.suffix.lower() in (*YAML_SUFFIXES, ".names")

    def left_over(self) -> list[Path]:
        """The label files that belong to no image. A file is one when its first line has the numbers of a label."""
        return [path for path in self._by_stem.values() if path not in self._image_of and _has_labels(path)]


def _composed(path: Path) -> Path:
    """The path with composed letters: a zip from a Mac has decomposed ones, which look the same."""
    return Path(unicodedata.normalize("NFC", str(path)))


def _in_labels(image: Path, root: Path) -> Iterator[Path]:
    """The path with `labels` instead of the last `images`, as YOLO finds label files."""
    for place in reversed(range(len(image.parts))):
        if labels := _LABELS.get(image.parts[place]):
            yield root.joinpath(*image.parts[:place], labels, *image.parts[place + 1 :])
            return


def _files_below(folder: Path) -> list[Path]:
    """The files that are not hidden, sorted."""
    return [folder / name for name in files_below(folder)]


def _has_labels(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").split(b"\n")
    fields = next((line.split() for line in head if line.strip()), [])
    return len(fields) >= 5 and all(map(_is_number, fields[:5]))


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
