"""The files through which a runner and its supervisors communicate, in a program's state folder.

spec.json        written by the runner: what to run
supervisor.json  written once by the supervisor, before it starts the program: which process it is
program.json     written by the supervisor: which process the program is
stop.json        written by the runner before it signals the supervisor: the grace period
status.json      written by the supervisor when the program has ended and its log is complete
supervisor.log   the supervisor's own output; empty unless something is wrong
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import msgspec

from trigpoint.compute.runner import ProcessSpec
from trigpoint.core.json_file import read_json, write_json
from trigpoint.core.process import machine_id, start_time
from trigpoint.core.stored import stored

__all__ = ["ProcessIdentity", "read_json", "read_spec", "write_json", "write_spec"]

SPEC, SUPERVISOR, PROGRAM, STOP, STATUS = (
    f"{name}.json" for name in ("spec", "supervisor", "program", "stop", "status")
)


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process that cannot be mistaken for a later one with the same pid."""

    machine: str
    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity:
        """The identity of a process that runs."""
        return cls(machine_id(), pid, start_time(pid) or "gone")

    @classmethod
    def read(cls, path: Path) -> ProcessIdentity | None:
        """The identity in a file; None when there is none."""
        found = read_json(path)
        return None if found is None else _identity(found)

    def runs(self) -> bool:
        """Whether exactly this process still runs."""
        return self.machine == machine_id() and start_time(self.pid) == self.started

    def send(self, number: signal.Signals) -> None:
        """Sends the signal to exactly this process; does nothing when it is gone."""
        if not hasattr(os, "pidfd_open"):
            if self.runs():
                os.kill(self.pid, number)
            return
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if (
                self.runs()
            ):  # checked while the descriptor pins the pid, so the pid cannot be reused in between
                signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            pass
        finally:
            os.close(descriptor)

    def write(self, path: Path) -> None:
        """Replaces the identity in the file."""
        write_json(path, msgspec.to_builtins(self))

    def write_once(self, path: Path) -> bool:
        """Writes the identity unless the file exists; False when it does."""
        part = path.with_name(f"{path.name}.{self.pid}")
        self.write(part)
        try:
            os.link(part, path)
        except FileExistsError:
            return False
        finally:
            part.unlink()
        return True


def write_spec(folder: Path, spec: ProcessSpec) -> None:
    """Writes what the program of a state folder is."""
    write_json(folder / SPEC, msgspec.to_builtins(spec, enc_hook=str))


def read_spec(folder: Path) -> ProcessSpec | None:
    """What the program of a state folder is; None when nobody wrote it yet."""
    found = read_json(folder / SPEC)
    return None if found is None else _spec(found)


_identity, _spec = stored(ProcessIdentity), stored(ProcessSpec)
