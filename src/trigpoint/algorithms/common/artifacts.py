"""Files of model artifacts and checkpoints: JSON and tensors, each written under another name and then renamed."""

from __future__ import annotations

import json
import os
import pickle
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from trigpoint.algorithms.common.harness import CustomerError


def write_json(path: Path, value: Mapping[str, Any] | Sequence[Any]) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(part, path)  # noqa: PTH105 - unlike Path.rename, it replaces on every system


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file of a model artifact. Raises: CustomerError: it is missing or not JSON."""
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise CustomerError(f"the model artifact has no {path.name}") from None
    except (ValueError, RecursionError) as error:
        raise CustomerError(f"{path.name} is not JSON: {error}") from None
    if not isinstance(loaded, dict):
        raise CustomerError(f"{path.name} is not a JSON object")
    return loaded


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Writes tensors and plain values."""
    part = path.with_name(f".{path.name}.part")
    torch.save(dict(state), part)
    # Longer than the clock of file systems ticks: who copies the file sees from its times that it was renamed after its
    # last change, so that it is complete.
    time.sleep(0.01)
    os.replace(part, path)  # noqa: PTH105 - unlike Path.rename, it replaces on every system


def load_state(path: Path, *, mapped: bool = False) -> dict[str, Any]:
    """What `save_state` wrote. Only tensors and plain values are ever unpickled.

    mapped: the tensors are read from the file when somebody looks at them.
    Raises: UnpicklingError: the file holds something else.
    """
    try:
        loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except (pickle.UnpicklingError, EOFError):
        # torch's message advises to read the file in a way that runs its code
        raise pickle.UnpicklingError("it is no file of tensors, or it holds more than tensors") from None
    return loaded


def whole(symbol: Mapping[str, Any], name: str, most: int) -> int:
    """A number of a model's description. Raises: ValueError, KeyError, TypeError: it is none from 1 to `most`."""
    number = int(symbol[name])
    if not 1 <= number <= most:
        raise ValueError(f"{name} is {number}, not from 1 to {most}")
    return number
