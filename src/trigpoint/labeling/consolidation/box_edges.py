"""Where the edges of agreed boxes are, given how precisely and how one-sidedly each worker draws.

An edge is the robust mean of the workers' edges: the bias of each worker is removed, their weight is one divided by
the square of their noise, and edges far from the others weigh less, as under a t distribution. Noise and bias are
learned from the distances to the agreed edges, which then change, and so on. Workers of whom little is known are taken
to draw like all others, so that a first round of one picture gets plain robust means.

Shapes: C clusters, M members of the largest one, W workers, 4 sides (left, top, right, bottom).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from trigpoint.labeling.consolidation.box_habits import CrowdSums, Flags, Floats, Ints, sums_by

FREEDOM = 4.0
"""Degrees of freedom of the t distribution. Between 2 and 8 the results differ little."""

USUAL_NOISE = 0.06
LEAST_NOISE = 0.005
"""So precise is nobody; it bounds the weight of a worker."""

NOISE_BOXES = 10.0
BIAS_BOXES = 5.0
"""So many boxes of a worker count as much as what is known about all workers."""

MOST_BIAS = 0.3
"""A box of which more than this was removed on either side could vanish."""

USUAL_BIAS = 0.03

ROUNDS = 12
SETTLED = 0.03
"""Noise that changes by less than this share is kept."""

STEPS = 2
CENTRE_STEPS = 5
_ALMOST = 1e-9


@dataclass(frozen=True, slots=True)
class Marks:
    """The boxes of clusters.

    workers: (C, M) int, positions of the workers, 0 where `present` is False
    present: (C, M) bool
    edges:   (C, M, 4) float, pixels
    given:   (C, M, 4) bool, edges that the worker did not place freely: they are at the border of the picture, or were
             there before. They have no bias, and nothing is learned from them.
    lowest, highest: (C, 4) float, where edges can be
    """

    workers: Ints
    present: Flags
    edges: Floats
    given: Flags
    lowest: Floats
    highest: Floats


@dataclass(frozen=True, slots=True)
class Placed:
    """edges: (C, 4) float, the agreed ones. scale: (C, 4) float, the sides that errors are shares of, in pixels.

    certain: (C, 4) bool, edges on which the workers agree to the last digit.
    """

    edges: Floats
    scale: Floats
    certain: Flags


def place(marks: Marks, known: CrowdSums) -> tuple[Placed, dict[str, Floats], Floats, Floats]:
    """The agreed edges, what was learned of the workers as sums of this round, and their noise (W,) and bias (W, 4)."""
    scale, common, certain = _first_look(marks)
    noise, bias, sums = *_habits(known), {}
    for _ in range(ROUNDS):
        edges, corrected, weights = _means(marks, scale, common, certain, noise, bias)
        sums = _sums(marks, Placed(edges, scale, certain), corrected, weights, noise)
        before = noise, bias
        noise, bias = _habits(known.plus(sums))
        if np.all(abs(noise / before[0] - 1) < SETTLED) and np.all(
            abs(bias - before[1]) < SETTLED * USUAL_NOISE
        ):
            break
    edges, _, _ = _means(marks, scale, common, certain, noise, bias)
    return within(marks, Placed(edges, scale, certain)), sums, noise, bias


def shifted(marks: Marks, placed: Placed, shift: Floats) -> Placed:
    """The edges without an error (4,) that all workers have in common."""
    return within(
        marks,
        replace(placed, edges=np.where(placed.certain, placed.edges, placed.edges - shift * placed.scale)),
    )


def within(marks: Marks, placed: Placed) -> Placed:
    """The edges where they can be; median edges in place of boxes that were left without area."""
    edges = np.clip(placed.edges, marks.lowest, marks.highest)
    empty = np.any(edges[:, :2] >= edges[:, 2:], axis=1)
    if empty.any():
        _, common, _ = _first_look(marks)
        edges = np.where(empty[:, None], common, edges)
    return replace(placed, edges=edges)


def _first_look(marks: Marks) -> tuple[Floats, Floats, Flags]:
    """For each cluster: its sides by the median edges, and the edges that most members have and none placed freely."""
    count = marks.present.sum(1)
    ordered = np.sort(np.where(marks.present[:, :, None], marks.edges, np.inf), axis=1)
    upper = _at(ordered, count // 2)
    median = (_at(ordered, (count - 1) // 2) + upper) / 2
    same = (marks.edges == upper[:, None, :]) & marks.present[:, :, None]
    # a value that more than half of them have is the median, whichever of the two middle ones that is
    certain = (2 * (same & marks.given).sum(1) > count[:, None]) | (same.sum(1) == count[:, None])
    sides = np.maximum(median[:, 2:] - median[:, :2], _ALMOST)
    return np.concatenate([sides, sides], axis=1), upper, certain


def _at(ordered: Floats, positions: Ints) -> Floats:
    return np.take_along_axis(ordered, positions[:, None, None], axis=1)[:, 0]


def _means(
    marks: Marks, scale: Floats, common: Floats, certain: Flags, noise: Floats, bias: Floats
) -> tuple[Floats, Floats, Floats]:
    """The agreed edges (C, 4), the members' edges without bias (C, M, 4), and their weights before outliers (C, M)."""
    removed = np.where(marks.given, 0.0, bias[marks.workers]) * scale[:, None, :]
    corrected = marks.edges - removed
    weights = np.where(marks.present, noise[marks.workers] ** -2.0, 0.0)
    mean = (weights[:, :, None] * corrected).sum(1) / weights.sum(1)[:, None]
    few = (marks.present.sum(1) < 3)[:, None]  # of two, none is an outlier
    edges = np.where(few, mean, _weighted_medians(marks, corrected, np.sqrt(weights)))
    for _ in range(STEPS):
        lighter = weights[:, :, None] * _outlier_weights(corrected, edges, scale, weights)
        edges = np.where(few, mean, (lighter * corrected).sum(1) / lighter.sum(1))
    return np.where(certain, common, edges), corrected, weights


