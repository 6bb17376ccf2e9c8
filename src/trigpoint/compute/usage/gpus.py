"""The load of this machine's NVIDIA GPUs, from the driver's own library."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pynvml

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU, as the driver last measured it; percentages, None where the driver has no value (with MIG)."""

    busy_percent: float | None
    memory_percent: float | None


def read_gpus() -> dict[int, Gpu]:
    """The GPUs by the number of their device file, /dev/nvidiaN; none without a driver.

    The number is the machine's also in a container, in which the driver's index starts at 0.
    """
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as problem:
        log.debug("usage.no_gpus reason=%s", problem)
        return {}
    try:
        handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
        return {pynvml.nvmlDeviceGetMinorNumber(handle): _gpu(handle) for handle in handles}
    except pynvml.NVMLError as problem:
        log.debug("usage.no_gpus reason=%s", problem)
        return {}
    finally:
        pynvml.nvmlShutdown()


def _gpu(handle: Any) -> Gpu:
    load = _supported(lambda: pynvml.nvmlDeviceGetUtilizationRates(handle))
    # version 2 leaves out the driver's own memory, as nvidia-smi does
    memory = _supported(lambda: pynvml.nvmlDeviceGetMemoryInfo(handle, version=pynvml.nvmlMemory_v2))
    return Gpu(
        None if load is None else float(load.gpu),
        None if memory is None or not memory.total else 100 * memory.used / memory.total,
    )


def _supported(ask: Callable[[], Any]) -> Any:
    """The driver's answer; None where it has none for this GPU."""
    try:
        return ask()
    except pynvml.NVMLError as problem:
        log.debug("usage.gpu_value_missing reason=%s", problem)
        return None
