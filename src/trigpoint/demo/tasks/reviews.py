"""Pictures with labels of an earlier job, of which some are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from trigpoint.demo.session import Session
from trigpoint.demo.task_set import TaskSet
from trigpoint.demo.tasks.images import uploaded_drawings
from trigpoint.demo.tasks.shapes import HEIGHT, SHAPES, WIDTH, Shape
from trigpoint.labeling.task_types.box_verification import BOX_VERIFICATION
from trigpoint.labeling.task_types.class_labels import write_one
from trigpoint.records.labels.attributes import METADATA, common_metadata
from trigpoint.records.labels.boxes import OBJECT_DETECTION, Box, write_box_label, write_box_metadata
from trigpoint.records.labels.image_size import ImageSize

VERDICTS = ("good", "bad")
BAD_SHARE = 0.3
_IDS = {shape: class_id for class_id, shape in enumerate(SHAPES)}
_SIZE = ImageSize(WIDTH, HEIGHT)


def box_verification(session: Session, dice: Random, count: int) -> TaskSet:
    """Pictures with boxes of an earlier job, in some of which a box is too small."""
    lines, truths = [], {}
    for uri, drawing in uploaded_drawings(session, dice, count):
        is_bad = dice.random() < BAD_SHARE
        lines.append({"source-ref": uri, **_boxes(_spoiled(drawing.shapes) if is_bad else drawing.shapes)})
        truths[uri] = write_one(int(is_bad), 0, VERDICTS)
    return TaskSet(
        task_type=BOX_VERIFICATION,
        categories=tuple({"label": verdict} for verdict in VERDICTS),
        label_attribute="verdict",
        lines=tuple(lines),
        truths=truths,
        title="Are the boxes of {count} pictures right?",
        description="Choose whether each shape has a box that fits",
        keywords=("Images", "Verification"),
    )


def _boxes(shapes: Sequence[Shape]) -> dict[str, Any]:
    """The label of an earlier job with boxes of these shapes."""
    boxes = [Box(shape.name, shape.left, shape.top, shape.side, shape.side) for shape in shapes]
    metadata = {
        **write_box_metadata(boxes, _IDS),
        **common_metadata(OBJECT_DETECTION, "earlier-job", datetime.now(UTC)),
    }
    return {"boxes": write_box_label(boxes, _IDS, _SIZE), "boxes" + METADATA: metadata}


def _spoiled(shapes: Sequence[Shape]) -> list[Shape]:
    """The shapes with half of the first one."""
    return [replace(shapes[0], side=shapes[0].side // 2), *shapes[1:]]