def _outlier_weights(corrected: Floats, edges: Floats, scale: Floats, weights: Floats) -> Floats:
    distance = ((corrected - edges[:, None, :]) / scale[:, None, :]) ** 2 * weights[:, :, None]
    found: Floats = (FREEDOM + 1) / (FREEDOM + distance)
    return found


def _weighted_medians(marks: Marks, values: Floats, weights: Floats) -> Floats:
    """Those of each cluster and side; the mean of both where half of the weight is on either side."""
    present = np.where(marks.present[:, :, None], values, np.inf)
    order = np.argsort(present, axis=1, kind="stable")
    ordered = np.take_along_axis(present, order, axis=1)
    below = np.cumsum(
        np.take_along_axis(np.broadcast_to(weights[:, :, None], values.shape), order, axis=1), axis=1
    )
    half = below[:, -1:, :] / 2
    last = marks.present.sum(1)[:, None] - 1
    lower = np.minimum((below < half * (1 - _ALMOST)).sum(1), last)
    upper = np.minimum((below <= half * (1 + _ALMOST)).sum(1), last)
    low, high = (np.take_along_axis(ordered, each[:, None, :], axis=1)[:, 0] for each in (lower, upper))
    middle: Floats = (low + high) / 2
    return middle


def _sums(
    marks: Marks, placed: Placed, corrected: Floats, weights: Floats, noise: Floats
) -> dict[str, Floats]:
    """What the distances to the agreed edges say about each worker."""
    use = marks.present & (marks.present.sum(1) > 1)[:, None]
    free = use[:, :, None] & ~marks.given & ~placed.certain[:, None, :]
    distance = (corrected - placed.edges[:, None, :]) / placed.scale[:, None, :]
    whole = (marks.edges - placed.edges[:, None, :]) / placed.scale[:, None, :]
    lighter = np.where(free, _outlier_weights(corrected, placed.edges, placed.scale, weights), 0.0)
    # a worker's own edge pulls the agreed one to itself, the more the greater its weight
    own = np.minimum(weights / weights.sum(1)[:, None], 0.8)
    squares = lighter * distance**2 / (1 - own)[:, :, None]

    def by_worker(values: Floats) -> Floats:
        return sums_by(marks.workers[use], values[use], len(noise))

    def by_side(values: Floats) -> Floats:
        return np.stack([by_worker(values[:, :, side]) for side in range(4)], axis=1)

    return {
        "boxes": by_worker(free.sum(2) / 4),
        "squares": by_worker(squares.sum(2)),
        "errors": by_side(lighter * whole),
        "weights": by_side(lighter),
    }


