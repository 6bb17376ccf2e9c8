"""The demo's data objects for each task type: drawn pictures and written texts, whose true labels are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.demo.session import Session
from trigpoint.demo.task_set import TaskSet
from trigpoint.demo.tasks import images, reviews, texts

MakeTasks = Callable[[Session, Random, int], TaskSet]
"""Makes this many data objects, uploads what they refer to, and returns them with their true labels."""

TASKS: Final[Mapping[str, MakeTasks]] = {
    "ImageMultiClass": images.classes,
    "ImageMultiClassMultiLabel": images.several_classes,
    "SemanticSegmentation": images.masks,
    "VerificationBoundingBox": reviews.box_verification,
    "VerificationSemanticSegmentation": reviews.mask_verification,
    "AdjustmentBoundingBox": reviews.box_adjustment,
    "AdjustmentSemanticSegmentation": reviews.mask_adjustment,
    "TextMultiClass": texts.moods,
    "TextMultiClassMultiLabel": texts.topics,
    "NamedEntityRecognition": texts.entities,
    "PassThrough": texts.remarks,
}
"""By the name of the task type. Bounding boxes are not among them: `trigpoint demo` has street scenes for these."""


def make_tasks(name: str, session: Session, dice: Random, count: int) -> TaskSet:
    """So many data objects of the task type.

    Raises: Invalid: the demo has none of that name; lists those that it has.
    """
    by_name = {each.lower(): make for each, make in TASKS.items()}
    if name.lower() not in by_name:
        raise Invalid(f"--task {name}: the demo has BoundingBox, {', '.join(TASKS)}")
    return by_name[name.lower()](session, dice, count)
