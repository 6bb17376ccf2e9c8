"""Pictures with labels of an earlier job, of which some are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from trigpoint.demo.session import Session
from trigpoint.demo.task_set import TaskSet, task_object
from trigpoint.demo.tasks.images import CATEGORIES, true_mask, uploaded_drawings
from trigpoint.demo.tasks.shapes import HEIGHT, SHAPES, WIDTH, Drawing, Shape
from trigpoint.labeling.task_types.bounding_box import labels as box_labels
from trigpoint.labeling.task_types.box_adjustment import BOX_ADJUSTMENT
from trigpoint.labeling.task_types.box_verification import BOX_VERIFICATION
from trigpoint.labeling.task_types.class_labels import write_one
from trigpoint.labeling.task_types.contract import Label, LabelFile
from trigpoint.labeling.task_types.segmentation_adjustment import SEGMENTATION_ADJUSTMENT
from trigpoint.labeling.task_types.segmentation_verification import SEGMENTATION_VERIFICATION
from trigpoint.records.labels.attributes import METADATA, common_metadata
from trigpoint.records.labels.boxes import OBJECT_DETECTION, Box
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import SEMANTIC_SEGMENTATION as MASK

VERDICTS = ("good", "bad")
BAD_SHARE = 0.3
_VERDICTS = tuple({"label": verdict} for verdict in VERDICTS)


def box_verification(session: Session, dice: Random, count: int) -> TaskSet:
    """Pictures with boxes of an earlier job, in some of which a box is too small."""
    reviewed = list(_pictures_with_boxes(session, dice, count))
    return TaskSet(
        task_type=BOX_VERIFICATION,
        categories=_VERDICTS,
        label_attribute="verdict",
        lines=tuple(each.line for each in reviewed),
        truths={each.uri: each.verdict for each in reviewed},
        title="Are the boxes of {count} pictures right?",
        description="Choose whether each shape has a box that fits",
        keywords=("Images", "Verification"),
    )


def mask_verification(session: Session, dice: Random, count: int) -> TaskSet:
    """Pictures with masks of an earlier job, in some of which a part is missing."""
    reviewed = list(_pictures_with_masks(session, dice, count))
    return TaskSet(
        task_type=SEGMENTATION_VERIFICATION,
        categories=_VERDICTS,
        label_attribute="verdict",
        lines=tuple(each.line for each in reviewed),
        truths={each.uri: each.verdict for each in reviewed},
        title="Are the masks of {count} pictures right?",
        description="Choose whether each shape is painted whole",
        keywords=("Images", "Verification"),
    )


def box_adjustment(session: Session, dice: Random, count: int) -> TaskSet:
    """The pictures of `box_verification`; workers correct the boxes."""
    reviewed = list(_pictures_with_boxes(session, dice, count))
    return TaskSet(
        task_type=BOX_ADJUSTMENT,
        categories=CATEGORIES,
        label_attribute="corrected",
        lines=tuple(each.line for each in reviewed),
        truths={each.uri: _boxes(each.drawing.shapes) for each in reviewed},
        title="Corrections of the boxes of {count} pictures",
        description="Correct the boxes that do not fit",
        keywords=("Images", "Adjustment"),
    )


def mask_adjustment(session: Session, dice: Random, count: int) -> TaskSet:
    """The pictures of `mask_verification`; workers correct the masks."""
    reviewed = list(_pictures_with_masks(session, dice, count))
    return TaskSet(
        task_type=SEGMENTATION_ADJUSTMENT,
        categories=CATEGORIES,
        label_attribute="corrected-ref",
        lines=tuple(each.line for each in reviewed),
        truths={each.uri: true_mask(each.drawing.mask) for each in reviewed},
        title="Corrections of the masks of {count} pictures",
        description="Paint what is missing, and erase what is too much",
        keywords=("Images", "Adjustment"),
    )


@dataclass(frozen=True, slots=True)
class _Reviewed:
    """A picture with a label of an earlier job: its manifest line, what it shows, and whether the label is bad."""

    line: dict[str, Any]
    drawing: Drawing
    is_bad: bool

    @property
    def uri(self) -> str:
        return task_object(self.line)

    @property
    def verdict(self) -> Label:
        return write_one(int(self.is_bad), 0, VERDICTS)


def _pictures_with_boxes(session: Session, dice: Random, count: int) -> Iterator[_Reviewed]:
    for uri, drawing in uploaded_drawings(session, dice, count):
        is_bad = dice.random() < BAD_SHARE
        boxes = _boxes(_spoiled(drawing.shapes) if is_bad else drawing.shapes)
        line = {"source-ref": uri, **_label_of_earlier_job("boxes", boxes, OBJECT_DETECTION)}
        yield _Reviewed(line, drawing, is_bad)


def _pictures_with_masks(session: Session, dice: Random, count: int) -> Iterator[_Reviewed]:
    for uri, drawing in uploaded_drawings(session, dice, count):
        is_bad = dice.random() < BAD_SHARE
        line = {"source-ref": uri, **_earlier_mask(session, uri, drawing, is_bad)}
        yield _Reviewed(line, drawing, is_bad)


def _boxes(shapes: Sequence[Shape]) -> Label:
    boxes = [Box(shape.name, shape.left, shape.top, shape.side, shape.side) for shape in shapes]
    return box_labels.write_label(boxes, SHAPES, ImageSize(WIDTH, HEIGHT))


def _spoiled(shapes: Sequence[Shape]) -> list[Shape]:
    """The shapes with half of the first one."""
    return [replace(shapes[0], side=shapes[0].side // 2), *shapes[1:]]


def _earlier_mask(session: Session, uri: str, drawing: Drawing, is_bad: bool) -> dict[str, Any]:
    """The mask of the drawing, as a file; a bad one lacks a half of the first shape."""
    mask = drawing.mask.copy()
    if is_bad:
        first = drawing.shapes[0]
        mask[first.top : first.top + first.side // 2, first.left : first.left + first.side] = 0
    label = true_mask(mask)
    assert isinstance(label.value, LabelFile), "masks are files"
    name = "masks/" + uri.rpartition("/")[2]
    written = replace(label, value=session.put(name, label.value.content))
    return _label_of_earlier_job("shapes-ref", written, MASK)


def _label_of_earlier_job(attribute: str, label: Label, output_type: str) -> dict[str, Any]:
    common = common_metadata(output_type, "earlier-job", datetime.now(UTC))
    return {attribute: label.value, attribute + METADATA: {**label.metadata, **common}}
