"""Consolidation of boxes: how good it is with simulated workers of many kinds, next to simpler methods.

    uv run python benchmarks/box_quality.py [--workers 3 5 7] [--pictures 70]

Pictures: crowded ones that are made up, and those of ../shared/data where that folder exists. Columns, means over the
sets: F1 at an IoU of 0.5, mean IoU of the right boxes, and for ours AUC and calibration error of the confidence.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import fsum

from box_crowds import CROWDS, all_pictures, answered_pictures
from box_figures import BoxFigures, figures

from trigpoint.labeling.consolidation.box_overlap import iou
from trigpoint.labeling.consolidation.box_scene import AnsweredPicture
from trigpoint.labeling.consolidation.boxes import consolidate_all
from trigpoint.records.labels.boxes import Box

Answers = Mapping[str, Sequence[Box]]


def ours(pictures: Sequence[Answers]) -> Sequence[Sequence[Box]]:
    return consolidate_all([AnsweredPicture(each) for each in pictures], {}).boxes


def greedy_mean(pictures: Sequence[Answers]) -> Sequence[Sequence[Box]]:
    """As Ground Truth documents it: the most similar pairs of one class, from an IoU of 0.5 on, and plain means."""
    return [_greedy_mean(each) for each in pictures]


def _greedy_mean(answers: Answers) -> list[Box]:
    drawn = sorted((box, worker) for worker, boxes in answers.items() for box in boxes)
    clusters = [[each] for each in drawn]
    pairs = sorted(
        (-similar, i, j)
        for (i, (a, _)), (j, (b, _)) in combinations(enumerate(drawn), 2)
        if a.class_name == b.class_name and (similar := iou(a, b)) >= 0.5
    )
    for _, i, j in pairs:
        first, second = clusters[i], clusters[j]
        if not {worker for _, worker in first} & {worker for _, worker in second}:
            first += second
            clusters = [first if each is second else each for each in clusters]
    unique = {id(cluster): [box for box, _ in cluster] for cluster in clusters}.values()
    return [_mean(boxes, len(answers)) for boxes in unique if 2 * len(boxes) > len(answers)]


def _mean(boxes: Sequence[Box], workers: int) -> Box:
    left, top, right, bottom = (
        fsum(getattr(box, edge) for box in boxes) / len(boxes) for edge in ("left", "top", "right", "bottom")
    )
    alike = [iou(a, b) for a, b in combinations(boxes, 2)] or [1.0]
    share = len(boxes) / workers * fsum(alike) / len(alike)
    return Box(boxes[0].class_name, left, top, right - left, bottom - top, share)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="*", default=(3, 5, 7))
    parser.add_argument("--pictures", type=int, default=70)
    chosen = parser.parse_args()
    sets = {name: pictures[: chosen.pictures] for name, pictures in all_pictures().items()}
    print("sets:", ", ".join(f"{name} ({len(pictures)} pictures)" for name, pictures in sets.items()))
    methods: Mapping[str, Callable[[Sequence[Answers]], Sequence[Sequence[Box]]]] = {
        "greedy mean": greedy_mean,
        "ours": ours,
    }
    print(f"{'workers':>7} {'crowd':12} {'method':12} {'F1':>6} {'IoU':>6} {'AUC':>6} {'ECE':>6}")
    for workers in chosen.workers:
        totals: dict[str, list[BoxFigures]] = {name: [] for name in methods}
        for crowd in CROWDS:
            rows: dict[str, list[BoxFigures]] = {name: [] for name in methods}
            for pictures in sets.values():
                answered = list(answered_pictures(pictures, crowd, workers, seed=3))
                for name, method in methods.items():
                    found = method([answers for _, answers in answered])
                    truths = [picture.truth for picture, _ in answered]
                    rows[name].append(figures(zip(truths, found, strict=True)))
            for name, each in rows.items():
                _show(workers, crowd.name, name, each)
                totals[name] += each
        for name, each in totals.items():
            _show(workers, "all", name, each)


def _show(workers: int, crowd: str, method: str, found: Sequence[BoxFigures]) -> None:
    means = [
        sum(values) / len(found)
        for values in zip(*((f.f1, f.mean_iou, f.auc, f.calibration_error) for f in found), strict=True)
    ]
    print(f"{workers:7} {crowd:12} {method:12} " + " ".join(f"{mean:6.3f}" for mean in means), flush=True)


if __name__ == "__main__":
    main()
