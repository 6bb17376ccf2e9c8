"""Simulated workers who verify a mask, and an example."""

from __future__ import annotations

from functools import partial
from typing import Final

from trigpoint.labeling.task_types import example_image
from trigpoint.labeling.task_types.class_labels import write_one
from trigpoint.labeling.task_types.class_simulation import simulate_one
from trigpoint.labeling.task_types.contract import ExampleObject
from trigpoint.records.labels.masks import SEMANTIC_SEGMENTATION, write_color_map

_ELEMENT = "crowd-image-classifier"
_LABELS = ("good", "bad")

simulate: Final = partial(simulate_one, _ELEMENT)

EXAMPLE: Final = ExampleObject(
    labels=_LABELS,
    content=example_image.PNG,
    line={
        "mask-ref": "s3://lab/0",
        "mask-ref-metadata": {**write_color_map(("cat", "dog"), 0.9), "type": SEMANTIC_SEGMENTATION},
    },
    truth=write_one(0, 0, _LABELS),
    bad_answers={
        'no element with a "label" or "labels", and no button of a label': {},
        "crowd-image-classifier.label: the job has no label 'fine'": {_ELEMENT: {"label": "fine"}},
        "crowd-image-classifier.label must be text": {_ELEMENT: {"label": 1}},
        "has 2 labels ('good', 'bad'); one must be chosen": {_ELEMENT: {"labels": list(_LABELS)}},
        "workerComment must be text": {_ELEMENT: {"label": "good", "workerComment": ["well"]}},
    },
)
