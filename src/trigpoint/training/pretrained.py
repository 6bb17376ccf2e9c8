"""The warning about a job that asks for pretrained weights that this installation does not have."""

from __future__ import annotations

from trigpoint.builtin import ALGORITHMS
from trigpoint.settings import Settings
from trigpoint.training.model import TrainingSpec
from trigpoint.weights.wanted import pretrained_warning


def warning_about(spec: TrainingSpec, settings: Settings) -> str:
    """What to report about the job; "" if it gets what it asks for."""
    if spec.own is not None:
        return ""
    channels = [channel.name for channel in spec.channels]
    return pretrained_warning(
        ALGORITHMS[spec.algorithm], spec.hyperparameters, channels, settings.weights_dir
    )
