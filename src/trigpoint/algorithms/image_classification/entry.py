"""Entry points of image classification, which the child process calls.

torch is imported inside the functions: wrong settings are reported without the seconds that loading it takes, and its
absence is reported like any failure of a training.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trigpoint.algorithms.common.harness import Container

if TYPE_CHECKING:
    from trigpoint.algorithms.common.serve import Handler


def train(container: Container) -> None:
    """Trains a classifier and writes its model artifact.

    Raises: CustomerError: settings or data that cannot be trained with.
    """
    from trigpoint.algorithms.image_classification.configuration import configure

    configured = configure(container)
    from trigpoint.algorithms.image_classification.train import train as train_classifier

    train_classifier(container, *configured)


def load_handler(model_dir: Path) -> Handler:
    """The handler of prediction requests for the model in the directory.

    Raises: CustomerError: the artifact is incomplete or was written by another program.
    """
    from trigpoint.algorithms.image_classification.predict import load_handler as load_classifier

    return load_classifier(model_dir)
