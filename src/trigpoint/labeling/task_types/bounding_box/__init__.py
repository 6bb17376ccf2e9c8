"""Bounding boxes: workers draw a box around each thing in an image and choose its class."""

from __future__ import annotations

from typing import Final

from trigpoint.labeling.agreement.boxes import BoxAgreement
from trigpoint.labeling.model import Job
from trigpoint.labeling.task_types.answer_limits import AnswerLimits
from trigpoint.labeling.task_types.bounding_box.answers import Boxes, read_answer
from trigpoint.labeling.task_types.bounding_box.known import known_label
from trigpoint.labeling.task_types.bounding_box.labels import consolidate
from trigpoint.labeling.task_types.bounding_box.simulation import EXAMPLE, simulate
from trigpoint.labeling.task_types.contract import CategoryRules, DataKind, LabelPlace, TaskType
from trigpoint.labeling.task_types.image_facts import measure_image
from trigpoint.labeling.task_types.line_input import line_input
from trigpoint.labeling.task_types.template_file import DOCUMENTED_TEMPLATE, read_template
from trigpoint.records.labels.boxes import OBJECT_DETECTION


def _agreement(job: Job) -> BoxAgreement:
    return BoxAgreement(job.labels)


BOUNDING_BOX: Final[TaskType[Boxes]] = TaskType(
    name="BoundingBox",
    title="bounding box",
    data=DataKind.IMAGE,
    label_place=LabelPlace.MANIFEST,
    categories=CategoryRules(minimum=1, maximum=50),
    output_type=OBJECT_DETECTION,
    element="crowd-bounding-box",
    template=read_template(__name__),
    documented_template=read_template(__name__, DOCUMENTED_TEMPLATE),
    # Decision: AWS documents no limit. Few pictures of public sets have more than 1,000 boxes, and the task page stays
    # usable with 5,000. With long names and all digits they need less than 2 MiB.
    answer_limits=AnswerLimits(entries=5_000, size_bytes=4 * 2**20),
    measure=measure_image,
    task_input=line_input,
    read_answer=read_answer,
    consolidate=consolidate,
    simulate=simulate,
    agreement=_agreement,
    known_label=known_label,
    example=EXAMPLE,
)
