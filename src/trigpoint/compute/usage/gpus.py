"""How busy are the NVIDIA GPUs of this machine: asked of nvidia-smi, where there is one."""

from __future__ import annotations

import logging
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 5.0
_COMMAND = (
    "nvidia-smi",
    "--query-gpu=index,pci.bus_id,utilization.gpu,memory.used,memory.total",
    "--format=csv,noheader,nounits",
)
_DRIVER = Path("/proc/driver/nvidia/gpus")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU, as the driver last measured it; percentages, None where it does not tell (with MIG)."""

    busy_percent: float | None
    memory_percent: float | None


def read_gpus() -> dict[int, Gpu]:
    """The GPUs by the number of their device file, /dev/nvidiaN; none when nvidia-smi does not answer."""
    try:
        done = subprocess.run(_COMMAND, capture_output=True, text=True, timeout=LIMIT_S, check=True)
    except (OSError, subprocess.SubprocessError) as problem:
        log.debug("usage.no_gpus reason=%s", problem)
        return {}
    return dict(_gpu(line) for line in done.stdout.splitlines() if line.count(",") == 4)


def _gpu(line: str) -> tuple[int, Gpu]:
    index, bus, busy, used, total = (field.strip() for field in line.split(","))
    used_mib, total_mib = _number(used), _number(total)
    memory = 100 * used_mib / total_mib if used_mib is not None and total_mib else None
    return _device_number(bus, int(index)), Gpu(_number(busy), memory)


def _device_number(bus: str, index: int) -> int:
    """The device's minor number: in a container it is the machine's, where the index counts anew from 0."""
    folder = _DRIVER / bus.lower().removeprefix("0000")
    try:
        found = re.search(r"^Device Minor:\s+(\d+)", (folder / "information").read_text(), re.MULTILINE)
    except OSError:
        return index
    return int(found[1]) if found else index


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
