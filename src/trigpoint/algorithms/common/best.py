"""The best score of a training so far, and whether waiting for a better one is still worthwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class EarlyStopping(Protocol):
    """The hyperparameters of early stopping."""

    @property
    def early_stopping(self) -> bool: ...
    @property
    def early_stopping_min_epochs(self) -> int: ...
    @property
    def early_stopping_patience(self) -> int: ...
    @property
    def early_stopping_tolerance(self) -> float: ...


@dataclass(slots=True)
class Best:
    """The highest score of the epochs so far; scores are 0 or more, and higher is better."""

    score: float = -1.0
    epochs_without_gain: int = 0
    improved: bool = False  # in the last epoch

    def take(self, score: float, tolerance: float) -> None:
        """Notes the score of one more epoch. Gains are relative to the best score; small ones do not count."""
        gain = (score - self.score) / self.score if self.score > 0 else score - self.score
        self.improved = score > self.score
        if self.improved:
            self.score = score
        self.epochs_without_gain = 0 if gain > tolerance else self.epochs_without_gain + 1

    def enough(self, settings: EarlyStopping, epochs_done: int) -> bool:
        """Whether early stopping ends the training after so many epochs."""
        return (
            settings.early_stopping
            and epochs_done >= settings.early_stopping_min_epochs
            and self.epochs_without_gain >= settings.early_stopping_patience
        )
