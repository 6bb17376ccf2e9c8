"""What an algorithm's entry module offers to the child process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from trigpoint.algorithms.common.harness import Container

if TYPE_CHECKING:
    from trigpoint.algorithms.common.serve import Handler


class AlgorithmModule(Protocol):
    """The module named by `Algorithm.module` in the registry. Importing it must not import torch."""

    def train(self, container: Container) -> None:
        """Trains in the container's directory and writes the model artifact.

        Raises: CustomerError: settings or data that cannot be trained with.
        """

    def load_handler(self, model_dir: Path) -> Handler:
        """The handler of prediction requests for the model in the directory.

        Raises: CustomerError: the artifact is incomplete or was written by another program.
        """
