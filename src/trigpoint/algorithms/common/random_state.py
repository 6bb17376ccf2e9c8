"""The generators of random numbers of this process: seeded, and put back where an earlier process had them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch


def seed_all(number: int) -> None:
    """Seeds the generators of Python, NumPy and torch, on all devices."""
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)


def random_state() -> dict[str, Any]:
    """The state of the generators, as tensors and plain values."""
    kind, keys, place, has_gauss, gauss = np.random.get_state()
    return {
        "python": random.getstate(),
        "numpy": (kind, [int(key) for key in keys], int(place), int(has_gauss), float(gauss)),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore_random_state(state: Mapping[str, Any]) -> None:
    """Puts the generators into an earlier state. A machine with another number of GPUs keeps the state of its own."""
    random.setstate(state["python"])
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, np.array(keys, dtype=np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if torch.cuda.is_available() and len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])
