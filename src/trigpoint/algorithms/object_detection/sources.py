"""Where do the examples of a channel come from: each documented form of input, behind one contract.

    form                 input mode      record wrapper   content type
    augmented manifest   Pipe            RecordIO         application/x-recordio, or that of its images
    .rec                 File, FastFile  None             application/x-recordio
    .rec                 Pipe            None             application/x-recordio
    image + JSON         File, FastFile  None             image/jpeg, image/png, application/x-image

The algorithm is not told S3DataType and AttributeNames; the form is what mode, wrapper and content type make of it.

Source: training.md 1.3, 6.2.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Protocol

from trigpoint.algorithms.annotated_images import ANNOTATION_SUFFIX, IMAGE_SUFFIXES, match
from trigpoint.algorithms.harness import Channel, Container, CustomerError, logger
from trigpoint.algorithms.object_detection.samples import InvalidSample, Numbers
from trigpoint.algorithms.pipe import EMPTY_STREAM, NOT_RECORDIO, piped_records, record_pairs
from trigpoint.algorithms.record_files import RecordFile, files_below, named
from trigpoint.core.errors import Invalid
from trigpoint.records.recordio import MAGIC_BYTES, unpack_image

RECORDIO = "application/x-recordio"
IMAGES = ("image/jpeg", "image/png", "application/x-image")
MODEL_TYPES = ("", "application/x-sagemaker-model", "application/x-tar", "application/gzip")
DATA_CHANNELS = ("train", "validation")
ANNOTATIONS = "_annotation"
MODEL = "model"
FILE_READERS = 8
_SEED = 0


@dataclass(frozen=True, slots=True)
class Raw:
    """One example before anything of it is decoded; `name` is what the log calls it."""

    name: str
    image: bytes
    label: bytes | float | Numbers


Read = Callable[[], Raw]
"""Reads one example, in any thread. Raises: InvalidSample: names it. CustomerError."""


class Source(Protocol):
    """The examples of one channel."""

    readers: int
    """How many threads should read at once; 0 where reading is no work."""

    left_out: int
    """How many are no examples because a part of them is missing."""

    nothing: str
    """What is said when a pass gives no example that can be used."""

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        """One pass over the examples.

        number:      how many passes this process has begun before: the pipe's own count.
        shuffled_by: the same number gives the same order; None keeps the order of the data. Pipes have the order
                     in which the platform sends, which shuffles when the channel has a ShuffleConfig.
        Raises: CustomerError.
        """


def open_sources(container: Container) -> dict[str, Source]:
    """The sources of the data channels that the job has.

    Raises: CustomerError: `train` or an annotation channel is missing, a channel is not one of the algorithm's, or
            mode, wrapper and content type of one are no form that can be read (names the channel and the field).
    """
    channels = container.channels
    if "train" not in channels:
        given = f"; it has {', '.join(map(repr, channels))}" if channels else ""
        raise CustomerError(f"The channel 'train' is missing from InputDataConfig{given}")
    forms = {name: _form(container, channels[name]) for name in DATA_CHANNELS if name in channels}
    _refuse_unread(container, forms)
    sources = {}
    for name, form in forms.items():
        mode = channels[name].input_mode.lower()
        folder = container.channel_folder(name)
        logger.info("The channel '%s' is in %s input mode under %s.", name, mode, folder)
        sources[name] = form(container, channels[name])
    if "validation" not in channels:
        logger.warning("The channel 'validation' is not given: no mAP is computed, the last model is kept.")
    return sources


def _form(container: Container, channel: Channel) -> Callable[[Container, Channel], Source]:
    """The class of the channel's source. Raises: CustomerError."""
    kind, where = channel.media_type, f"Channel '{channel.name}'"
    if kind not in ("", RECORDIO, *IMAGES):
        raise CustomerError(
            f"{where} has content type {channel.content_type}, which object detection does not read; set "
            f"ContentType to {RECORDIO} (RecordIO, augmented manifest) or one of {', '.join(IMAGES)} (image "
            "files with JSON annotations)"
        )
    if channel.input_mode.lower() == "pipe":
        if channel.record_wrapper.lower() == "recordio":
            return ManifestPipe
        if kind in IMAGES:
            raise CustomerError(
                f"{where} has content type {channel.content_type} in Pipe input mode without RecordWrapperType; "
                "an augmented manifest needs RecordWrapperType RecordIO, image files with JSON annotations need "
                "InputMode File or FastFile"
            )
        return RecordPipe
    if kind == "":
        raise CustomerError(
            f"{where} has no content type; in {channel.input_mode} input mode ContentType must be {RECORDIO} "
            f"(one .rec file) or one of {', '.join(IMAGES)} (image files with JSON annotations)"
        )
    if kind == RECORDIO:
        return RecordFolder
    _check_annotations(container, channel)
    return ImageFolder


