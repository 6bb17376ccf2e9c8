"""The arithmetic of a training, from precision_dtype and what the device can do."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from trigpoint.algorithms.common import hardware
from trigpoint.algorithms.common.harness import logger


@dataclass(frozen=True, slots=True)
class Precision:
    """Mixed precision: the network runs in `dtype`, losses and weights stay in float32. None: all in float32."""

    device: torch.device
    dtype: torch.dtype | None

    @property
    def scales_gradients(self) -> bool:
        """Whether small gradients would become 0: float16 has a short exponent, bfloat16 that of float32."""
        return self.dtype is torch.float16

    def autocast(self) -> AbstractContextManager[object]:
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype is not None)


def chosen_precision(precision_dtype: str, device: torch.device) -> Precision:
    """The precision of a training.

    Decision: float16 means half precision. It is bfloat16 where the hardware multiplies that, because it needs no
    scaling of gradients, and float16 on older GPUs. A CPU without either trains in float32, with a warning, because
    emulation is slower than that.
    """
    if precision_dtype == "float32":
        return Precision(device, None)
    if hardware.has_fast_bfloat16(device):
        return Precision(device, torch.bfloat16)
    if device.type == "cuda":
        return Precision(device, torch.float16)
    logger.warning("This CPU has no fast arithmetic of 16 bits; precision_dtype float16 is run as float32.")
    return Precision(device, None)
