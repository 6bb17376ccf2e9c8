"""What both linear classifiers do in a training: settings, examples, and the lines of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trigpoint.algorithms.common import forms
from trigpoint.algorithms.common.harness import Container, CustomerError, logger
from trigpoint.algorithms.common.settings import log_settings, read_settings
from trigpoint.algorithms.common.sources import ExampleSource, ManifestPipe
from trigpoint.algorithms.linear_classification.head import Array, Head
from trigpoint.builtin import AUGMENTED_MANIFEST, Algorithm
from trigpoint.core.errors import Invalid
from trigpoint.records.labels.classification_rules import ClassRules, UnusableLabel

READ_TOGETHER = 256
MOST_LEFT_OUT_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Setting:
    """What a training was asked for: the number of classes, and the sources of its channels by name."""

    num_classes: int
    sources: dict[str, ExampleSource]


@dataclass(frozen=True, slots=True)
class Examples:
    """The contents of a channel that can be used, and their class ids (N,)."""

    contents: list[Any]
    labels: Array


def configure(container: Container, algorithm: Algorithm) -> Setting:
    """The checked settings. Raises: CustomerError: settings or channels that cannot be trained with."""
    log_settings(container, algorithm, "Reading")
    settings = read_settings(algorithm, container.hyperparameters)
    if len(container.hosts) > 1:
        raise CustomerError(
            f"{algorithm.title} runs on one instance, because it takes seconds; set InstanceCount to 1"
        )
    sources = forms.open_sources(container, algorithm, {AUGMENTED_MANIFEST: ManifestPipe})
    return Setting(settings["num_classes"], sources)


def read_examples(
    setting: Setting, channel: str, prepare: Callable[[Sequence[bytes]], Sequence[Any | str]]
) -> Examples:
    """The examples of one pass over a channel.

    Args:   prepare: what is kept of some contents, or why one cannot be used.
    Raises: CustomerError: no example can be used, or a label does not fit the settings.
    """
    rules = ClassRules(setting.num_classes, False, "class-id")
    contents: list[Any] = []
    labels: list[int] = []
    faults: list[str] = []
    for part in _parts(setting.sources[channel]):
        usable = []
        for read in part:
            raw = read()
            try:
                usable.append((raw, rules.class_ids(raw.label)[0]))
            except UnusableLabel as error:
                faults.append(f"{raw.name}: {error.message}")
            except Invalid as error:
                raise CustomerError(f"{error.message} ({raw.name})") from None
        prepared = prepare([raw.image for raw, _ in usable])
        for (raw, label), content in zip(usable, prepared, strict=True):
            if isinstance(content, str):
                faults.append(f"{raw.name}: {content}")
            else:
                contents.append(content)
                labels.append(label)
    _report(channel, faults)
    if not contents:
        raise CustomerError(setting.sources[channel].nothing)
    return Examples(contents, np.array(labels, dtype=np.int64))


def _parts(source: ExampleSource) -> Iterator[list[Any]]:
    part: list[Any] = []
    for read in source.epoch(0, None):
        part.append(read)
        if len(part) == READ_TOGETHER:
            yield part
            part = []
    if part:
        yield part


def _report(channel: str, faults: Sequence[str]) -> None:
    for fault in faults[:MOST_LEFT_OUT_SHOWN]:
        logger.warning("Channel '%s': left out %s", channel, fault)
    if len(faults) > MOST_LEFT_OUT_SHOWN:
        logger.warning("Channel '%s': left out %d examples in all", channel, len(faults))


def log_accuracy(channel: str, head: Head, features: Any, labels: Array) -> None:
    """Logs the share of examples whose most probable class is their label."""
    accuracy = float((head.probabilities(features).argmax(axis=1) == labels).mean())
    logger.info("Epoch[0] %s-accuracy=%.6f", channel.capitalize(), accuracy)
