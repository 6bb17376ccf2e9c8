"""The best score of a training, and when early stopping ends it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from trigpoint.algorithms.common.best import Best


@dataclass(frozen=True)
class Stopping:
    """Hyperparameters of early stopping."""

    early_stopping: bool = True
    early_stopping_min_epochs: int = 3
    early_stopping_patience: int = 2
    early_stopping_tolerance: float = 0.0


def after(scores: list[float], tolerance: float = 0.0) -> Best:
    best = Best()
    for score in scores:
        best.take(score, tolerance)
    return best


def test_the_first_score_is_the_best_even_when_it_is_zero() -> None:
    assert after([0.0]) == Best(0.0, 0, improved=True)


def test_an_equal_score_is_not_an_improvement() -> None:
    assert after([0.5, 0.5]) == Best(0.5, 1, improved=False)


def test_a_gain_of_exactly_the_tolerance_is_kept_as_best_but_does_not_reset_the_patience() -> None:
    assert after([0.5, 0.75], tolerance=0.5) == Best(0.75, 1, improved=True)
    assert after([0.5, 0.8125], tolerance=0.5) == Best(0.8125, 0, improved=True)


@pytest.mark.parametrize(
    ("settings", "epochs_done", "enough"),
    [
        (Stopping(), 3, True),
        (Stopping(), 2, False),
        (Stopping(early_stopping_patience=3), 3, False),
        (Stopping(early_stopping=False), 3, False),
    ],
)
def test_early_stopping_waits_for_the_minimum_epochs_and_the_patience(
    settings: Stopping, epochs_done: int, enough: bool
) -> None:
    assert after([0.5, 0.4, 0.3]).enough(settings, epochs_done) is enough
