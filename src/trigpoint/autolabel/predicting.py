"""Reads what the transform jobs of a round have predicted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from trigpoint.autolabel.learners import Sent, probabilities
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.objects import ObjectStore

INPUT_OF_LINES = "texts.jsonl"
NO_PREDICTION = b'{"prediction": []}'


@dataclass(frozen=True, slots=True)
class Prediction:
    """The most probable class of an object, and its probability. Two decimals of the latter are shown."""

    class_id: int
    confidence: float


def read_predictions(
    objects: ObjectStore, output_uri: str, sent: Sent, class_count: int
) -> dict[int, Prediction]:
    """The predictions by object index; objects that the model could not read have none.

    Raises: Invalid: an output is not of these objects, or of a model that has diverged. RemoteUnavailable.
    """
    found: dict[int, Prediction] = {}
    for index, reply in zip(sent.indexes, _replies(objects, output_uri, sent), strict=True):
        values = probabilities(reply, class_count)
        if values is None:
            continue
        best = int(np.argmax(values))
        if not np.isfinite(values[best]):
            raise Invalid("the model predicts numbers that are not finite; its training has diverged")
        found[index] = Prediction(best, float(values[best]))
    return found


def _replies(objects: ObjectStore, output_uri: str, sent: Sent) -> Iterable[bytes]:
    if sent.keys:
        return _files(objects, output_uri, sent)
    uri = f"{output_uri}/{INPUT_OF_LINES}.out"
    try:
        content = objects.read_uri(uri)
    except NotFound as error:
        raise Invalid(f"the predictions are missing: {error.message}") from None
    lines = [line for line in content.splitlines() if line.strip()]
    if len(lines) != len(sent.indexes):
        raise Invalid(f"{output_uri} has {len(lines)} predictions for {len(sent.indexes)} objects")
    return lines


def _files(objects: ObjectStore, output_uri: str, sent: Sent) -> Iterator[bytes]:
    """The reply for each object; that of an object that could not be sent or read is one without a prediction."""
    last, content = "", b""
    for key in sent.keys:
        if key != last:  # an image of several objects was predicted once
            last = key
            try:
                content = objects.read_uri(f"{output_uri}/{key}.out")
            except NotFound:
                content = NO_PREDICTION
        yield content
