"""The machine that an algorithm's process runs on: its cores, its device, its arithmetic."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from trigpoint.algorithms.common.harness import CustomerError


def cores() -> int:
    """CPU cores that this process may use; at most OMP_NUM_THREADS, if that is a whole number above 0.

    Decision: the variable is the one that torch itself reads. It keeps jobs that share a machine from starting more
    threads than there are cores.
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, int(wanted))) if wanted.isdecimal() and int(wanted) else allowed


def device() -> torch.device:
    """The GPU, or the CPU where there is none."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether a training step in bfloat16 is faster than one in float32.

    Decision: of the processors, only those with AMX. Those that have no more than AVX512-BF16 multiply bfloat16 as fast as
    float32, and the conversions come on top: a step of the demo's detector took a fifth more processor time.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if not hasattr(torch.cpu, "get_capabilities"):  # torch < 2.10
        return False
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))


def is_out_of_memory(error: Exception) -> bool:
    """Whether the error says that the memory of the device or of the machine is used up."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


@contextmanager
def names_what_to_lower(hyperparameters: str) -> Iterator[None]:
    """Raises: CustomerError: the memory did not suffice for what the block does (names these hyperparameters)."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise CustomerError(f"Out of memory; lower {hyperparameters}") from None
