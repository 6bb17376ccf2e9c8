"""Optimizers and the schedule of their learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch


class OptimizerSettings(Protocol):
    """The hyperparameters of an optimizer and its schedule."""

    @property
    def optimizer(self) -> str: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def lr_scheduler_step(self) -> Sequence[int]: ...
    @property
    def lr_scheduler_factor(self) -> float: ...
    @property
    def momentum(self) -> float: ...
    @property
    def weight_decay(self) -> float: ...


def make_optimizer(
    settings: OptimizerSettings, parameter_groups: Sequence[dict[str, Any]]
) -> torch.optim.Optimizer:
    """The optimizer that the settings name.

    Args: parameter_groups: as torch wants them; each has an `lr_factor`, by which the learning rate is multiplied.
    """
    groups, lr = list(parameter_groups), settings.learning_rate
    match settings.optimizer:
        case "sgd":
            return torch.optim.SGD(
                groups, lr=lr, momentum=settings.momentum, weight_decay=settings.weight_decay
            )
        case "rmsprop":
            return torch.optim.RMSprop(groups, lr=lr, weight_decay=settings.weight_decay)
        case "adadelta":
            return torch.optim.Adadelta(groups, lr=lr)
        case "adam":
            return torch.optim.Adam(groups, lr=lr)
        case other:
            raise ValueError(f"unknown optimizer {other!r}")


def learning_rate(settings: OptimizerSettings, epoch: int) -> float:
    """The rate of an epoch (from 0): lowered after each of the epochs in lr_scheduler_step.

    It is a function of the epoch and not a state, so that a resumed training needs none.
    """
    steps_taken = sum(step <= epoch for step in settings.lr_scheduler_step)
    return settings.learning_rate * settings.lr_scheduler_factor**steps_taken


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate * group["lr_factor"]
