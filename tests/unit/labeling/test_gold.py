"""Known labels: which tasks of a worker are for measuring them, and what a worker may see."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from helpers.labeling_records import NOW, a_data_object, a_job, a_spec
from trigpoint.core.errors import Invalid
from trigpoint.labeling.agreement.job_sums import new_sums, with_objects
from trigpoint.labeling.gold import FIRST_TASKS, TASKS_IN_BLOCK, gold_of, is_due, without_gold
from trigpoint.labeling.model import Answer
from trigpoint.labeling.specs import check_spec
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.bounding_box.answers import write_answer
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

JOB = a_job(spec=a_spec(gold_attribute="gold"), labels=("cat", "dog"))
BOXES = {
    "image_size": [{"width": 64, "height": 48, "depth": 3}],
    "annotations": [{"class_id": 7, "left": 1, "top": 2, "width": 3, "height": 4}],
}


def places(job_id: str, worker_id: str, tasks: int, missing: range = range(0)) -> list[int]:
    """Which of the worker's tasks have a known label, if there is none to be had for the tasks in `missing`."""
    found: list[int] = []
    for number in range(tasks):
        if number not in missing and is_due(job_id, worker_id, number, len(found)):
            found.append(number)
    return found


@pytest.mark.parametrize("worker_id", [f"w{k}" for k in range(20)])
def test_one_of_the_first_five_tasks_and_then_one_of_each_ten_has_a_known_label(worker_id: str) -> None:
    found = places("job", worker_id, FIRST_TASKS + 20 * TASKS_IN_BLOCK)
    assert found[0] < FIRST_TASKS
    assert [(each - FIRST_TASKS) // TASKS_IN_BLOCK for each in found[1:]] == list(range(20))


def test_the_places_differ_between_workers_and_jobs() -> None:
    assert len({tuple(places("job", f"w{k}", 105)) for k in range(20)}) == 20
    assert places("job", "w", 105) != places("another", "w", 105)


@pytest.mark.parametrize("worker_id", [f"w{k}" for k in range(20)])
def test_a_worker_who_missed_some_gets_at_most_two_of_each_ten(worker_id: str) -> None:
    found = places("job", worker_id, FIRST_TASKS + 30 * TASKS_IN_BLOCK, missing=range(105))
    blocks = [(each - FIRST_TASKS) // TASKS_IN_BLOCK for each in found]
    assert all(blocks.count(block) == 2 for block in range(10, 20)), "until they have caught up"
    assert len(found) == 31


def test_the_first_one_is_made_up_for_at_once() -> None:
    first = places("job", "w", 5)[0]
    assert is_due("job", "w", FIRST_TASKS - 1, 0) and not is_due("job", "w", FIRST_TASKS - 1, 1)
    assert not any(is_due("job", "w", number, 0) for number in range(first))


def test_workers_see_neither_the_known_label_nor_its_metadata() -> None:
    line = json.dumps({"source-ref": "s3://b/a.png", "gold": BOXES, "n": 1.50, "gold-metadata": {"a": 1}})
    seen = without_gold(JOB, a_data_object(line=line))
    assert seen.content == {"source-ref": "s3://b/a.png", "n": 1.5}
    assert without_gold(a_job(), a_data_object(line=line)).line == line


def test_a_known_label_is_read_with_the_class_ids_of_the_job() -> None:
    line = {"gold": BOXES, "gold-metadata": {"class-map": {"7": "dog"}}}
    known = gold_of(JOB, BOUNDING_BOX, line)
    assert known is not None and known.value["annotations"][0]["class_id"] == 1
    assert gold_of(JOB, BOUNDING_BOX, {"gold": None}) is gold_of(JOB, BOUNDING_BOX, {}) is None


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ({"gold": 3}, "the known label 'gold' cannot be used: the annotation must be a JSON object"),
        ({"gold": {**BOXES, "image_size": []}}, "image_size"),
        (
            {"gold": BOXES, "gold-metadata": {"class-map": {"7": "cow"}}},
            "the job has no label 'cow'",
        ),
    ],
)
def test_a_known_label_that_cannot_be_used_is_reported(line: dict[str, object], complaint: str) -> None:
    with pytest.raises(Invalid) as caught:
        gold_of(JOB, BOUNDING_BOX, line)
    assert complaint in caught.value.message


def test_a_known_label_that_does_not_fit_its_object_measures_nobody() -> None:
    """Its answer is refused, as that of an entity which ends after the text."""
    line = json.dumps(
        {"source-ref": "s3://b/a.png", "gold": BOXES, "gold-metadata": {"class-map": {"7": "dog"}}}
    )
    size = {"width": 64, "height": 48, "depth": 3}
    data_object = replace(a_data_object(line=line, facts=size), is_known=True)
    content = json.dumps(write_answer([Box("dog", 1, 2, 3, 4)], ImageSize(64, 48)))
    answers = {0: [Answer(0, "a", "w", content, NOW, NOW, 1.0, {})]}
    fits = with_objects(new_sums(JOB, BOUNDING_BOX), JOB, BOUNDING_BOX, [data_object], answers)
    assert fits.known_objects == {"w": 1}
    refused = replace(BOUNDING_BOX, simulate=lambda *_: {"boundingBox": {"boundingBoxes": [{}]}})
    sums = with_objects(new_sums(JOB, refused), JOB, refused, [data_object], answers)
    assert (sums.answers, sums.known_objects) == (1, {})


@pytest.mark.parametrize("name", ["", "source", "source-ref", "$x", "x-metadata"])
def test_reserved_names_cannot_be_the_attribute_of_known_labels(name: str) -> None:
    with pytest.raises(Invalid, match=r"tag trigpoint:gold-attribute: .* reserved"):
        check_spec(a_spec(gold_attribute=name), BOUNDING_BOX)


def test_the_attribute_of_known_labels_is_not_that_of_the_job() -> None:
    with pytest.raises(Invalid, match="'boxes' is the LabelAttributeName of the job itself"):
        check_spec(a_spec(gold_attribute="boxes"), BOUNDING_BOX)
