"""Images run as containers by docker or podman, where one of them works.

The container gets the same folders as any instance, and no more rights than it needs: no capabilities, no way to gain
privileges, limits of processes and memory.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trigpoint.own_code.limits import Limits
from trigpoint.own_code.model import OwnProgram

ENGINES: Final = ("podman", "docker")
_ANSWER_S: Final = 10.0
_AGAIN_AFTER_S: Final = 60.0


@dataclass(slots=True)
class _Found:
    engine: str = ""
    at_s: float = float("-inf")


_found = _Found()


def engine() -> str:
    """The engine that can run containers here, podman before docker; "" if none can. Asked once a minute."""
    if time.monotonic() - _found.at_s > _AGAIN_AFTER_S:
        _found.engine = next((each for each in ENGINES if _works(each)), "")
        _found.at_s = time.monotonic()
    return _found.engine


def _works(name: str) -> bool:
    program = shutil.which(name)
    if program is None:
        return False
    try:
        done = subprocess.run([program, "info"], capture_output=True, timeout=_ANSWER_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def container_command(
    engine_name: str,
    name: str,
    own: OwnProgram,
    opt_ml: Path,
    variables: Mapping[str, str],
    limits: Limits,
    arguments: Sequence[str],
    *,
    hosts: Sequence[str] = (),
    port: int | None = None,
    extra: Sequence[tuple[Path, str]] = (),
) -> list[str]:
    """The command that runs the image with the container contract.

    The values of variables are taken from the environment of the engine's client, where other users do not see them.

    Args:   arguments: what replaces the image's CMD: `train`, `serve`, or the request's ContainerArguments.
            port:      the port of this machine that leads to 8080 of the container.
            extra:     more folders, each with the place at which the container sees it.
    Source: training.md 4.1.
    """
    command = [engine_name, "run", "--rm", "--name", name, "--pull", "missing"]
    command += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    command += [
        "--pids-limit",
        str(limits.processes),
        "--memory",
        str(limits.memory_bytes),
        "--shm-size",
        "8g",
    ]
    if port is not None:
        command += ["--publish", f"127.0.0.1:{port}:8080"]
    elif own.isolated:
        command += ["--network", "none"]
    else:
        command += ["--network", "host"]
        command += [word for host in hosts for word in ("--add-host", f"{host}:127.0.0.1")]
    command += ["--volume", f"{opt_ml}:/opt/ml"]
    command += [word for source, target in extra for word in ("--volume", f"{source}:{target}")]
    command += [word for each in sorted(variables) for word in ("--env", each)]
    if Path("/dev/nvidiactl").exists():
        command += ["--gpus", "all"] if engine_name == "docker" else ["--device", "nvidia.com/gpu=all"]
    if own.entrypoint:
        command += ["--entrypoint", own.entrypoint[0]]
    return [*command, own.image, *own.entrypoint[1:], *arguments]
