"""The network that a training starts from: an earlier detection model, pretrained weights, or random weights.

Of an earlier model only the weights are taken over. The optimizer, the epochs and the best score start from the beginning,
as on AWS.

Source: training.md 6.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint.algorithms.common.backbones import ORIGINAL, TORCHVISION, layout_of_weights
from trigpoint.algorithms.common.checkpoints import checkpointed_network
from trigpoint.algorithms.common.harness import Container, CustomerError, logger
from trigpoint.algorithms.common.model_channel import load_earlier_model
from trigpoint.algorithms.common.pretrained import load_pretrained
from trigpoint.algorithms.object_detection.artifacts import FILE_NAMES, SYMBOL_NAME, load_model
from trigpoint.algorithms.object_detection.hyperparameters import Hyperparameters
from trigpoint.algorithms.object_detection.ssd import SSD, extra_layers
from trigpoint.builtin import MODEL_CHANNEL
from trigpoint.weights import InstalledWeights, find


def network_to_train(container: Container, hp: Hyperparameters) -> SSD:
    """The network with the weights of the channel `model`, if the job has one; else with the pretrained weights of its
    backbone, if the job asks for them and they are installed; else with random weights. If the job has a checkpoint, whose
    weights replace these, the network is of the same kind.

    Raises: CustomerError: the channel holds no model of this program, or its network differs from that of the
            hyperparameters (names channel, file, hyperparameter and both values); or the file of weights is damaged.
    """
    if MODEL_CHANNEL in container.channels:
        earlier, _ = load_earlier_model(container, FILE_NAMES.__contains__, SYMBOL_NAME, load_model)
        _check_fits(earlier, hp)
        model = SSD(hp.base_network, hp.image_shape, hp.num_classes, earlier.layout)
        model.load_state_dict(earlier.state_dict())
        model.keeps_statistics = earlier.keeps_statistics
        logger.info("Training goes on from the weights of the channel '%s'.", MODEL_CHANNEL)
        return model
    if continued := checkpointed_network(container.checkpoint_dir):
        return _as_in_checkpoint(hp, continued)
    installed = find(hp.base_network) if hp.use_pretrained_model else None
    if installed is None:
        return SSD(hp.base_network, hp.image_shape, hp.num_classes)
    return _pretrained(hp, installed)


def _as_in_checkpoint(hp: Hyperparameters, continued: Mapping[str, Any]) -> SSD:
    """The network that the training began with; its weights come with the rest of the checkpoint."""
    layout = TORCHVISION if continued.get("layout") == TORCHVISION else ORIGINAL
    model = SSD(hp.base_network, hp.image_shape, hp.num_classes, layout)
    model.keeps_statistics = continued.get("keeps_statistics") is True
    return model


def _pretrained(hp: Hyperparameters, installed: InstalledWeights) -> SSD:
    layout = layout_of_weights(hp.base_network)
    model = SSD(hp.base_network, hp.image_shape, hp.num_classes, layout)
    load_pretrained(model.backbone, installed)
    # Decision: as torchvision's detectors do. The statistics of small batches are noisy, and a short training is over
    # before the running averages have followed them.
    model.keeps_statistics = True
    logger.info("The backbone %s starts from the pretrained weights in %s.", hp.base_network, installed.path)
    if layout == TORCHVISION and hp.base_network != "vgg-16":
        logger.info(
            "These weights are of torchvision's v1 family of ResNets (post-activation); without them %s is a ResNet v2.",
            hp.base_network,
        )
    return model


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
