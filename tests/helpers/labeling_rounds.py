"""Rounds of automated labeling without data: objects of known difficulty, and models of known skill and honesty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trigpoint.autolabel.threshold import TARGET, Accepted, Threshold, choose_threshold

Rule = Callable[["Validation"], Threshold]


@dataclass(frozen=True, slots=True)
class World:
    """Objects and a model.

    sharpness: how steeply a model's accuracy falls with the difficulty of an object
    honesty:   1 for a calibrated model; below that it is surer of itself than it is right
    noise:     how much of its confidence has nothing to do with the object
    """

    objects: int = 5_000
    validation: int = 500
    batch: int = 250
    sharpness: float = 4.0
    honesty: float = 1.0
    noise: float = 0.05
    rounds: int = 8


@dataclass(slots=True)
class Validation:
    """The validation set in one round. `retired`: accepted by an earlier round."""

    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]
    retired: NDArray[np.bool_]
    before: Accepted


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one job: the share of machine labels that are right, and the share of objects that people labeled."""

    accuracy: float
    human_share: float
    bound: float


def ours(validation: Validation) -> Threshold:
    left = ~validation.retired
    return choose_threshold(validation.confidence[left], validation.right[left], validation.before)


def documented(validation: Validation) -> Threshold:
    """The lowest confidence at which the accuracy on the whole validation set reaches the target."""
    order = np.argsort(-validation.confidence)
    accuracy = np.cumsum(validation.right[order]) / np.arange(1, order.size + 1)
    passing = np.flatnonzero(accuracy >= TARGET)
    if not passing.size:
        return Threshold(None, validation.before)
    return Threshold(float(validation.confidence[order][passing[-1]]), validation.before)


def run(world: World, rule: Rule, seed: int) -> Outcome:
    """One job: people label the validation set and a batch in each round, the machine what the rule accepts."""
    rng = np.random.default_rng(seed)
    total = world.objects
    difficulty, luck = rng.normal(0.0, 1.0, total), rng.random(total)
    is_validation = np.zeros(total, bool)
    is_validation[rng.permutation(total)[: world.validation]] = True
    is_left = ~is_validation
    is_left[np.flatnonzero(is_left)[rng.permutation(int(is_left.sum()))[: world.batch]]] = False
    people = world.validation + world.batch
    retired, accepted = np.zeros(total, bool), Accepted()
    machine_right: list[NDArray[np.bool_]] = []
    for number in range(world.rounds):
        skill = -0.3 + 0.45 * np.sqrt(number)
        chance = 1 / (1 + np.exp(-world.sharpness * (skill - difficulty) - 1.0))
        right = luck < np.clip(chance + 0.01, 0, 0.995)
        sure = np.clip(chance**world.honesty + rng.normal(0, world.noise, total), 0, 1)
        seen = Validation(sure[is_validation], right[is_validation], retired[is_validation], accepted)
        threshold = rule(seen)
        if threshold.confidence is not None:
            is_sure = sure >= threshold.confidence
            machine_right.append(right[is_left & is_sure])
            retired |= is_validation & is_sure
            is_left &= ~is_sure
            accepted = threshold.accepted
        left = np.flatnonzero(is_left)
        chosen = left[np.argsort(sure[left])[: world.batch]]
        is_left[chosen] = False
        people += chosen.size
    people += int(is_left.sum())
    labels = np.concatenate(machine_right) if machine_right else np.zeros(0, bool)
    return Outcome(float(labels.mean()) if labels.size else 1.0, people / total, accepted.bound)


WORLDS = {
    "calibrated": World(),
    "calibrated, 1,250 objects": World(objects=1_250, validation=250, batch=60),
    "twice as sure as it should be": World(honesty=0.5),
    "less sure than it should be": World(honesty=2.0),
    "hardly knows when it is right": World(noise=0.25),
    "soft": World(sharpness=1.5),
}
