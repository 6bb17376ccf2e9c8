"""What every task type must keep: the contract of labeling/task_types/contract.py, as assertions."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from helpers.labeling_records import FUNCTION, a_data_object, a_job, a_spec
from trigpoint.core.errors import Invalid
from trigpoint.labeling.functions.workflow import workflow_of
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.specs import check_spec
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.contract import (
    PERFECT,
    AnsweredObject,
    DataKind,
    Experience,
    Habits,
    Label,
    LabelFile,
    LabelPlace,
    TaskType,
)
from trigpoint.objects import ObjectStore

CARELESS = Habits(jitter=0.05, miss_rate=0.3, mistake_rate=0.3)


def assert_task_type_contract(task_type: TaskType[Any], objects: ObjectStore) -> None:
    """Checks a registered task type with its own example; `objects` is an empty store."""
    _assert_declarations(task_type)
    job = _job(task_type)
    first, second = (_measured(task_type, objects, job, index) for index in (0, 1))
    _assert_input(task_type, job, first)
    _assert_answers(task_type, job, first)
    _assert_labels(task_type, job, first, second)
    _assert_agreement(task_type, job, first, second)
    _assert_known_label(task_type, job, first, objects)


def _assert_declarations(task_type: TaskType[Any]) -> None:
    assert TASK_TYPES[task_type.name] is task_type
    found = workflow_of(f"{FUNCTION}:PRE-{task_type.name}", f"{FUNCTION}:ACS-{task_type.name}")
    assert found.task_type is found.input_type is task_type, "the names of its functions lead to it"
    assert task_type.title == task_type.title.strip() != ""
    rules, count = task_type.categories, len(task_type.example.labels)
    assert 0 <= rules.minimum <= count and (rules.maximum is None or count <= rules.maximum)
    check_spec(_job(task_type).spec, task_type)
    for template in filter(None, (task_type.template, task_type.documented_template)):
        assert f"<{task_type.element}" in template and "crowd-html-elements.js" in template


def _job(task_type: TaskType[Any]) -> Job:
    ui = task_type.built_in_ui
    spec = a_spec(
        label_attribute="label-ref" if task_type.label_place is LabelPlace.FILE else "label",
        template_uri="s3://b/t" if ui is None else None,
        human_task_ui_arn=None if ui is None else f"arn:aws:sagemaker:r:1:human-task-ui/{ui}",
    )
    return a_job(task_type=task_type.name, spec=spec, labels=task_type.example.labels)


def _measured(task_type: TaskType[Any], objects: ObjectStore, job: Job, index: int) -> DataObject:
    """A data object with the example's content; its facts are JSON."""
    example = task_type.example
    if not objects.bucket_exists("lab"):
        objects.create_bucket("lab")
    for key, content in example.files.items():
        objects.write_uri(f"s3://lab/{key}", content)
    if isinstance(example.content, bytes):
        assert task_type.data is not DataKind.TEXT
        source = {"source-ref": objects.write_uri(f"s3://lab/{index}", example.content).uri}
    else:
        assert task_type.data is not DataKind.IMAGE
        source = {"source": example.content}
    data_object = a_data_object(index=index, line=json.dumps({**example.line, **source}))
    facts = task_type.measure(objects, job, data_object)
    assert _as_json(facts) == facts
    return a_data_object(index=index, line=data_object.line, facts=_as_json(facts))


def _assert_input(task_type: TaskType[Any], job: Job, data_object: DataObject) -> None:
    unmeasured = a_data_object(line=data_object.line)
    for each in (data_object, unmeasured):
        task_input = task_type.task_input(job, each)
        assert _as_json(task_input) == task_input and task_input


def _assert_answers(task_type: TaskType[Any], job: Job, data_object: DataObject) -> None:
    """Simulated workers submit answers that can be read, also when they are careless; bad answers are refused."""
    example = task_type.example
    for seed in range(20):
        given = task_type.simulate(example.truth, example.labels, random.Random(seed), CARELESS)
        assert _as_json(given) == given
        assert given == task_type.simulate(example.truth, example.labels, random.Random(seed), CARELESS)
        task_type.read_answer(job, data_object, given)
    renamed = dict(enumerate(_perfect(task_type).values()))
    task_type.read_answer(job, data_object, {f"any-name-{k}": value for k, value in renamed.items()})
    for reason, bad in example.bad_answers.items():
        with pytest.raises(Invalid) as caught:
            task_type.read_answer(job, data_object, bad)
        assert reason in caught.value.message


