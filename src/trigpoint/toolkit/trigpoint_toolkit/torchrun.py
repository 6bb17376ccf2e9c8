"""`torchrun` with the port of the job.

Decision: version 3 of the SDK always asks for port 7777. Jobs here share a machine, so each has a port of its own.
"""

from __future__ import annotations

import importlib
import os
import sys

FIXED_PORT = "7777"


def with_port_of_job(arguments: list[str], port: str) -> list[str]:
    """The arguments with the job's port where the SDK writes the fixed one."""
    return [f"--master_port={port}" if each == f"--master_port={FIXED_PORT}" else each for each in arguments]


if __name__ == "__main__":
    sys.argv[0] = "torchrun"
    sys.argv[1:] = with_port_of_job(sys.argv[1:], os.environ.get("MASTER_PORT") or FIXED_PORT)
    importlib.import_module("torch.distributed.run").main()