def _check_annotations(container: Container, images: Channel) -> None:
    name = images.name + ANNOTATIONS
    channel = container.channels.get(name)
    if channel is None:
        raise CustomerError(
            f"The channel '{name}' is missing from InputDataConfig: the images of channel '{images.name}' "
            f"(content type {images.content_type}) need a channel with a JSON annotation for each of them"
        )
    if channel.input_mode.lower() == "pipe":
        raise CustomerError(f"Channel '{name}' has input mode Pipe; set its InputMode to File or FastFile")
    # Decision: the guide wants the images' type here as well; what the files really are is understood too
    if channel.media_type not in ("", *IMAGES, "application/json"):
        raise CustomerError(
            f"Channel '{name}' has content type {channel.content_type}; set ContentType to that of channel "
            f"'{images.name}', {images.content_type}"
        )


def _refuse_unread(container: Container, forms: dict[str, Callable[[Container, Channel], Source]]) -> None:
    """Refuses channels that nothing would be read from: a misspelt name must not cost a night of training."""
    read = {*forms, MODEL, *(name + ANNOTATIONS for name, form in forms.items() if form is ImageFolder)}
    for name, channel in container.channels.items():
        if name == MODEL and channel.media_type not in MODEL_TYPES:
            raise CustomerError(
                f"Channel '{MODEL}' has content type {channel.content_type}; set ContentType to {MODEL_TYPES[1]}"
            )
        if name in read:
            continue
        data, is_annotation, _ = name.partition(ANNOTATIONS)
        if is_annotation and data in forms:
            raise CustomerError(
                f"Channel '{name}' would not be read: channel '{data}' has content type "
                f"{container.channels[data].content_type or 'none'}, whose annotations come with the images; "
                f"remove '{name}', or set ContentType of '{data}' to one of {', '.join(IMAGES)}"
            )
        known = [*DATA_CHANNELS, *(each + ANNOTATIONS for each in DATA_CHANNELS), MODEL]
        raise CustomerError(f"Channel '{name}' is not one of object detection's: {', '.join(known)}")


class ManifestPipe:
    """The lines of an augmented manifest: pairs of wrapped records. Counted from 1, as lines are."""

    nothing = EMPTY_STREAM

    def __init__(self, container: Container, channel: Channel) -> None:
        self._container, self._name = container, channel.name
        self.readers, self.left_out = 0, 0

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        pairs = record_pairs(self._container, self._name, number)
        for place, (image, annotation) in enumerate(pairs, start=1):
            if place == 1 and image.startswith(MAGIC_BYTES):
                raise CustomerError(
                    f"Channel '{self._name}' has RecordWrapperType RecordIO, but its objects are RecordIO already; "
                    "leave RecordWrapperType out"
                )
            yield partial(Raw, f"{self._name} example {place}", image, annotation)


class RecordPipe:
    """The image records of .rec files that are streamed one after the other. Counted from 0, as `trigpoint
    recordio list` does.
    """

    def __init__(self, container: Container, channel: Channel) -> None:
        self._container, self._name = container, channel.name
        self.readers, self.left_out = 0, 0
        self.nothing = (
            f"Got empty batch from pipe. Channel '{channel.name}' has no record that can be used; with "
            "RecordWrapperType None its objects must be .rec files of images."
        )

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        for place, payload in enumerate(piped_records(self._container, self._name, number)):
            yield partial(image_record, payload, f"{self._name} record {place}")


