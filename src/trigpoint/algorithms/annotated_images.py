"""Which image belongs to which annotation file, when both lie in folders of their own?

The annotation of `street/1.jpg` is `street/1.json`. Decision: where the folders differ between the two channels, the
names alone decide, as long as no other image and no other annotation has the same name; S3 prefixes often end
one level higher or lower than one thinks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
ANNOTATION_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Matched:
    """Pairs of (image, annotation) in the order of the images; what has no partner; what is of another kind.

    All are paths relative to the folder of their channel.
    """

    pairs: tuple[tuple[str, str], ...]
    images_alone: tuple[str, ...]
    annotations_alone: tuple[str, ...]
    no_images: tuple[str, ...]
    no_annotations: tuple[str, ...]


def match(image_files: Iterable[str], annotation_files: Iterable[str]) -> Matched:
    """Finds the annotation of each image. Several images may share one (1.jpg and 1.png)."""
    images, no_images = _of_kind(image_files, IMAGE_SUFFIXES)
    annotations, no_annotations = _of_kind(annotation_files, (ANNOTATION_SUFFIX,))
    partner = _partners(images, annotations)
    used = set(partner.values())
    return Matched(
        tuple((image, partner[image]) for image in images if image in partner),
        tuple(image for image in images if image not in partner),
        tuple(annotation for annotation in annotations if annotation not in used),
        tuple(no_images),
        tuple(no_annotations),
    )


def _of_kind(files: Iterable[str], suffixes: tuple[str, ...]) -> tuple[list[str], list[str]]:
    kind: list[str] = []
    others: list[str] = []
    for file in sorted(files):
        (kind if file.lower().endswith(suffixes) else others).append(file)
    return kind, others


def _partners(images: list[str], annotations: list[str]) -> dict[str, str]:
    """The annotation of each image that has one: by path, and what is left by name."""
    by_path = _grouped(annotations, _stem_path)
    partner = {image: by_path[_stem_path(image)][0] for image in images if _stem_path(image) in by_path}
    used = set(partner.values())
    loose_images = _grouped((image for image in images if image not in partner), _stem)
    loose_annotations = _grouped((each for each in annotations if each not in used), _stem)
    for stem, found in loose_images.items():
        candidates = loose_annotations.get(stem, [])
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
