"""Segmentation verification: workers say whether the mask of an earlier job is right."""

from __future__ import annotations

from typing import Final

from trigpoint.labeling.task_types.class_answers import BUTTONS, CHOICE_LIMITS, Choice, read_one
from trigpoint.labeling.task_types.class_labels import agreement, consolidate_verification, known_one
from trigpoint.labeling.task_types.contract import CategoryRules, DataKind, LabelPlace, TaskType
from trigpoint.labeling.task_types.reviewed_masks import measure, task_input
from trigpoint.labeling.task_types.segmentation_verification.simulation import EXAMPLE, simulate
from trigpoint.labeling.task_types.template_file import DOCUMENTED_TEMPLATE, read_template
from trigpoint.records.labels.classes import LABEL_VERIFICATION
from trigpoint.records.labels.masks import SEMANTIC_SEGMENTATION

SEGMENTATION_VERIFICATION: Final[TaskType[Choice]] = TaskType(
    name="VerificationSemanticSegmentation",
    title="segmentation verification",
    data=DataKind.IMAGE,
    label_place=LabelPlace.MANIFEST,
    categories=CategoryRules(minimum=1),
    output_type=LABEL_VERIFICATION,
    reviews=SEMANTIC_SEGMENTATION,
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
