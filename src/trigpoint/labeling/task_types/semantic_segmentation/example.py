"""An example of semantic segmentation, and answers that are refused."""

from __future__ import annotations

import base64
from typing import Any, Final

from trigpoint.labeling.task_types import example_image
from trigpoint.labeling.task_types.contract import ExampleObject
from trigpoint.labeling.task_types.mask_answers import write_answer
from trigpoint.labeling.task_types.mask_labels import write_label
from trigpoint.records.labels.image_size import ImageSize

_SIZE: Final = example_image.SIZE
LABELS: Final = ("road", "car")
TRUE_PIXELS: Final = b"".join(
    bytes(2 if 4 <= x < 9 and 5 <= y < 10 else y > 6 for x in range(_SIZE.width)) for y in range(_SIZE.height)
)
"""A car on a road, under an empty sky."""

_ELEMENT: Final = "crowd-semantic-segmentation"


def bad_answer(size: ImageSize = _SIZE, **changes: Any) -> dict[str, Any]:
    """The true answer, for an image of this size, with other members."""
    answer = write_answer(TRUE_PIXELS[: size.width * size.height], size, LABELS)
    return {_ELEMENT: {**answer[_ELEMENT], **changes}}


def _png(content: bytes) -> dict[str, str]:
    return {"pngImageData": base64.b64encode(content).decode()}


BAD_ANSWERS: Final = {
    "no element with a labeledImage": {},
    f"{_ELEMENT}.labelMappings must be an object": bad_answer(labelMappings=None),
    "labelMappings.car.color must be a colour like #2ca02c, not": bad_answer(
        labelMappings={"car": {"color": "green"}}
    ),
    "pngImageData is missing": bad_answer(labeledImage={}),
    "pngImageData is not base64": bad_answer(labeledImage={"pngImageData": "%%%"}),
    "pngImageData is not an image": bad_answer(labeledImage=_png(b"GIF89a")),
    "pngImageData has 8 x 8 pixels, but the image has 16 x 12": bad_answer(ImageSize(8, 8)),
    "the pixel at x 0, y 7 has the colour #2ca02c: no label has this colour": bad_answer(
        labelMappings={"car": {"color": "#1f77b4"}}
    ),
}

EXAMPLE: Final = ExampleObject(
    labels=LABELS,
    content=example_image.PNG,
    truth=write_label(TRUE_PIXELS, LABELS, _SIZE, 0),
    bad_answers={
        **BAD_ANSWERS,
        "labelMappings: the job has no label 'cow'": bad_answer(labelMappings={"cow": {"color": "#1f77b4"}}),
    },
)
