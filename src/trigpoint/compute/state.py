"""What do a runner and its supervisors tell each other: the files in a program's state folder.

spec.json        written by the runner: what to run
supervisor.json  written once by the supervisor, before it starts the program: which process it is
program.json     written by the supervisor: which process the program is
stop.json        written by the runner before it signals the supervisor: the time of grace
status.json      written by the supervisor when the program has ended and its log is complete
supervisor.log   what the supervisor itself has to say; empty unless something is wrong
"""

from __future__ import annotations

import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from trigpoint.core.json_file import read_json, write_json
from trigpoint.core.process import machine_id, start_time

__all__ = ["Identity", "read_json", "write_json"]

SPEC, SUPERVISOR, PROGRAM, STOP, STATUS = (
    f"{name}.json" for name in ("spec", "supervisor", "program", "stop", "status")
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same pid."""

    machine: str
    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Identity:
        """The identity of a process that runs."""
        return cls(machine_id(), pid, start_time(pid) or "gone")

    @classmethod
    def read(cls, path: Path) -> Identity | None:
        """The identity in a file; None when there is none."""
        found = read_json(path)
        return None if found is None else cls(**found)

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
            if self.runs():  # asked while the descriptor pins the pid, so it cannot be recycled in between
                signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            pass
        finally:
            os.close(descriptor)

    def write_once(self, path: Path) -> bool:
        """Writes the identity unless the file exists; False when it does."""
        aside = path.with_name(f"{path.name}.{self.pid}")
        write_json(aside, asdict(self))
        try:
            os.link(aside, path)
        except FileExistsError:
            return False
        finally:
            aside.unlink()
        return True
