"""The model artifact of a classifier: the weights of one or several epochs, and the description of the network.

The files are named as on AWS: `image-classification-0003.params` has the weights after three epochs (here a torch state
dict). The description also says which epochs were kept and how accurate each was.

Source: training.md 7.6.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from trigpoint.algorithms.common.artifacts import load_state, read_json, save_state, whole, write_json
from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.image_classification.network import Classifier, make_network
from trigpoint.builtin import LARGEST_SIDE, MOST_CLASSES

PREFIX: Final = "image-classification"
SYMBOL_NAME: Final = f"{PREFIX}-symbol.json"
SHAPES_NAME: Final = "model-shapes.json"
FORMAT: Final = "trigpoint-classifier"
FORMAT_VERSION: Final = 1
_EPOCH: Final = re.compile(r"[0-9]{4,9}")
_PARAMS: Final = re.compile(rf"{PREFIX}-([0-9]{{4,9}})\.params")


@dataclass(frozen=True, slots=True)
class Description:
    """What the network of an artifact is made from, and what it was trained for."""

    family: str
    num_layers: int
    image_shape: tuple[int, int, int]
    num_classes: int
    multi_label: bool


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A network in evaluation mode and its description."""

    network: Classifier
    description: Description
    kept: Mapping[int, float | None] = field(default_factory=dict)


def is_file_of_artifact(name: str) -> bool:
    """Whether a file of this name belongs to an artifact."""
    return name in (SYMBOL_NAME, SHAPES_NAME) or bool(_PARAMS.fullmatch(name))


def params_name(epochs: int) -> str:
    """The name of the weights after so many epochs."""
    return f"{PREFIX}-{epochs:04d}.params"


def save_model(
    folder: Path,
    network: Classifier,
    description: Description,
    epochs: int,
    accuracy: float | None,
    *,
    keep_others: bool,
) -> Path:
    """Writes the weights after so many epochs and the description; the path of the weights.

    Args: accuracy: on the validation channel; None without one.
          keep_others: whether the weights of other epochs stay in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = {**(_kept(folder) if keep_others else {}), epochs: accuracy}
    path = folder / params_name(epochs)
    save_state(path, network.state_dict())
    write_json(folder / SHAPES_NAME, [{"name": "data", "shape": [1, *description.image_shape]}])
    names = {f"{number:04d}": value for number, value in sorted(kept.items())}
    symbol = {"format": FORMAT, "version": FORMAT_VERSION, **asdict(description), "kept": names}
    write_json(folder / SYMBOL_NAME, symbol)
    for other in folder.iterdir():
        if _PARAMS.fullmatch(other.name) and other.name not in map(params_name, kept):
            other.unlink()
    return path


def make_described(description: Description) -> Classifier:
    """The network that is described, with random weights. Raises: ValueError, KeyError: there is none."""
    return make_network(
        description.family, description.num_layers, description.image_shape, description.num_classes
    )


def load_model(folder: Path) -> SavedModel:
    """The network with the most accurate weights that were kept; without accuracies, with those of the last epoch.

    Raises: CustomerError: a file is missing or was written by another program.
    """
    symbol = read_json(folder / SYMBOL_NAME)
    description, kept = _described(symbol), _kept(folder)
    try:
        network = make_described(description)
    except (ValueError, KeyError) as error:
        raise CustomerError(f"{SYMBOL_NAME} describes no network of this program: {error}") from None
    best = max(kept, key=lambda number: (kept[number] if kept[number] is not None else -1.0, number))
    name = params_name(best)
    try:
        network.load_state_dict(load_state(folder / name))
    except OSError:
        raise CustomerError(f"the model artifact has no {name}, which {SYMBOL_NAME} names") from None
    except (RuntimeError, pickle.UnpicklingError, AttributeError, TypeError) as error:
        raise CustomerError(f"{name} does not fit {SYMBOL_NAME}: {error}") from None
    return SavedModel(network.eval(), description, kept)


def _kept(folder: Path) -> dict[int, float | None]:
    """The accuracy of each epoch whose weights are in the folder."""
    if not (folder / SYMBOL_NAME).exists():
        return {}
    found = read_json(folder / SYMBOL_NAME).get("kept")
    if not isinstance(found, dict) or not found or not all(map(_EPOCH.fullmatch, found)):
        raise CustomerError(f"{SYMBOL_NAME} does not say which epochs were kept")
    return {int(name): value for name, value in found.items()}


def _described(symbol: Mapping[str, Any]) -> Description:
    if symbol.get("format") != FORMAT:
        origin = "MXNet's" if "nodes" in symbol else "not one of this program's"
        raise CustomerError(
            f"{SYMBOL_NAME} is {origin}; only models that were trained by this program can be loaded"
        )
    if symbol.get("version") != FORMAT_VERSION:
        raise CustomerError(
            f"{SYMBOL_NAME} has format version {symbol.get('version')}; this program reads {FORMAT_VERSION}"
        )
    try:
        sides = dict(zip(("channels", "height", "width"), symbol["image_shape"], strict=True))
        channels, height, width = (whole(sides, name, LARGEST_SIDE) for name in sides)
        return Description(
            str(symbol["family"]),
            int(symbol["num_layers"]),
            (channels, height, width),
            whole(symbol, "num_classes", MOST_CLASSES),
            bool(symbol["multi_label"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CustomerError(f"{SYMBOL_NAME} is incomplete: {error}") from None
