"""Consolidation of marked spans: simulated workers with known errors, against the plain vote that AWS describes.

F1 counts exact spans with the right label. `error` is the expected calibration error of the confidences, where an entity
is right if half of its characters and its label are.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from helpers.span_crowds import LABELS, Noise, f1, marked_texts, plain_vote
from trigpoint.labeling.consolidation.span_clusters import jaccard
from trigpoint.labeling.consolidation.spans import consolidate
from trigpoint.labeling.model import WorkerQuality
from trigpoint.records.labels.spans import Span

CROWDS = {
    "careful": Noise(miss=0.15, false=0.05, edge=0.15, label=0.1),
    "mixed": Noise(miss=0.6, false=0.4, edge=0.6, label=0.5),
    "missing much": Noise(miss=0.8, false=0.05, edge=0.3, label=0.1),
    "some spammers": Noise(miss=0.9, false=0.8, edge=0.8, label=0.9),
}
Answers = Mapping[int, Mapping[str, Sequence[Span]]]
Found = Mapping[int, Mapping[Span, float]]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--span-objects", type=int, default=300)
    parser.add_argument("--span-seeds", type=int, default=3)


def run(chosen: argparse.Namespace) -> None:
    print(f"{'crowd':16}{'workers':>8}{'plain F1':>10}{'ours F1':>10}{'in rounds':>10}{'error':>8}")
    for name, worst in CROWDS.items():
        for workers in (2, 3, 5):
            rows = [
                _row(*marked_texts(seed, worst, chosen.span_objects, workers)[:2])
                for seed in range(chosen.span_seeds)
            ]
            plain, ours, rounds, error = (fmean(column) for column in zip(*rows, strict=True))
            print(f"{name:16}{workers:8}{plain:10.3f}{ours:10.3f}{rounds:10.3f}{error:8.3f}", flush=True)
    _, answers, _ = marked_texts(0, CROWDS["mixed"], 2_000, 5)
    print(f"2,000 texts of 6 entities, 5 answers each: {_seconds(answers):.1f} s")
    for count in (500, 1_000, 2_000, 5_000):
        print(
            f"9 workers, {count:,} spans each that all overlap: {_seconds({0: _overlapping(count)}):.1f} s",
            flush=True,
        )


def in_rounds(answers: Answers, size: int) -> Found:
    known: dict[str, WorkerQuality] = {}
    found: dict[int, Mapping[Span, float]] = {}
    indexes = sorted(answers)
    for start in range(0, len(indexes), size):
        part = {index: answers[index] for index in indexes[start : start + size]}
        made = consolidate(part, LABELS, known=known, gold={})
        known |= made.workers
        found |= made.spans
    return found


def _row(truths: Mapping[int, Sequence[Span]], answers: Answers) -> tuple[float, float, float, float]:
    ours = in_rounds(answers, len(answers))
    rounds = in_rounds(answers, max(1, len(answers) // 6))
    return f1(plain_vote(answers), truths), f1(ours, truths), f1(rounds, truths), _error(ours, truths)


def _error(found: Found, truths: Mapping[int, Sequence[Span]]) -> float:
    bins: dict[int, list[float]] = {}
    for index, own in found.items():
        for span, confidence in own.items():
            hit = any(jaccard(span, true) >= 0.5 and span.label == true.label for true in truths[index])
            bins.setdefault(min(9, int(confidence * 10)), []).append(hit - confidence)
    return sum(abs(sum(each)) for each in bins.values()) / max(1, sum(map(len, bins.values())))


def _overlapping(count: int) -> dict[str, list[Span]]:
    dice = random.Random(count)
    return {
        f"w{k}": [
            Span(start := dice.randrange(5_000), start + dice.randrange(5_000, 9_000), LABELS[0])
            for _ in range(count)
        ]
        for k in range(9)
    }


def _seconds(answers: Answers) -> float:
    started_s = time.process_time()
    in_rounds(answers, 500)
    return time.process_time() - started_s
