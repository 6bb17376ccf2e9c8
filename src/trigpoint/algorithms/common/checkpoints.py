"""Checkpoints: the state from which a later process continues a training, and the best model until then."""

from __future__ import annotations

import filecmp
import pickle
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from trigpoint.algorithms.common.artifacts import load_state, save_state
from trigpoint.algorithms.common.best import Best
from trigpoint.algorithms.common.harness import CustomerError

STATE_NAME = "last.state"
BEST_FOLDER = "best"
_WAY_OUT = "use another CheckpointConfig.S3Uri"


@dataclass(frozen=True, slots=True)
class Trained:
    """The parts of a training that learn."""

    network: Mapping[str, Any]
    """The hyperparameters that decide on the network, by name."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler


def save_checkpoint(folder: Path, trained: Trained, epoch: int, best: Best) -> None:
    """Writes the state after so many epochs."""
    state = {
        "network": list(trained.network.values()),
        "model": trained.model.state_dict(),
        "optimizer": trained.optimizer.state_dict(),
        "optimizer_kind": type(trained.optimizer).__name__,
        "scaler": trained.scaler.state_dict(),
        "epoch": epoch,
        "best_score": best.score,
        "epochs_without_gain": best.epochs_without_gain,
    }
    save_state(folder / STATE_NAME, state)


def load_checkpoint(folder: Path, trained: Trained) -> tuple[int, Best] | None:
    """Puts the state into model and optimizer; the number of epochs done and the best score.

    None when the folder has no checkpoint.

    Raises: CustomerError: the checkpoint was written for another network or optimizer, or is damaged.
    """
    path = folder / STATE_NAME
    if not path.exists():
        return None
    try:
        state = load_state(path)
    except (pickle.UnpicklingError, RuntimeError, EOFError, LookupError):
        raise CustomerError(f"The checkpoint {STATE_NAME} is damaged; {_WAY_OUT}") from None
    names, mine = ", ".join(trained.network), list(trained.network.values())
    if state["network"] != mine:
        raise CustomerError(
            f"The checkpoint is of {names} {state['network']}, this training of {mine}; {_WAY_OUT}"
        )
    kind = type(trained.optimizer).__name__
    if state.get("optimizer_kind", kind) != kind:
        raise CustomerError(
            f"The checkpoint is of the optimizer {state['optimizer_kind']}, this training has {kind}; {_WAY_OUT}"
        )
    trained.model.load_state_dict(state["model"])
    try:
        trained.optimizer.load_state_dict(state["optimizer"])
    except ValueError:
        raise CustomerError(f"The checkpoint trains other layers than this training; {_WAY_OUT}") from None
    trained.scaler.load_state_dict(state.get("scaler", {}))
    return state["epoch"], Best(state["best_score"], state["epochs_without_gain"])


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
