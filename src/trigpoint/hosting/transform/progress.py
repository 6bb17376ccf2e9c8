"""What does a data agent tell the server, and its own successor: which objects are finished, and how.

progress.jsonl in the instance's folder has a line for each finished object: its index among the job's objects,
its URI, and what went wrong, if anything. The line is written when the output is; should the agent be killed
in between, its successor transforms that object once more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PROGRESS = "progress.jsonl"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an object could not be transformed; `kind`: ClientError (the data's fault), AlgorithmError."""

    index: int
    uri: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How many objects of an instance are finished, how many of them failed, and the first failure by index."""

    done: int = 0
    failed: int = 0
    first: Failure | None = None


class ProgressLog:
    """The agent's side: appends a line for each finished object."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / PROGRESS
        _cut_unfinished_line(self._path)

    def finished(self) -> set[int]:
        """The indexes of the objects that are finished."""
        return {line["index"] for line in _lines(self._path)}

    def add(self, index: int, failure: Failure | None) -> None:
        """Writes down that an object is finished."""
        line = {"index": index, "failure": None if failure is None else asdict(failure)}
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def read_progress(folder: Path) -> Progress:
    """What the agents of this instance have finished so far."""
    done, failures = set(), {}
    for line in _lines(folder / PROGRESS):
        done.add(line["index"])
        if line["failure"]:
            failures[line["index"]] = line["failure"]
    first = Failure(**failures[min(failures)]) if failures else None
    return Progress(len(done), len(failures), first)


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


def _cut_unfinished_line(path: Path) -> None:
    """Removes what a killed agent wrote of its last line."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
