"""Detections of a trained network, and the replies that show them to clients.

Shape letters: N images, A anchors, K classes, D detections of one image.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from PIL import Image
from torch import Tensor

from trigpoint.algorithms.common import hardware
from trigpoint.algorithms.common.class_replies import unusable
from trigpoint.algorithms.common.image_requests import blank_png, check_content_type, undecodable
from trigpoint.algorithms.common.serve import Handler, ModelReply, RequestRefused, media_type
from trigpoint.algorithms.images import UndecodableImage, decode_rgb
from trigpoint.algorithms.object_detection.artifacts import load_model
from trigpoint.algorithms.object_detection.boxes import decode, keep_best
from trigpoint.algorithms.object_detection.evaluate import Found
from trigpoint.algorithms.object_detection.hyperparameters import ALGORITHM
from trigpoint.algorithms.object_detection.ssd import SSD
from trigpoint.hyperparameters import merge
from trigpoint.records.images.head import read_head

MIN_SCORE = 0.01


@dataclass(frozen=True, slots=True)
class Suppression:
    """Which candidates remain: the best `topk`, without those that repeat a better one."""

    iou_threshold: float
    topk: int


@torch.no_grad()
def detect(model: SSD, images: Tensor, suppression: Suppression) -> list[Found]:
    """Detections in each image of a batch, (N, 3, S, S) as `SSD.normalise` makes it; best score first."""
    logits, offsets = model(images)
    probabilities = F.softmax(logits.float(), dim=-1)
    scores, classes = probabilities[..., 1:].max(dim=-1)  # [N, A]
    return [
        _suppress(scores[n], classes[n], offsets[n].float(), model.anchors, suppression)
        for n in range(len(images))
    ]


def _suppress(scores: Tensor, classes: Tensor, offsets: Tensor, anchors: Tensor, rule: Suppression) -> Found:
    """Detections of one image: scores, classes (A,), offsets (A, 4)."""
    likely = (scores >= MIN_SCORE).nonzero().flatten()
    best = likely[scores[likely].argsort(descending=True, stable=True)[: rule.topk]]
    boxes = decode(offsets[best], anchors[best])
    kept = keep_best(boxes, scores[best], classes[best], rule.iou_threshold)
    kept = kept[
        (boxes[kept, 2:] > boxes[kept, :2]).all(dim=1)
    ]  # boxes outside the image were clipped to nothing
    return Found(
        boxes[kept].cpu().numpy(), scores[best][kept].cpu().numpy(), classes[best][kept].cpu().numpy()
    )


class Detector:
    """A loaded model that detects objects in encoded images. Not for several threads at once."""

    def __init__(self, model: SSD, suppression: Suppression) -> None:
        self.device = hardware.device()
        self.model = model.eval().to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.suppression = suppression

    def __call__(self, encoded: bytes) -> tuple[Found, tuple[int, int]]:
        """Detections, and the (width, height) of the image. Raises: UndecodableImage."""
        side = self.model.image_shape
        image, size = decode_rgb(encoded, at_least_px=side * 2)
        pixels = np.array(image.resize((side, side), Image.Resampling.BILINEAR))
        batch = self.model.normalise(torch.from_numpy(pixels)[None].to(self.device))
        return detect(self.model, batch, self.suppression)[0], size


def rows_json(found: Found) -> str:
    """``{"prediction": [[class, score, xmin, ymin, xmax, ymax], ...]}``, best first.

    Coordinates are fractions; the class is a float.
    """
    rows = [
        [float(class_id), round(float(score), 6), *(round(float(v), 6) for v in box)]
        for class_id, score, box in zip(found.classes, found.scores, found.boxes_xyxy, strict=True)
    ]
    return json.dumps({"prediction": rows})


def annotations_json(found: Found, size: tuple[int, int], depth: int = 3) -> str:
    """Ground Truth's form: whole pixels of the original image (width, height), which has `depth` channels."""
    annotations: list[dict[str, Any]] = []
    for class_id, score, box in zip(found.classes, found.scores, found.boxes_xyxy, strict=True):
        x1, y1, x2, y2 = (round(float(v) * size[k % 2]) for k, v in enumerate(box))
        annotations.append(
            {
                "class_id": int(class_id),
                "score": round(float(score), 6),
                "left": x1,
                "top": y1,
                "width": x2 - x1,
                "height": y2 - y1,
            }
        )
    return json.dumps(
        {"image_size": [{"width": size[0], "height": size[1], "depth": depth}], "annotations": annotations}
    )


def load_handler(model_dir: Path) -> Handler:
    """The handler of prediction requests for the model in the directory; it has made one prediction already.

    Raises: CustomerError: the artifact is incomplete or was written by another program.
    """
    torch.set_num_threads(hardware.cores())
    model, provided = load_model(model_dir)
    settings = merge(ALGORITHM.hyperparameters, provided)
    detector = Detector(
        model, Suppression(float(settings["nms_threshold"]), int(float(settings["nms_topk"])))
    )
    detector(blank_png())  # the first prediction is slow

    def reply(body: bytes, content_type: str, accept: str) -> ModelReply:
        wants_annotations = _negotiate(content_type, accept)
        try:
            found, size = detector(body)
        except UndecodableImage as error:
            if (answer := unusable(str(error))) is None:
                raise undecodable(error) from None
            return ModelReply(answer.encode(), "application/json")
        text = annotations_json(found, size, _depth(body)) if wants_annotations else rows_json(found)
        return ModelReply(text.encode(), "application/json")

    return reply


def _depth(encoded: bytes) -> int:
    return read_head(encoded).size.depth


def _negotiate(content_type: str, accept: str) -> bool:
    """Whether the client wants Ground Truth's form. Raises: RequestRefused: a type that is not supported."""
    check_content_type(content_type, ALGORITHM.request_types)
    for choice in (accept or "*/*").split(","):
        wanted, parameters = media_type(choice)
        if wanted in ("application/json", "application/*", "*/*", ""):
            return parameters.get("annotation") == "1"
    raise RequestRefused(
        406, f"Accept {accept} is not supported; ask for application/json or application/json;annotation=1"
    )
