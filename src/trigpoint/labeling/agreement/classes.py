"""Agreement about classes: Krippendorff's alpha, Fleiss' kappa and the mean of Cohen's kappas of all pairs of workers.

An answer is the set of the classes that a worker chose: one class, or any number if a job allows several. Every measure
is 1 - observed / expected disagreement, where both are summed over the classes, each of them chosen or not. For answers
of one class this is exactly the published measure with nominal categories. The same sums of one class give the
agreement about that class against all others.

Objects may have different numbers of answers. Those with one answer say nothing about agreement and are left out.
Decision: Fleiss' kappa, which is defined for equal numbers, is then the mean over the objects of the disagreement of
their pairs, with the shares of the classes in all answers.
Decision: the mean of Cohen's kappas is weighted by the objects that a pair has in common, because the kappa of a pair
with few common objects is mostly chance.

Sources: Krippendorff, Content Analysis, 2004, chapter 11; Fleiss 1971; Cohen 1960; Light 1971.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Generic, TypeVar

from trigpoint.labeling.agreement.figures import DECIMALS, beyond_chance, ratio

A = TypeVar("A")

MOST_PAIRS = 1_000
MOST_PAIR_COUNTS = 200_000
"""Bounds the memory for pairs of workers: so many pairs times classes are counted, those that come first."""


@dataclass(slots=True)
class _Pair:
    """Two workers: their common objects, their differing choices there, and how often each chose a class."""

    objects: int = 0
    differing: int = 0
    first: dict[int, int] = field(default_factory=dict)
    second: dict[int, int] = field(default_factory=dict)

    def add(self, first: Collection[int], second: Collection[int]) -> None:
        self.objects += 1
        for chosen, other, counts in ((first, second, self.first), (second, first, self.second)):
            for each in chosen:
                counts[each] = counts.get(each, 0) + 1
                self.differing += each not in other

    def kappa(self) -> float | None:
        """Cohen's kappa; None when no disagreement can be expected."""
        both = sum(count * self.second.get(each, 0) for each, count in self.first.items())
        expected = sum(self.first.values()) + sum(self.second.values()) - 2 * both / self.objects
        return 1 - self.differing / expected if expected > 0 else None


@dataclass(slots=True)
class ClassAgreement(Generic[A]):
    """The sums of all objects so far.

    labels: the names of the classes by their id. chosen: the ids of the classes that an answer names, each once and
    always in the same order.
    """

    labels: Sequence[str]
    chosen: Callable[[A], Collection[int]]
    _objects: int = 0
    _answers: int = 0
    _counts: dict[int, int] = field(default_factory=dict)
    _agreeing: dict[int, float] = field(default_factory=dict)
    _differing: dict[int, float] = field(default_factory=dict)
    _pairs: dict[tuple[str, str], _Pair] = field(default_factory=dict)
    _left_out: int = 0
    _comparisons: int = 0
    _equal: int = 0

    def add(self, answers: Mapping[str, A]) -> None:
        """Adds the answers of an object, by worker id."""
        count = len(answers)
        if count < 2:
            return
        ratings = {worker: self.chosen(answer) for worker, answer in sorted(answers.items())}
        votes: dict[int, int] = {}
        for rating in ratings.values():
            for each in rating:
                votes[each] = votes.get(each, 0) + 1
        self._objects += 1
        self._answers += count
        for each, yes in votes.items():
            self._counts[each] = self._counts.get(each, 0) + yes
            self._agreeing[each] = self._agreeing.get(each, 0.0) + yes * (yes - 1) / (count - 1)
            apart = 2 * yes * (count - yes) / (count * (count - 1))
            self._differing[each] = self._differing.get(each, 0.0) + apart
        for (one, first), (two, second) in combinations(ratings.items(), 2):
            self._comparisons += 1
            self._equal += first == second
            pair = self._pair(one, two)
            if pair is None:
                self._left_out += 1
            else:
                pair.add(first, second)

    def _pair(self, one: str, two: str) -> _Pair | None:
        pair = self._pairs.get((one, two))
        if pair is None:
            most = max(1, min(MOST_PAIRS, MOST_PAIR_COUNTS // max(1, len(self.labels))))
            if len(self._pairs) >= most:
                return None
            pair = self._pairs[one, two] = _Pair()
        return pair

    def result(self) -> dict[str, Any]:
        """The figures as JSON: `measures` of all classes together, and `classes` by name."""
        every = list(self._counts)
        return {
            "measures": {
                "pairwise_agreement": ratio(self._equal, self._comparisons),
                "krippendorff_alpha": self._alpha(every),
                "fleiss_kappa": self._fleiss(every),
                "mean_cohen_kappa": self._mean_cohen(),
                "pairs_of_workers": len(self._pairs),
                "comparisons_left_out": self._left_out,
            },
            "classes": {
                name: {
                    "answers": self._counts.get(class_id, 0),
                    "krippendorff_alpha": self._alpha([class_id]),
                    "fleiss_kappa": self._fleiss([class_id]),
                }
                for class_id, name in enumerate(self.labels)
            },
        }

    def _alpha(self, class_ids: Sequence[int]) -> float | None:
        counts = [self._counts.get(each, 0) for each in class_ids]
        observed = sum(
            count - self._agreeing.get(each, 0.0) for each, count in zip(class_ids, counts, strict=True)
        )
        expected = sum(count * (self._answers - count) for count in counts) / max(1, self._answers - 1)
        return beyond_chance(observed, expected)

    def _fleiss(self, class_ids: Sequence[int]) -> float | None:
        shares = [self._counts.get(each, 0) / max(1, self._answers) for each in class_ids]
        observed = sum(self._differing.get(each, 0.0) for each in class_ids) / max(1, self._objects)
        return beyond_chance(observed, sum(2 * share * (1 - share) for share in shares))

    def _mean_cohen(self) -> float | None:
        kappas = [(pair.objects, pair.kappa()) for pair in self._pairs.values()]
        defined = [(objects, kappa) for objects, kappa in kappas if kappa is not None]
        weight = sum(objects for objects, _ in defined)
        if not weight:
            return None
        return round(sum(objects * kappa for objects, kappa in defined) / weight, DECIMALS)
