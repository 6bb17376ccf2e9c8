"""Groups of instances: the step function in every order in which three members can start, end and fail."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigpoint.compute.group import Group, GroupStep, MemberResult, host_name, new_group

DONE, STOPPED = MemberResult("done"), MemberResult("stopped")
RESULTS = st.sampled_from(
    (DONE, STOPPED, MemberResult("failed", "no data"), MemberResult("failed", "no GPU"))
)


def started() -> Group:
    return new_group(3).started({1: "a", 2: "b", 3: "c"})


def test_members_are_numbered_from_one_and_named_after_their_number() -> None:
    assert [member.number for member in new_group(3).members] == [1, 2, 3]
    assert [member.host for member in new_group(3).members] == ["algo-1", "algo-2", "algo-3"]
    assert host_name(12) == "algo-12"


def test_a_group_starts_until_every_member_has_a_handle() -> None:
    group = new_group(3)
    assert group.step() is GroupStep.START
    assert group.started({1: "a", 3: "c"}).step() is GroupStep.START
    assert group.started({1: "a", 3: "c"}).started({2: "b"}) == started()
    assert started().step() is GroupStep.WAIT


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_a_group_ends_when_the_last_member_is_done(order: tuple[int, ...]) -> None:
    group = started()
    for number in order:
        assert group.step() is GroupStep.WAIT
        group = group.ended(number, DONE)
    assert group.step() is GroupStep.END
    assert group.failure is None


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_the_first_failure_stops_the_others_and_is_kept(order: tuple[int, ...]) -> None:
    first, second, third = order
    group = started().ended(first, MemberResult("failed", "no data"))
    assert group.step() is GroupStep.STOP
    assert [member.number for member in group.running] == sorted((second, third))
    group = group.ended(second, MemberResult("failed", "lost its peer"))
    assert group.step() is GroupStep.STOP
    group = group.ended(third, STOPPED)
    assert group.step() is GroupStep.END
    assert group.failure == MemberResult("failed", "no data")


def test_a_failure_after_a_member_is_done_still_fails_the_group() -> None:
    group = started().ended(1, DONE).ended(2, MemberResult("failed", "no data"))
    assert group.step() is GroupStep.STOP
    assert [member.number for member in group.running] == [3]


def test_a_group_that_fails_while_it_starts_starts_no_more() -> None:
    group = new_group(3).started({1: "a"}).ended(1, MemberResult("failed", "no data"))
    assert group.step() is GroupStep.END


def test_a_request_to_stop_stops_the_members_that_run() -> None:
    group = started().ended(2, DONE)
    assert group.step(stop_requested=True) is GroupStep.STOP
    assert [member.number for member in group.running] == [1, 3]
    assert group.ended(1, STOPPED).ended(3, STOPPED).step(stop_requested=True) is GroupStep.END
    assert new_group(3).step(stop_requested=True) is GroupStep.END


def test_a_member_keeps_its_first_result() -> None:
    group = started().ended(1, DONE)
    assert group.ended(1, MemberResult("failed", "too late")) == group


def test_offsets_of_the_logs_are_kept_by_member() -> None:
    group = started().read({1: 10, 3: 30}).read({3: 31})
    assert [member.log_offset for member in group.members] == [10, 0, 31]


@given(st.lists(st.tuples(st.integers(1, 3), RESULTS), max_size=12))
def test_at_most_one_failure_is_kept_and_an_end_is_final(
    events: list[tuple[int, MemberResult]],
) -> None:
    group = started()
    first_failure = None
    has_ended = False
    for number, result in events:
        was_running = number in [member.number for member in group.running]
        group = group.ended(number, result)
        if was_running and result.ending == "failed":
            first_failure = first_failure or result
        assert group.failure == first_failure
        failures = [each for each in group.members if each.result and each.result.ending == "failed"]
        assert len(failures) == (first_failure is not None)
        step = group.step()
        assert (step is GroupStep.END) == (not group.running)
        assert (step is GroupStep.STOP) == (bool(group.running) and first_failure is not None)
        assert not has_ended or step is GroupStep.END
        has_ended = step is GroupStep.END
