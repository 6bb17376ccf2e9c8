"""The configuration of a classification training, checked without torch, which takes seconds to load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from trigpoint.algorithms.common.harness import Container, logger
from trigpoint.algorithms.common.settings import log_settings, without_effect
from trigpoint.algorithms.common.sources import ExampleSource
from trigpoint.algorithms.image_classification.hyperparameters import (
    ALGORITHM,
    OPTIMIZERS_THAT_READ,
    Hyperparameters,
    parse,
)
from trigpoint.algorithms.image_classification.sources import open_sources
from trigpoint.weights.wanted import pretrained_warning


def configure(container: Container) -> tuple[Hyperparameters, Mapping[str, ExampleSource]]:
    """The checked settings and the sources of the data channels. Both are shown in the log.

    Raises: CustomerError: settings or channels that cannot be trained with.
    """
    log_settings(container, ALGORITHM, "Reading")
    hp = parse(container.hyperparameters)
    for sentence in without_effect(hp.optimizer, OPTIMIZERS_THAT_READ, container.hyperparameters):
        logger.warning(sentence)
    if warning := pretrained_warning(ALGORITHM, container.hyperparameters, container.channels):
        logger.warning(warning)
    sources = open_sources(container, hp)
    _log_parameters(hp)
    return hp, sources


def _log_parameters(hp: Hyperparameters) -> None:
    logger.info("---- Parameters ----")
    for each in fields(hp):
        value = getattr(hp, each.name)
        if value is not None:
            shown = ",".join(map(str, value)) if isinstance(value, tuple) else value
            logger.info("%s: %s", each.name, shown)
    if hp.checkpoint_frequency is None:
        logger.info("checkpoint_frequency not set, will store the best model")
    if hp.kv_store == "dist_async":
        logger.warning("kv_store dist_async is run synchronously, as dist_sync.")
