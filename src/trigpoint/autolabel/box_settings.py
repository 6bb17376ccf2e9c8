"""Hyperparameters of the detector that automated labeling trains: for a network with pretrained weights, and from scratch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_COMMON: Final[Mapping[str, str]] = {
    "image_shape": "300",
    "mini_batch_size": "16",
    "optimizer": "adam",
    "learning_rate": "0.001",
}
PRETRAINED: Final[Mapping[str, str]] = {
    **_COMMON,
    "base_network": "efficientnet-lite0",
    "use_pretrained_model": "1",
}
FROM_SCRATCH: Final[Mapping[str, str]] = {**_COMMON, "base_network": "resnet-10", "use_pretrained_model": "0"}

_LOOKS: Final = {True: 2_500, False: 6_000}
"""How many images a training looks at, with and without pretrained weights: about 3 minutes on two cores."""
_FEWEST_EPOCHS: Final = {True: 6, False: 12}
_MOST_EPOCHS: Final = 60
_STEP_AT: Final = 0.7
"""After this part of the epochs the learning rate falls to a tenth."""

_NUMBERS_OF_A_BOX, _NUMBERS_OF_A_HEADER, _USUAL_WIDTH = 5, 2, 350


def sized(labels: int, examples: int, given: Sequence[Any], *, pretrained: bool) -> Mapping[str, str]:
    """The settings that depend on the number of training lines, and on the labels that people gave, which have `boxes`.

    Decision: few images are looked at more often, so that a training takes about as long in each round.
    """
    wanted = round(_LOOKS[pretrained] / max(1, examples))
    epochs = min(_MOST_EPOCHS, max(_FEWEST_EPOCHS[pretrained], wanted))
    most = max((len(each.boxes) for each in given), default=0)
    return {
        "epochs": str(epochs),
        "lr_scheduler_step": str(max(1, round(epochs * _STEP_AT))),
        "label_width": str(max(_USUAL_WIDTH, most * _NUMBERS_OF_A_BOX + _NUMBERS_OF_A_HEADER)),
    }
