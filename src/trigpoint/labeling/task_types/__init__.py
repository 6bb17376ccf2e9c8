"""The task types that labeling jobs can have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.box_adjustment import BOX_ADJUSTMENT
from trigpoint.labeling.task_types.box_verification import BOX_VERIFICATION
from trigpoint.labeling.task_types.contract import TaskType
from trigpoint.labeling.task_types.image_classification import IMAGE_CLASSIFICATION
from trigpoint.labeling.task_types.image_classification_multi_label import IMAGE_CLASSIFICATION_MULTI_LABEL
from trigpoint.labeling.task_types.named_entity_recognition import NAMED_ENTITY_RECOGNITION
from trigpoint.labeling.task_types.pass_through import PASS_THROUGH
from trigpoint.labeling.task_types.segmentation_adjustment import SEGMENTATION_ADJUSTMENT
from trigpoint.labeling.task_types.segmentation_verification import SEGMENTATION_VERIFICATION
from trigpoint.labeling.task_types.semantic_segmentation import SEMANTIC_SEGMENTATION
from trigpoint.labeling.task_types.text_classification import TEXT_CLASSIFICATION
from trigpoint.labeling.task_types.text_classification_multi_label import TEXT_CLASSIFICATION_MULTI_LABEL

_REGISTERED: Final[tuple[TaskType[Any], ...]] = (
    IMAGE_CLASSIFICATION,
    IMAGE_CLASSIFICATION_MULTI_LABEL,
    BOUNDING_BOX,
    BOX_VERIFICATION,
    BOX_ADJUSTMENT,
    SEMANTIC_SEGMENTATION,
    SEGMENTATION_VERIFICATION,
    SEGMENTATION_ADJUSTMENT,
    TEXT_CLASSIFICATION,
    TEXT_CLASSIFICATION_MULTI_LABEL,
    NAMED_ENTITY_RECOGNITION,
    PASS_THROUGH,
)

TASK_TYPES: Final[Mapping[str, TaskType[Any]]] = {task_type.name: task_type for task_type in _REGISTERED}
"""All task types by their name, which a job keeps as `task_type`."""


def task_type_named(name: str) -> TaskType[Any]:
    """The task type of that name, in any case.

    Raises: Invalid: there is none; names all.
    """
    by_name = {each.lower(): task_type for each, task_type in TASK_TYPES.items()}
    found = by_name.get(name.lower())
    if found is None:
        raise Invalid(f"there is no task type {name!r}; it can be {', '.join(TASK_TYPES)}")
    return found
