"""Where a process is among those that train together. Nothing here needs torch.

The instances are the hosts of resourceconfig.json. On each of them the algorithm is one process, or a parent that starts
several (processes.py) and gives each its number.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

PROCESS, PROCESSES = "TRIGPOINT_PROCESS", "TRIGPOINT_PROCESS_COUNT"
"""Set by the parent: the number of a process on its host, from 0, and how many there are."""


@dataclass(frozen=True, slots=True)
class Place:
    """The numbers of a host among the hosts, and of a process among those of its host; from 0."""

    host: int = 0
    hosts: int = 1
    process: int = 0
    processes: int = 1

    @property
    def is_alone(self) -> bool:
        return self.hosts == 1 and self.processes == 1

    @property
    def leads_host(self) -> bool:
        """Whether it is the process that reads pipes and writes the log for its host."""
        return self.process == 0


NOT_SHARED = Place()
"""The place of the only process of a training."""


def place_here(host: str, hosts: list[str], environment: Mapping[str, str] = os.environ) -> Place:
    """The place of this process."""
    return Place(
        hosts.index(host),
        len(hosts),
        int(environment.get(PROCESS, "0")),
        int(environment.get(PROCESSES, "1")),
    )
