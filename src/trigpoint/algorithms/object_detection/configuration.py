"""Is what a detection training was given a training at all: its hyperparameters and its channels?

Without torch, which takes seconds to load: what is wrong is told before that.
"""

from __future__ import annotations

from collections.abc import Mapping

from trigpoint import builtin
from trigpoint.algorithms.harness import Container, CustomerError, logger
from trigpoint.algorithms.object_detection.hyperparameters import ALGORITHM, Hyperparameters, parse
from trigpoint.algorithms.object_detection.sources import MODEL, Source, open_sources
from trigpoint.hyperparameters import defaults, merge


def configure(container: Container) -> tuple[Hyperparameters, Mapping[str, Source]]:
    """The checked settings and the data channels, after telling the log where each came from.

    Raises: CustomerError: settings or channels that cannot be trained with.
    """
    return _hyperparameters(container), open_sources(container)


def _hyperparameters(container: Container) -> Hyperparameters:
    """The checked settings, after telling the log where each came from."""
    schema = ALGORITHM.hyperparameters
    logger.info("Reading default configuration from %s: %s", builtin.__file__, defaults(schema))
    provided = container.hyperparameters
    logger.info(
        "Merging with provided configuration from %s: %s",
        container.root / "input" / "config" / "hyperparameters.json",
        provided,
    )
    logger.info("Final configuration: %s", merge(schema, provided))
    hp = parse(provided)
    if hp.use_pretrained_model and MODEL not in container.channels:
        missing = f"Pretrained model for {hp.base_network} is not available on this installation"
        if hp.pretrained_was_asked_for:
            raise CustomerError(missing)
        logger.warning("%s; training from scratch.", missing)
    if len(container.hosts) > 1:
        raise CustomerError(
            f"Training on {len(container.hosts)} instances is not available; set InstanceCount to 1"
        )
    return hp
