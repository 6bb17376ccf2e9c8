"""Pairs of an image file and its label file, which are in different folders.

The label of `street/1.jpg` is `street/1.json`. Decision: where the folders of the two channels differ, the file names
decide, unless another image or label file has the same name. S3 prefixes often end one level higher or lower than
intended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
LABEL_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Matched:
    """Pairs of (image, label) in the order of the images, files without a partner, and files of other kinds.

    All are paths relative to the folder of their channel.
    """

    pairs: tuple[tuple[str, str], ...]
    images_without_label: tuple[str, ...]
    labels_without_image: tuple[str, ...]
    other_than_images: tuple[str, ...]
    other_than_labels: tuple[str, ...]


def match(image_files: Iterable[str], label_files: Iterable[str]) -> Matched:
    """Finds the label of each image. Several images may share one (1.jpg and 1.png)."""
    images, other_than_images = _of_kind(image_files, IMAGE_SUFFIXES)
    labels, other_than_labels = _of_kind(label_files, (LABEL_SUFFIX,))
    partner = _partners(images, labels)
    used = set(partner.values())
    return Matched(
        tuple((image, partner[image]) for image in images if image in partner),
        tuple(image for image in images if image not in partner),
        tuple(label for label in labels if label not in used),
        tuple(other_than_images),
        tuple(other_than_labels),
    )


def _of_kind(files: Iterable[str], suffixes: tuple[str, ...]) -> tuple[list[str], list[str]]:
    kind: list[str] = []
    others: list[str] = []
    for file in sorted(files):
        (kind if file.lower().endswith(suffixes) else others).append(file)
    return kind, others


def _partners(images: list[str], labels: list[str]) -> dict[str, str]:
    """The label of each image that has one: by path first, then by name."""
    by_path = _grouped(labels, _stem_path)
    partner = {image: by_path[_stem_path(image)][0] for image in images if _stem_path(image) in by_path}
    used = set(partner.values())
    loose_images = _grouped((image for image in images if image not in partner), _stem)
    loose_labels = _grouped((each for each in labels if each not in used), _stem)
    for stem, found in loose_images.items():
        candidates = loose_labels.get(stem, [])
        if len(found) == len(candidates) == 1:
            partner[found[0]] = candidates[0]
    return partner


def _grouped(files: Iterable[str], key: Callable[[str], str]) -> Mapping[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for file in files:
        groups[key(file)].append(file)
    return groups


def _stem_path(file: str) -> str:
    return file.rpartition(".")[0]


def _stem(file: str) -> str:
    return PurePosixPath(file).stem
