"""Simulated workers who choose labels for a text, and an example."""

from __future__ import annotations

from functools import partial
from typing import Final

from trigpoint.labeling.task_types.class_labels import write_several
from trigpoint.labeling.task_types.class_simulation import simulate_several
from trigpoint.labeling.task_types.contract import ExampleObject

_ELEMENT = "crowd-classifier-multi-select"
_LABELS = ("praise", "complaint", "question")

simulate: Final = partial(simulate_several, _ELEMENT)

EXAMPLE: Final = ExampleObject(
    labels=_LABELS,
    content="The room was <quiet> & warm.\nWhy was breakfast cold? \U0001f642",
    truth=write_several({0: 0, 2: 0}, _LABELS),
    bad_answers={
        'no element with a "label" or "labels", and no button of a label': {},
        "crowd-classifier-multi-select.labels must be a list": {_ELEMENT: {"labels": "praise"}},
        "crowd-classifier-multi-select.labels[0] must be text": {_ELEMENT: {"labels": [1]}},
        "crowd-classifier-multi-select.labels[1]: the job has no label 'cow'": {
            _ELEMENT: {"labels": ["praise", "cow"]}
        },
    },
)
