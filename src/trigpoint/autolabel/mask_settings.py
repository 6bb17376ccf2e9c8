"""Hyperparameters of the mask network that automated labeling trains: on pretrained features, and from scratch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

PRETRAINED: Final[Mapping[str, str]] = {"use_pretrained_model": "1"}
FROM_SCRATCH: Final[Mapping[str, str]] = {"use_pretrained_model": "0"}

_LOOKS: Final = {True: 2_500, False: 6_000}
"""How many images a training looks at, with and without pretrained features: about 2 minutes on two cores with them."""
_FEWEST_EPOCHS: Final = {True: 6, False: 12}
_MOST_EPOCHS: Final = 60
_STEP_AT: Final = 0.7
"""After this part of the epochs the learning rate falls to a tenth."""


def sized(labels: int, examples: int, given: Sequence[Any], *, pretrained: bool) -> Mapping[str, str]:
    """The settings that depend on the number of labels, to which the background is added, and of training lines."""
    wanted = round(_LOOKS[pretrained] / max(1, examples))
    epochs = min(_MOST_EPOCHS, max(_FEWEST_EPOCHS[pretrained], wanted))
    return {
        "num_classes": str(labels + 1),
        "epochs": str(epochs),
        "lr_scheduler_step": str(max(1, round(epochs * _STEP_AT))),
    }
