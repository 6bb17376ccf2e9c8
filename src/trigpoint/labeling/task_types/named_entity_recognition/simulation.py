"""Simulated workers who mark entities, and an example."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from trigpoint.labeling.task_types.contract import ExampleObject, Habits, Label
from trigpoint.labeling.task_types.named_entity_recognition.answers import write_answer
from trigpoint.labeling.task_types.named_entity_recognition.labels import write_label
from trigpoint.records.labels.spans import Span, parse_span_label


def simulate(truth: Label, labels: Sequence[str], dice: Random, habits: Habits) -> dict[str, Any]:
    """The true entities, most of them seen, some shortened, some with a wrong label."""
    seen = [
        _mark(span, labels, dice, habits)
        for span in parse_span_label(truth.value, "label")
        if dice.random() >= habits.miss_rate
    ]
    return write_answer(sorted(set(seen)))


def _mark(span: Span, labels: Sequence[str], dice: Random, habits: Habits) -> Span:
    """Shortened at the end, because the length of the text is not known here, and an entity is never empty."""
    deviation = habits.jitter * (span.end - span.start)
    cut = min(round(abs(dice.gauss(0, deviation))), span.end - span.start - 1) if deviation else 0
    label = dice.choice(labels) if dice.random() < habits.mistake_rate else span.label
    return Span(span.start, span.end - cut, label)


_LABELS = ("person", "date")
_TEXT = "\U0001f44b Zoe\u0301 \u05e9\u05dc\u05d5\u05dd was born on Jan 1 1990."


def _bad(**changes: Any) -> dict[str, Any]:
    return {
        "crowd-entity-annotation": {
            "entities": [{"startOffset": 2, "endOffset": 6, "label": "person", **changes}]
        }
    }


EXAMPLE: Final = ExampleObject(
    labels=_LABELS,
    content=_TEXT,
    truth=write_label(
        {Span(2, 11, "person"): 0, Span(24, 34, "date"): 0}, [{"label": label} for label in _LABELS]
    ),
    bad_answers={
        "no element with a list of entities": {},
        "crowd-entity-annotation.entities[0].label: the job has no label 'cow'": _bad(label="cow"),
        "crowd-entity-annotation.entities[0].label must be text, not null": _bad(label=None),
        "entities[0].startOffset must be a whole number of characters": _bad(startOffset="2"),
        "entities[0].startOffset is -1; offsets begin at 0": _bad(startOffset=-1),
        "entities[0].endOffset is 2; it must be larger than startOffset": _bad(endOffset=2),
        f"entities[0].endOffset is {len(_TEXT) + 1}, but the text has {len(_TEXT)} characters": _bad(
            endOffset=len(_TEXT) + 1
        ),
    },
)
