"""The index of overlapping boxes: it misses no pair of ordinary boxes, and its work is bounded for any boxes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigpoint.labeling.consolidation import overlaps
from trigpoint.labeling.consolidation.overlaps import Edges, overlapping_pairs

sides = st.one_of(st.integers(1, 30), st.floats(1e-3, 1e3), st.sampled_from([0.2, 0.5, 1, 2, 4, 5, 25]))
places = st.one_of(st.integers(0, 40), st.floats(0, 100))


def edges(left: float, top: float, width: float, height: float, owners: int = 0) -> Edges:
    return Edges(left, top, left + width, top + height, width * height, owners)


def iou(a: Edges, b: Edges) -> float:
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return 0
    return width * height / (a.area + b.area - width * height)


@settings(max_examples=300)
@given(
    st.lists(st.builds(edges, places, places, sides, sides), max_size=25),
    st.sampled_from([0.2, 0.5, 0.9]),
    st.sampled_from([0, overlaps.FEW]),
)
def test_all_pairs_of_a_few_boxes_are_found_with_their_iou(
    boxes: list[Edges], min_iou: float, few: int
) -> None:
    """Both with the grids and without them."""
    expected = [
        (similarity, i, j)
        for (i, a), (j, b) in combinations(enumerate(boxes), 2)
        if (similarity := iou(a, b)) >= min_iou
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlaps, "FEW", few)
        found = sorted(overlapping_pairs(boxes, min_iou), key=lambda pair: pair[1:])
    # a pair that is as far apart as it may be, to the last digit, may be missed
    clear = [pair for pair in expected if pair[0] > min_iou * (1 + 1e-12)]
    assert [pair for pair in found if pair in clear] == clear
    assert all(pair in expected for pair in found)


def test_all_pairs_of_many_scattered_boxes_are_found() -> None:
    dice = random.Random(5)
    boxes = [
        edges(dice.uniform(0, 2000), dice.uniform(0, 2000), dice.uniform(20, 60), dice.uniform(20, 60))
        for _ in range(1500)
    ]
    expected = {(i, j) for (i, a), (j, b) in combinations(enumerate(boxes), 2) if iou(a, b) >= 0.2}
    assert len(expected) > 500
    assert {(i, j) for _, i, j in overlapping_pairs(boxes, 0.2)} == expected


@pytest.mark.parametrize("few", [0, overlaps.FEW])
def test_boxes_of_a_common_owner_are_no_pair(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlaps, "FEW", few)
    boxes = [edges(0, 0, 9, 9, owners) for owners in (0b001, 0b011, 0b100)]
    assert sorted(overlapping_pairs(boxes, 0.5)) == [(1.0, 0, 2), (1.0, 1, 2)]


@pytest.mark.parametrize("few", [0, overlaps.FEW])
def test_boxes_without_area_are_no_pair(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlaps, "FEW", few)
    tiny = 1e-200  # the product of two is 0
    assert overlapping_pairs([edges(0, 0, tiny, tiny)] * 2 + [edges(5, 5, 0, 1)] * 2, 0.5) == []


def piled(dice: random.Random) -> Edges:
    return edges(dice.gauss(500, 5), dice.gauss(500, 5), 400, 400)


def in_a_column(dice: random.Random) -> Edges:
    return edges(500, dice.uniform(0, 4000), 400, dice.uniform(1, 2))


def nested(dice: random.Random) -> Edges:
    size = dice.uniform(1, 4000)
    return edges(0, 0, size, size)


def in_neighbouring_cells(dice: random.Random) -> Edges:
    return edges(dice.uniform(0, 512), dice.uniform(0, 512), dice.uniform(130, 500), dice.uniform(130, 500))


def minute(dice: random.Random) -> Edges:
    """About as small as the distance between two numbers."""
    return edges(1000, dice.choice([1000, 1000 + 2e-13]), 2e-13, 3e-13)


@pytest.mark.parametrize("kind", [piled, in_a_column, nested, in_neighbouring_cells, minute])
def test_the_comparisons_and_pairs_of_many_boxes_are_bounded(
    kind: Callable[[random.Random], Edges], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlaps, "FREE_COMPARISONS", 0)
    compared, original = 0, overlaps._Grids.near

    def counted(*arguments: Any) -> Iterator[int]:
        nonlocal compared
        for each in original(*arguments):
            compared += 1
            yield each

    monkeypatch.setattr(overlaps._Grids, "near", counted)
    dice = random.Random(7)
    boxes = [kind(dice) for _ in range(1200)]
    pairs = overlapping_pairs(boxes, 0.5)
    assert compared <= len(boxes) * overlaps.MOST_COMPARED
    assert 0 < len(pairs) <= len(boxes) * overlaps.MOST_KEPT
    assert sorted(pairs) == sorted(overlapping_pairs(boxes, 0.5)), "the result is always the same"
