"""Image classification: workers choose one label for an image."""

from __future__ import annotations

from typing import Final

from trigpoint.labeling.task_types.class_answers import BUTTONS, CHOICE_LIMITS, Choice, read_one
from trigpoint.labeling.task_types.class_labels import agreement, consolidate_one, known_one
from trigpoint.labeling.task_types.contract import CategoryRules, DataKind, LabelPlace, TaskType
from trigpoint.labeling.task_types.image_classification.simulation import EXAMPLE, simulate
from trigpoint.labeling.task_types.image_facts import measure_image
from trigpoint.labeling.task_types.line_input import line_input
from trigpoint.labeling.task_types.template_file import DOCUMENTED_TEMPLATE, read_template
from trigpoint.records.labels import classes

IMAGE_CLASSIFICATION: Final[TaskType[Choice]] = TaskType(
    name="ImageMultiClass",
    title="image classification",
    data=DataKind.IMAGE,
    label_place=LabelPlace.MANIFEST,
    categories=CategoryRules(minimum=2),
    output_type=classes.IMAGE_CLASSIFICATION,
    element="crowd-image-classifier",
    other_elements=("crowd-classifier", *BUTTONS),
    template=read_template(__name__),
    documented_template=read_template(__name__, DOCUMENTED_TEMPLATE),
    methods=("reference",),
    answer_limits=CHOICE_LIMITS,
    measure=measure_image,
    task_input=line_input,
    read_answer=read_one,
    consolidate=consolidate_one,
    simulate=simulate,
    agreement=agreement,
    known_label=known_one,
    example=EXAMPLE,
)
