"""Which pretrained weights a training asks for, and what to report when they are not installed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from trigpoint.builtin import MODEL_CHANNEL, Algorithm
from trigpoint.hyperparameters import is_true, merge
from trigpoint.weights.installed import find
from trigpoint.weights.known import KNOWN


def network_of(hyperparameters: Mapping[str, str]) -> str:
    """The name of the network that the hyperparameters, merged with the defaults, ask for.

    It is the `base_network`; image classification gives the layers of a ResNet in `num_layers`.
    """
    network, layers = hyperparameters.get("base_network", ""), hyperparameters.get("num_layers", "")
    return f"resnet-{layers}" if layers and network in ("", "resnet") else network


def pretrained_warning(
    algorithm: Algorithm,
    hyperparameters: Mapping[str, str],
    channels: Collection[str],
    folder: Path | None = None,
) -> str:
    """What to report about a training that asks for weights that are not installed; "" for others.

    Args: folder: the weights folder, see `find`.
    """
    values = merge(algorithm.hyperparameters, hyperparameters)
    if MODEL_CHANNEL in channels or not is_true(str(values.get("use_pretrained_model", ""))):
        return ""
    network = network_of(values)
    return "" if find(network, folder) else missing(network)


def missing(network: str) -> str:
    """The sentences about weights that are not installed."""
    known = KNOWN.get(network)
    way_out = (
        f"Install them: {known.command}"
        if known
        else "There are none for this network: set use_pretrained_model to 0, or use the channel 'model'."
    )
    return f"Pretrained weights for {network} are not available on this installation; training from scratch. {way_out}"
