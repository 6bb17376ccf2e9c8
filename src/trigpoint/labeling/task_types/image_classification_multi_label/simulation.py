"""Simulated workers who choose labels for an image, and an example."""

from __future__ import annotations

from functools import partial
from typing import Final

from trigpoint.labeling.task_types import example_image
from trigpoint.labeling.task_types.class_labels import write_several
from trigpoint.labeling.task_types.class_simulation import simulate_several
from trigpoint.labeling.task_types.contract import ExampleObject

_ELEMENT = "crowd-image-classifier-multi-select"
_LABELS = ("cat", "dog", "bird")

simulate: Final = partial(simulate_several, _ELEMENT)

EXAMPLE: Final = ExampleObject(
    labels=_LABELS,
    content=example_image.PNG,
    truth=write_several({0: 0, 2: 0}, _LABELS),
    bad_answers={
        'no element with a "label" or "labels", and no button of a label': {},
        "crowd-image-classifier-multi-select.labels must be a list": {_ELEMENT: {"labels": "cat"}},
        "crowd-image-classifier-multi-select.labels[0] must be text": {_ELEMENT: {"labels": [1]}},
        "crowd-image-classifier-multi-select.labels[1]: the job has no label 'cow'": {
            _ELEMENT: {"labels": ["cat", "cow"]}
        },
    },
)
