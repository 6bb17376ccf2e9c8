"""Named entities: workers mark parts of a text and choose a label for each."""

from __future__ import annotations

from typing import Final

from trigpoint.labeling.task_types.answer_limits import AnswerLimits
from trigpoint.labeling.task_types.contract import CategoryRules, DataKind, LabelPlace, TaskType
from trigpoint.labeling.task_types.named_entity_recognition.answers import Entities, read_answer
from trigpoint.labeling.task_types.named_entity_recognition.input import entity_input
from trigpoint.labeling.task_types.named_entity_recognition.labels import (
    agreement,
    consolidate,
    known_label,
)
from trigpoint.labeling.task_types.named_entity_recognition.simulation import EXAMPLE, simulate
from trigpoint.labeling.task_types.template_file import DOCUMENTED_TEMPLATE, read_template
from trigpoint.labeling.task_types.text_facts import measure_text
from trigpoint.records.labels.spans import TEXT_SPAN

NAMED_ENTITY_RECOGNITION: Final[TaskType[Entities]] = TaskType(
    name="NamedEntityRecognition",
    title="named entity recognition",
    data=DataKind.TEXT,
    label_place=LabelPlace.MANIFEST,
    categories=CategoryRules(minimum=1),
    output_type=TEXT_SPAN,
    element="crowd-entity-annotation",
    element_has_form=True,
    template=read_template(__name__),
    documented_template=read_template(__name__, DOCUMENTED_TEMPLATE),
    built_in_ui="NamedEntityRecognition",
    # Decision: AWS documents no limit. A text of 20,000 characters has about 4,000 words.
    answer_limits=AnswerLimits(entries=5_000, size_bytes=4 * 2**20),
    measure=measure_text,
    task_input=entity_input,
    read_answer=read_answer,
    consolidate=consolidate,
    simulate=simulate,
    agreement=agreement,
    known_label=known_label,
    example=EXAMPLE,
)
