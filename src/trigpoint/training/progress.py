"""What does an instance tell the server: two small files, replaced as a whole, that outlive both processes.

progress.json   the phases that the instance has entered, each with its time
result.json     how it ended; written once, before the process ends
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from trigpoint.core.json_file import read_json, write_json

PROGRESS, RESULT = "progress.json", "result.json"


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase (Downloading, Training, Stopping) that the instance entered."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """How the instance ended.

    exit_code:   the algorithm's; None when it was not started
    failure:     the platform's reason (a FailureReason), when it is not the algorithm's failure
    failure_text: what the algorithm wrote into /opt/ml/output/failure
    stopped_by:  "signal" when SIGTERM came, "max-runtime" when the time was up; None otherwise
    """

    exit_code: int | None
    failure: str | None = None
    failure_text: str | None = None
    stopped_by: str | None = None


def write_progress(folder: Path, phases: list[Phase]) -> None:
    write_json(folder / PROGRESS, [[phase.name, phase.at.isoformat()] for phase in phases])


def read_progress(folder: Path) -> list[Phase]:
    """The phases so far; none when the instance has not begun."""
    found = read_json(folder / PROGRESS) or []
    return [Phase(name, datetime.fromisoformat(at)) for name, at in found]


def forget(folder: Path) -> None:
    """Removes what an earlier instance wrote."""
    (folder / PROGRESS).unlink(missing_ok=True)
    (folder / RESULT).unlink(missing_ok=True)


def write_result(folder: Path, result: Result) -> None:
    write_json(folder / RESULT, asdict(result))


def read_result(folder: Path) -> Result | None:
    """How the instance ended; None when it has not, or was killed before it could say so."""
    found = read_json(folder / RESULT)
    return None if found is None else Result(**found)
