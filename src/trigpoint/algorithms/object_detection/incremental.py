"""Which weights does a training start from that continues an earlier one: what the channel `model` holds.

The channel holds the model.tar.gz of a detection job, or the three files of one whose output was not compressed.
Only weights are taken over: optimiser, epochs and the best score begin anew, as on AWS.

Source: training.md 6.3.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

from trigpoint.algorithms.harness import Container, CustomerError
from trigpoint.algorithms.object_detection.artifacts import (
    HYPERPARAMS_NAME,
    PARAMS_NAME,
    SYMBOL_NAME,
    load_model,
)
from trigpoint.algorithms.object_detection.hyperparameters import Hyperparameters
from trigpoint.algorithms.object_detection.sources import MODEL
from trigpoint.algorithms.object_detection.ssd import SSD, extra_layers
from trigpoint.algorithms.record_files import files_below, what_it_has

_FILES = (PARAMS_NAME, SYMBOL_NAME, HYPERPARAMS_NAME)


def weights_to_start_from(container: Container, hp: Hyperparameters) -> dict[str, Any]:
    """The state of the earlier job's network.

    Raises: CustomerError: the channel holds no model of this program, or its network is not the one of the
            hyperparameters (names channel, file, hyperparameter and both values).
    """
    folder = container.channel_folder(MODEL)
    files = list(files_below(folder)) if folder.is_dir() else []
    archives = [name for name in files if name.endswith((".tar.gz", ".tgz"))]
    try:
        if not archives and SYMBOL_NAME in map(_base_name, files):
            symbol = next(name for name in files if _base_name(name) == SYMBOL_NAME)
            earlier, _ = load_model((folder / symbol).parent)
        else:
            earlier = _from_archive(_only(archives, files), folder, container.root)
    except CustomerError as error:
        raise CustomerError(f"Channel '{MODEL}': {error}") from None
    _check_fits(earlier, hp)
    state: dict[str, Any] = earlier.state_dict()
    return state


def _only(archives: list[str], files: list[str]) -> str:
    if len(archives) != 1:
        raise CustomerError(
            "exactly one model.tar.gz of an earlier training job is needed; "
            f"{what_it_has(files, archives)}. Let S3Uri be the S3ModelArtifacts of that job"
        )
    return archives[0]


def _from_archive(name: str, folder: Path, scratch: Path) -> SSD:
    with tempfile.TemporaryDirectory(prefix="model-", dir=scratch) as unpacked:
        try:
            _unpack(folder / name, Path(unpacked))
        except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
            raise CustomerError(f"{name} is not a tar.gz that can be read: {error}") from None
        return load_model(Path(unpacked))[0]


def _unpack(archive: Path, target: Path) -> None:
    """Writes the model's own files; whatever else is in the archive is not touched."""
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            name = _base_name(member.name)
            content = tar.extractfile(member) if member.isfile() and name in _FILES else None
            if content is not None:
                with (target / name).open("wb") as file:
                    shutil.copyfileobj(content, file)


def _base_name(name: str) -> str:
    return PurePosixPath(name).name


def _check_fits(earlier: SSD, hp: Hyperparameters) -> None:
    for name, old, new in (
        ("base_network", earlier.base_network, hp.base_network),
        ("num_classes", earlier.num_classes, hp.num_classes),
    ):
        if old != new:
            raise CustomerError(
                f"Channel '{MODEL}': the earlier model has {name} {old}, this training {new}; they must be equal: "
                f"set the hyperparameter {name} to {old}, or leave the channel out"
            )
    # Decision: the weights fit another image_shape, so it may differ, as long as the layers are the same
    if extra_layers(hp.base_network, earlier.image_shape) != extra_layers(hp.base_network, hp.image_shape):
        raise CustomerError(
            f"Channel '{MODEL}': the earlier model has image_shape {earlier.image_shape}, this training "
            f"{hp.image_shape}, and {hp.base_network} has other layers there; set the hyperparameter image_shape "
            f"to {earlier.image_shape}, or leave the channel out"
        )
