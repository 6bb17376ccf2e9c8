"""An example of a mask that is adjusted: the job before it has seen the road, but not the car."""

from __future__ import annotations

from typing import Final

from trigpoint.labeling.task_types import example_image
from trigpoint.labeling.task_types.contract import ExampleObject, Label
from trigpoint.labeling.task_types.mask_labels import write_label
from trigpoint.labeling.task_types.semantic_segmentation.example import (
    BAD_ANSWERS,
    LABELS,
    TRUE_PIXELS,
    bad_answer,
)
from trigpoint.records.labels.attributes import write_adjustment_status
from trigpoint.records.labels.masks import SEMANTIC_SEGMENTATION, write_color_map, write_mask

_BEFORE: Final = TRUE_PIXELS.replace(b"\x02", b"\x00")
_TRUTH: Final = write_label(TRUE_PIXELS, LABELS, example_image.SIZE, 0)

EXAMPLE: Final = ExampleObject(
    labels=LABELS,
    content=example_image.PNG,
    truth=Label(_TRUTH.value, {**_TRUTH.metadata, **write_adjustment_status(True)}),
    bad_answers={
        **BAD_ANSWERS,
        "colour #1f77b4: the job has no label 'cow'": bad_answer(
            labelMappings={"road": {"color": "#2ca02c"}, "cow": {"color": "#1f77b4"}}
        ),
        "initialValueModified must be true or false": bad_answer(initialValueModified=1),
    },
    line={
        "first-ref": "s3://lab/first.png",
        "first-ref-metadata": {**write_color_map(LABELS, 0), "type": SEMANTIC_SEGMENTATION},
    },
    files={"first.png": write_mask(_BEFORE, example_image.SIZE)},
)
