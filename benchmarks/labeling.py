"""Labeling over HTTP: an answer is submitted and the next task comes back, by 1, 8 and 32 simulated workers.

Real servers on this machine, real sign-in, the answers of the task types' own simulated workers. The load comes from a
process of its own; its share of the processors is printed. Workers do not think, so that the servers are saturated, except
in the rows "1 s". `--against FOLDER` compares with the server in the `src` folder of another checkout, in turns.

    uv run python benchmarks/labeling.py [--types BoundingBox] [--objects 10000] [--databases sqlite postgresql] [--peers]
    uv run python benchmarks/labeling.py --large
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import labeling_sites
import servers
from figures import Figures
from label_studio import label_studio
from labeling_sites import Site

from trigpoint.labeling.task_types import TASK_TYPES

THINKING_S = 1.0
FIGURES = {
    "per_s": ("tasks/s", True),
    "p50_ms": ("p50, ms", False),
    "p95_ms": ("p95, ms", False),
    "p99_ms": ("p99, ms", False),
    "cpu_ms": ("processor time of the server per task, ms", False),
    "load_share": ("processors that the load generator used", False),
    "wait_s": ("seconds in which workers had no task, per round", False),
    "twice": ("tasks given to a second worker although one answer was wanted, per round", False),
}


def main() -> None:
    """Measures and prints."""
    options = _options()
    figures, columns = Figures(), []
    with tempfile.TemporaryDirectory(prefix="trigpoint-benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        sites = _sites(options, folder, stack)
        columns = [site.name for site in sites]
        if options.large:
            for site in sites:
                site.large_job(figures, options.objects)
        else:
            _rounds(options, sites, figures)
    if options.large:
        for figure, title in labeling_sites.LARGE_FIGURES.items():
            figures.print(title, figure, columns, columns[0], higher_is_better=False)
        return
    for figure, (title, higher_is_better) in FIGURES.items():
        figures.print(
            f"{title} (median of rounds)", figure, columns, columns[0], higher_is_better=higher_is_better
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--types",
        nargs="+",
        default=["BoundingBox", "ImageMultiClass", "TextMultiClass"],
        choices=sorted(TASK_TYPES),
    )
    parser.add_argument("--objects", type=int, default=10_000, help="data objects of each job")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=5.0, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--answers", type=int, default=1, help="answers that each object gets")
    parser.add_argument("--databases", nargs="+", default=["sqlite"], choices=["sqlite", "postgresql"])
    parser.add_argument("--against", type=Path, help="the src folder of another checkout")
    parser.add_argument("--large", action="store_true", help="one large job from its creation to its end")
    parser.add_argument("--peers", nargs="?", type=Path, const=servers.CACHE, help="Label Studio too")
    return parser.parse_args()


def _sites(options: argparse.Namespace, folder: Path, stack: ExitStack) -> list[Site]:
    """The running servers, each with its signed-in workers."""
    sites: list[Site] = []
    most = max(options.workers)
    for database in options.databases:
        for source in (None, options.against) if options.against else (None,):
            name = database if source is None else f"{database}, other"
            home = folder / name.replace(", ", "-")
            sites.append(stack.enter_context(labeling_sites.portal(name, home, database, source, most)))
    if options.peers:
        try:
            sites.append(stack.enter_context(label_studio(folder, options.peers, most)))
        except servers.Missing as missing:
            print(f"left out: {missing}", file=sys.stderr)
    return sites


def _rounds(options: argparse.Namespace, sites: list[Site], figures: Figures) -> None:
    for type_name in options.types:
        for site in sites:
            site.open_job(TASK_TYPES[type_name], options.objects, options.answers)
        loads = [(count, 0.0) for count in options.workers] + [(max(options.workers), THINKING_S)]
        for number in range(options.rounds):
            print(f"{type_name}: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
            for count, think_s in loads:
                row = f"{type_name}, {count} worker{'s' * (count > 1)}{', 1 s' if think_s else ''}"
                for site in sites:
                    figures.add(row, site.name, **site.measure(count, options.seconds, think_s))


if __name__ == "__main__":
    main()
