"""Consolidation of boxes: time and memory by the number of boxes per picture, for ordinary and hostile answers.

Ours only. For each kind of answers, the last column is the growth from one row to the next: 1 is linear, 2 quadratic.
"""

from __future__ import annotations

import argparse
import math
import random
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from trigpoint.labeling.consolidation.boxes import consolidate
from trigpoint.records.labels.boxes import Box

WIDTH, HEIGHT = 4000.0, 3000.0
COUNTS = (8, 40, 200, 1000, 5000)
Answers = Mapping[str, Sequence[Box]]


def scattered(dice: random.Random, workers: int, count: int) -> Answers:
    """As many things as there are boxes, all over the picture; every worker sees them a little differently."""
    side = math.sqrt(WIDTH * HEIGHT / count) * 0.8
    things = [
        (dice.uniform(0, WIDTH - side), dice.uniform(0, HEIGHT - side), dice.uniform(0.3, 1) * side)
        for _ in range(count)
    ]
    return {f"w{k}": [_seen(dice, *thing) for thing in things] for k in range(workers)}


def on_one_place(dice: random.Random, workers: int, count: int) -> Answers:
    """All boxes of all workers overlap by far more than half, and no two are the same."""
    return {f"w{k}": [_seen(dice, 1000, 1000, 800) for _ in range(count)] for k in range(workers)}


def in_one_column(dice: random.Random, workers: int, count: int) -> Answers:
    """Boxes of the same left edge, one below the other."""
    step = HEIGHT / count
    return {
        f"w{k}": [_seen(dice, 1000, step * row, 800, step) for row in range(count)] for k in range(workers)
    }


def identical(dice: random.Random, workers: int, count: int) -> Answers:
    """One box, drawn by every worker again and again."""
    return {f"w{k}": [Box("thing", 10, 10, 500, 500)] * count for k in range(workers)}


def nested(dice: random.Random, workers: int, count: int) -> Answers:
    """Boxes of one corner that grow from a pixel to the picture."""
    factors = [dice.uniform(0.001, 1) for _ in range(count)]
    return {
        f"w{k}": [Box("thing", 0, 0, WIDTH * f + dice.random(), HEIGHT * f + dice.random()) for f in factors]
        for k in range(workers)
    }


def _seen(dice: random.Random, left: float, top: float, width: float, height: float | None = None) -> Box:
    height = width if height is None else height
    jitter = 0.02
    return Box(
        "thing",
        left + dice.gauss(0, jitter) * width,
        top + dice.gauss(0, jitter) * height,
        width * dice.uniform(0.98, 1.02),
        height * dice.uniform(0.98, 1.02),
    )


KINDS: tuple[Callable[[random.Random, int, int], Answers], ...] = (
    scattered,
    on_one_place,
    in_one_column,
    identical,
    nested,
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--box-workers", type=int, nargs="*", default=(3, 5, 9))
    parser.add_argument("--box-rounds", type=int, default=3)


def run(chosen: argparse.Namespace) -> None:
    for kind in KINDS:
        for workers in chosen.box_workers:
            measure(kind, workers, chosen.box_rounds)
    # ru_maxrss is in KiB on Linux and in bytes on macOS
    unit = 2**20 if sys.platform == "darwin" else 2**10
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit:,.0f} MiB")


def measure(kind: Callable[[random.Random, int, int], Answers], workers: int, rounds: int) -> None:
    print(f"\n{kind.__name__}, {workers} workers\n{'boxes':>8} {'ms':>10} {'agreed':>8} {'growth':>7}")
    before: tuple[int, float] | None = None
    for count in COUNTS:
        answers = kind(random.Random(count), workers, count)
        times = []
        for _ in range(rounds):
            started_s = time.perf_counter()
            agreed = consolidate(answers)
            times.append(time.perf_counter() - started_s)
        taken_s = median(times)
        growth = (
            "" if before is None else f"{math.log(taken_s / before[1]) / math.log(count / before[0]):.2f}"
        )
        print(f"{count:8,} {taken_s * 1000:10,.1f} {len(agreed):8,} {growth:>7}", flush=True)
        before = count, taken_s
