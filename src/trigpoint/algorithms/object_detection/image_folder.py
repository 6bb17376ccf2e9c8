"""Image files in one channel, and for each a JSON annotation of the same name in another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from trigpoint.algorithms.common.file_pairs import IMAGE_SUFFIXES, LABEL_SUFFIX, match
from trigpoint.algorithms.common.harness import ChannelConfig, Container, CustomerError, logger
from trigpoint.algorithms.common.record_files import files_below, named
from trigpoint.algorithms.common.sources import FILE_READERS, InvalidSample, Raw, Read, order
from trigpoint.builtin import JSON_ANNOTATIONS


class ImageFolderSource:
    """Examples from image files and their annotation files, in the order of the images' names."""

    def __init__(self, container: Container, channel: ChannelConfig) -> None:
        self._name, self._annotation_name = channel.name, channel.name + JSON_ANNOTATIONS.suffix
        self._images = container.channel_folder(self._name)
        self._annotations = container.channel_folder(self._annotation_name)
        matched = match(files_below(self._images), files_below(self._annotations))
        self._pairs = matched.pairs
        self.readers = FILE_READERS
        images, annotations = list(matched.images_without_label), list(matched.labels_without_image)
        self.left_out = len(images) + len(annotations)
        self.nothing = f"Channel '{self._name}' has no image with an annotation that can be used."
        if not self._pairs:
            raise CustomerError(
                f"Channels '{self._name}' and '{self._annotation_name}' have no image and JSON file of the same "
                f"name: images are {named(images) or 'missing'}; JSON files are {named(annotations) or 'missing'}"
            )
        _report_unpaired(images, "image(s) without an annotation", self._annotation_name)
        _report_unpaired(annotations, "JSON file(s) without an image", self._name)
        # usual where one prefix begins with another: s3://b/train also matches s3://b/train_annotation/1.json
        _report_others(matched.other_than_images, self._name, ", ".join(IMAGE_SUFFIXES))
        _report_others(matched.other_than_labels, self._annotation_name, LABEL_SUFFIX)

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        for place in order(len(self._pairs), shuffled_by):
            yield partial(self._read, *self._pairs[place])

    def _read(self, image: str, annotation: str) -> Raw:
        label = _file(self._annotation_name, self._annotations, annotation)
        _check_named(image, annotation, label)
        name = f"{self._name} image {image} with {annotation}"
        return Raw(name, _file(self._name, self._images, image), label)


def _report_unpaired(files: list[str], what: str, partners: str) -> None:
    if files:
        logger.warning("Skipped %d %s in channel '%s': %s", len(files), what, partners, named(files))


def _report_others(files: Sequence[str], channel: str, read: str) -> None:
    if files:
        logger.info("Channel '%s': %d file(s) other than %s are not read.", channel, len(files), read)


def _check_named(image: str, annotation: str, label: bytes) -> None:
    """Raises: InvalidSample: the annotation says that it belongs to another image."""
    try:
        parsed = json.loads(label)
    except ValueError:
        return  # reported when the boxes are read
    named_image = parsed.get("file") if isinstance(parsed, dict) else None
    if isinstance(named_image, str) and Path(named_image).name not in ("", Path(image).name):
        raise InvalidSample(
            f'{annotation}: "file" is {named_image!r}, but its name belongs to the image {image}; '
            "an annotation must have the name of its image"
        )


def _file(channel: str, folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise CustomerError(f"Channel '{channel}': cannot read {name}: {error.strerror or error}") from None
