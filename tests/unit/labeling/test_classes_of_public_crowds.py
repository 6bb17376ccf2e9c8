"""Consolidation of classes on public sets of real workers' answers, with the true classes."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path
from statistics import fmean

import pytest

from trigpoint.labeling.consolidation.classes import REFERENCE, consolidate
from trigpoint.labeling.model import WorkerQuality

_NAMED = os.environ.get("TRIGPOINT_SHARED_DATA")
SETS = (Path(_NAMED) if _NAMED else Path(__file__).resolve().parents[4] / "shared" / "data") / "crowd"
NAMES = ("bluebird", "dog", "music", "rte")

pytestmark = pytest.mark.skipif(
    not SETS.is_dir(), reason="the folder of crowd sets, ../shared/data/crowd, is not next to this checkout"
)

Votes = dict[int, dict[str, int]]
Truths = dict[int, int]


def read_set(name: str) -> tuple[Votes, Truths]:
    votes: Votes = {}
    with (SETS / name / "label.csv").open() as file:
        for row in csv.DictReader(file):
            votes.setdefault(int(row["item"]), {})[row["worker"]] = int(row["label"])
    with (SETS / name / "truth.csv").open() as file:
        truths = {int(row["item"]): int(row["truth"]) for row in csv.DictReader(file)}
    return votes, truths


def labels(
    votes: Votes, truths: Truths, method: str | None, round_size: int
) -> tuple[dict[int, int], dict[int, float]]:
    class_count = 1 + max(max(truths.values()), *(max(own.values()) for own in votes.values()))
    known: dict[str, WorkerQuality] = {}
    choices: dict[int, int] = {}
    confidences: dict[int, float] = {}
    indexes = sorted(votes)
    for start in range(0, len(indexes), round_size):
        part = {index: votes[index] for index in indexes[start : start + round_size]}
        made = consolidate(part, class_count, known=known, gold={}, method=method)
        known |= made.workers
        choices |= made.choices
        confidences |= made.confidences
    return choices, confidences


def accuracy(choices: dict[int, int], truths: Truths) -> float:
    return fmean(choices[index] == truth for index, truth in truths.items())


def calibration_error(choices: dict[int, int], confidences: dict[int, float], truths: Truths) -> float:
    """The expected calibration error with ten bins of equal width."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for index, truth in truths.items():
        confidence = confidences[index]
        bins.setdefault(min(9, int(confidence * 10)), []).append((confidence, choices[index] == truth))
    gaps = (
        len(own) * abs(fmean(hit for _, hit in own) - fmean(each for each, _ in own)) for own in bins.values()
    )
    return sum(gaps) / len(truths)


def majority(votes: Votes) -> dict[int, int]:
    return {index: Counter(sorted(own.values())).most_common(1)[0][0] for index, own in votes.items()}


@pytest.mark.parametrize(("round_size", "least"), [(10**6, 0.865), (500, 0.855)])
def test_our_method_is_right_and_calibrated_on_public_crowds(round_size: int, least: float) -> None:
    accuracies, errors = [], []
    for name in NAMES:
        votes, truths = read_set(name)
        choices, confidences = labels(votes, truths, None, round_size)
        accuracies.append(accuracy(choices, truths))
        errors.append(calibration_error(choices, confidences, truths))
        assert accuracies[-1] > accuracy(majority(votes), truths)
    assert fmean(accuracies) >= least
    assert fmean(errors) <= 0.07


def test_the_reference_method_reaches_what_it_is_known_for() -> None:
    found = []
    for name in NAMES:
        votes, truths = read_set(name)
        choices, _ = labels(votes, truths, REFERENCE, 10**6)
        found.append(accuracy(choices, truths))
    assert found == pytest.approx([0.778, 0.829, 0.783, 0.931], abs=0.002)
