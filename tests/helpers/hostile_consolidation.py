"""A consolidation of boxes that never ends for one object and crashes for another.

It is a module of its own, so that other processes can import it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.contract import AnsweredObject, Consolidation, Experience

ENDLESS, CRASHING = 1, 3
"""Indexes of objects."""


def consolidate(job: Job, answered: Sequence[AnsweredObject[Any]], experience: Experience) -> Consolidation:
    for each in answered:
        while each.data_object.index == ENDLESS:
            pass
        if each.data_object.index == CRASHING:
            raise KeyError("a mistake")
    return BOUNDING_BOX.consolidate(job, answered, experience)


def five_seconds(data_object: DataObject, answers: int) -> float:
    """An estimate of the time of an object."""
    return 5.0
