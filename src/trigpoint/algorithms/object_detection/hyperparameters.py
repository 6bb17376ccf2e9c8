"""Which settings does a detection training have, and is what the user sent a legal set of them?

On the wire every value is a string. Parsing is tolerant where clients are known to be careless (``"32.0"``
for a whole number, any case of ``True``, an empty string for "not given", spaces in lists) and strict about
everything else: a value out of range or an unknown name is the user's error, told with the name, the value
and the rule. Defaults live in `default-input.json` beside this file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trigpoint.algorithms.harness import CustomerError

DEFAULTS_PATH = Path(__file__).with_name("default-input.json")

BASE_NETWORKS = ("vgg-16", "resnet-50", "resnet-10")
OPTIMIZERS = ("sgd", "adam", "rmsprop", "adadelta")


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """The final configuration of one training. Section 6.1 of the specification names each field."""

    num_classes: int
    num_training_samples: int
    base_network: str
    use_pretrained_model: bool
    pretrained_was_asked_for: bool
    image_shape: int
    epochs: int
    mini_batch_size: int
    learning_rate: float
    lr_scheduler_step: tuple[int, ...]
    lr_scheduler_factor: float
    optimizer: str
    momentum: float
    weight_decay: float
    overlap_threshold: float
    nms_threshold: float
    nms_topk: int
    label_width: int
    freeze_layer_pattern: str
    early_stopping: bool
    early_stopping_min_epochs: int
    early_stopping_patience: int
    early_stopping_tolerance: float
    kv_store: str

    @property
    def max_boxes(self) -> int:
        """Objects that fit into one label: each takes five numbers, the header two."""
        return (self.label_width - 2) // 5


def defaults() -> dict[str, str]:
    """The default of every setting that has one, as the strings that would stand on the wire."""
    loaded: dict[str, str] = json.loads(DEFAULTS_PATH.read_text(encoding="utf-8"))
    return loaded


def merge(provided: Mapping[str, str]) -> dict[str, str]:
    """Defaults overlaid by what was provided; empty strings count as not given."""
    return {**defaults(), **{name: text for name, text in provided.items() if str(text).strip() != ""}}


def parse(provided: Mapping[str, str]) -> Hyperparameters:
    """The checked settings.

    Raises: CustomerError: an unknown name, a missing required one, or a value outside its range.
    """
    for name in provided:
        if name not in _READERS and not name.startswith("_"):
            raise _invalid(name, provided[name], "is not a hyperparameter of object detection")
    merged = merge(provided)
    values: dict[str, Any] = {}
    for name, read in _READERS.items():
        if name not in merged:
            raise _invalid(name, "", "is required and was not given")
        text = str(merged[name]).strip()
        try:
            values[name] = read(text)
        except ValueError as error:
            raise _invalid(name, text, str(error)) from None
    asked = str(provided.get("use_pretrained_model", "")).strip() != ""
    return Hyperparameters(**values, pretrained_was_asked_for=asked and values["use_pretrained_model"])


def _invalid(name: str, value: str, why: str) -> CustomerError:
    return CustomerError(
        " ".join(filter(None, (f"Error when validating hyperparameters: {name}:", value, why)))
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("is not a number") from None


def _whole(minimum: int, maximum: int | None = None) -> Callable[[str], int]:
    rule = f"must be a whole number of at least {minimum}"
    if maximum is not None:
        rule += f" and at most {maximum}"

    def read(text: str) -> int:
        value = _number(text)
        if not value.is_integer() or value < minimum or (maximum is not None and value > maximum):
            raise ValueError(rule)
        return int(value)

    return read


def _real(low: float, high: float, *, low_open: bool, high_open: bool) -> Callable[[str], float]:
    rule = f"must be in {'(' if low_open else '['}{low:g}, {high:g}{')' if high_open else ']'}"

    def read(text: str) -> float:
        value = _number(text)
        above = value > low if low_open else value >= low
        below = value < high if high_open else value <= high
        if not (above and below):  # also refuses nan
            raise ValueError(rule)
        return value

    return read


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return read


def _flag(text: str) -> bool:
    if text.lower() in ("true", "1", "1.0"):
        return True
    if text.lower() in ("false", "0", "0.0"):
        return False
    raise ValueError("must be True or False")


def _epoch_list(text: str) -> tuple[int, ...]:
    read = _whole(1)
    try:
        return tuple(sorted(read(part) for part in text.split(",") if part.strip()))
    except ValueError:
        raise ValueError('must be a comma-separated list of epochs, such as "10,20"') from None


def _pattern(text: str) -> str:
    if text.lower() == "false":  # what the AWS console sends for "none"
        return ""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from None
    return text


_READERS: dict[str, Callable[[str], Any]] = {
    "num_classes": _whole(1),
    "num_training_samples": _whole(1),
    "base_network": _one_of(*BASE_NETWORKS),
    "use_pretrained_model": _flag,
    "image_shape": _whole(300),
    "epochs": _whole(1),
    "mini_batch_size": _whole(1),
    "learning_rate": _real(0, 1, low_open=True, high_open=False),
    "lr_scheduler_step": _epoch_list,
    "lr_scheduler_factor": _real(0, 1, low_open=True, high_open=True),
    "optimizer": _one_of(*OPTIMIZERS),
    "momentum": _real(0, 1, low_open=True, high_open=False),
    "weight_decay": _real(0, 1, low_open=True, high_open=True),
    "overlap_threshold": _real(0, 1, low_open=True, high_open=False),
    "nms_threshold": _real(0, 1, low_open=True, high_open=False),
    "nms_topk": _whole(1),
    "label_width": _whole(1),
    "freeze_layer_pattern": _pattern,
    "early_stopping": _flag,
    "early_stopping_min_epochs": _whole(1),
    "early_stopping_patience": _whole(1),
    "early_stopping_tolerance": _real(0, 1, low_open=False, high_open=False),
    "kv_store": _one_of("device", "dist_sync", "dist_async"),
}
