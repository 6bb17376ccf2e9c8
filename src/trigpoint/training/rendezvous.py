"""Where the instances of a job meet: the variables with which their processes find each other.

All instances run on this machine, so the address is its loopback interface, and each job has a port of its own. The names
are those that torch.distributed reads (MASTER_ADDR, MASTER_PORT), and the training toolkit sets them, too. The first
host, `algo-1`, listens there; the others connect.
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from trigpoint.core.errors import LimitExceeded
from trigpoint.core.json_file import read_json, write_json
from trigpoint.core.stored import stored

RENDEZVOUS = "rendezvous.json"
ADDRESS = "127.0.0.1"
PORTS = range(20_000, 32_768)
"""Decision: below the ports that Linux gives to outgoing connections, since one that is chosen now is used only when the
data have been downloaded, hours later."""

_TRIES = 100


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """The place at which the first host of a job listens."""

    address: str
    port: int


_rendezvous = stored(Rendezvous)


def choose(folder: Path) -> None:
    """Chooses a free port and writes it into the job's folder.

    Raises: LimitExceeded: no port is free.
    """
    for port in random.sample(PORTS, _TRIES):
        if _is_free(port):
            write_json(folder / RENDEZVOUS, msgspec.to_builtins(Rendezvous(ADDRESS, port)))
            return
    raise LimitExceeded(f"none of {_TRIES} ports from {PORTS[0]} to {PORTS[-1]} of {ADDRESS} is free")


def environment(folder: Path, instances: int) -> Mapping[str, str]:
    """The variables for each instance of the job in this folder; empty for a job that an earlier version launched.

    Decision: instances on one machine share its cores equally. The variable is the one that torch, numpy and our own
    algorithms read; with several instances the default, all cores for each, would make all of them slower.
    """
    found = read_json(folder / RENDEZVOUS)
    if found is None:
        return {}
    place = _rendezvous(found)
    cores = {"OMP_NUM_THREADS": str(max(1, cores_here() // instances))} if instances > 1 else {}
    return {"MASTER_ADDR": place.address, "MASTER_PORT": str(place.port), **cores}


def interface() -> str:
    """The network interface that reaches the other hosts: the loopback one."""
    return next((name for _, name in socket.if_nameindex() if name.startswith("lo")), "lo")


def cores_here() -> int:
    """CPU cores that the jobs of this server may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
        return True
