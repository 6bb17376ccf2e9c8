"""Predictions of a trained classifier."""

from __future__ import annotations

from pathlib import Path

import torch

from trigpoint.algorithms.common import hardware
from trigpoint.algorithms.common.class_replies import JSON, negotiate, text_of
from trigpoint.algorithms.common.image_requests import blank_png, check_content_type, undecodable
from trigpoint.algorithms.common.serve import Handler, ModelReply
from trigpoint.algorithms.image_classification.artifacts import SavedModel, load_model
from trigpoint.algorithms.image_classification.hyperparameters import ALGORITHM
from trigpoint.algorithms.image_classification.images import UndecodableImage, decode, pixels, squeeze


class ImageClassifier:
    """A loaded model that classifies encoded images. Not for several threads at once."""

    def __init__(self, saved: SavedModel) -> None:
        self.device = hardware.device()
        self.description = saved.description
        self.network = saved.network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def __call__(self, encoded: bytes) -> torch.Tensor:
        """The probability of each class, shape (classes,) and on the CPU; they add up to 1 unless the model has several labels.

        Raises: UndecodableImage.
        """
        channels, height, width = self.description.image_shape
        image = squeeze(decode(encoded, max(height, width)), height, width)
        batch = torch.from_numpy(pixels(image, channels).copy())[None].to(self.device)
        logits = self.network(batch).float()
        probabilities = logits.sigmoid() if self.description.multi_label else logits.softmax(dim=1)
        first: torch.Tensor = probabilities[0]
        return first.cpu()


def load_handler(model_dir: Path) -> Handler:
    """The handler of prediction requests for the model in the directory; it has made one prediction already.

    Raises: CustomerError: the artifact is incomplete or was written by another program.
    """
    torch.set_num_threads(hardware.cores())
    classifier = ImageClassifier(load_model(model_dir))
    classifier(blank_png())  # the first prediction is slow

    def reply(body: bytes, content_type: str, accept: str) -> ModelReply:
        check_content_type(content_type, ALGORITHM.request_types)
        wanted = negotiate(accept)
        try:
            probabilities = classifier(body)
        except UndecodableImage as error:
            raise undecodable(error) from None
        text = text_of(probabilities, as_list=wanted == JSON)
        return ModelReply(text.encode(), wanted)

    return reply
