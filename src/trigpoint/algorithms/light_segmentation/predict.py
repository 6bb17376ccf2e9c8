"""Masks of a trained network, and the replies that show them to clients.

Shape letters: K classes with the background, S pixels of a side of the network's image.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from PIL import Image
from torch import Tensor

from trigpoint.algorithms.common import hardware
from trigpoint.algorithms.common.class_replies import unusable
from trigpoint.algorithms.common.image_requests import blank_png, check_content_type, undecodable
from trigpoint.algorithms.common.serve import Handler, ModelReply, RequestRefused, media_type
from trigpoint.algorithms.images import UndecodableImage, decode_rgb
from trigpoint.algorithms.light_segmentation.artifacts import load_model
from trigpoint.algorithms.light_segmentation.hyperparameters import ALGORITHM
from trigpoint.algorithms.light_segmentation.network import MaskNetwork
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import write_mask

PNG, JSON = "image/png", "application/json"
MOST_EXACT_PIXELS = 4_000_000
"""Of a larger image, the mask is computed with so many pixels, and then enlarged: that bounds memory."""
LEAST_SHARE = 0.0005
"""Of the image: a class that is expected to have fewer pixels is not mentioned."""
_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Segmented:
    """The mask of an image, and how sure the network is of it.

    numbers:    (height, width) uint8, the number of the class of each pixel
    confidence: the mean probability of the classes that the pixels have
    classes:    of each class other than the background that the mask has or may lack: `class_id`, `share` of the image in the
                mask, `expected_share`, and `expected_iou`
    """

    numbers: Any
    confidence: float
    classes: list[dict[str, float]]


class Segmenter:
    """A loaded model. Not for several threads at once."""

    def __init__(self, network: MaskNetwork, side_px: int) -> None:
        self.device = hardware.device()
        self.network = network.eval().to(self.device)
        self.side_px = side_px

    @torch.no_grad()
    def __call__(self, encoded: bytes) -> Segmented:
        """The mask. Raises: UndecodableImage."""
        image, (width, height) = decode_rgb(encoded, at_least_px=self.side_px)
        side = (self.side_px, self.side_px)
        pixels = np.array(image.resize(side, Image.Resampling.BILINEAR))
        logits = self.network(self.network.normalise(torch.from_numpy(pixels)[None].to(self.device)))[0]
        confidence, classes = _sureness(logits.float().softmax(dim=0))
        return Segmented(_numbers(logits, width, height), confidence, classes)


def _sureness(chance: Tensor) -> tuple[float, list[dict[str, float]]]:
    """Args: chance: (K, S, S). The IoU that is expected if the probabilities are right, for each class."""
    best, found = chance.max(dim=0)
    area = found.numel()
    classes = []
    for number in range(1, len(chance)):
        own = found == number
        seen = float(own.sum())
        shared = float(chance[number][own].sum())
        expected = float(chance[number].sum())
        if max(seen, expected) < LEAST_SHARE * area:
            continue
        classes.append(
            {
                "class_id": number,
                "share": round(seen / area, _DIGITS),
                "expected_share": round(expected / area, _DIGITS),
                "expected_iou": round(shared / (seen + expected - shared), _DIGITS),
            }
        )
    return round(float(best.mean()), _DIGITS), classes


def _numbers(logits: Tensor, width: int, height: int) -> Any:
    """(height, width) uint8: the class with the highest value, after bilinear enlargement, class by class."""
    scale = min(1.0, (MOST_EXACT_PIXELS / (width * height)) ** 0.5)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    best = torch.full(size, float("-inf"), device=logits.device)
    numbers = torch.zeros(size, dtype=torch.uint8, device=logits.device)
    for number, plane in enumerate(logits):
        enlarged = F.interpolate(plane[None, None], size=size, mode="bilinear", align_corners=False)[0, 0]
        numbers[enlarged > best] = number
        best = torch.maximum(best, enlarged)
    found = numbers.cpu().numpy()
    if scale < 1:
        return np.asarray(Image.fromarray(found).resize((width, height), Image.Resampling.NEAREST))
    return found


def mask_png(found: Segmented) -> bytes:
    """The PNG of the mask, in which a pixel has the number of its class."""
    height, width = found.numbers.shape
    return write_mask(np.ascontiguousarray(found.numbers).tobytes(), ImageSize(width, height, 1))


def mask_json(found: Segmented) -> bytes:
    """``{"mask": "<base64 of the PNG>", "confidence": 0.97, "classes": [{"class_id": 1, ...}]}``"""
    shown = {
        "confidence": found.confidence,
        "classes": found.classes,
        "mask": base64.b64encode(mask_png(found)).decode(),
    }
    return json.dumps(shown).encode()


def load_handler(model_dir: Path) -> Handler:
    """The handler of prediction requests for the model in the directory; it has made one prediction already.

    Raises: CustomerError: the artifact is incomplete or was written by another program.
    """
    torch.set_num_threads(hardware.cores())
    segment = Segmenter(*load_model(model_dir))
    segment(blank_png())  # the first prediction is slow

    def reply(body: bytes, content_type: str, accept: str) -> ModelReply:
        check_content_type(content_type, ALGORITHM.request_types)
        wanted = _negotiate(accept)
        try:
            found = segment(body)
        except UndecodableImage as error:
            if (answer := unusable(str(error))) is None:
                raise undecodable(error) from None
            return ModelReply(answer.encode(), JSON)
        return ModelReply(mask_png(found) if wanted == PNG else mask_json(found), wanted)

    return reply


def _negotiate(accept: str) -> str:
    """The content type that the client wants. Raises: RequestRefused: a type that is not supported."""
    for choice in (accept or "*/*").split(","):
        wanted, _ = media_type(choice)
        if wanted in (PNG, "image/*", "*/*", ""):
            return PNG
        if wanted in (JSON, "application/*"):
            return JSON
    raise RequestRefused(406, f"Accept {accept} is not supported; ask for {PNG} or {JSON}")
