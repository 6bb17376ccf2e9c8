"""The forms of input that image classification reads. Source: training.md 1.3, 7.2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import cast

from trigpoint.algorithms.common import forms
from trigpoint.algorithms.common.harness import ChannelConfig, Container, CustomerError
from trigpoint.algorithms.common.serve import media_type
from trigpoint.algorithms.common.sources import (
    ExampleSource,
    InvalidSample,
    MakeSource,
    ManifestPipe,
    Raw,
    Read,
    RecordFolder,
    RecordPipe,
)
from trigpoint.algorithms.image_classification.hyperparameters import (
    ALGORITHM,
    TOO_FEW_IMAGES,
    Hyperparameters,
)
from trigpoint.algorithms.image_classification.image_list import ImageListSource
from trigpoint.builtin import AUGMENTED_MANIFEST, IMAGES_WITH_LST, RECORD_FILE, RECORD_PIPE, InputForm
from trigpoint.core.errors import Invalid
from trigpoint.records.labels.classification_rules import FORMATS, ClassRules, LabelFormat, UnusableLabel

_LABEL_FORMAT = "label-format"
MAKERS: Mapping[InputForm, MakeSource] = {
    AUGMENTED_MANIFEST: ManifestPipe,
    RECORD_PIPE: RecordPipe,
    RECORD_FILE: RecordFolder,
    IMAGES_WITH_LST: ImageListSource,
}


def open_sources(container: Container, hp: Hyperparameters) -> dict[str, ExampleSource]:
    """The sources of the data channels that the job has; the label of each example is the tuple of its class ids.

    Raises: CustomerError, see `forms.open_sources`; a label-format that does not exist (names the channel).
    """
    rules = {
        name: ClassRules(hp.num_classes, hp.multi_label, label_format(channel))
        for name, channel in container.channels.items()
    }
    opened = forms.open_sources(container, ALGORITHM, MAKERS)
    return {
        name: ClassSource(name, source, rules[name], fewest(container, name, hp.mini_batch_size))
        for name, source in opened.items()
    }


def fewest(container: Container, channel: str, mini_batch_size: int) -> int:
    """How many examples the channel must have on each instance; a shard may have fewer, or none."""
    return mini_batch_size if channel == "train" and not container.is_sharded(channel) else 0


def label_format(channel: ChannelConfig) -> LabelFormat:
    """How several classes are given: the parameter label-format of the channel's ContentType.

    Raises: CustomerError: it is not a format.
    """
    chosen = media_type(channel.content_type)[1].get(_LABEL_FORMAT, FORMATS[0])
    if chosen not in FORMATS:
        raise CustomerError(
            f"Channel '{channel.name}': ContentType has {_LABEL_FORMAT}={chosen}; it must be {' or '.join(FORMATS)}"
        )
    return cast("LabelFormat", chosen)


class ClassSource:
    """Examples whose labels are read as class ids. A pass over fewer than `fewest` is an error."""

    def __init__(self, channel: str, source: ExampleSource, rules: ClassRules, fewest: int) -> None:
        self._channel, self._source, self._rules, self._fewest = channel, source, rules, fewest
        self.readers, self.left_out, self.nothing = source.readers, source.left_out, source.nothing

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        count = 0
        for count, read in enumerate(self._source.epoch(number, shuffled_by), start=1):  # noqa: B007 - used below
            yield partial(self._read, read)
        if 0 < count < self._fewest:
            raise CustomerError(
                f"{TOO_FEW_IMAGES} Channel '{self._channel}' has {count}, mini_batch_size is {self._fewest}"
            )

    def _read(self, read: Read) -> Raw:
        raw = read()
        try:
            return replace(raw, label=tuple(map(float, self._rules.class_ids(raw.label))))
        except UnusableLabel as error:
            raise InvalidSample(f"{raw.name.removeprefix(f'{self._channel} ')}: {error.message}") from None
        except Invalid as error:
            raise CustomerError(f"{error.message} ({raw.name})") from None