class RecordFolder:
    """The image records of the channel's one .rec file. Counted from 0."""

    def __init__(self, container: Container, channel: Channel) -> None:
        self._file = RecordFile(channel.name, container.channel_folder(channel.name))
        self.readers, self.left_out = FILE_READERS, 0
        self.nothing = f"Channel '{channel.name}': {self._file.name} has no record that can be used."

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        for place in _order(len(self._file), shuffled_by):
            yield partial(self._read, place)

    def _read(self, place: int) -> Raw:
        name = f"{self._file.channel} record {place} of {self._file.name}"
        return image_record(self._file.read(place), name)


def image_record(payload: bytes, name: str) -> Raw:
    """The example in an image record. Raises: CustomerError: it has no image header."""
    try:
        header, image = unpack_image(payload)
    except Invalid as error:
        raise CustomerError(f"{NOT_RECORDIO}({name}: {error})") from None
    return Raw(f"{name}, id {header.id}", image, header.label)


class ImageFolder:
    """Image files, and for each the JSON file of the same name in the annotation channel."""

    def __init__(self, container: Container, channel: Channel) -> None:
        self._name, self._annotation_name = channel.name, channel.name + ANNOTATIONS
        self._images = container.channel_folder(self._name)
        self._annotations = container.channel_folder(self._annotation_name)
        matched = match(files_below(self._images), files_below(self._annotations))
        self._pairs = matched.pairs
        self.readers = FILE_READERS
        self.left_out = len(matched.images_alone) + len(matched.annotations_alone)
        images, annotations = list(matched.images_alone), list(matched.annotations_alone)
        self.nothing = f"Channel '{self._name}' has no image with an annotation that can be used."
        if not self._pairs:
            raise CustomerError(
                f"Channels '{self._name}' and '{self._annotation_name}' have no image and JSON file of the same "
                f"name: images are {named(images) or 'missing'}; JSON files are {named(annotations) or 'missing'}"
            )
        _tell_alone(images, "image(s) without an annotation", self._annotation_name)
        _tell_alone(annotations, "JSON file(s) without an image", self._name)
        # usual where one prefix begins with another: s3://b/train matches s3://b/train_annotation/1.json as well
        _tell_others(matched.no_images, self._name, ", ".join(IMAGE_SUFFIXES))
        _tell_others(matched.no_annotations, self._annotation_name, ANNOTATION_SUFFIX)

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        for place in _order(len(self._pairs), shuffled_by):
            yield partial(self._read, *self._pairs[place])

    def _read(self, image: str, annotation: str) -> Raw:
        label = _file(self._annotation_name, self._annotations, annotation)
        _check_named(image, annotation, label)
        name = f"{self._name} image {image} with {annotation}"
        return Raw(name, _file(self._name, self._images, image), label)


def _tell_alone(files: list[str], what: str, partners: str) -> None:
    if files:
        logger.warning("Skipped %d %s in channel '%s': %s", len(files), what, partners, named(files))


def _tell_others(files: Sequence[str], channel: str, read: str) -> None:
    if files:
        logger.info("Channel '%s': %d file(s) other than %s are not read.", channel, len(files), read)


def _check_named(image: str, annotation: str, label: bytes) -> None:
    """Raises: InvalidSample: the annotation says that it belongs to another image."""
    try:
        parsed = json.loads(label)
    except ValueError:
        return  # told by whoever reads the boxes
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


def _order(count: int, shuffled_by: int | None) -> list[int] | range:
    """The places of an epoch. Decision: drawn anew for each, as files have no order of their own."""
    if shuffled_by is None:
        return range(count)
    places = list(range(count))
    Random(f"{_SEED}:{shuffled_by}").shuffle(places)
    return places
