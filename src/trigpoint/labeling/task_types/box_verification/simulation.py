"""Simulated workers who verify boxes, and an example."""

from __future__ import annotations

from functools import partial
from typing import Final

from trigpoint.labeling.task_types import example_image
from trigpoint.labeling.task_types.class_labels import write_one
from trigpoint.labeling.task_types.class_simulation import simulate_one
from trigpoint.labeling.task_types.contract import ExampleObject
from trigpoint.records.labels.boxes import OBJECT_DETECTION, Box, write_box_label, write_box_metadata

_ELEMENT = "crowd-image-classifier"
_LABELS = ("good", "bad")
_BOXES = (Box("dog", 2, 3, 8, 6), Box("cat", 0, 0, 4, 4))
_IDS = {"cat": 0, "dog": 1}

simulate: Final = partial(simulate_one, _ELEMENT)

EXAMPLE: Final = ExampleObject(
    labels=_LABELS,
    content=example_image.PNG,
    line={
        "boxes": write_box_label(_BOXES, _IDS, example_image.SIZE),
        "boxes-metadata": {**write_box_metadata(_BOXES, _IDS), "type": OBJECT_DETECTION},
    },
    truth=write_one(1, 0, _LABELS),
    bad_answers={
        'no element with a "label" or "labels", and no button of a label': {},
        "crowd-image-classifier.label: the job has no label 'fine'": {_ELEMENT: {"label": "fine"}},
        "crowd-image-classifier.label must be text": {_ELEMENT: {"label": 1}},
        "has 2 labels ('good', 'bad'); one must be chosen": {_ELEMENT: {"labels": list(_LABELS)}},
        "workerComment must be text": {_ELEMENT: {"label": "good", "workerComment": ["well"]}},
        "workerComment has 2001 characters": {_ELEMENT: {"label": "good", "workerComment": "." * 2001}},
    },
)
