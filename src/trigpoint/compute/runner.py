"""What is a runner: the contract between those who need a process and those who provide one.

A runner starts a program that goes on when the server that started it is gone, and tells its fate to whoever
knows the handle, in this process or in a later one. Handles are text and are meant to be stored.

States, as `poll` reports them:

    running   the program was started and has not been seen to end
    exited    it ended by itself or was stopped; `exit_code` is its own, or -N when signal N ended it.
              Everything that it wrote before is in the log. Final.
    lost      it is certain that it runs no more, and unknown how it ended: its supervisor was killed, the
    machine was
              restarted, or nothing was ever started under this handle. Final, unless it is started for the
              first time.

        start          ends, stopped
    ---------> running -------------> exited
                  |  supervisor killed, machine restarted
                  +------------------> lost

Who may call what when:

    start      at any time. Without a handle it starts a new program and returns its handle. With a handle
    chosen by
               the caller it is idempotent: a program is started at most once under one handle, ever; a
               second call changes nothing, whatever the state. A caller that stores the handle before it
               calls `start` can therefore be killed at any moment and call again. A program that cannot be
               executed is no exception: it exits with 127 and says why in its log.
    poll       at any time, by anyone, with any text; never blocks, never changes anything that can be
    observed. stop       at any time; idempotent: on a program that has ended it does nothing. It returns at
    once; the program
               gets SIGTERM, once, and all that is left of it gets SIGKILL `grace_s` later. Of several calls
               the earliest deadline counts.
    forget     only after `exited` or `lost`: drops what is known, so that `poll` says `lost`. Idempotent.
    Logs stay. stop_all   at the end of the server: stops everything this runner ever started, and waits
    until it has ended,
               which takes a little more than `grace_s` at most.

The program runs in `directory`, with the environment of the server plus `env`, without standard input, as
the leader of a process group of its own. Signals go to the whole group, and nothing of the group outlives
its leader. Lines of standard output and standard error are appended to `log_path` in the order in which they
come, as `<milliseconds since 1970>\\t<text>\\n`; the time never decreases within one log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

STOP_GRACE_S = 120.0
"""Source: training.md 4.1, the time between SIGTERM and SIGKILL."""

NOT_EXECUTABLE = 127
"""The exit code of a program that could not be started at all."""


@dataclass(frozen=True, slots=True)
class MeasuredAs:
    """Under which name a program's use of the machine is recorded.

    Programs of the same `instance` are added up; those of other instances are further values of the same metric.
    """

    namespace: str
    dimensions: tuple[tuple[str, str], ...]
    instance: str

    @classmethod
    def host(cls, namespace: str, host: str) -> MeasuredAs:
        """An instance that is told by its host name, as those of jobs are."""
        return cls(namespace, (("Host", host),), host)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> MeasuredAs:
        """What `asdict` and JSON made of it."""
        pairs = tuple((name, text) for name, text in value["dimensions"])
        return cls(value["namespace"], pairs, value["instance"])


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
    """Where a program stands; `exit_code` is a number exactly when it has exited."""

    phase: Literal["running", "exited", "lost"]
    exit_code: int | None = None


class Runner(Protocol):
    """See the module's text for the contract; `assert_runner_contract` in the tests checks it."""

    def start(self, spec: ProcessSpec, handle: str | None = None) -> str: ...

    def poll(self, handle: str) -> ProcessState: ...

    def stop(self, handle: str, grace_s: float = STOP_GRACE_S) -> None: ...

    def forget(self, handle: str) -> None: ...

    def stop_all(self, grace_s: float = STOP_GRACE_S) -> None: ...
