"""Checkpoints: the state from which a later process continues a training, and the best model until then."""

from __future__ import annotations

import filecmp
import pickle
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from trigpoint.algorithms.common.artifacts import load_state, save_state
from trigpoint.algorithms.common.best import Best
from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.common.progress import Progress
from trigpoint.algorithms.common.random_state import random_state, restore_random_state

STATE_NAME = "last.state"
BEST_FOLDER = "best"
FORMAT = "trigpoint-checkpoint-2"
_WAY_OUT = "use another CheckpointConfig.S3Uri"
_DAMAGED = (
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    OSError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
)
"""What reading a file raises that is no checkpoint, or half of one."""


@dataclass(frozen=True, slots=True)
class Trained:
    """The parts of a training that learn."""

    network: Mapping[str, Any]
    """The hyperparameters that decide on the network, by name."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler


@dataclass(frozen=True, slots=True)
class Continued:
    """Where a training continues that was interrupted.

    learner: what the learner's `state` was
    """

    progress: Progress
    best: Best
    learner: Mapping[str, Any]


def save_checkpoint(folder: Path, trained: Trained, place: Continued) -> None:
    """Writes the whole state of a training."""
    state = {
        "format": FORMAT,
        "network": dict(trained.network),
        "model": trained.model.state_dict(),
        "optimizer": trained.optimizer.state_dict(),
        "optimizer_kind": type(trained.optimizer).__name__,
        "scaler": trained.scaler.state_dict(),
        "learner": dict(place.learner),
        "random": random_state(),
        "progress": place.progress.to_state(),
        "best": asdict(place.best),
    }
    save_state(folder / STATE_NAME, state)


def checkpointed_network(folder: Path) -> Mapping[str, Any] | None:
    """The `Trained.network` of the checkpoint in the folder; None without one.

    A training that continues must have the network that it began with, even if pretrained weights were installed or
    removed meanwhile.
    Raises: CustomerError: the checkpoint is damaged.
    """
    state = _read(folder, mapped=True)
    return None if state is None else state["network"]


def load_checkpoint(folder: Path, trained: Trained) -> Continued | None:
    """Puts the state into model, optimizer, scaler, and the generators of random numbers; where the training continues.

    None when the folder has no checkpoint.

    Raises: CustomerError: the checkpoint was written for another network or optimizer, or is damaged.
    """
    state = _read(folder)
    if state is None:
        return None
    _check_fits(state, trained)
    try:
        trained.model.load_state_dict(state["model"])
        try:
            trained.optimizer.load_state_dict(state["optimizer"])
        except ValueError:
            raise CustomerError(
                f"The checkpoint trains other layers than this training; {_WAY_OUT}"
            ) from None
        trained.scaler.load_state_dict(state["scaler"])
        restore_random_state(state["random"])
        return Continued(
            Progress.from_state(state["progress"]), Best(**state["best"]), dict(state["learner"])
        )
    except _DAMAGED as error:
        raise _damaged(error) from None


def _read(folder: Path, *, mapped: bool = False) -> dict[str, Any] | None:
    path = folder / STATE_NAME
    if not path.exists():
        return None
    try:
        state = load_state(path, mapped=mapped)
        if state["format"] != FORMAT or not isinstance(state["network"], dict):
            raise ValueError(f"its format is not {FORMAT}")
    except _DAMAGED as error:
        raise _damaged(error) from None
    return state


def _damaged(error: Exception) -> CustomerError:
    what = f"{error}".splitlines()[:1] or [type(error).__name__]
    return CustomerError(f"The checkpoint {STATE_NAME} is damaged; {_WAY_OUT} ({what[0]})")


def _check_fits(state: Mapping[str, Any], trained: Trained) -> None:
    names, mine, its = ", ".join(trained.network), [*trained.network.values()], [*state["network"].values()]
    if state["network"] != dict(trained.network):
        raise CustomerError(f"The checkpoint is of {names} {its}, this training of {mine}; {_WAY_OUT}")
    kind = type(trained.optimizer).__name__
    if state.get("optimizer_kind") != kind:
        raise CustomerError(
            f"The checkpoint is of the optimizer {state.get('optimizer_kind')}, this training has {kind}; {_WAY_OUT}"
        )


def save_best(folder: Path, model_dir: Path) -> None:
    """Copies the model directory, which has the models that were kept so far, into the checkpoint."""
    best = folder / BEST_FOLDER
    best.mkdir(exist_ok=True)
    files = {file.name: file for file in model_dir.iterdir() if file.is_file()}
    for name, file in files.items():
        _copy(file, best / name)
    for old in best.iterdir():
        if old.name not in files:
            old.unlink()


def restore_best(folder: Path, model_dir: Path) -> bool:
    """Copies the kept models of the checkpoint into the model directory; False when there are none."""
    best = folder / BEST_FOLDER
    if not best.is_dir():
        return False
    model_dir.mkdir(parents=True, exist_ok=True)
    for file in best.iterdir():
        _copy(file, model_dir / file.name)
    return True


def _copy(file: Path, target: Path) -> None:
    """Copies a file that has changed; the target is never half written."""
    if target.exists() and filecmp.cmp(file, target, shallow=False):
        return
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(file, part)
    part.replace(target)
