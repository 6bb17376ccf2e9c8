"""Simulated workers who choose a label for a text, and an example."""

from __future__ import annotations

from functools import partial
from typing import Final

from trigpoint.labeling.task_types.class_labels import write_one
from trigpoint.labeling.task_types.class_simulation import simulate_one
from trigpoint.labeling.task_types.contract import ExampleObject

_ELEMENT = "crowd-classifier"
_LABELS = ("praise", "complaint", "question")

simulate: Final = partial(simulate_one, _ELEMENT)

EXAMPLE: Final = ExampleObject(
    labels=_LABELS,
    content="The room was <quiet> & warm.\nWhy was breakfast cold? \U0001f642",
    truth=write_one(1, 0, _LABELS),
    bad_answers={
        'no element with a "label" or "labels", and no button of a label': {},
        "crowd-classifier.label: the job has no label 'cow'": {_ELEMENT: {"label": "cow"}},
        "crowd-classifier.label must be text": {_ELEMENT: {"label": 1}},
        "has 2 labels ('praise', 'complaint'); one must be chosen": {_ELEMENT: {"labels": list(_LABELS[:2])}},
        "none of the buttons is on": {"choice": dict.fromkeys(_LABELS, False)},
    },
)
