"""Consolidation of classes."""

from __future__ import annotations

from trigpoint.labeling.consolidation.classes import consolidate


def test_the_class_that_most_workers_chose_wins() -> None:
    found = consolidate({7: {"a": 1, "b": 1, "c": 0}}, 3, known={}, gold={}, method=None)
    assert found.choices == {7: 1}
    assert 0 < found.confidences[7] <= 0.95
    assert found.workers.keys() == {"a", "b", "c"}


def test_a_single_answer_has_no_confidence() -> None:
    found = consolidate({0: {"a": 2}}, 3, known={}, gold={}, method=None)
    assert (found.choices, found.confidences) == ({0: 2}, {0: 0.0})
