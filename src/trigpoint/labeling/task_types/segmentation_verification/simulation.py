"""Simulated workers who verify a mask, and an example."""

from __future__ import annotations

from functools import partial
from typing import Final

from trigpoint.labeling.task_types import example_image
from trigpoint.labeling.task_types.class_labels import write_one
from trigpoint.labeling.task_types.class_simulation import simulate_one
from trigpoint.labeling.task_types.contract import ExampleObject
from trigpoint.labeling.task_types.semantic_segmentation.example import LABELS as _MASK_LABELS
from trigpoint.labeling.task_types.semantic_segmentation.example import TRUE_PIXELS
from trigpoint.records.labels.masks import SEMANTIC_SEGMENTATION, write_color_map, write_mask

_ELEMENT = "crowd-image-classifier"
_LABELS = ("good", "bad")

simulate: Final = partial(simulate_one, _ELEMENT)

EXAMPLE: Final = ExampleObject(
    labels=_LABELS,
    content=example_image.PNG,
    line={
        "mask-ref": "s3://lab/mask.png",
        "mask-ref-metadata": {**write_color_map(_MASK_LABELS, 0.9), "type": SEMANTIC_SEGMENTATION},
    },
    files={"mask.png": write_mask(TRUE_PIXELS, example_image.SIZE)},
    truth=write_one(0, 0, _LABELS),
    bad_answers={
        'no element with a "label" or "labels", and no button of a label': {},
        "crowd-image-classifier.label: the job has no label 'fine'": {_ELEMENT: {"label": "fine"}},
        "crowd-image-classifier.label must be text": {_ELEMENT: {"label": 1}},
        "has 2 labels ('good', 'bad'); one must be chosen": {_ELEMENT: {"labels": list(_LABELS)}},
        "workerComment must be text": {_ELEMENT: {"label": "good", "workerComment": ["well"]}},
    },
)
