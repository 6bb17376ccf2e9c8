"""A data object after one of its assignments begins or ends: pure counting.

While an object is open, `open_slots + active_count + answer_count` is the number of workers that the job wants for it.
When as many workers have declined it, no other worker is offered it.
"""

from __future__ import annotations

from dataclasses import replace

from trigpoint.labeling.model import AssignmentStatus, DataObject, ObjectStatus


def after_accept(data_object: DataObject) -> DataObject:
    """The object after a worker took one of its slots."""
    assert data_object.open_slots > 0
    return replace(
        data_object, open_slots=data_object.open_slots - 1, active_count=data_object.active_count + 1
    )


def after_end(data_object: DataObject, how: AssignmentStatus, workers_per_object: int) -> DataObject:
    """The object after one of its active assignments was submitted, declined, released or expired.

    An answer uses the slot up. Otherwise the slot is offered again, unless as many workers as the job wants have
    declined. Decision: workers who are working on the object when the last refusal comes may finish, and their answers
    count; the object fails only when nobody answered.
    """
    submitted = how is AssignmentStatus.SUBMITTED
    declines = data_object.decline_count + (how is AssignmentStatus.DECLINED)
    refused = declines >= workers_per_object
    open_slots = 0 if refused else data_object.open_slots + (not submitted)
    changed = replace(
        data_object,
        open_slots=open_slots,
        active_count=data_object.active_count - 1,
        answer_count=data_object.answer_count + submitted,
        decline_count=declines,
        failure_reason=f"declined by {declines} worker{'s' * (declines != 1)}" if refused else None,
    )
    over = open_slots == 0 and changed.active_count == 0
    return replace(changed, status=ObjectStatus.READY) if over else changed


def closed(data_object: DataObject, reason: str) -> DataObject:
    """The object when its offer ends and its active assignments are withdrawn."""
    return replace(
        data_object, status=ObjectStatus.READY, open_slots=0, active_count=0, failure_reason=reason
    )


def withdrawn(data_object: DataObject) -> DataObject:
    """The object when its job stops: existing answers count; without any it stays unlabeled."""
    status = ObjectStatus.READY if data_object.answer_count else ObjectStatus.WAITING
    return replace(data_object, status=status, open_slots=0, active_count=0)
