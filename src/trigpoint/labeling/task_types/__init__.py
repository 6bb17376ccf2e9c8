"""The task types that labeling jobs can have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.contract import TaskType

_REGISTERED: Final[tuple[TaskType[Any], ...]] = (BOUNDING_BOX,)

TASK_TYPES: Final[Mapping[str, TaskType[Any]]] = {task_type.name: task_type for task_type in _REGISTERED}
"""All task types by their name, which a job keeps as `task_type`."""
