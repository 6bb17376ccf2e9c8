"""What people's code may reach, as a file that `confine` reads; and what of the system every program needs.

Standard library only, as all that `confine` loads.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "kfd", "dri")
GPU_DEVICES = "nvidia*"
SYSTEM_FOLDERS = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "sys")
CONFIGURATION = (
    "OpenCL",
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "fonts",
    "gai.conf",
    "group",
    "host.conf",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "passwd",
    "pip.conf",
    "pki",
    "protocols",
    "resolv.conf",
    "services",
    "ssl",
    "timezone",
    "vulkan",
)
"""What programs need of /etc, where passwords and keys of other services may lie, too."""


@dataclass(frozen=True, slots=True)
class Walls:
    """What the program may reach.

    kind:      namespaces or landlock
    shown:     folders as (where they are, where the program sees them, whether it may write there); with landlock the
               second is not used
    working:   the folder in which it starts, as the program sees it
    network:   whether it may use the network
    processes: how many processes and threads it may have
    open_files: how many files a process may have open
    hosts:     host names that stand for this machine
    hidden:    a folder that is not shown even where a folder that is shown contains it; nothing is shown below it
    """

    kind: str
    shown: list[tuple[str, str, bool]]
    working: str
    network: bool = True
    processes: int = 4096
    open_files: int = 65_536
    hosts: list[str] = field(default_factory=list)
    hidden: str = ""

    @classmethod
    def read(cls, path: Path) -> Walls:
        """The walls in a file."""
        values: dict[str, Any] = json.loads(path.read_text())
        return cls(**{**values, "shown": [tuple(each) for each in values["shown"]]})
