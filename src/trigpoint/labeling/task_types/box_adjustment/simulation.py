"""Simulated workers who correct boxes, and an example."""

from __future__ import annotations

from typing import Any, Final

from trigpoint.labeling.task_types import example_image
from trigpoint.labeling.task_types.bounding_box.labels import write_label
from trigpoint.labeling.task_types.bounding_box.simulation import EXAMPLE as DRAWN
from trigpoint.labeling.task_types.contract import ExampleObject
from trigpoint.records.labels.boxes import OBJECT_DETECTION, Box

_LABELS = ("cat", "dog")
_SHOWN = write_label([Box("dog", 2, 3, 5, 6), Box("cat", 0, 0, 4, 4)], _LABELS, example_image.SIZE)


def _bad(**changes: Any) -> dict[str, Any]:
    box = {"label": "cat", "left": 1, "top": 2, "width": 3, "height": 4}
    return {"boundingBox": {"boundingBoxes": [box], **changes}}


EXAMPLE: Final = ExampleObject(
    labels=_LABELS,
    content=example_image.PNG,
    line={"boxes": _SHOWN.value, "boxes-metadata": {**_SHOWN.metadata, "type": OBJECT_DETECTION}},
    truth=write_label([Box("cat", 0, 0, 4, 4, 0), Box("dog", 2, 3, 8, 6, 0)], _LABELS, example_image.SIZE),
    bad_answers={
        **DRAWN.bad_answers,
        "boundingBox.initialValueModified must be true or false": _bad(initialValueModified="no"),
    },
)
