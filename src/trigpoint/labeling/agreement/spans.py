"""Agreement about spans of text: F1 of entities that begin, end and are named alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Generic, TypeVar

from trigpoint.labeling.agreement.found import FoundSums

A = TypeVar("A")

Span = tuple[int, int, str]
"""Where it begins, where it ends, and the name of its class."""


@dataclass(slots=True)
class SpanAgreement(Generic[A]):
    """The sums of all objects so far. spans: those of an answer."""

    labels: Sequence[str]
    spans: Callable[[A], Iterable[Span]]
    _sums: FoundSums = field(default_factory=FoundSums)

    def add(self, answers: Mapping[str, A]) -> None:
        """Adds the answers of an object, by worker id."""
        if len(answers) < 2:
            return
        counted = [Counter(self.spans(answer)) for answer in answers.values()]
        for each in counted:
            self._sums.add_things((span[2] for span in each.elements()), len(answers) - 1)
        for one, two in combinations(counted, 2):
            for span in (one & two).elements():
                self._sums.add_match(span[2])

    def result(self) -> dict[str, Any]:
        """The figures as JSON: `measures` of all classes together, and `classes` by name."""
        classes = self._sums.class_figures(self.labels)
        return {
            "measures": {"span_f1": self._sums.figures()["f1"]},
            "classes": {name: {"span_f1": figures["f1"]} for name, figures in classes.items()},
        }
