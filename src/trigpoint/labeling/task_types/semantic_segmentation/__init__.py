"""Semantic segmentation: workers paint each pixel of an image with the colour of its class."""

from __future__ import annotations

from typing import Final

from trigpoint.labeling.task_types.contract import CategoryRules, DataKind, LabelPlace, TaskType
from trigpoint.labeling.task_types.known_masks import known_label, measure
from trigpoint.labeling.task_types.line_input import line_input
from trigpoint.labeling.task_types.mask_answers import MASK_LIMITS, MOST_OBJECTS, MaskAnswer, read_answer
from trigpoint.labeling.task_types.mask_labels import consolidate, consolidation_s, new_agreement
from trigpoint.labeling.task_types.mask_simulation import simulate
from trigpoint.labeling.task_types.semantic_segmentation.example import EXAMPLE
from trigpoint.labeling.task_types.template_file import DOCUMENTED_TEMPLATE, read_template
from trigpoint.records.labels import masks

SEMANTIC_SEGMENTATION: Final[TaskType[MaskAnswer]] = TaskType(
    name="SemanticSegmentation",
    title="semantic segmentation",
    data=DataKind.IMAGE,
    label_place=LabelPlace.FILE,
    # Decision: AWS sets no limit. A mask has 8 bits for each pixel, and one value is the background.
    categories=CategoryRules(minimum=1, maximum=masks.MOST_CLASSES),
    most_objects=MOST_OBJECTS,
    output_type=masks.SEMANTIC_SEGMENTATION,
    element="crowd-semantic-segmentation",
    template=read_template(__name__),
    documented_template=read_template(__name__, DOCUMENTED_TEMPLATE),
    answer_limits=MASK_LIMITS,
    measure=measure,
    task_input=line_input,
    read_answer=read_answer,
    consolidate=consolidate,
    consolidation_s=consolidation_s,
    simulate=simulate,
    agreement=new_agreement,
    known_label=known_label,
    example=EXAMPLE,
)
