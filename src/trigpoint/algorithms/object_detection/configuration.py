"""The configuration of a detection training, checked without torch, which takes seconds to load."""

from __future__ import annotations

from collections.abc import Mapping

from trigpoint.algorithms.common.harness import Container, CustomerError, logger
from trigpoint.algorithms.common.settings import check_instances, log_settings
from trigpoint.algorithms.common.sources import ExampleSource
from trigpoint.algorithms.object_detection.hyperparameters import ALGORITHM, Hyperparameters, parse
from trigpoint.algorithms.object_detection.sources import open_sources
from trigpoint.builtin import MODEL_CHANNEL


def configure(container: Container) -> tuple[Hyperparameters, Mapping[str, ExampleSource]]:
    """The checked settings and the sources of the data channels. Both are shown in the log.

    Raises: CustomerError: settings or channels that cannot be trained with.
    """
    log_settings(container, ALGORITHM)
    hp = parse(container.hyperparameters)
    _check_pretrained(hp, MODEL_CHANNEL in container.channels)
    check_instances(container, ALGORITHM)
    return hp, open_sources(container)


def _check_pretrained(hp: Hyperparameters, starts_from_model: bool) -> None:
    if not hp.use_pretrained_model or starts_from_model:
        return
    missing = f"Pretrained model for {hp.base_network} is not available on this installation"
    if hp.pretrained_was_asked_for:
        raise CustomerError(missing)
    logger.warning("%s; training from scratch.", missing)
