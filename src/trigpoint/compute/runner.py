"""The contract between those who need a process and the runner that provides it.

A runner starts a program that goes on when the server that started it is gone, and reports its state to any
process that has the handle, this one or a later one. Handles are text and are meant to be stored.

States, as `poll` reports them:

    running   the program was started and has not been seen to end
    exited    it ended by itself or was stopped; `exit_code` is its own, or -N when signal N ended it. Everything
              that it wrote before is in the log. Final.
    lost      it certainly runs no more, and nobody knows how it ended: its supervisor was killed, the machine was
              restarted, or nothing was ever started under this handle. Final, unless it is started for the first
              time.

        start          ends, stopped
    ---------> running -------------> exited
                  |  supervisor killed, machine restarted
                  +------------------> lost

Methods and when to call them:

    start      At any time. Without a handle it starts a new program and returns its handle. With a handle chosen by
               the caller it is idempotent: a program is started at most once under one handle, ever; a second call
               changes nothing, whatever the state. A caller that stores the handle before it calls `start` can
               therefore be killed at any moment and call again. A program that cannot be executed is no exception:
               it exits with 127, and its log says why.
    poll       At any time, by anyone, with any text. Never blocks, and never changes anything observable.
    stop       At any time. Idempotent: it does nothing to a program that has ended. It returns at once; the program
               gets SIGTERM, once, and whatever is left of it gets SIGKILL `grace_s` later. Of several calls the
               earliest deadline counts.
    forget     Only after `exited` or `lost`. Drops what is known, so that `poll` reports `lost`. Idempotent. Logs
               stay.
    stop_all   At the end of the server. Stops everything that this runner ever started, and waits for the end,
               which takes a little more than `grace_s` at most.

The program runs in `directory`, with the environment of the server plus `env`, but without the server's settings that
contain passwords, without standard input, as the leader of a process group of its own. Signals go to the whole group, and nothing of the group outlives its leader. Lines of
standard output and standard error are appended to `log_path` in their order, as `<milliseconds since
1970>\\t<text>\\n`; the time never decreases within one log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

STOP_GRACE_S = 120.0
"""Source: training.md 4.1, the time between SIGTERM and SIGKILL."""

NOT_EXECUTABLE = 127
"""The exit code of a program that could not be started at all."""


@dataclass(frozen=True, slots=True)
class MeasuredAs:
    """The metric under which a program's use of the machine is recorded.

    Programs of the same `instance` are added up; other instances are further values of the same metric.
    """

    namespace: str
    dimensions: tuple[tuple[str, str], ...]
    instance: str

    @classmethod
    def host(cls, namespace: str, host: str) -> MeasuredAs:
        """An instance identified by its host name, as those of jobs are."""
        return cls(namespace, (("Host", host),), host)


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run, where, and where its output goes. Paths are absolute; missing folders are made."""

    argv: Sequence[str]
    directory: Path
    env: Mapping[str, str] = field(default_factory=dict)
    log_path: Path = Path("/dev/null")
    measured_as: MeasuredAs | None = None


@dataclass(frozen=True, slots=True)
class ProcessState:
    """The state of a program; `exit_code` is a number exactly when it has exited."""

    phase: Literal["running", "exited", "lost"]
    exit_code: int | None = None


class Runner(Protocol):
    """The contract is in the module's docstring; tests/helpers/runner.py checks it."""

    def start(self, spec: ProcessSpec, handle: str | None = None) -> str: ...

    def poll(self, handle: str) -> ProcessState: ...

    def stop(self, handle: str, grace_s: float = STOP_GRACE_S) -> None: ...

    def forget(self, handle: str) -> None: ...

    def stop_all(self, grace_s: float = STOP_GRACE_S) -> None: ...
