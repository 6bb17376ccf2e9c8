"""The model artifact: a description, and the weights as a torch state dict.

light-segmentation.json          format, version, number of classes, image_shape
light-segmentation-0000.params   the weights
"""

from __future__ import annotations

import pickle
from pathlib import Path

from trigpoint.algorithms.common.artifacts import load_state, read_json, save_state, whole, write_json
from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.light_segmentation.network import MaskNetwork
from trigpoint.builtin import LARGEST_SIDE
from trigpoint.records.labels.masks import MOST_CLASSES

DESCRIPTION, WEIGHTS = "light-segmentation.json", "light-segmentation-0000.params"
FORMAT, VERSION = "trigpoint-light-segmentation", 1


def save_model(folder: Path, network: MaskNetwork, image_shape: int) -> Path:
    """Writes both files; the path of the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    described = {
        "format": FORMAT,
        "version": VERSION,
        "num_classes": network.num_classes,
        "image_shape": image_shape,
    }
    write_json(folder / DESCRIPTION, described)
    save_state(folder / WEIGHTS, network.state_dict())
    return folder / WEIGHTS


def load_model(folder: Path) -> tuple[MaskNetwork, int]:
    """The network in evaluation mode, and the side in pixels to which images are resized.

    Raises: CustomerError: a file is missing or was written by another program.
    """
    described = read_json(folder / DESCRIPTION)
    if (described.get("format"), described.get("version")) != (FORMAT, VERSION):
        raise CustomerError(f"{DESCRIPTION} was written by another program, or another version of this one")
    try:
        network = MaskNetwork(whole(described, "num_classes", MOST_CLASSES + 1))
        side_px = whole(described, "image_shape", LARGEST_SIDE)
    except (KeyError, TypeError, ValueError) as error:
        raise CustomerError(f"{DESCRIPTION} describes no network of this program: {error}") from None
    try:
        network.load_state_dict(load_state(folder / WEIGHTS))
    except (OSError, RuntimeError, pickle.UnpicklingError) as error:
        raise CustomerError(f"{WEIGHTS} does not fit {DESCRIPTION}: {error}") from None
    return network.eval(), side_px
