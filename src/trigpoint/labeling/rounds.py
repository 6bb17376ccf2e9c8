"""What does a consolidation make of the objects that are ready: pure, so that doing it again makes the
same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling import functions
from trigpoint.labeling.consolidation import boxes
from trigpoint.labeling.model import Answer, DataObject, ImageFacts, Job, Round
from trigpoint.labeling.outputs import result_members


@dataclass(slots=True)
class Outcome:
    """By object: what goes into its output line (as members and as their JSON text), or why nothing does.

    `notes` says which answers were not used, and why.
    """

    contents: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    members: dict[int, str] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def consolidate_round(
    job: Job, made: Round, found: Sequence[DataObject], answers: Mapping[int, Sequence[Answer]]
) -> Outcome:
    """What becomes of the round's objects: those without a usable answer fail."""
    outcome = Outcome()
    for data_object in found:
        given = answers.get(data_object.index, ())
        if not given:
            outcome.failures[data_object.index] = data_object.failure_reason or "nobody answered"
            continue
        usable, faults = _usable(job, data_object, given)
        outcome.notes += [f"object {data_object.index}: {fault}" for fault in faults]
        if usable:
            content = _content(job, made, data_object, usable)
            outcome.contents[data_object.index] = content
            outcome.members[data_object.index] = result_members(content)
        else:
            outcome.failures[data_object.index] = "; ".join(faults)
    return outcome


def _usable(
    job: Job, data_object: DataObject, given: Sequence[Answer]
) -> tuple[dict[str, list[boxes.Box]], list[str]]:
    """Each worker's boxes, and what is wrong with the answers of the others."""
    usable: dict[str, list[boxes.Box]] = {}
    faults = []
    for answer in given:
        try:
            drawn = boxes.boxes_of(json.loads(answer.content), job.labels or (), _image(data_object))
        except Invalid as problem:
            faults.append(f"the answer of worker {answer.worker_id} was not used: {problem.message}")
        else:
            usable[answer.worker_id] = drawn
    return usable, faults


def _content(
    job: Job, made: Round, data_object: DataObject, usable: Mapping[str, list[boxes.Box]]
) -> dict[str, Any]:
    label, metadata = boxes.label_and_metadata(
        boxes.consolidate(usable), job.labels or (), _image(data_object)
    )
    name = job.spec.label_attribute
    common = functions.label_metadata(job, boxes.OUTPUT_TYPE, made.created_at)
    return {name: label, f"{name}-metadata": {**metadata, **common}}


def _image(data_object: DataObject) -> ImageFacts:
    assert data_object.image is not None, "an object is offered only after its image was measured"
    return data_object.image
