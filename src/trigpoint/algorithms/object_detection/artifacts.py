"""The model artifact of a detector: how it is written, and how the network is read from it.

Its three files are named as on AWS: the weights (here a torch state dict), the network's description, and the
hyperparameters.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

from trigpoint.algorithms.common.artifacts import load_state, read_json, save_state, whole, write_json
from trigpoint.algorithms.common.backbones import ORIGINAL
from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.object_detection.ssd import SSD
from trigpoint.builtin import LARGEST_SIDE, MOST_CLASSES

PARAMS_NAME = "model_algo_1-0000.params"
SYMBOL_NAME = "model_algo_1-symbol.json"
HYPERPARAMS_NAME = "hyperparams.json"
FILE_NAMES = (PARAMS_NAME, SYMBOL_NAME, HYPERPARAMS_NAME)
FORMAT_VERSION = 1


def save_model(directory: Path, model: SSD, configuration: Mapping[str, str]) -> Path:
    """Writes the three files; the path of the weights."""
    directory.mkdir(parents=True, exist_ok=True)
    symbol = {
        "format": "trigpoint-ssd",
        "version": FORMAT_VERSION,
        "network": model.base_network,
        "image_shape": model.image_shape,
        "num_classes": model.num_classes,
        "layout": model.layout,
        "keeps_statistics": model.keeps_statistics,
    }
    write_json(directory / HYPERPARAMS_NAME, dict(configuration))
    write_json(directory / SYMBOL_NAME, symbol)
    save_state(directory / PARAMS_NAME, model.state_dict())
    return directory / PARAMS_NAME


def load_model(directory: Path) -> tuple[SSD, dict[str, str]]:
    """The trained network in evaluation mode, and its hyperparameters.

    Raises: CustomerError: a file is missing or was written by another program.
    """
    symbol = read_json(directory / SYMBOL_NAME)
    if symbol.get("format") != "trigpoint-ssd":
        origin = "MXNet's" if "nodes" in symbol else "not one of this program's"
        raise CustomerError(
            f"{SYMBOL_NAME} is {origin}; only models that were trained by this program can be loaded"
        )
    if symbol.get("version") != FORMAT_VERSION:
        raise CustomerError(
            f"{SYMBOL_NAME} has format version {symbol.get('version')}; this program reads {FORMAT_VERSION}"
        )
    try:
        model = SSD(
            str(symbol["network"]),
            whole(symbol, "image_shape", LARGEST_SIDE),
            whole(symbol, "num_classes", MOST_CLASSES),
            str(symbol.get("layout", ORIGINAL)),  # models of earlier versions have none
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CustomerError(f"{SYMBOL_NAME} describes no network of this program: {error}") from None
    model.keeps_statistics = bool(symbol.get("keeps_statistics", False))
    try:
        model.load_state_dict(load_state(directory / PARAMS_NAME))
    except (OSError, RuntimeError, pickle.UnpicklingError) as error:
        raise CustomerError(f"{PARAMS_NAME} does not fit {SYMBOL_NAME}: {error}") from None
    return model.eval(), read_json(directory / HYPERPARAMS_NAME)
