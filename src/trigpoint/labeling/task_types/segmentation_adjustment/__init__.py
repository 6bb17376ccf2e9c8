"""Adjustment of semantic segmentation: workers correct the mask that an earlier job has made."""

from __future__ import annotations

from functools import partial
from typing import Final

from trigpoint.labeling.task_types.contract import CategoryRules, DataKind, LabelPlace, TaskType
from trigpoint.labeling.task_types.known_masks import known_label, measure_reviewed
from trigpoint.labeling.task_types.mask_answers import (
    MASK_LIMITS,
    MOST_OBJECTS,
    MaskAnswer,
    read_adjusted_answer,
)
from trigpoint.labeling.task_types.mask_labels import consolidate_adjusted, consolidation_s, new_agreement
from trigpoint.labeling.task_types.mask_simulation import simulate
from trigpoint.labeling.task_types.reviewed_masks import task_input
from trigpoint.labeling.task_types.segmentation_adjustment.example import EXAMPLE
from trigpoint.labeling.task_types.template_file import DOCUMENTED_TEMPLATE, read_template
from trigpoint.records.labels import masks

SEGMENTATION_ADJUSTMENT: Final[TaskType[MaskAnswer]] = TaskType(
    name="AdjustmentSemanticSegmentation",
    title="semantic segmentation adjustment",
    data=DataKind.IMAGE,
    label_place=LabelPlace.FILE,
    categories=CategoryRules(minimum=1, maximum=masks.MOST_CLASSES),
    most_objects=MOST_OBJECTS,
    output_type=masks.SEMANTIC_SEGMENTATION,
    reviews=masks.SEMANTIC_SEGMENTATION,
    element="crowd-semantic-segmentation",
    template=read_template(__name__),
    documented_template=read_template(__name__, DOCUMENTED_TEMPLATE),
    answer_limits=MASK_LIMITS,
    measure=measure_reviewed,
    task_input=task_input,
    read_answer=read_adjusted_answer,
    consolidate=consolidate_adjusted,
    consolidation_s=consolidation_s,
    # a simulated worker paints the whole mask, whatever they were given
    simulate=partial(simulate, is_modified=True),
    agreement=new_agreement,
    known_label=known_label,
    example=EXAMPLE,
)
