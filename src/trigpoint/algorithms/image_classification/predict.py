"""Predictions of a trained classifier, and the replies that show them to clients.

Source: training.md 7.7.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch

from trigpoint.algorithms.common import hardware
from trigpoint.algorithms.common.image_requests import blank_png, check_content_type, undecodable
from trigpoint.algorithms.common.serve import Handler, ModelReply, RequestRefused, media_type
from trigpoint.algorithms.image_classification.artifacts import SavedModel, load_model
from trigpoint.algorithms.image_classification.hyperparameters import ALGORITHM
from trigpoint.algorithms.image_classification.images import UndecodableImage, decode, pixels, squeeze

JSON, JSON_LINES = "application/json", "application/jsonlines"
_DIGITS = 7  # of a float32


class ImageClassifier:
    """A loaded model that classifies encoded images. Not for several threads at once."""

    def __init__(self, saved: SavedModel) -> None:
        self.device = hardware.device()
        self.description = saved.description
        self.network = saved.network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def __call__(self, encoded: bytes) -> list[float]:
        """The probability of each class; they add up to 1 unless the model has several labels.

        Raises: UndecodableImage.
        """
        channels, height, width = self.description.image_shape
        image = squeeze(decode(encoded, max(height, width)), height, width)
        batch = torch.from_numpy(pixels(image, channels).copy())[None].to(self.device)
        logits = self.network(batch).float()
        probabilities = logits.sigmoid() if self.description.multi_label else logits.softmax(dim=1)
        return [float(f"{value:.{_DIGITS}g}") for value in probabilities[0].tolist()]


def load_handler(model_dir: Path) -> Handler:
    """The handler of prediction requests for the model in the directory; it has made one prediction already.

    Raises: CustomerError: the artifact is incomplete or was written by another program.
    """
    torch.set_num_threads(hardware.cores())
    classifier = ImageClassifier(load_model(model_dir))
    classifier(blank_png())  # the first prediction is slow
    is_batch = os.environ.get("SAGEMAKER_BATCH") == "true"

    def reply(body: bytes, content_type: str, accept: str) -> ModelReply:
        wanted = _negotiate(content_type, accept)
        try:
            probabilities = classifier(body)
        except UndecodableImage as error:
            raise undecodable(error) from None
        as_object = is_batch or wanted == JSON_LINES
        text = json.dumps({"prediction": probabilities} if as_object else probabilities)
        return ModelReply(text.encode(), wanted)

    return reply


def _negotiate(content_type: str, accept: str) -> str:
    """The content type that the client wants. Raises: RequestRefused: a type that is not supported."""
    check_content_type(content_type, ALGORITHM.request_types)
    for choice in (accept or "*/*").split(","):
        wanted, _ = media_type(choice)
        if wanted == JSON_LINES:
            return JSON_LINES
        if wanted in (JSON, "application/*", "*/*", ""):
            return JSON
    raise RequestRefused(406, f"Accept {accept} is not supported; ask for {JSON} or {JSON_LINES}")
