"""A fresh server under a mixed load for some minutes: one line per minute, to see what grows.

The load is what a team does: S3 reads and writes, the portal, labeling jobs with a worker who answers them, training
jobs (with torch installed), and an endpoint that serves the first trained model. `soak_load.py` has it.

    uv run python benchmarks/soak.py 30

Columns: resident memory of the server process, its open descriptors (in total, of the database, of connections, and
all others), its threads, and the requests of this minute. An error is a status of 500 or more, no reply at all, or a job
that failed. The log's tracebacks are counted too. Exit code 1: there were errors or tracebacks.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import servers
from soak_load import Load, Tally

HEAD = ("min", "RSS MB", "fds", "db", "conn", "other", "threads", "requests", "errors", "p50 ms", "p99 ms")


def main() -> int:
    """Runs the load and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("minutes", type=int)
    parser.add_argument(
        "--descriptors", action="store_true", help="list the other descriptors of the last minute"
    )
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="trigpoint-soak-") as name,
        servers.trigpoint(Path(name)) as server,
    ):
        log, data, tally = Path(name) / "trigpoint.log", Path(name) / "trigpoint", Tally()
        load = Load(server, data, tally)
        _print(HEAD)
        _print(_row(0, server.pid, tally))
        load.start()
        errors = _watch(options.minutes, server.pid, tally)
        if options.descriptors:
            print(*sorted(_descriptors(server.pid)), sep="\n")
        load.stop()
        tracebacks = log.read_text(errors="replace").count("Traceback (most recent call last)")
    print(f"\n{load.summary()}; {errors} errors, {tracebacks} tracebacks in the server's log")
    for problem, count in tally.problems().most_common(10):
        print(f"  {count} x {problem}")
    return 1 if errors or tracebacks else 0


def _watch(minutes: int, pid: int, tally: Tally) -> int:
    begun, errors = time.monotonic(), 0
    for minute in range(1, minutes + 1):
        time.sleep(max(0.0, begun + 60 * minute - time.monotonic()))
        row = _row(minute, pid, tally)
        errors += int(row[HEAD.index("errors")])
        _print(row)
    return errors


def _row(minute: int, pid: int, tally: Tally) -> tuple[str, ...]:
    kinds = Counter(_kind(target) for target in _descriptors(pid))
    times_ms, errors = tally.take()
    return (
        str(minute),
        f"{_resident_mb(pid):.0f}",
        str(kinds.total()),
        *(str(kinds[kind]) for kind in ("db", "conn", "other")),
        str(len(list(Path(f"/proc/{pid}/task").iterdir()))),
        str(len(times_ms)),
        str(errors),
        f"{_quantile(times_ms, 0.5):.1f}",
        f"{_quantile(times_ms, 0.99):.1f}",
    )


def _descriptors(pid: int) -> list[str]:
    """What the descriptors of a process lead to."""
    found = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(path.readlink()))
        except OSError:
            continue  # closed in the meantime
    return found


def _kind(target: str) -> str:
    if target.rsplit("/", 1)[-1].startswith("trigpoint.db"):
        return "db"
    return "conn" if target.startswith("socket:") else "other"


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _print(cells: Sequence[str]) -> None:
    print("  ".join(f"{cell:>8}" for cell in cells), flush=True)


if __name__ == "__main__":
    sys.exit(main())
