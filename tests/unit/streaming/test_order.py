"""Orders and shards: every element once, the same order for the same seed and epoch, and exact resuming."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.streaming import assert_resumes_exactly
from trigpoint.core.errors import Invalid
from trigpoint.streaming.shard import Blocks, Shard
from trigpoint.streaming.shuffle import Order, shuffled


@given(st.integers(0, 300), st.integers(-(2**63), 2**64), st.integers(0, 1000))
def test_a_shuffle_has_every_element_once(count: int, seed: int, epoch: int) -> None:
    assert sorted(shuffled(count, seed, epoch)) == list(range(count))


def test_a_shuffle_is_a_pure_function_of_seed_and_epoch() -> None:
    # golden: a different order would break stored states and reproduced trainings
    assert list(shuffled(10, 1, 0)) == GOLDEN_1_0
    assert list(shuffled(10, 1, 1)) == GOLDEN_1_1
    assert list(shuffled(10, 2, 0)) == GOLDEN_2_0


GOLDEN_1_0 = [4, 0, 3, 5, 2, 8, 6, 1, 7, 9]
GOLDEN_1_1 = [5, 1, 0, 3, 7, 8, 9, 4, 2, 6]
GOLDEN_2_0 = [9, 7, 8, 0, 2, 5, 6, 4, 3, 1]


def test_every_element_comes_first_about_equally_often() -> None:
    counts = [0] * 5
    for epoch in range(5000):
        counts[next(shuffled(5, 42, epoch))] += 1
    assert all(850 < count < 1150 for count in counts), counts  # the mean is 1000, the standard deviation 28


def test_all_permutations_of_three_occur_about_equally_often() -> None:
    counts: dict[tuple[int, ...], int] = {}
    for epoch in range(6000):
        order = tuple(shuffled(3, 7, epoch))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert all(850 < count < 1150 for count in counts.values()), counts


def test_without_a_seed_every_epoch_has_the_same_order() -> None:
    assert list(Order(5, None, 0)) == list(Order(5, None, 3)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("seed", [None, 5])
@pytest.mark.parametrize("count", [0, 1, 30])
def test_an_order_resumes_exactly(count: int, seed: int | None) -> None:
    assert len(assert_resumes_exactly(lambda: Order(count, seed, 2))) == count


def test_a_state_restores_its_epoch() -> None:
    later = Order(20, 3, epoch=4)
    next(later)
    here = Order(20, 3, epoch=0)
    here.set_state(later.get_state())
    assert list(here) == list(later)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("length", [0, 1, 6, 20])
def test_shards_equal_slices_of_the_order(length: int, count: int) -> None:
    order = list(Order(length, 9, 1))
    for index in range(count):
        build = lambda index=index: Shard(Order(length, 9, 1), index, count)  # noqa: E731
        assert assert_resumes_exactly(build) == order[index::count]


@pytest.mark.parametrize(("index", "count"), [(2, 2), (-1, 2), (0, 0)])
def test_a_shard_that_does_not_exist_is_refused(index: int, count: int) -> None:
    with pytest.raises(Invalid, match=f"shard {index} of {count} does not exist"):
        Shard(Order(3), index, count)


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("length", [0, 1, 6, 23])
def test_blocks_taken_in_turns_restore_the_order(length: int, count: int, size: int) -> None:
    order = list(Order(length, 9, 1))
    parts = [list(Blocks(Order(length, 9, 1), index, count, size)) for index in range(count)]
    in_turns = [parts[turn % count][turn // count * size :][:size] for turn in range(-(-length // size))]
    assert [place for block in in_turns for place in block] == order
    assert sum(map(len, parts)) == length


@pytest.mark.parametrize(("index", "count", "size"), [(2, 2, 1), (-1, 2, 1), (0, 1, 0)])
def test_blocks_that_do_not_exist_are_refused(index: int, count: int, size: int) -> None:
    with pytest.raises(Invalid, match=f"blocks {index} of {count}, of {size} elements, do not exist"):
        Blocks(Order(3), index, count, size)
