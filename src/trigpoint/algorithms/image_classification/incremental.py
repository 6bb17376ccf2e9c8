"""The weights that a training starts from when its channel `model` holds an earlier classification model.

Only weights are taken over. The optimizer, the epochs and the best score start from the beginning, as on AWS.

Source: training.md 7.6.
"""

from __future__ import annotations

from trigpoint.algorithms.common.harness import Container, CustomerError
from trigpoint.algorithms.common.model_channel import load_earlier_model
from trigpoint.algorithms.image_classification.artifacts import (
    SYMBOL_NAME,
    SavedModel,
    is_file_of_artifact,
    load_model,
)
from trigpoint.algorithms.image_classification.hyperparameters import Hyperparameters
from trigpoint.builtin import MODEL_CHANNEL


def earlier_model(container: Container, hp: Hyperparameters) -> SavedModel | None:
    """The earlier job's model; None when the job has no channel `model`.

    Raises: CustomerError: the channel holds no model of this program, or its network differs from that of the
            hyperparameters (names channel, hyperparameter and both values).
    """
    if MODEL_CHANNEL not in container.channels:
        return None
    earlier = load_earlier_model(container, is_file_of_artifact, SYMBOL_NAME, load_model)
    found = earlier.description
    for name, old, new in (
        ("num_layers", found.num_layers, hp.num_layers),
        ("image_shape", _text(found.image_shape), _text(hp.image_shape)),
        ("num_classes", found.num_classes, hp.num_classes),
        ("multi_label", int(found.multi_label), int(hp.multi_label)),
    ):
        if old != new:
            raise CustomerError(
                f"Channel '{MODEL_CHANNEL}': the earlier model has {name} {old}, this training {new}; they must be "
                f"equal: set the hyperparameter {name} to {old}, or leave the channel out"
            )
    return earlier


def _text(shape: tuple[int, ...]) -> str:
    return ",".join(map(str, shape))
