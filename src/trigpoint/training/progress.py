"""The reports of an instance to the server: two small files, each replaced as a whole, that outlive both processes.

progress.json   the phases that the instance has entered, each with its time
result.json     how it ended; written once, before the process ends
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from trigpoint.core.json_file import read_json, write_json
from trigpoint.core.stored import stored

PROGRESS, RESULT = "progress.json", "result.json"


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase (Downloading, Training, Stopping) that the instance entered."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InstanceResult:
    """How the instance ended.

    exit_code:    the algorithm's; None when it was not started
    failure:      the platform's reason (a FailureReason), when it is not the algorithm's failure
    failure_text: the content of /opt/ml/output/failure, which the algorithm may write
    stopped_by:   "signal" after SIGTERM, "max-runtime" when the time was up; None otherwise
    """

    exit_code: int | None
    failure: str | None = None
    failure_text: str | None = None
    stopped_by: str | None = None


_phases, _result = stored(list[tuple[str, datetime]]), stored(InstanceResult)


def write_progress(folder: Path, phases: list[Phase]) -> None:
    """Replaces the phases so far."""
    write_json(folder / PROGRESS, msgspec.to_builtins([astuple(phase) for phase in phases]))


def read_progress(folder: Path) -> list[Phase]:
    """The phases so far; none when the instance has not begun."""
    found = _phases(read_json(folder / PROGRESS) or [])
    return [Phase(name, at) for name, at in found]


def forget(folder: Path) -> None:
    """Removes the files of an earlier instance."""
    (folder / PROGRESS).unlink(missing_ok=True)
    (folder / RESULT).unlink(missing_ok=True)


def write_result(folder: Path, result: InstanceResult) -> None:
    """Writes how the instance ended."""
    write_json(folder / RESULT, msgspec.to_builtins(result))


def read_result(folder: Path) -> InstanceResult | None:
    """How the instance ended; None when it runs, or was killed before it could write it."""
    found = read_json(folder / RESULT)
    return None if found is None else _result(found)
