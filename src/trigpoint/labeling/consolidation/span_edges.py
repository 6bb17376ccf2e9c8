"""Where entities begin and end, given the spans that several workers marked for each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trigpoint.labeling.consolidation.span_clusters import Cluster

CLEAR = 2.0
"""The place with the most votes is taken if it has this many times the votes of the next one, else the median."""

STRENGTH = 8.0
"""A worker's share of right places is drawn towards that of all workers as if by this many places."""

PASSES = 3


@dataclass(frozen=True, slots=True)
class Places:
    """How many beginnings and ends a worker has marked, and how many of them in the right place."""

    right: float = 0.0
    total: float = 0.0


class Edges:
    """Learns how exact workers are. `places` is what is known about each, with what was known before."""

    def __init__(self, known: Mapping[str, Places]) -> None:
        self._known = known
        self.places = dict(known)

    def settle(
        self, clusters: Mapping[int, Cluster], truths: Mapping[int, tuple[int, int]]
    ) -> dict[int, tuple[int, int]]:
        """Beginning and end of each cluster. True ones, where they are known, only teach about the workers."""
        found: dict[int, tuple[int, int]] = {}
        for _ in range(PASSES):
            weights = self._weights(worker for cluster in clusters.values() for worker in cluster)
            found = {number: _place(cluster, weights) for number, cluster in clusters.items()}
            self.places = {**self._known, **self._counted(clusters, found, truths)}
        return found

    def _weights(self, workers: Iterable[str]) -> dict[str, float]:
        """The log odds of being right, at least a little more than 0."""
        right = sum(each.right for each in self.places.values())
        total = sum(each.total for each in self.places.values())
        crowd = (right + STRENGTH) / (total + STRENGTH)
        weights = {}
        for worker in workers:
            own = self.places.get(worker, Places())
            share = (own.right + STRENGTH * crowd) / (own.total + STRENGTH)
            weights[worker] = math.log(share) - math.log1p(-share) if share < 0.99 else math.log(99)
            weights[worker] = max(0.2, weights[worker] + math.log(4))
        return weights

    def _counted(
        self,
        clusters: Mapping[int, Cluster],
        found: Mapping[int, tuple[int, int]],
        truths: Mapping[int, tuple[int, int]],
    ) -> dict[str, Places]:
        counted: dict[str, Places] = {}
        for number, cluster in clusters.items():
            if len(cluster) < 2 and number not in truths:
                continue  # a single worker is always right in comparison with themselves
            start, end = truths.get(number, found[number])
            for worker, span in cluster.items():
                own = counted.get(worker) or self._known.get(worker, Places())
                counted[worker] = Places(own.right + (span.start == start) + (span.end == end), own.total + 2)
        return counted


def _place(cluster: Cluster, weights: Mapping[str, float]) -> tuple[int, int]:
    start = _agreed([(span.start, weights[worker]) for worker, span in cluster.items()])
    end = _agreed([(span.end, weights[worker]) for worker, span in cluster.items()])
    if start < end:
        return start, end
    best = min(cluster, key=lambda worker: (-weights[worker], worker))
    return cluster[best].start, cluster[best].end


def _agreed(votes: Sequence[tuple[int, float]]) -> int:
    """The place with the most votes if it is clear, otherwise the weighted median; of two in the middle the first."""
    sums: dict[int, float] = {}
    for place, weight in sorted(votes):
        sums[place] = sums.get(place, 0.0) + weight
    first, *others = sorted(sums.values(), reverse=True)
    if not others or first > CLEAR * others[0]:
        return max(sums, key=lambda place: sums[place])
    half, passed = sum(sums.values()) / 2, 0.0
    for place in sorted(sums):
        passed += sums[place]
        if passed >= half * (1 - 1e-9):
            return place
    return max(sums)