def _assert_labels(task_type: TaskType[Any], job: Job, first: DataObject, second: DataObject) -> None:
    """One perfect worker gives the true label, several do too, and the order of objects does not matter."""
    alone = [_answered(task_type, job, first, 1), _answered(task_type, job, second, 1)]
    labels = _labels(task_type, job, alone)
    assert set(labels) == {first.index, second.index}
    for label in labels.values():
        _assert_same_value(label, task_type.example.truth)
        assert _as_json(label.metadata) == label.metadata
        assert not label.metadata.keys() & {"type", "human-annotated", "creation-date", "job-name"}
        is_file = isinstance(label.value, LabelFile)
        assert (
            is_file == (task_type.label_place is LabelPlace.FILE)
            or task_type.label_place is LabelPlace.EITHER
        )
    together = [_answered(task_type, job, first, 3), _answered(task_type, job, second, 2)]
    forwards, backwards = _labels(task_type, job, together), _labels(task_type, job, together[::-1])
    assert dict(forwards) == dict(backwards) and set(forwards) == {first.index, second.index}
    assert dict(_labels(task_type, job, together)) == dict(forwards), "repeating a round gives the same"


def _assert_agreement(task_type: TaskType[Any], job: Job, first: DataObject, second: DataObject) -> None:
    """Perfect workers agree fully, one of them says nothing about agreement, and sums can be pickled."""
    if task_type.agreement is None:
        return
    sums = task_type.agreement(job)
    sums.add(_answered(task_type, job, first, 1).answers)
    assert not [value for value in sums.result()["measures"].values() if value]
    sums = pickle.loads(pickle.dumps(sums))
    sums.add(_answered(task_type, job, second, 3).answers)
    result = sums.result()
    assert _as_json(result) == result
    assert list(result["classes"]) == list(job.labels)
    shares = [value for value in result["measures"].values() if isinstance(value, float)]
    assert all(value == 1 for value in shares), result


def _assert_known_label(
    task_type: TaskType[Any], job: Job, data_object: DataObject, objects: ObjectStore
) -> None:
    """The label that a job of this type wrote is read again, also when its classes had other ids, or else refused."""
    if task_type.known_label is None:
        return
    truth = task_type.example.truth
    is_file = isinstance(truth.value, LabelFile)
    value = objects.write_uri("s3://lab/known", truth.value.content).uri if is_file else truth.value
    line = {**data_object.content, "known": value, "known-metadata": dict(truth.metadata)}
    known = task_type.known_label(job, line, "known")
    _assert_same_value(known, replace(truth, value=value))
    if is_file:
        marked = replace(job, spec=replace(job.spec, gold_attribute="known"))
        facts = task_type.measure(objects, marked, replace(data_object, line=json.dumps(line), facts=None))
        assert _as_json(facts) == facts != data_object.facts, "what is known is kept for the consolidation"
    else:
        submitted = task_type.simulate(known, job.labels, random.Random(0), PERFECT)
        task_type.read_answer(job, data_object, submitted)
    for bad in (None, "nonsense", [{}], {"annotations": 3}):
        with pytest.raises(Invalid):
            task_type.known_label(job, {**line, "known": bad}, "known")
    if job.labels:
        with pytest.raises(Invalid):
            task_type.known_label(replace(job, labels=("another",)), line, "known")


def _labels(
    task_type: TaskType[Any], job: Job, answered: Sequence[AnsweredObject[Any]]
) -> Mapping[int, Label]:
    """The labels without experience, which stay the same with the experience that they gave."""
    made = task_type.consolidate(job, answered, Experience())
    for quality in made.workers.values():
        assert _as_json(quality.details) == quality.details and quality.answers >= 1
        assert quality.accuracy is None or 0 <= quality.accuracy <= 1
        assert 0 <= quality.agreement <= quality.answers
    again = task_type.consolidate(job, answered, Experience(made.workers)).labels
    assert {index: label.value for index, label in again.items()} == {
        index: label.value for index, label in made.labels.items()
    }
    for method in task_type.methods:
        assert task_type.consolidate(job, answered, Experience(method=method)).labels.keys() == again.keys()
    return made.labels


def _answered(
    task_type: TaskType[Any], job: Job, data_object: DataObject, workers: int
) -> AnsweredObject[Any]:
    read = task_type.read_answer(job, data_object, _perfect(task_type))
    return AnsweredObject(data_object, {f"worker-{k}": read for k in range(workers)})


def _perfect(task_type: TaskType[Any]) -> Mapping[str, Any]:
    example = task_type.example
    return task_type.simulate(example.truth, example.labels, random.Random(1), PERFECT)


def _assert_same_value(label: Label, truth: Label) -> None:
    if isinstance(label.value, LabelFile):
        assert label.value == truth.value
    else:
        assert _as_json(label.value) == label.value == truth.value


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))
