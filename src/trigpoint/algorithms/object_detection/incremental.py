"""The weights that a training starts from when its channel `model` holds an earlier detection model.

Only weights are taken over. The optimizer, the epochs and the best score start from the beginning, as on AWS.

Source: training.md 6.3.
"""

from __future__ import annotations

from typing import Any

from trigpoint.algorithms.common.harness import Container, CustomerError
from trigpoint.algorithms.common.model_channel import load_earlier_model
from trigpoint.algorithms.object_detection.artifacts import FILE_NAMES, SYMBOL_NAME, load_model
from trigpoint.algorithms.object_detection.hyperparameters import Hyperparameters
from trigpoint.algorithms.object_detection.ssd import SSD, extra_layers
from trigpoint.builtin import MODEL_CHANNEL


def weights_to_start_from(container: Container, hp: Hyperparameters) -> dict[str, Any]:
    """The state of the earlier job's network.

    Raises: CustomerError: the channel holds no model of this program, or its network differs from that of the
            hyperparameters (names channel, file, hyperparameter and both values).
    """
    earlier, _ = load_earlier_model(container, FILE_NAMES.__contains__, SYMBOL_NAME, load_model)
    _check_fits(earlier, hp)
    state: dict[str, Any] = earlier.state_dict()
    return state


def _check_fits(earlier: SSD, hp: Hyperparameters) -> None:
    for name, old, new in (
        ("base_network", earlier.base_network, hp.base_network),
        ("num_classes", earlier.num_classes, hp.num_classes),
    ):
        if old != new:
            raise CustomerError(
                f"Channel '{MODEL_CHANNEL}': the earlier model has {name} {old}, this training {new}; they must be "
                f"equal: set the hyperparameter {name} to {old}, or leave the channel out"
            )
    # Decision: the weights fit any image_shape for which the network has the same layers, so it may differ
    if extra_layers(hp.base_network, earlier.image_shape) != extra_layers(hp.base_network, hp.image_shape):
        raise CustomerError(
            f"Channel '{MODEL_CHANNEL}': the earlier model has image_shape {earlier.image_shape}, this training "
            f"{hp.image_shape}, and {hp.base_network} has other layers there; set the hyperparameter image_shape "
            f"to {earlier.image_shape}, or leave the channel out"
        )
