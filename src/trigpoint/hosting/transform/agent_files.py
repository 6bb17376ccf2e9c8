"""Files in a data agent's folder through which the job and the agent communicate.

agent.json    written by the job: the agent's work
server.json   written by the job: the address of the model server
hung.json     written by the agent: the handle of the model server that hangs
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from trigpoint.access.session_keys import JobKeys
from trigpoint.core.json_file import read_json, write_json
from trigpoint.core.stored import stored
from trigpoint.hosting.transform.model import TransformSpec
from trigpoint.settings import Settings

SPEC, ADDRESS, HUNG = "agent.json", "server.json", "hung.json"


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """The work of the agent of instance `number`, from 0."""

    job: TransformSpec
    number: int
    settings: Settings
    keys: JobKeys


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A ready model server: the handle of its process, and its port."""

    handle: str
    port: int


def write_agent_spec(folder: Path, spec: AgentSpec) -> None:
    """Writes the agent's work into its folder, which is created."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_json(folder / SPEC, msgspec.to_builtins(spec, enc_hook=str))


def read_agent_spec(folder: Path) -> AgentSpec:
    """The agent's work."""
    return _spec(read_json(folder / SPEC))


_spec = stored(AgentSpec)


def publish_address(folder: Path, address: ServerAddress) -> None:
    """Writes the address of the model server into its agent's folder, unless it is there."""
    if read_address(folder) != address:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(folder / ADDRESS, [address.handle, address.port])


def read_address(folder: Path) -> ServerAddress | None:
    """The last published address; None when no model server has been ready yet."""
    found = read_json(folder / ADDRESS)
    return None if found is None else ServerAddress(*found)


def report_hung(folder: Path, handle: str) -> None:
    """Reports that the model server with this handle hangs."""
    write_json(folder / HUNG, handle)


def hung_handle(folder: Path) -> str | None:
    """The handle of the model server that hangs, as the agent reported it."""
    found = read_json(folder / HUNG)
    return None if found is None else str(found)
