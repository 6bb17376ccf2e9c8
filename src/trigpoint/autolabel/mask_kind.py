"""Labels that are masks: a model's mask, and how good it is expected to be.

Masks are large, so they stay in the object store; what is kept of each object is the file that has its mask.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trigpoint.autolabel.expected_quality import expected_quality
from trigpoint.autolabel.kinds import Judged, Prediction
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.labeling.model import Job
from trigpoint.labeling.task_types.contract import Label, LabelFile
from trigpoint.objects import ObjectStore
from trigpoint.records.labels.attributes import metadata_of
from trigpoint.records.labels.masks import read_color_map, read_mask, write_color_map
from trigpoint.records.labels.values import read_number


@dataclass(frozen=True, slots=True)
class FoundMask:
    """What a model has found in an image: the file with its reply, and figures of it, see `_figures`."""

    uri: str
    figures: tuple[float, ...]


class MaskKind:
    """Implements `kinds.LabelKind`."""

    target: Final = 0.7
    measure: Final = "mean IoU"

    def __init__(self, job: Job, objects: ObjectStore) -> None:
        self._labels = job.labels
        self._attribute = job.spec.label_attribute
        self._objects = objects

    def given(self, line: Mapping[str, Any]) -> str | None:
        """The URI of the mask; None if its numbers are not those of the job's classes."""
        uri = line.get(self._attribute)
        try:
            named = read_color_map(metadata_of(line, self._attribute), self._attribute)
        except Invalid:
            return None
        is_ours = all(
            number <= len(self._labels) and found.name == self._labels[number - 1]
            for number, found in named.items()
            if number
        )
        return uri if isinstance(uri, str) and is_ours else None

    def training_value(self, given: str) -> str:
        return given

    def read(self, reply: bytes, uri: str) -> FoundMask | None:
        try:
            found = json.loads(reply)
            if "mask" not in found and "error" in found:
                return None
            if not isinstance(found["mask"], str):
                raise TypeError("the mask is no text")
            return FoundMask(uri, _figures(found, len(self._labels)))
        except (ValueError, KeyError, TypeError, AttributeError, Invalid):
            raise Invalid(f"the model's reply cannot be read: {reply[:100]!r}") from None

    def judge(self, found: Mapping[int, FoundMask], given: Mapping[int, str]) -> Judged:
        if not found:
            return Judged({}, {})
        quality = {}
        for index, uri in given.items():
            drawn = self._drawn(uri)
            if drawn is not None and index in found:
                quality[index] = mask_iou(self._pixels(found[index])[1], drawn, len(self._labels))
        order = list(found)
        known = [place for place, index in enumerate(order) if index in quality]
        true = np.array([quality[order[place]] for place in known])
        sure = expected_quality(np.array([found[index].figures for index in order]), known, true)
        predictions = {
            index: Prediction(found[index], float(value)) for index, value in zip(order, sure, strict=True)
        }
        return Judged(predictions, quality)

    def quality(self, found: str, drawn: str) -> float:
        one, other = self._drawn(found), self._drawn(drawn)
        return 0.0 if one is None or other is None else mask_iou(one, other, len(self._labels))

    def label(self, prediction: Prediction) -> Label:
        png, numbers = self._pixels(prediction.value)
        if numbers.size and int(numbers.max()) > len(self._labels):
            raise Invalid(f"{prediction.value.uri}: the mask has a class that the job does not have")
        return Label(
            LabelFile(png, ".png", "image/png"), write_color_map(self._labels, prediction.confidence)
        )

    def _pixels(self, found: FoundMask) -> tuple[bytes, NDArray[np.uint8]]:
        """The PNG that a model made, and its pixels. Raises: Invalid, RemoteUnavailable."""
        try:
            png = base64.b64decode(json.loads(self._objects.read_uri(found.uri))["mask"], validate=True)
            return png, _numbers(png)
        except (ValueError, KeyError, TypeError, NotFound, Invalid) as problem:
            raise Invalid(f"{found.uri}: the mask in it cannot be read: {problem}") from None

    def _drawn(self, uri: str) -> NDArray[np.uint8] | None:
        """What people drew; None where the file is gone or damaged. Raises: RemoteUnavailable."""
        try:
            return _numbers(self._objects.read_uri(uri))
        except (NotFound, Invalid):
            return None


def _numbers(png: bytes) -> NDArray[np.uint8]:
    size, numbers = read_mask(png)
    return np.frombuffer(numbers, np.uint8).reshape(size.height, size.width)


def mask_iou(found: NDArray[np.uint8], drawn: NDArray[np.uint8], labels: int) -> float:
    """The mean IoU of the classes that occur in either, without the background; 1 where none does. Masks of two sizes have 0.

    Source: ground-truth.md 5.4.
    """
    if found.shape != drawn.shape:
        return 0.0
    pairs = np.bincount(found.ravel().astype(np.int64) * 256 + drawn.ravel(), minlength=256 * 256)
    table = pairs.reshape(256, 256)[: labels + 1, : labels + 1]
    shared = np.diagonal(table)[1:]
    united = (table.sum(axis=0) + table.sum(axis=1))[1:] - shared
    occurring = united > 0
    return float((shared[occurring] / united[occurring]).mean()) if occurring.any() else 1.0


def _figures(reply: Mapping[str, Any], labels: int) -> tuple[float, ...]:
    """The figures of one image, most telling first.

    The mean of the IoUs that the model expects, over the classes in the mask and those that it may lack; the lowest; the mean
    probability of its pixels; the share of the image that it may lack; how many classes it has; and how much of the image they are.
    """
    ious, lacking, shares = [], 0.0, []
    for each in reply["classes"]:
        share, expected, iou = (
            read_number(each[name], name) for name in ("share", "expected_share", "expected_iou")
        )
        if not 1 <= int(each["class_id"]) <= labels:
            raise Invalid(f"the class {each['class_id']} is not one of the job")
        ious.append(iou)
        lacking += max(0.0, expected - share)
        if share > 0:
            shares.append(share)
    return (
        sum(ious) / len(ious) if ious else 1.0,
        min(ious, default=1.0),
        read_number(reply["confidence"], "confidence"),
        lacking,
        float(len(shares)),
        sum(shares),
    )
