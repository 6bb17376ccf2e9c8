"""The hyperparameters of optimizers, without torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OptimizerOptions:
    """An optimizer and its settings; each optimizer reads some of them."""

    name: str
    """sgd, nag, adam, rmsprop or adadelta."""

    learning_rate: float
    momentum: float = 0.0
    """Of sgd and nag."""

    weight_decay: float = 0.0
    """Of sgd, nag and rmsprop."""

    beta_1: float = 0.9
    beta_2: float = 0.999
    eps: float = 1e-8
    """Of adam and rmsprop."""

    gamma: float = 0.99
    """Of rmsprop: how much of the running mean of squared gradients stays."""
