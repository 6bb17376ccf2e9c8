"""The configuration of a detection training, checked without torch, which takes seconds to load."""

from __future__ import annotations

from collections.abc import Mapping

from trigpoint.algorithms.common.harness import Container, logger
from trigpoint.algorithms.common.settings import log_settings, without_effect
from trigpoint.algorithms.common.sources import ExampleSource
from trigpoint.algorithms.object_detection.hyperparameters import (
    ALGORITHM,
    OPTIMIZERS_THAT_READ,
    Hyperparameters,
    parse,
)
from trigpoint.algorithms.object_detection.sources import open_sources
from trigpoint.weights.wanted import pretrained_warning


def configure(container: Container) -> tuple[Hyperparameters, Mapping[str, ExampleSource]]:
    """The checked settings and the sources of the data channels. Both are shown in the log.

    Raises: CustomerError: settings or channels that cannot be trained with.
    """
    log_settings(container, ALGORITHM)
    hp = parse(container.hyperparameters)
    for sentence in without_effect(hp.optimizer, OPTIMIZERS_THAT_READ, container.hyperparameters):
        logger.warning(sentence)
    if hp.kv_store == "dist_async":
        logger.warning("kv_store dist_async is run synchronously, as dist_sync.")
    if warning := pretrained_warning(ALGORITHM, container.hyperparameters, container.channels):
        logger.warning(warning)
    return hp, open_sources(container)
