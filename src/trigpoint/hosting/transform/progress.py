"""The finished objects of an instance, written by its data agent for the server and for the next agent.

progress.jsonl in the agent's folder has a line for each finished object: its index in the job's list, and the
failure, if any. The line is written after the output. If the agent is killed in between, the next agent transforms
that object again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from trigpoint.core.stored import stored

PROGRESS = "progress.jsonl"


@dataclass(frozen=True, slots=True)
class ObjectFailure:
    """Why an object could not be transformed. `kind` is ClientError (the data is at fault) or AlgorithmError."""

    index: int
    uri: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class AgentProgress:
    """The number of finished objects of an instance, how many of them failed, and the first failure by index."""

    done: int = 0
    failed: int = 0
    first: ObjectFailure | None = None


class ProgressLog:
    """Appends a line for each finished object; used by the agent."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / PROGRESS
        _cut_unfinished_line(self._path)

    def finished(self) -> set[int]:
        """The indexes of the finished objects."""
        return {line.index for line in _lines(self._path)}

    def add(self, index: int, failure: ObjectFailure | None) -> None:
        """Records that an object is finished."""
        line = _Line(index, failure)
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")


def read_progress(folder: Path) -> AgentProgress:
    """The progress of the instance so far."""
    failures = {line.index: line.failure for line in _lines(folder / PROGRESS)}
    failed = [failure for failure in failures.values() if failure]
    return AgentProgress(len(failures), len(failed), min(failed, key=lambda each: each.index, default=None))


@dataclass(frozen=True, slots=True)
class _Line:
    index: int
    failure: ObjectFailure | None


_line = stored(_Line)


def _lines(path: Path) -> Iterator[_Line]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            if line.endswith(b"\n"):
                yield _line(msgspec.json.decode(line))


def _cut_unfinished_line(path: Path) -> None:
    """Removes the incomplete last line of a killed agent."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
