"""Every registered task type meets the contract of task types."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.task_types import assert_task_type_contract
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.contract import TaskType
from trigpoint.objects import ObjectStore
from trigpoint.settings import Settings


@pytest.mark.parametrize("task_type", TASK_TYPES.values(), ids=TASK_TYPES.keys())
def test_every_registered_task_type_meets_the_contract(
    task_type: TaskType[Any], database: Database, settings: Settings, clock: FakeClock
) -> None:
    assert_task_type_contract(task_type, ObjectStore(database, settings.objects_dir, clock))
