"""Entry points of light segmentation, which the child process calls; torch is imported inside the functions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trigpoint.algorithms.common.harness import Container

if TYPE_CHECKING:
    from trigpoint.algorithms.common.serve import Handler


def train(container: Container) -> None:
    """Trains a network and writes its model artifact.

    Raises: CustomerError: settings or data that cannot be trained with.
    """
    from trigpoint.algorithms.light_segmentation.hyperparameters import configure

    configured = configure(container)
    from trigpoint.algorithms.light_segmentation.train import train as train_network

    train_network(container, *configured)


def load_handler(model_dir: Path) -> Handler:
    """The handler of prediction requests for the model in the directory.

    Raises: CustomerError: the artifact is incomplete or was written by another program.
    """
    from trigpoint.algorithms.light_segmentation.predict import load_handler as load_network

    return load_network(model_dir)
