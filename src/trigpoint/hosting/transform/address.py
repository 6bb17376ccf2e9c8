"""What do a transform job and its data agents tell each other of the model server, in the agent's folder.

agent.json    written by the job: what the agent is to do
server.json   written by the job: where the model server listens
hung.json     written by the agent: which model server hangs
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trigpoint.core.json_file import read_json, write_json

SPEC, ADDRESS, HUNG = "agent.json", "server.json", "hung.json"


@dataclass(frozen=True, slots=True)
class Address:
    """The model server that is ready: the handle of its process, and its port."""

    handle: str
    port: int


def publish_address(folder: Path, address: Address) -> None:
    """Tells the agent in whose folder this is where its model server listens; does nothing when it knows."""
    if read_address(folder) != address:
        write_json(folder / ADDRESS, [address.handle, address.port])


def read_address(folder: Path) -> Address | None:
    """What was published last; None when no model server has been ready yet."""
    found = read_json(folder / ADDRESS)
    return None if found is None else Address(*found)


def hung_handle(folder: Path) -> str | None:
    """The process of a model server that the agent found to hang."""
    found = read_json(folder / HUNG)
    return None if found is None else str(found)
