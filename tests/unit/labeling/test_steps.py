"""The next step of a labeling job, a pure function of its state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helpers.labeling_records import NOW, a_job
from trigpoint.labeling.model import Counters, Job, JobStatus
from trigpoint.labeling.steps import (
    EXPIRED,
    GIVEN_UP,
    STOP_LIMIT_S,
    LabelingFacts,
    LabelingStep,
    NextStep,
    batch_size,
    next_step,
)

JOB = a_job()
SPEC = JOB.spec


def job(**changes: object) -> Job:
    return replace(JOB, **changes)  # type: ignore[arg-type]


def facts(**changes: object) -> LabelingFacts:
    return replace(LabelingFacts(NOW), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.STOPPED])
def test_a_job_that_has_ended_does_nothing(status: JobStatus) -> None:
    assert next_step(job(status=status), facts()).step is LabelingStep.REST


@pytest.mark.parametrize("status", [JobStatus.INITIALIZING, JobStatus.STOPPING])
def test_a_job_reads_its_inputs_first_even_when_it_is_being_stopped(status: JobStatus) -> None:
    assert next_step(job(status=status, inputs_read=False), facts()).step is LabelingStep.PREPARE


@pytest.mark.parametrize("status", [JobStatus.IN_PROGRESS, JobStatus.STOPPING])
def test_a_consolidation_in_progress_is_finished_first(status: JobStatus) -> None:
    found = facts(unfinished_round=True, any_open=True, any_chosen=True)
    assert next_step(job(status=status), found).step is LabelingStep.ROUND


def test_the_first_batch_is_chosen_then_opened_then_awaited() -> None:
    assert next_step(job(iteration=0), facts(any_waiting=True)).step is LabelingStep.BATCH
    assert next_step(job(), facts(any_waiting=True, any_chosen=True)).step is LabelingStep.OPEN
    waiting = next_step(job(), facts(any_waiting=True, any_open=True))
    assert waiting == NextStep(LabelingStep.WAIT, wait_s=300)


def test_the_next_batch_starts_only_when_the_last_one_is_finished() -> None:
    assert next_step(job(), facts(any_waiting=True, any_open=True)).step is LabelingStep.WAIT
    assert next_step(job(), facts(any_waiting=True)).step is LabelingStep.BATCH


def test_the_next_batch_does_not_wait_for_the_consolidation_of_the_last_one() -> None:
    left = facts(any_waiting=True, any_ready=True, ready_count=2)
    assert next_step(job(), left).step is LabelingStep.BATCH
    assert next_step(job(), replace(left, any_open=True)).step is LabelingStep.ROUND


def test_the_next_batch_waits_for_a_consolidation_that_may_meet_a_stopping_condition() -> None:
    limited = job(spec=replace(SPEC, stop_after_objects=5), counters=Counters(total=10, labeled=2))
    left = facts(any_waiting=True, any_ready=True, ready_count=2)
    assert batch_size(limited, 2) == 1
    assert next_step(limited, left).step is LabelingStep.BATCH
    assert next_step(limited, replace(left, ready_count=3)).step is LabelingStep.ROUND
    assert next_step(limited, facts(any_waiting=True)).step is LabelingStep.BATCH


def test_objects_of_the_next_batch_are_measured_when_there_is_nothing_else_to_do() -> None:
    found = facts(any_waiting=True, any_open=True, any_unmeasured=True)
    assert next_step(job(), found).step is LabelingStep.MEASURE
    assert next_step(job(), replace(found, any_ready=True)).step is LabelingStep.ROUND


def test_ready_objects_wait_a_second_for_others_except_for_the_last_ones() -> None:
    soon = facts(any_ready=True, any_open=True, last_round_at=NOW - timedelta(seconds=0.25))
    assert next_step(job(), soon) == NextStep(LabelingStep.WAIT, wait_s=0.75)
    assert next_step(job(), replace(soon, any_open=False)).step is LabelingStep.ROUND
    assert (
        next_step(job(), replace(soon, last_round_at=NOW - timedelta(seconds=1))).step is LabelingStep.ROUND
    )


def test_time_limits_and_lifetimes_are_enforced_when_they_pass() -> None:
    found = facts(any_open=True, first_overdue_at=NOW + timedelta(seconds=20))
    assert next_step(job(), found) == NextStep(LabelingStep.WAIT, wait_s=20)
    assert next_step(job(), replace(found, first_overdue_at=NOW)).step is LabelingStep.EXPIRE


def test_a_job_whose_objects_are_all_done_is_published_and_completed() -> None:
    done = job(counters=Counters(total=10, labeled=9, failed=1), published_count=4)
    assert next_step(done, facts()).step is LabelingStep.PUBLISH
    end = next_step(replace(done, published_count=10), facts())
    assert end == NextStep(LabelingStep.FINISH, JobStatus.COMPLETED)


def test_a_long_output_is_rewritten_less_often() -> None:
    labeled = Counters(total=100_000, labeled=7)
    written = job(counters=labeled, published_at=NOW - timedelta(seconds=40))
    assert next_step(written, facts(any_open=True)) == NextStep(LabelingStep.WAIT, wait_s=60)
    written = replace(written, published_at=NOW - timedelta(seconds=100))
    assert next_step(written, facts(any_open=True)).step is LabelingStep.PUBLISH


def test_a_job_ends_after_thirty_days_with_its_current_results() -> None:
    old = job(created_at=NOW - timedelta(days=30))
    assert next_step(old, facts(any_open=True)) == NextStep(LabelingStep.STOP, JobStatus.STOPPING, EXPIRED)
    stopping = replace(old, status=JobStatus.STOPPING, stop_reason=EXPIRED)
    assert next_step(stopping, facts(any_open=True)).step is LabelingStep.WITHDRAW
    assert next_step(stopping, facts(any_ready=True)).step is LabelingStep.ROUND
    assert next_step(stopping, facts(any_waiting=True)) == NextStep(
        LabelingStep.FINISH, JobStatus.STOPPED, EXPIRED
    )


@pytest.mark.parametrize(
    "found", [facts(unfinished_round=True), facts(any_ready=True), facts(any_waiting=True)]
)
def test_stopping_wins_over_results_that_cannot_be_completed(found: LabelingFacts) -> None:
    stopping = job(status=JobStatus.STOPPING, published_count=4)
    end = NextStep(LabelingStep.GIVE_UP, JobStatus.STOPPED, GIVEN_UP)
    overdue = replace(found, stopping_since=NOW - timedelta(seconds=STOP_LIMIT_S))
    assert next_step(stopping, overdue) == end
    assert next_step(replace(stopping, inputs_read=False), overdue) == end
    assert next_step(stopping, replace(overdue, any_open=True)).step is LabelingStep.WITHDRAW
    in_time = replace(found, stopping_since=NOW - timedelta(seconds=STOP_LIMIT_S - 1))
    assert next_step(stopping, in_time).step in (LabelingStep.ROUND, LabelingStep.PUBLISH)


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        ({}, 10),
        ({"max_concurrent_objects": 3}, 3),
        ({"stop_after_objects": 4}, 4),
        ({"stop_after_percent": 25}, 3),
        ({"stop_after_percent": 25, "stop_after_objects": 2}, 2),
        ({"stop_after_percent": 100}, 10),
    ],
)
def test_a_batch_has_no_more_objects_than_the_stopping_conditions_allow(
    limits: dict[str, int], size: int
) -> None:
    assert batch_size(job(spec=replace(SPEC, **limits))) == size


def test_a_job_stops_when_a_stopping_condition_is_met() -> None:
    limited = replace(SPEC, stop_after_objects=4)
    reached = job(spec=limited, counters=Counters(total=10, labeled=4), published_count=4)
    assert next_step(reached, facts(any_waiting=True)) == NextStep(LabelingStep.STOP, JobStatus.STOPPING)
    with_failure = replace(reached, counters=Counters(total=10, labeled=3, failed=1))
    assert next_step(with_failure, facts(any_waiting=True)).step is LabelingStep.BATCH
    assert batch_size(with_failure) == 1


def test_carried_labels_count_for_the_percentage_but_not_for_the_number_of_objects() -> None:
    counters = Counters(total=10, carried_human=5)
    assert batch_size(job(spec=replace(SPEC, stop_after_percent=60), counters=counters)) == 1
    assert batch_size(job(spec=replace(SPEC, stop_after_objects=2), counters=counters)) == 2


def test_a_job_that_meets_its_condition_with_its_last_object_is_completed() -> None:
    full = job(
        spec=replace(SPEC, stop_after_percent=100),
        counters=Counters(total=10, labeled=10),
        published_count=10,
    )
    assert next_step(full, facts()) == NextStep(LabelingStep.FINISH, JobStatus.COMPLETED)


def test_counters_add_up() -> None:
    counters = Counters(total=10, carried_human=2, carried_machine=1, labeled=3, failed=1)
    assert (counters.human_labeled, counters.machine_labeled, counters.total_labeled) == (5, 1, 6)
    assert counters.total == counters.total_labeled + counters.failed + counters.unlabeled
