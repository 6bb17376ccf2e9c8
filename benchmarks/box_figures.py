"""How good consolidated boxes are, next to the true ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trigpoint.labeling.consolidation.box_overlap import iou
from trigpoint.records.labels.boxes import Box

RIGHT_IOU = 0.5
BINS = 10


@dataclass(frozen=True, slots=True)
class BoxFigures:
    """Of boxes of which one is right if it matches a true box of its class with an IoU of at least 0.5.

    `mean_iou` is that of the right ones. `auc`: how well the confidence separates right ones from wrong ones.
    `calibration_error`: the mean distance between confidence and share of right ones, in ten bins of confidence.
    """

    f1: float
    mean_iou: float
    auc: float
    calibration_error: float
    precision: float


def figures(pairs: Iterable[tuple[Sequence[Box], Sequence[Box]]]) -> BoxFigures:
    """Of pairs of true and consolidated boxes, one pair for each picture."""
    judged: list[tuple[float, bool]] = []
    ious: list[float] = []
    true_count = 0
    for truth, found in pairs:
        true_count += len(truth)
        matched = _matched(truth, found)
        ious += matched.values()
        judged += [(box.confidence, k in matched) for k, box in enumerate(found)]
    right = len(ious)
    return BoxFigures(
        2 * right / (true_count + len(judged)),
        sum(ious) / max(1, right),
        _auc(judged),
        _calibration_error(judged),
        right / max(1, len(judged)),
    )


def _matched(truth: Sequence[Box], found: Sequence[Box]) -> dict[int, float]:
    """The IoU of each right box, by its position; the most similar ones are matched first."""
    pairs = sorted(
        (
            (similar, i, k)
            for i, a in enumerate(truth)
            for k, b in enumerate(found)
            if a.class_name == b.class_name and (similar := iou(a, b)) >= RIGHT_IOU
        ),
        reverse=True,
    )
    taken: set[int] = set()
    matched: dict[int, float] = {}
    for similar, i, k in pairs:
        if i not in taken and k not in matched:
            taken.add(i)
            matched[k] = similar
    return matched


def _auc(judged: Sequence[tuple[float, bool]]) -> float:
    """Ties count half."""
    order = sorted(judged)
    right = sum(good for _, good in judged)
    wrong = len(judged) - right
    if not right or not wrong:
        return 1.0
    better, below, start = 0.0, 0, 0
    while start < len(order):
        end = start
        while end < len(order) and order[end][0] == order[start][0]:
            end += 1
        good = sum(flag for _, flag in order[start:end])
        bad = end - start - good
        better += good * (below + bad / 2)
        below += bad
        start = end
    return better / (right * wrong)


def _calibration_error(judged: Sequence[tuple[float, bool]]) -> float:
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, good in judged:
        bins[min(BINS - 1, int(confidence * BINS))].append((confidence, good))
    return sum(
        abs(sum(confidence for confidence, _ in each) - sum(good for _, good in each)) for each in bins
    ) / max(1, len(judged))
