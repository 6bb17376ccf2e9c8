"""Optimizers and the schedule of their learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch

from trigpoint.algorithms.common import uncompiled
from trigpoint.algorithms.common.optimizer_options import OptimizerOptions


class OptimizerSettings(Protocol):
    """The hyperparameters of an optimizer and its schedule."""

    @property
    def optimizer_options(self) -> OptimizerOptions: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def lr_scheduler_step(self) -> Sequence[int]: ...
    @property
    def lr_scheduler_factor(self) -> float: ...


def make_optimizer(
    options: OptimizerOptions, parameter_groups: Sequence[dict[str, Any]]
) -> torch.optim.Optimizer:
    """The optimizer that the options name.

    Args: parameter_groups: as torch wants them; each has an `lr_factor`, by which the learning rate is multiplied.
    """
    groups, lr = list(parameter_groups), options.learning_rate
    match options.name:
        case "sgd" | "nag":
            return uncompiled.SGD(
                groups,
                lr=lr,
                momentum=options.momentum,
                weight_decay=options.weight_decay,
                # without momentum both are plain gradient descent, and torch refuses the combination
                nesterov=options.name == "nag" and options.momentum > 0,
            )
        case "rmsprop":
            return uncompiled.RMSprop(
                groups, lr=lr, alpha=options.gamma, eps=options.eps, weight_decay=options.weight_decay
            )
        case "adadelta":
            return uncompiled.Adadelta(groups, lr=lr)
        case "adam":
            return uncompiled.Adam(groups, lr=lr, betas=(options.beta_1, options.beta_2), eps=options.eps)
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
