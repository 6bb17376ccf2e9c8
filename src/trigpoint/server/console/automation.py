"""Automated labeling on the page of a labeling job: what it does now, and its rounds as bars and curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Final

from trigpoint.autolabel.model import Phase
from trigpoint.autolabel.review import Automation, ReviewedRound
from trigpoint.language import gettext

MOST_ROUNDS: Final = 60
"""The last ones are shown."""
_HEIGHT: Final = 100.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A line over the rounds, as points of a box that is 100 wide and 100 high."""

    points: Sequence[tuple[float, float]]

    @property
    def line(self) -> str:
        return " ".join(f"{x:.2f},{y:.2f}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class RoundsView:
    """The rounds that are shown, oldest first.

    lowest: the accuracy at the lower edge of the curves, from 0 to 1; target: where the target is, in the box of the curves
    bound:  what all labels of the machine reach with 90 % certainty; it has no points before the machine labels
    """

    now: str
    rounds: Sequence[ReviewedRound]
    left_out: int
    lowest: float
    target: float
    accuracy: Curve
    bound: Curve


def rounds_view(found: Automation, *, has_ended: bool) -> RoundsView:
    """What the page shows of it."""
    target = found.target
    shown = list(found.rounds[-MOST_ROUNDS:])
    accuracies = [each.result.validation_accuracy for each in shown]
    bounds = [each.result.bound if each.result.machine else None for each in shown]
    values = [*accuracies, *(each for each in bounds if each is not None), target]
    lowest = min(0.9, floor(min(values) * 20) / 20)
    return RoundsView(
        now=_now(found, has_ended),
        rounds=shown,
        left_out=len(found.rounds) - len(shown),
        lowest=lowest,
        target=_y(target, lowest),
        accuracy=_curve(accuracies, lowest),
        bound=_curve(bounds, lowest),
    )


def _curve(values: Sequence[float | None], lowest: float) -> Curve:
    """One point for each round that has a value, in the middle of its bar."""
    return Curve(
        [
            (100 * (number + 0.5) / len(values), _y(value, lowest))
            for number, value in enumerate(values)
            if value is not None
        ]
    )


def _y(value: float, lowest: float) -> float:
    return _HEIGHT * (1 - (value - lowest) / (1 - lowest))


def _now(found: Automation, has_ended: bool) -> str:
    """What automated labeling does at the moment, in a few words."""
    if has_ended or found.phase is Phase.DONE:
        return gettext("Finished")
    number = found.number
    match found.phase:
        case Phase.TRAIN:
            return gettext("Round %(number)d: a model learns", number=number)
        case Phase.INFER:
            return gettext("Round %(number)d: the model predicts", number=number)
        case Phase.LABEL:
            return gettext("Round %(number)d: labels are chosen", number=number)
        case Phase.AUDIT:
            return gettext("People check labels of the machine")
        case _ if number:
            return gettext("People label for round %(number)d", number=number + 1)
        case _:
            return gettext("People label the first sample and the validation set")
