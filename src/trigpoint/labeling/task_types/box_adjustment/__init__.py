"""Bounding box adjustment: workers correct the boxes of an earlier job."""

from __future__ import annotations

from typing import Final

from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.bounding_box.known import known_label
from trigpoint.labeling.task_types.bounding_box.simulation import simulate
from trigpoint.labeling.task_types.box_adjustment.answers import AdjustedBoxes, read_answer
from trigpoint.labeling.task_types.box_adjustment.labels import consolidate, new_agreement
from trigpoint.labeling.task_types.box_adjustment.simulation import EXAMPLE
from trigpoint.labeling.task_types.box_verification.input import measure, task_input
from trigpoint.labeling.task_types.contract import CategoryRules, DataKind, LabelPlace, TaskType
from trigpoint.labeling.task_types.template_file import DOCUMENTED_TEMPLATE, read_template
from trigpoint.records.labels.boxes import OBJECT_DETECTION

BOX_ADJUSTMENT: Final[TaskType[AdjustedBoxes]] = TaskType(
    name="AdjustmentBoundingBox",
    title="bounding box adjustment",
    data=DataKind.IMAGE,
    label_place=LabelPlace.MANIFEST,
    categories=CategoryRules(minimum=1, maximum=50),
    output_type=OBJECT_DETECTION,
    reviews=OBJECT_DETECTION,
    element="crowd-bounding-box",
    template=read_template(__name__),
    documented_template=read_template(__name__, DOCUMENTED_TEMPLATE),
    answer_limits=BOUNDING_BOX.answer_limits,
    measure=measure,
    task_input=task_input,
    read_answer=read_answer,
    consolidate=consolidate,
    simulate=simulate,
    agreement=new_agreement,
    known_label=known_label,
    example=EXAMPLE,
)
