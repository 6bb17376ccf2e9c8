"""A data object after workers accept, answer, decline and release its tasks."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from trigpoint.labeling.model import AssignmentStatus, DataObject, ObjectStatus
from trigpoint.labeling.slots import after_accept, after_end, closed, withdrawn


def fresh(workers: int) -> DataObject:
    return DataObject("j", 0, "{}", ObjectStatus.OPEN, 1, workers, 0, 0, 0, None, None, None)


def played(workers: int, *ends: AssignmentStatus) -> DataObject:
    data_object = fresh(workers)
    for how in ends:
        data_object = after_end(after_accept(data_object), how, workers)
    return data_object


S, D, R, E = (
    AssignmentStatus.SUBMITTED,
    AssignmentStatus.DECLINED,
    AssignmentStatus.RELEASED,
    AssignmentStatus.EXPIRED,
)


def test_an_object_is_ready_when_all_workers_have_answered() -> None:
    assert played(2, S).status is ObjectStatus.OPEN
    assert played(2, S, S).status is ObjectStatus.READY


def test_released_and_expired_tasks_are_offered_again() -> None:
    again = played(2, R, E, R, S)
    assert (again.status, again.open_slots, again.answer_count) == (ObjectStatus.OPEN, 1, 1)


def test_a_declined_task_is_offered_to_others_until_all_wanted_workers_have_declined() -> None:
    assert (played(2, D).open_slots, played(2, D).status) == (2, ObjectStatus.OPEN)
    refused = played(2, D, D)
    assert (refused.status, refused.failure_reason) == (ObjectStatus.READY, "declined by 2 workers")
    assert played(1, D).failure_reason == "declined by 1 worker"


def test_answers_before_the_last_decline_count() -> None:
    refused = played(2, S, D, D)
    assert (refused.status, refused.answer_count) == (ObjectStatus.READY, 1)


def test_a_worker_with_an_open_task_can_finish_it_after_the_last_decline() -> None:
    with_one_active = after_accept(fresh(2))
    refused = after_end(after_accept(after_end(after_accept(with_one_active), D, 2)), D, 2)
    assert (refused.status, refused.open_slots, refused.active_count) == (ObjectStatus.OPEN, 0, 1)
    finished = after_end(refused, S, 2)
    assert (finished.status, finished.answer_count) == (ObjectStatus.READY, 1)
    given_back = after_end(refused, R, 2)
    assert (given_back.status, given_back.answer_count) == (ObjectStatus.READY, 0)


def test_closing_and_withdrawing_remove_all_offers() -> None:
    halfway = after_accept(played(3, S))
    shut = closed(halfway, "too late")
    assert (shut.status, shut.open_slots, shut.active_count) == (ObjectStatus.READY, 0, 0)
    assert withdrawn(halfway).status is ObjectStatus.READY
    assert withdrawn(after_accept(fresh(3))).status is ObjectStatus.WAITING


@given(st.integers(1, 9), st.lists(st.tuples(st.booleans(), st.sampled_from([S, D, R, E])), max_size=60))
def test_no_object_gets_more_answers_than_wanted_and_none_is_lost(
    workers: int, acts: list[tuple[bool, AssignmentStatus]]
) -> None:
    data_object, submitted = fresh(workers), 0
    for accept, how in acts:
        if data_object.status is ObjectStatus.READY:
            break
        if accept and data_object.open_slots:
            data_object = after_accept(data_object)
        elif data_object.active_count:
            data_object = after_end(data_object, how, workers)
            submitted += how is S
        occupied = data_object.open_slots + data_object.active_count + data_object.answer_count
        assert occupied == workers or data_object.decline_count >= workers
        assert data_object.answer_count == submitted <= workers
        assert data_object.open_slots >= 0 and data_object.active_count >= 0
    over = data_object.open_slots == data_object.active_count == 0
    assert over == (data_object.status is ObjectStatus.READY)
    assert replace(data_object) == data_object
