"""Sources of raw examples: one contract, and the forms of input that all algorithms share.

A source gives the encoded image and its label as they are stored. What a label means is the algorithm's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Protocol

from trigpoint.algorithms.common.harness import ChannelConfig, Container, CustomerError
from trigpoint.algorithms.common.pipe import EMPTY_STREAM, NOT_RECORDIO, piped_records, record_pairs
from trigpoint.algorithms.common.record_files import RecordFile
from trigpoint.core.errors import Invalid
from trigpoint.records.recordio import MAGIC_BYTES, unpack_image

FILE_READERS = 8
_SEED = 0

Numbers = tuple[float, ...]


class InvalidSample(Exception):
    """This one example cannot be used; the message says why. The training continues without it."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One example before anything of it is decoded; `name` is what the log calls it."""

    name: str
    image: bytes
    label: bytes | float | Numbers


Read = Callable[[], Raw]
"""Reads one example, in any thread. Raises: InvalidSample (names the example), CustomerError."""


class ExampleSource(Protocol):
    """The examples of one channel."""

    readers: int
    """How many threads should read at once; 0 where reading takes no time."""

    left_out: int
    """How many files are not part of an example because their partner is missing."""

    nothing: str
    """The error message for a pass without a valid example."""

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        """One pass over the examples.

        Args:   number: how many passes this process has begun before; the pipe's own count.
                shuffled_by: equal numbers give the same order; None keeps the order of the data. Pipes keep the order
                in which the platform sends, which shuffles when the channel has a ShuffleConfig.
        Raises: CustomerError.
        """


MakeSource = Callable[[Container, ChannelConfig], ExampleSource]


class NoExamples:
    """The empty shard of an instance."""

    def __init__(self, channel: str) -> None:
        self.readers, self.left_out = 0, 0
        self.nothing = f"Channel '{channel}' has no example that can be used."

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        return iter(())


class ManifestPipe:
    """The lines of an augmented manifest: pairs of wrapped records. Counted from 1, as lines are."""

    nothing = EMPTY_STREAM

    def __init__(self, container: Container, channel: ChannelConfig) -> None:
        self._container, self._name = container, channel.name
        self.readers, self.left_out = 0, 0

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        pairs = record_pairs(self._container, self._name, number)
        for place, (image, label) in enumerate(pairs, start=1):
            if place == 1 and image.startswith(MAGIC_BYTES):
                raise CustomerError(
                    f"Channel '{self._name}' has RecordWrapperType RecordIO, but its objects are RecordIO already; "
                    "leave out RecordWrapperType"
                )
            yield partial(Raw, f"{self._name} example {place}", image, label)


class RecordPipe:
    """The image records of .rec files that are streamed one after the other.

    Counted from 0, as `trigpoint recordio list` does.
    """

    def __init__(self, container: Container, channel: ChannelConfig) -> None:
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

    def __init__(self, container: Container, channel: ChannelConfig) -> None:
        self._file = RecordFile(channel.name, container.channel_folder(channel.name))
        self.readers, self.left_out = FILE_READERS, 0
        self.nothing = f"Channel '{channel.name}': {self._file.name} has no record that can be used."

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        for place in order(len(self._file), shuffled_by):
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


def order(count: int, shuffled_by: int | None) -> list[int] | range:
    """The order in which a pass reads the examples of a folder.

    Decision: files have no order of their own, so each epoch has a new one.
    """
    if shuffled_by is None:
        return range(count)
    places = list(range(count))
    Random(f"{_SEED}:{shuffled_by}").shuffle(places)
    return places
