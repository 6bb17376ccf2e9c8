"""Multi-label image classification: workers choose all labels that fit an image."""

from __future__ import annotations

from typing import Final

from trigpoint.labeling.task_types.class_answers import BOXES, CHOICE_LIMITS, Choice, read_several
from trigpoint.labeling.task_types.class_labels import agreement, consolidate_several, known_several
from trigpoint.labeling.task_types.contract import CategoryRules, DataKind, LabelPlace, TaskType
from trigpoint.labeling.task_types.image_classification_multi_label.simulation import EXAMPLE, simulate
from trigpoint.labeling.task_types.image_facts import measure_image
from trigpoint.labeling.task_types.line_input import line_input
from trigpoint.labeling.task_types.template_file import DOCUMENTED_TEMPLATE, read_template
from trigpoint.records.labels.classes import IMAGE_CLASSIFICATION_MULTILABEL

IMAGE_CLASSIFICATION_MULTI_LABEL: Final[TaskType[Choice]] = TaskType(
    name="ImageMultiClassMultiLabel",
    title="multi-label image classification",
    data=DataKind.IMAGE,
    label_place=LabelPlace.MANIFEST,
    categories=CategoryRules(minimum=2, maximum=50),
    output_type=IMAGE_CLASSIFICATION_MULTILABEL,
    element="crowd-image-classifier-multi-select",
    other_elements=("crowd-classifier-multi-select", "crowd-image-classifier", "crowd-classifier", *BOXES),
    template=read_template(__name__),
    documented_template=read_template(__name__, DOCUMENTED_TEMPLATE),
    methods=("reference",),
    answer_limits=CHOICE_LIMITS,
    measure=measure_image,
    task_input=line_input,
    read_answer=read_several,
    consolidate=consolidate_several,
    simulate=simulate,
    agreement=agreement,
    known_label=known_several,
    example=EXAMPLE,
)
