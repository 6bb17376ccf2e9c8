"""Simulated workers who choose classes."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from trigpoint.labeling.task_types.class_answers import write_one, write_several
from trigpoint.labeling.task_types.contract import Habits, Label


def simulate_one(
    element: str, truth: Label, labels: Sequence[str], dice: Random, habits: Habits
) -> dict[str, Any]:
    """What a worker submits who chooses one class in the element: most times the true one."""
    wrong = dice.random() < habits.mistake_rate
    return write_one(element, dice.choice(labels) if wrong else labels[truth.value])


def simulate_several(
    element: str, truth: Label, labels: Sequence[str], dice: Random, habits: Habits
) -> dict[str, Any]:
    """What a worker submits who chooses the true classes in the element, most of them seen, and at times a wrong one."""
    chosen = [labels[class_id] for class_id in truth.value if dice.random() >= habits.miss_rate]
    if dice.random() < habits.mistake_rate and (wrong := dice.choice(labels)) not in chosen:
        chosen.append(wrong)
    return write_several(element, chosen)
