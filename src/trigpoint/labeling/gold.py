"""Known labels: lines of the input manifest whose label the requester knows, put among the others to measure workers.

The tag `trigpoint:gold-attribute` of a job names the attribute. An object with a known label is labeled like any other,
and its output line gets the label that the workers gave. Workers cannot tell it from the others: what they get has
neither the attribute nor its metadata.

Decision: one of a worker's first five tasks, and then one of each ten, is an object with a known label, at places that
follow from job and worker by chance. This ends when they have had all of them. If there was none at such a place, they
get it later, at most one more in each ten. Objects with a known label are offered first: each batch begins with
some.

Decision: an object with a known label that already has its label is given to further workers. Such an extra answer takes
no slot and does not change the label. A round learns from it about the worker, and its worker-response file is written.
So a few known labels are enough for many workers, and no object is labeled by more workers than the job wants. There
are extra answers only while other objects are offered, and the job does not end while a worker has such a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.contract import Label, TaskType
from trigpoint.records.labels.attributes import METADATA
from trigpoint.records.manifest.members import with_members

FIRST_TASKS = 5
TASKS_IN_BLOCK = 10
BATCH_SHARE = 5
"""At most one in so many objects of a batch is there ahead of its turn because its label is known."""


def is_due(job_id: str, worker_id: str, tasks: int, known: int) -> bool:
    """Whether the worker's next task should be an object with a known label.

    tasks, known: how many objects they have had, and how many of these have a known label.
    """
    block = 0 if tasks < FIRST_TASKS else (tasks - FIRST_TASKS) // TASKS_IN_BLOCK + 1
    if known > block:
        return False
    first, size = (
        (0, FIRST_TASKS) if not block else (FIRST_TASKS + (block - 1) * TASKS_IN_BLOCK, TASKS_IN_BLOCK)
    )
    dice = blake2b(f"{job_id}/{worker_id}/{block}".encode(), digest_size=8).digest()
    place = first + int.from_bytes(dice[:4]) % size
    if not block:
        return tasks >= place
    # a second place in the block, for those that are missing
    later = first + (place - first + 1 + int.from_bytes(dice[4:]) % (size - 1)) % size
    return tasks == place or (tasks == later and known < block)


def without_gold(job: Job, data_object: DataObject) -> DataObject:
    """The object as workers, templates and functions may see it: without its known label."""
    name = job.spec.gold_attribute
    if name is None:
        return data_object
    return replace(data_object, line=with_members(data_object.line, "", (name, name + METADATA)))


def has_gold(job: Job, task_type: TaskType[Any], line: Mapping[str, Any]) -> bool:
    """Whether the input line carries a known label. Null is none.

    Raises: Invalid: the label cannot be used; names the attribute and the rule.
    """
    return gold_of(job, task_type, line) is not None


def gold_of(job: Job, task_type: TaskType[Any], line: Mapping[str, Any]) -> Label | None:
    """The known label of an input line.

    Raises: Invalid: as `has_gold`.
    """
    name = job.spec.gold_attribute
    if name is None or task_type.known_label is None or line.get(name) is None:
        return None
    try:
        return task_type.known_label(job, line, name)
    except Invalid as problem:
        raise Invalid(f"the known label {name!r} cannot be used: {problem.message}") from None
