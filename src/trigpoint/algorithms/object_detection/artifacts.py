"""What is in a model artifact, and how does a network come back from it?

Three files, named as on AWS: weights (here a torch state dict), the network's description, the
hyperparameters.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from trigpoint.algorithms.harness import CustomerError
from trigpoint.algorithms.object_detection.ssd import SSD

PARAMS_NAME = "model_algo_1-0000.params"
SYMBOL_NAME = "model_algo_1-symbol.json"
HYPERPARAMS_NAME = "hyperparams.json"
FORMAT_VERSION = 1


def save_model(directory: Path, model: SSD, configuration: Mapping[str, str]) -> Path:
    """Writes the three files, each aside and then renamed; the path of the weights."""
    directory.mkdir(parents=True, exist_ok=True)
    symbol = {
        "format": "trigpoint-ssd",
        "version": FORMAT_VERSION,
        "network": model.base_network,
        "image_shape": model.image_shape,
        "num_classes": model.num_classes,
    }
    _write_json(directory / HYPERPARAMS_NAME, dict(configuration))
    _write_json(directory / SYMBOL_NAME, symbol)
    save_state(directory / PARAMS_NAME, model.state_dict())
    return directory / PARAMS_NAME


def load_model(directory: Path) -> tuple[SSD, dict[str, str]]:
    """The trained network, ready to detect, and its hyperparameters.

    Raises: CustomerError: a file is missing, or comes from another program.
    """
    symbol = _read_json(directory / SYMBOL_NAME)
    if symbol.get("format") != "trigpoint-ssd":
        origin = "MXNet's" if "nodes" in symbol else "not one of this program's"
        raise CustomerError(
            f"{SYMBOL_NAME} is {origin}; only models that were trained by this program can be loaded"
        )
    if symbol.get("version") != FORMAT_VERSION:
        raise CustomerError(
            f"{SYMBOL_NAME} has format version {symbol.get('version')}; this program reads {FORMAT_VERSION}"
        )
    model = SSD(str(symbol["network"]), int(symbol["image_shape"]), int(symbol["num_classes"]))
    try:
        model.load_state_dict(load_state(directory / PARAMS_NAME))
    except (OSError, RuntimeError, pickle.UnpicklingError) as error:
        raise CustomerError(f"{PARAMS_NAME} does not fit {SYMBOL_NAME}: {error}") from None
    return model.eval(), _read_json(directory / HYPERPARAMS_NAME)


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Tensors and plain values to a file, written aside and then renamed."""
    aside = path.with_name(f".{path.name}.part")
    torch.save(dict(state), aside)
    os.replace(aside, path)  # noqa: PTH105 - says what it does: atomic


def load_state(path: Path) -> dict[str, Any]:
    """What `save_state` wrote; nothing but tensors and plain values is ever unpickled."""
    loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return loaded


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(aside, path)  # noqa: PTH105


def _read_json(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise CustomerError(f"the model artifact has no {path.name}") from None
    except ValueError as error:
        raise CustomerError(f"{path.name} is not JSON: {error}") from None
    return loaded
