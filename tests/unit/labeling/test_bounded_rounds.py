"""Rounds in a process of its own: an object that cannot be consolidated fails, and all others get their labels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from helpers import hostile_consolidation
from helpers.hostile_consolidation import CRASHING, ENDLESS
from helpers.labeling_records import NOW, a_data_object, a_job, a_round
from trigpoint.compute.bounded_calls import BoundedCalls, CallsStopped
from trigpoint.labeling import bounded_rounds
from trigpoint.labeling.bounded_rounds import BoundedRounds
from trigpoint.labeling.model import Answer, Job, WorkerQuality
from trigpoint.labeling.rounds import consolidated
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.contract import AnsweredObject, Consolidation, Experience

HOSTILE = replace(BOUNDING_BOX, consolidate=hostile_consolidation.consolidate)
FACTS = {"width": 64, "height": 48, "depth": 3}
BOX = {"label": "cat", "left": 1, "top": 2, "width": 3, "height": 4}
FOUND = [a_data_object(index=i, facts=FACTS) for i in range(5)]
CONTENT = json.dumps({"boundingBox": {"boundingBoxes": [BOX]}})
ANSWERS = {i: [Answer(i, f"{i}", "bob", CONTENT, NOW, NOW, 1.0, {})] for i in range(4)}  # none for the last


class NoCalls(BoundedCalls):
    """Starts no process."""

    def __init__(self) -> None:
        super().__init__()
        self.stop()


@pytest.fixture
def calls() -> Iterator[BoundedCalls]:
    calls = BoundedCalls(count=1)
    yield calls
    calls.stop()


@pytest.fixture
def all_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small rounds are computed in another process, too."""
    monkeypatch.setattr(bounded_rounds, "MOST_COST_HERE", -1)


@pytest.mark.usefixtures("all_elsewhere")
def test_the_result_is_that_of_the_same_process(calls: BoundedCalls) -> None:
    arguments = a_job(), BOUNDING_BOX, a_round(), FOUND, ANSWERS, Experience()
    results = BoundedRounds(calls).results(*arguments)
    assert results == consolidated(*arguments)
    assert set(results.members) == {0, 1, 2, 3} and results.failures == {4: "nobody answered"}


def test_a_small_round_starts_no_process() -> None:
    results = BoundedRounds(NoCalls()).results(a_job(), BOUNDING_BOX, a_round(), FOUND, ANSWERS, Experience())
    assert set(results.members) == {0, 1, 2, 3}


def test_a_round_is_computed_in_another_process_if_one_object_has_many_boxes() -> None:
    boxes = json.dumps({"boundingBox": {"boundingBoxes": [BOX] * 600}})
    answers = ANSWERS | {2: [replace(ANSWERS[2][0], content=boxes)]}
    with pytest.raises(CallsStopped):
        BoundedRounds(NoCalls()).results(a_job(), BOUNDING_BOX, a_round(), FOUND, answers, Experience())


def test_an_object_that_crashes_in_a_small_round_fails_alone(calls: BoundedCalls) -> None:
    found = FOUND[CRASHING - 1 :]
    results = BoundedRounds(calls).results(a_job(), HOSTILE, a_round(), found, ANSWERS, Experience())
    assert set(results.members) == {CRASHING - 1}
    reason = "the answers could not be consolidated: KeyError: 'a mistake'"
    assert results.failures == {CRASHING: reason, 4: "nobody answered"}


@pytest.mark.usefixtures("all_elsewhere")
def test_an_object_that_takes_too_long_or_crashes_fails_alone(
    calls: BoundedCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_rounds, "ROUND_LIMIT_S", 3.0)
    monkeypatch.setattr(bounded_rounds, "OBJECT_LIMIT_S", 3.0)
    results = BoundedRounds(calls).results(a_job(), HOSTILE, a_round(), FOUND, ANSWERS, Experience())
    assert set(results.members) == {0, 2}
    assert results.failures == {
        ENDLESS: "the answers could not be consolidated: it took longer than 3 seconds",
        CRASHING: "the answers could not be consolidated: KeyError: 'a mistake'",
        4: "nobody answered",
    }


@pytest.mark.usefixtures("all_elsewhere")
def test_a_round_whose_objects_take_too_long_together_ends_all_the_same(
    calls: BoundedCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_rounds, "SEPARATE_S", -1.0)
    results = BoundedRounds(calls).results(
        a_job(), HOSTILE, a_round(), FOUND[CRASHING:], ANSWERS, Experience()
    )
    assert results.failures == dict.fromkeys((3, 4), "the consolidation of other objects took too long")


@pytest.mark.usefixtures("all_elsewhere")
def test_a_shutdown_is_no_failure_of_an_object(calls: BoundedCalls) -> None:
    calls.stop()
    with pytest.raises(CallsStopped):
        BoundedRounds(calls).results(a_job(), BOUNDING_BOX, a_round(), FOUND, ANSWERS, Experience())


def test_a_long_round_is_computed_in_parts_and_each_knows_what_the_earlier_ones_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[list[int], list[str]]] = []

    def consolidate(
        job: Job, answered: Sequence[AnsweredObject[Any]], experience: Experience
    ) -> Consolidation:
        seen.append(([each.data_object.index for each in answered], sorted(experience.workers)))
        made = BOUNDING_BOX.consolidate(job, answered, experience)
        return replace(made, workers={f"worker {len(seen)}": WorkerQuality(1, 1.0)})

    task_type = replace(
        BOUNDING_BOX, consolidate=consolidate, consolidation_s=lambda _, answers: 0.1 * answers
    )
    monkeypatch.setattr(bounded_rounds, "PART_S", 0.25)
    results = BoundedRounds(NoCalls()).results(a_job(), task_type, a_round(), FOUND, ANSWERS, Experience())
    assert seen == [([0, 1], []), ([2, 3], ["worker 1"])]
    assert set(results.members) == {0, 1, 2, 3} and results.failures == {4: "nobody answered"}
    assert set(results.workers) == {"worker 1", "worker 2"}


def test_an_object_that_takes_long_is_consolidated_in_another_process() -> None:
    slow = replace(BOUNDING_BOX, consolidation_s=hostile_consolidation.five_seconds)
    with pytest.raises(CallsStopped):
        BoundedRounds(NoCalls()).results(a_job(), slow, a_round(), FOUND[:1], ANSWERS, Experience())
