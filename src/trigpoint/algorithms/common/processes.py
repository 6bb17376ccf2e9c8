"""The processes of a training on one instance: one for each GPU, or a single one.

With several, this process is their parent: it starts them, passes on the request to stop, and ends all when one fails. It
trains nothing itself and never loads torch.

TRIGPOINT_PROCESSES in the job's Environment sets another number.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from trigpoint.algorithms.common.harness import EXIT_OK, AlgorithmError, Container, CustomerError
from trigpoint.algorithms.common.place import PROCESS, PROCESSES
from trigpoint.algorithms.common.relay import RELAY

WANTED = "TRIGPOINT_PROCESSES"
SHARED_GPU = "TRIGPOINT_SHARED_GPU"
MOST = 64
_TICK_S = 0.05


def processes_wanted(container: Container, environment: Mapping[str, str] = os.environ) -> int:
    """How many processes this instance should have; 1 in a process that a parent has started.

    Raises: CustomerError: TRIGPOINT_PROCESSES is no number from 1 to 64.
    """
    if PROCESS in environment:
        return 1
    wanted = environment.get(WANTED, "").strip()
    if not wanted:
        return max(1, len(gpus_of(container, environment)[0]))
    if not (wanted.isdecimal() and 1 <= int(wanted) <= MOST):
        raise CustomerError(f"{WANTED} is {wanted!r}; it must be a whole number from 1 to {MOST}")
    return int(wanted)


def train_in_processes(count: int, container: Container, command: Sequence[str]) -> int:
    """Runs the command in so many processes, to their end; its exit code.

    Raises: AlgorithmError: a process was killed.
    """
    gpus, shared = gpus_of(container)
    links = _Links(count, [name for name, each in container.channels.items() if each.input_mode == "Pipe"])
    common = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(_free_port()),
        **os.environ,
        PROCESSES: str(count),
        "OMP_NUM_THREADS": str(max(1, _cores() // count)),
        **({SHARED_GPU: "1"} if shared or len(gpus) < count else {}),
    }
    children = []
    try:
        for number in range(count):
            own = {"CUDA_VISIBLE_DEVICES": gpus[number % len(gpus)]} if gpus else {}
            descriptors = links.of(number)
            numbers = tuple(each for ends in descriptors.values() for each in ends)
            environment = {**common, **own, PROCESS: str(number), RELAY: json.dumps(descriptors)}
            children.append(subprocess.Popen(command, env=environment, pass_fds=numbers))
        links.close()
        return _watch(children, container)
    finally:
        for child in children:
            child.kill()
        for child in children:
            child.wait()


def _watch(children: Sequence[subprocess.Popen[bytes]], container: Container) -> int:
    asked = False
    while True:
        codes = [child.poll() for child in children]
        for number, code in enumerate(codes):
            if code is not None and code < 0:
                raise AlgorithmError(
                    f"Process {number + 1} of {len(children)} was killed by signal {-code}; if nobody killed it, the "
                    f"memory was too small: lower mini_batch_size, or {WANTED}"
                )
            if code:
                return code
        if all(code == EXIT_OK for code in codes):
            return EXIT_OK
        if container.stop_requested.is_set() and not asked:
            asked = True
            for child in children:
                child.terminate()
        time.sleep(_TICK_S)


class _Links:
    """Socket pairs over which the first process gives the others their examples of piped channels."""

    def __init__(self, count: int, channels: Sequence[str]) -> None:
        self._pairs = {
            name: [socket.socketpair() for _ in range(count - 1)] for name in (channels if count > 1 else ())
        }

    def of(self, number: int) -> dict[str, list[int]]:
        """The descriptors of a process, by channel: its end, or for the first process one for each of the others."""
        return {
            name: [pair[0].fileno() for pair in pairs] if number == 0 else [pairs[number - 1][1].fileno()]
            for name, pairs in self._pairs.items()
        }

    def close(self) -> None:
        """Closes the parent's copies, so that a process notices the end of its peer."""
        for pairs in self._pairs.values():
            for pair in pairs:
                for end in pair:
                    end.close()


def gpus_of(container: Container, environment: Mapping[str, str] = os.environ) -> tuple[list[str], bool]:
    """The GPUs of this instance, as CUDA_VISIBLE_DEVICES names them, and whether another instance uses them, too.

    Instances on one machine divide its GPUs; with fewer GPUs than instances they share them.
    """
    found = _gpus_of_machine(environment)
    if not environment.get("MASTER_ADDR", "").startswith("127.") or not found:
        return found, False
    index, count = container.hosts.index(container.host), len(container.hosts)
    mine = found[index::count]
    return (mine, False) if len(found) >= count else ([found[index % len(found)]], True)


def _gpus_of_machine(environment: Mapping[str, str]) -> list[str]:
    if "CUDA_VISIBLE_DEVICES" in environment:
        return [each.strip() for each in environment["CUDA_VISIBLE_DEVICES"].split(",") if each.strip()]
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        query = [tool, "--query-gpu=uuid", "--format=csv,noheader"]
        listed = subprocess.run(query, capture_output=True, text=True, timeout=60, check=True).stdout
        return [line.strip() for line in listed.splitlines() if line.startswith("GPU-")]
    return []


def command_of(arguments: Sequence[str]) -> list[str]:
    """The command of a process that trains, with the arguments of the parent."""
    return [sys.executable, "-m", "trigpoint.algorithms", *arguments]


def _cores() -> int:
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, int(wanted))) if wanted.isdecimal() and int(wanted) else allowed


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def see_own_gpu(container: Container) -> None:
    """Lets a single process see its instance's GPU only. Call it before torch is loaded."""
    gpus, shared = gpus_of(container)
    if PROCESS not in os.environ and len(container.hosts) > 1 and gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpus[0]
        if shared:
            os.environ[SHARED_GPU] = "1"