def _habits(sums: CrowdSums) -> tuple[Floats, Floats]:
    """The noise (W,) and bias (W, 4) of each worker.

    Decision: the biases are relative to what most precise workers draw. What all workers do alike cannot be seen in
    their answers; known labels show it.
    """
    boxes, everybody = sums["boxes"], sums["boxes"].sum()
    usual = (sums["squares"].sum() + NOISE_BOXES * 4 * USUAL_NOISE**2) / (4 * (everybody + NOISE_BOXES))
    squared = (sums["squares"] + NOISE_BOXES * 4 * usual) / (4 * (boxes + NOISE_BOXES))
    squared = np.maximum(squared, LEAST_NOISE**2)
    bias = np.clip(sums["errors"] / (sums["weights"] + BIAS_BOXES), -MOST_BIAS, MOST_BIAS)
    if everybody > 0:
        bias = bias - _centre(bias, boxes / squared)
    return np.sqrt(squared), bias


def _centre(bias: Floats, trust: Floats) -> Floats:
    """(4,) the robust mean of the workers' biases: a worker who draws unlike all others does not move it."""
    order = np.argsort(bias, axis=0, kind="stable")
    below = np.cumsum(trust[order], axis=0)
    middle = (below < below[-1] / 2 * (1 - _ALMOST)).sum(0)
    centre = np.take_along_axis(np.take_along_axis(bias, order, axis=0), middle[None], axis=0)[0]
    for _ in range(CENTRE_STEPS):
        lighter = trust[:, None] / (FREEDOM + ((bias - centre) / USUAL_BIAS) ** 2)
        centre = (lighter * bias).sum(0) / lighter.sum(0)
    found: Floats = centre
    return found


@dataclass(slots=True)
class MarksBuilder:
    """Collects clusters for `Marks`."""

    _members: list[Sequence[tuple[int, Sequence[float], Sequence[bool]]]] = field(default_factory=list)
    _lowest: list[float] = field(default_factory=list)
    _highest: list[Sequence[float]] = field(default_factory=list)

    def add(
        self,
        members: Sequence[tuple[int, Sequence[float], Sequence[bool]]],
        lowest: float,
        highest: Sequence[float],
    ) -> None:
        """Adds a cluster: of each member the position of the worker, the four edges, and which of them are given."""
        self._members.append(members)
        self._lowest.append(lowest)
        self._highest.append(highest)

    def marks(self) -> Marks:
        """The arrays."""
        sizes = np.array([len(each) for each in self._members], np.int64)
        present = np.arange(sizes.max(initial=1)) < sizes[:, None]
        workers = np.zeros(present.shape, np.int64)
        edges = np.zeros((*present.shape, 4))
        given = np.zeros((*present.shape, 4), np.bool_)
        every = [member for each in self._members for member in each]
        workers[present] = [worker for worker, _, _ in every]
        edges[present] = np.array([found for _, found, _ in every], float).reshape(-1, 4)
        given[present] = np.array([flags for _, _, flags in every], np.bool_).reshape(-1, 4)
        lowest = np.repeat(np.array(self._lowest)[:, None], 4, axis=1)
        highest = np.array(self._highest, float).reshape(-1, 4)
        return Marks(workers, present, edges, given, lowest, highest)
