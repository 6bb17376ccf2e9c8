"""The hyperparameters of a training, checked with the schema of the registry and shown in the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint import builtin
from trigpoint.algorithms.common.harness import Container, CustomerError, logger
from trigpoint.builtin import Algorithm
from trigpoint.core.errors import Invalid
from trigpoint.hyperparameters import defaults, merge, read_hyperparameters, was_given


def log_settings(container: Container, algorithm: Algorithm, reading: str = "Merging with") -> None:
    """Logs the defaults, what was provided, and what results, before any of it is checked.

    reading: how the line about what was provided begins. AWS's algorithms differ.
    """
    schema, provided = algorithm.hyperparameters, container.hyperparameters
    logger.info("Reading default configuration from %s: %s", builtin.__file__, _shown(defaults(schema)))
    logger.info(
        "%s provided configuration from %s: %s",
        reading,
        container.root / "input" / "config" / "hyperparameters.json",
        _shown(provided),
    )
    logger.info("Final configuration: %s", _shown(merge(schema, provided)))


def _shown(values: Mapping[str, str]) -> str:
    """The settings as AWS's algorithms log them: {u'epochs': u'3'}.

    Decision: with the u of Python 2, because public notebooks look for "num_training_samples': u'" in the last line.
    """
    return "{" + ", ".join(f"u{str(name)!r}: u{str(text)!r}" for name, text in values.items()) + "}"


def read_settings(algorithm: Algorithm, provided: Mapping[str, str]) -> dict[str, Any]:
    """The value of each hyperparameter. Raises: CustomerError: the schema does not allow what was provided."""
    read = {name: text for name, text in provided.items() if name not in algorithm.leftovers}
    try:
        return read_hyperparameters(algorithm.hyperparameters, algorithm.title, read)
    except Invalid as error:
        raise CustomerError(error.message) from None


def without_effect(
    optimizer: str, readers: Mapping[str, tuple[str, ...]], provided: Mapping[str, str]
) -> list[str]:
    """What was provided but is not read by the chosen optimizer, one sentence for each.

    Decision: public notebooks set them all whatever the optimizer, so they are reported and not refused.

    Args: readers: the optimizers that read a hyperparameter, by its name.
    """
    return [
        f"{name} has no effect with optimizer {optimizer}; it is read by {' and '.join(of)}."
        for name, of in readers.items()
        if optimizer not in of and was_given(provided, name)
    ]
