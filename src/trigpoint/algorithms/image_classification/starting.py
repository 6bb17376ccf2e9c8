"""The network that a training starts from: an earlier model, pretrained weights, or random weights.

Of an earlier model only the weights are taken over. The optimizer, the epochs and the best score start from the beginning,
as on AWS.

Source: training.md 7.1, 7.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint.algorithms.common.checkpoints import checkpointed_network
from trigpoint.algorithms.common.harness import Container, CustomerError, logger
from trigpoint.algorithms.common.model_channel import load_earlier_model
from trigpoint.algorithms.common.pretrained import load_pretrained
from trigpoint.algorithms.image_classification.artifacts import (
    SYMBOL_NAME,
    Description,
    SavedModel,
    is_file_of_artifact,
    load_model,
    make_described,
)
from trigpoint.algorithms.image_classification.hyperparameters import (
    EFFICIENTNET_LITE0,
    RESNET,
    Hyperparameters,
)
from trigpoint.algorithms.image_classification.network import (
    EFFICIENTNET_LITE,
    RESNET_V1,
    RESNET_V2,
    BackboneClassifier,
)
from trigpoint.builtin import MODEL_CHANNEL
from trigpoint.weights import InstalledWeights, find


def network_to_train(container: Container, hp: Hyperparameters) -> SavedModel:
    """The network with the weights of the channel `model`, if the job has one; else with pretrained weights, if the job asks
    for them and they are installed; else with random weights. If the job has a checkpoint, whose weights replace these,
    the network is of its family.

    Raises: CustomerError: the channel holds no model of this program, or its network differs from that of the
            hyperparameters (names channel, hyperparameter and both values); or the file of weights is damaged.
    """
    if MODEL_CHANNEL in container.channels:
        earlier = load_earlier_model(container, is_file_of_artifact, SYMBOL_NAME, load_model)
        _check_fits(earlier.description, hp)
        logger.info("Training goes on from the weights of the channel '%s'.", MODEL_CHANNEL)
        return earlier
    continued = checkpointed_network(container.checkpoint_dir)
    installed = find(hp.network_name) if hp.use_pretrained_model and continued is None else None
    description = Description(
        _family(hp, installed, continued), hp.num_layers, hp.image_shape, hp.num_classes, hp.multi_label
    )
    network = make_described(description)
    if installed is not None:
        assert isinstance(network.body, BackboneClassifier)
        load_pretrained(network.body.backbone, installed)
        logger.info("Training starts from the pretrained weights in %s.", installed.path)
        if description.family == RESNET_V1:
            logger.info(
                "These weights are of torchvision's v1 family of ResNets (post-activation); a training from scratch has a "
                "ResNet v2."
            )
    return SavedModel(network, description)


def _family(
    hp: Hyperparameters, installed: InstalledWeights | None, continued: Mapping[str, Any] | None
) -> str:
    if continued is not None and _base_network(continued.get("family", "")) == hp.base_network:
        return str(continued["family"])
    if hp.base_network != RESNET:
        return EFFICIENTNET_LITE
    return RESNET_V2 if installed is None else RESNET_V1


def _check_fits(found: Description, hp: Hyperparameters) -> None:
    for name, old, new in (
        ("base_network", _base_network(found.family), hp.base_network),
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


def _base_network(family: str) -> str:
    return EFFICIENTNET_LITE0 if family == EFFICIENTNET_LITE else RESNET


def _text(shape: tuple[int, ...]) -> str:
    return ",".join(map(str, shape))
