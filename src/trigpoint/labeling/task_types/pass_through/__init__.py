"""Jobs whose answers are not consolidated: custom workflows, and those of ACS-PassThrough."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Facts, Job
from trigpoint.labeling.task_types.answer_limits import AnswerLimits
from trigpoint.labeling.task_types.contract import (
    AnsweredObject,
    CategoryRules,
    Consolidation,
    DataKind,
    ExampleObject,
    Experience,
    Habits,
    Label,
    LabelPlace,
    TaskType,
)
from trigpoint.labeling.task_types.template_file import read_template
from trigpoint.objects import ObjectStore

CUSTOM: Final = "groundtruth/custom"

Answer = Mapping[str, Any]
"""What crowd-form submitted."""


def _measure(objects: ObjectStore, job: Job, data_object: DataObject) -> Facts:
    """Nothing. Raises: Invalid: the line cannot be written into other files."""
    _check_text("the line", data_object.content)
    return {}


def _task_input(job: Job, data_object: DataObject) -> Mapping[str, Any]:
    """The line of the manifest.

    Decision: with a label category file it also has `labels`, unless the line has a member of that name.
    """
    return {"labels": list(job.labels), **data_object.content} if job.labels else data_object.content


def _read_answer(job: Job, data_object: DataObject, answer: Mapping[str, Any]) -> Answer:
    _check_text("the answer", answer)
    return answer


def _check_text(what: str, value: Mapping[str, Any]) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Invalid(f"{what} has half of a surrogate pair, which is no character") from None


def _consolidate(
    job: Job, answered: Sequence[AnsweredObject[Answer]], experience: Experience
) -> Consolidation:
    """Empty labels. Their metadata refer to the answers, which the engine adds."""
    return Consolidation({each.data_object.index: Label({}, {}) for each in answered})


def _simulate(truth: Label, labels: Sequence[str], dice: Random, habits: Habits) -> dict[str, Any]:
    """A text, which is what the template of the type asks for."""
    return {"answer": dice.choice(("yes", "no", "not sure"))}


PASS_THROUGH: Final[TaskType[Answer]] = TaskType(
    name="PassThrough",
    title="custom",
    data=DataKind.ANY,
    label_place=LabelPlace.EITHER,
    categories=CategoryRules(minimum=0),
    output_type=CUSTOM,
    template=read_template(__name__),
    # Decision: AWS documents no limit. Answers are kept as they are, so that only their size counts.
    answer_limits=AnswerLimits(entries=100_000, size_bytes=8 * 2**20),
    measure=_measure,
    task_input=_task_input,
    read_answer=_read_answer,
    consolidate=_consolidate,
    refers_to_answers=True,
    simulate=_simulate,
    example=ExampleObject(
        labels=(), content="Is this a question?", truth=Label({}, {}), bad_answers={}, line={"n": 1}
    ),
)
