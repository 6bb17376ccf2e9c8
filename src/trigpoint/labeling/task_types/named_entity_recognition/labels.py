"""The labels of a round: the spans that the workers agree on, and known labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.agreement.spans import SpanAgreement
from trigpoint.labeling.consolidation import spans
from trigpoint.labeling.model import Job
from trigpoint.labeling.task_types.contract import AnsweredObject, Consolidation, Experience, Label
from trigpoint.labeling.task_types.named_entity_recognition.answers import Entities
from trigpoint.labeling.task_types.named_entity_recognition.input import label_entries
from trigpoint.records.labels.spans import (
    Span,
    parse_span_label,
    write_span_label,
    write_span_metadata,
)


def consolidate(
    job: Job, answered: Sequence[AnsweredObject[Entities]], experience: Experience
) -> Consolidation:
    """A label for each object; it has no entities where the workers agree on none."""
    gold = {
        each.data_object.index: parse_span_label(each.gold.value, "known label")
        for each in answered
        if each.gold is not None
    }
    made = spans.consolidate(
        {each.data_object.index: each.answers for each in answered},
        job.labels,
        known=experience.workers,
        gold=gold,
    )
    entries = label_entries(job)
    return Consolidation(
        {index: write_label(found, entries) for index, found in made.spans.items()}, made.workers
    )


def write_label(found: Mapping[Span, float], categories: Sequence[Mapping[str, Any]]) -> Label:
    """The label with these spans, each with its confidence, in their order."""
    return Label(write_span_label(list(found), categories), write_span_metadata(list(found.values())))


def known_label(job: Job, line: Mapping[str, Any], attribute: str) -> Label:
    """The label in the attribute of a line, as this job would write it."""
    text = line.get("source")
    found = parse_span_label(line.get(attribute), attribute, len(text) if isinstance(text, str) else None)
    for k, span in enumerate(found):
        if span.label not in job.labels:
            raise Invalid(
                f"{attribute}: annotations.entities[{k}].label: the job has no label {span.label[:80]!r}"
            )
    return write_label(dict.fromkeys(found, 1.0), label_entries(job))


def agreement(job: Job) -> SpanAgreement[Entities]:
    """New sums of how well answers of this type agree."""
    return SpanAgreement(job.labels, span_tuples)


def span_tuples(answer: Entities) -> Iterable[tuple[int, int, str]]:
    return [(span.start, span.end, span.label) for span in answer]
