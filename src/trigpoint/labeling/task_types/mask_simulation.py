"""Simulated workers who paint masks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from trigpoint.labeling.consolidation.packed_masks import ClassNumbers
from trigpoint.labeling.task_types.contract import Habits, Label, LabelFile
from trigpoint.labeling.task_types.mask_answers import write_answer
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import read_mask


def simulate(
    truth: Label, labels: Sequence[str], dice: Random, habits: Habits, is_modified: bool | None = None
) -> dict[str, Any]:
    """The true mask, whose regions are mostly seen, a little moved and resized, some with a wrong class."""
    assert isinstance(truth.value, LabelFile), "labels of this task type are files"
    size, pixels = read_mask(truth.value.content)
    true = np.frombuffer(pixels, np.uint8).reshape(size.height, size.width)
    painted = np.zeros_like(true)
    for region in sorted(regions(true), key=lambda region: -region.pixels):
        if dice.random() < habits.miss_rate:
            continue
        is_wrong = dice.random() < habits.mistake_rate
        number = dice.randint(1, len(labels)) if is_wrong else region.number
        painted[_repainted(region.inside, dice, habits.jitter * math.sqrt(region.pixels))] = number
    return write_answer(painted.tobytes(), ImageSize(size.width, size.height), labels, is_modified)


@dataclass(frozen=True, slots=True)
class Region:
    """Pixels of one class that are connected by their sides. `inside` has the shape of the mask."""

    number: int
    inside: NDArray[np.bool_]

    @property
    def pixels(self) -> int:
        return int(self.inside.sum())


def regions(mask: ClassNumbers) -> list[Region]:
    """The regions of the mask that are not background, in the order of their first pixels."""
    runs = [run for row in range(len(mask)) for run in _runs(mask[row], row)]
    parents = list(range(len(runs)))

    def root(k: int) -> int:
        while parents[k] != k:
            parents[k] = parents[parents[k]]
            k = parents[k]
        return k

    above = 0
    for k, (row, begin, end, number) in enumerate(runs):
        while runs[above][0] < row - 1 or (runs[above][0] == row - 1 and runs[above][2] <= begin):
            above += 1
        other = above
        while runs[other][0] == row - 1 and runs[other][1] < end:
            if runs[other][3] == number:
                one, two = sorted((root(k), root(other)))
                parents[two] = one
            other += 1
    insides: dict[int, NDArray[np.bool_]] = {}
    for k, (row, begin, end, _) in enumerate(runs):
        insides.setdefault(root(k), np.zeros(mask.shape, bool))[row, begin:end] = True
    return [Region(runs[first][3], inside) for first, inside in insides.items()]


def _runs(line: ClassNumbers, row: int) -> list[tuple[int, int, int, int]]:
    """Row, first column, column after the last, and class of each run of pixels that are not background."""
    edges = [0, *(np.flatnonzero(np.diff(line)) + 1).tolist(), len(line)]
    return [(row, begin, end, int(line[begin])) for begin, end in pairwise(edges) if line[begin]]


def _repainted(inside: NDArray[np.bool_], dice: Random, deviation_pixels: float) -> NDArray[np.bool_]:
    """The region, moved and resized around its middle."""
    if not deviation_pixels:
        return inside
    rows, columns = np.nonzero(inside)
    x, y = float(columns.mean()), float(rows.mean())
    factor = max(0.2, 1 + dice.gauss(0, deviation_pixels / math.sqrt(len(rows))))
    right, down = dice.gauss(0, deviation_pixels), dice.gauss(0, deviation_pixels)
    matrix = (1 / factor, 0.0, x - (x + right) / factor, 0.0, 1 / factor, y - (y + down) / factor)
    image = Image.fromarray(inside.astype(np.uint8))
    moved = image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST)
    painted: NDArray[np.bool_] = np.asarray(moved) > 0
    return painted
