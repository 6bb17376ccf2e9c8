"""Simulated workers who choose a label for an image, and an example."""

from __future__ import annotations

from functools import partial
from typing import Final

from trigpoint.labeling.task_types import example_image
from trigpoint.labeling.task_types.class_labels import write_one
from trigpoint.labeling.task_types.class_simulation import simulate_one
from trigpoint.labeling.task_types.contract import ExampleObject

_ELEMENT = "crowd-image-classifier"
_LABELS = ("cat", "dog", "bird")

simulate: Final = partial(simulate_one, _ELEMENT)

EXAMPLE: Final = ExampleObject(
    labels=_LABELS,
    content=example_image.PNG,
    truth=write_one(1, 0, _LABELS),
    bad_answers={
        'no element with a "label" or "labels", and no button of a label': {},
        "crowd-image-classifier.label: the job has no label 'cow'": {_ELEMENT: {"label": "cow"}},
        "crowd-image-classifier.label must be text": {_ELEMENT: {"label": 1}},
        "has 2 labels ('cat', 'dog'); one must be chosen": {_ELEMENT: {"labels": list(_LABELS[:2])}},
        "none of the buttons is on": {"choice": dict.fromkeys(_LABELS, False)},
    },
)
