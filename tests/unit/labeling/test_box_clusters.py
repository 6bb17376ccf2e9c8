"""Clusters of boxes: the same as by comparing all of them again and again, and bounded for any boxes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.average_linkage import clusters_by_all_pairs
from trigpoint.labeling.consolidation import overlaps
from trigpoint.labeling.consolidation.box_clusters import clustered
from trigpoint.records.labels.boxes import Box

LABELS = ("cat", "dog")


def crowded_answers(dice: random.Random, workers: int, boxes: int) -> dict[str, list[Box]]:
    """Boxes of which many overlap, and no two pairs are equally similar."""
    return {
        f"w{k}": [
            Box(
                dice.choice(LABELS),
                dice.uniform(0, 8),
                dice.uniform(0, 8),
                dice.uniform(2, 8),
                dice.uniform(2, 8),
            )
            for _ in range(dice.randint(0, boxes))
        ]
        for k in range(workers)
    }


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_clusters_are_those_of_merging_the_two_most_similar_ones_again_and_again(
    seed: int, workers: int
) -> None:
    answers = crowded_answers(random.Random(seed), workers, 6)
    assert sorted(clustered(answers)) == clusters_by_all_pairs(answers)


def test_boxes_are_merged_from_an_iou_of_a_fifth() -> None:
    wide = Box("dog", 0, 0, 10, 10)
    enough = {"bob": [wide], "carol": [Box("dog", 0, 0, 10, 2.01)]}
    assert [len(cluster) for cluster in clustered(enough)] == [2]
    less = {"bob": [wide], "carol": [Box("dog", 0, 0, 10, 1.99)]}
    assert [len(cluster) for cluster in clustered(less)] == [1, 1]


def test_boxes_of_different_classes_are_merged_from_an_iou_of_a_third() -> None:
    wide = Box("dog", 0, 0, 12, 12)
    enough = {"bob": [wide], "carol": [Box("cat", 0, 0, 12, 4.1)]}
    assert [len(cluster) for cluster in clustered(enough)] == [2]
    less = {"bob": [wide], "carol": [Box("cat", 0, 0, 12, 3.9)]}
    assert [len(cluster) for cluster in clustered(less)] == [1, 1]


def test_a_box_joins_those_of_its_own_class_where_there_are_any() -> None:
    answers = {
        "bob": [Box("rider", 0, 0, 10, 20), Box("horse", 0, 6, 10, 20)],
        "carol": [Box("horse", 0, 4, 10, 20)],
    }
    assert sorted(len({drawn.box.class_name for drawn in cluster}) for cluster in clustered(answers)) == [
        1,
        1,
    ]


def test_a_chain_of_boxes_that_overlap_a_little_is_no_single_cluster() -> None:
    answers = {f"w{k}": [Box("cat", 6 * k, 0, 10, 10)] for k in range(6)}
    assert max(len(cluster) for cluster in clustered(answers)) == 2


def test_no_cluster_has_two_boxes_of_one_worker() -> None:
    for seed in range(20):
        for cluster in clustered(crowded_answers(random.Random(seed), 4, 8)):
            assert len({drawn.worker for drawn in cluster}) == len(cluster)


def test_many_boxes_that_all_overlap_are_merged_within_bounds_and_always_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overlaps, "FREE_COMPARISONS", 0)
    dice = random.Random(3)
    answers = {
        f"w{k}": [Box("cat", dice.gauss(0, 9), dice.gauss(0, 9), 400, 400) for _ in range(60)]
        for k in range(9)
    }
    found = sorted(clustered(answers))
    assert sum(map(len, found)) == 9 * 60
    assert 50 < sum(len(cluster) > 4 for cluster in found) <= 9 * 60 // 5
    assert found == sorted(clustered(dict(reversed(answers.items()))))
