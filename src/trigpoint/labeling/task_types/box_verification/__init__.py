"""Bounding box verification: workers say whether the boxes of an earlier job are right."""

from __future__ import annotations

from typing import Final

from trigpoint.labeling.task_types.box_verification.input import measure, task_input
from trigpoint.labeling.task_types.box_verification.simulation import EXAMPLE, simulate
from trigpoint.labeling.task_types.class_answers import BUTTONS, CHOICE_LIMITS, Choice, read_one
from trigpoint.labeling.task_types.class_labels import agreement, consolidate_verification, known_one
from trigpoint.labeling.task_types.contract import CategoryRules, DataKind, LabelPlace, TaskType
from trigpoint.labeling.task_types.template_file import DOCUMENTED_TEMPLATE, read_template
from trigpoint.records.labels.boxes import OBJECT_DETECTION
from trigpoint.records.labels.classes import LABEL_VERIFICATION

BOX_VERIFICATION: Final[TaskType[Choice]] = TaskType(
    name="VerificationBoundingBox",
    title="bounding box verification",
    data=DataKind.IMAGE,
    label_place=LabelPlace.MANIFEST,
    categories=CategoryRules(minimum=1),
    output_type=LABEL_VERIFICATION,
    reviews=OBJECT_DETECTION,
    element="crowd-image-classifier",
    other_elements=("crowd-classifier", *BUTTONS),
    template=read_template(__name__),
    documented_template=read_template(__name__, DOCUMENTED_TEMPLATE),
    methods=("reference",),
    answer_limits=CHOICE_LIMITS,
    measure=measure,
    task_input=task_input,
    read_answer=read_one,
    consolidate=consolidate_verification,
    simulate=simulate,
    agreement=agreement,
    known_label=known_one,
    example=EXAMPLE,
)
