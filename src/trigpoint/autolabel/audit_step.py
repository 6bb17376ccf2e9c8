"""The step after the last round, and what becomes of audits: those that people return are compared with the machine's labels."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from trigpoint.autolabel import store, tree
from trigpoint.autolabel.auditing import AuditFigures, audit_figures, audit_line, is_confirmed
from trigpoint.autolabel.kinds import LabelKind
from trigpoint.autolabel.model import Phase, State
from trigpoint.autolabel.resources import PEOPLE_LOOK_S, Resources
from trigpoint.autolabel.results import write_report
from trigpoint.autolabel.sizes import any_of, batch_size
from trigpoint.core.errors import TrigpointError
from trigpoint.db.tables.events import record_event
from trigpoint.labeling import steps
from trigpoint.labeling.batches import begin_chosen
from trigpoint.labeling.model import KIND, Job
from trigpoint.labeling.object_figures import figures_of_members
from trigpoint.labeling.store import audits, held_objects, jobs, object_figures
from trigpoint.labeling.store.audits import Audit, AuditStatus


def audit_step(resources: Resources, job: Job, state: State) -> float | None:
    """After the last round: people check what is left to check, then the labeling job gets what is left to label."""
    if resources.people_work(job):
        return PEOPLE_LOOK_S
    settle(resources, job)
    if _give(resources, job):
        return PEOPLE_LOOK_S
    settle(resources, job, drop=True)
    write_last_report(resources, job, state)
    with resources.db.write() as connection:
        if store.replace(connection, replace(state, phase=Phase.DONE)):
            held_objects.release(connection, job.id)
            resources.queue.enqueue(connection, KIND, job.id)
    resources.queue.poke()
    return None


def write_last_report(resources: Resources, job: Job, state: State) -> None:
    """Writes the files with what the audit has found; the job ends without them if the object store refuses."""
    with resources.db.read() as connection:
        now = jobs.get(connection, job.id)
        checked = audits.of_status(connection, job.id, *AuditStatus) if job.spec.audit_share else []
    with suppress(TrigpointError):
        if checked:
            lines = [audit_line(job, each) for each in checked]
            tree.write_lines(resources.objects, tree.audit_uri(job), lines)
        write_report(resources.objects, now, state, resources.kind(now), figures_now(resources, now))


def settle(resources: Resources, job: Job, *, drop: bool = False) -> bool:
    """Ends the audits that people have answered. With `drop` also those that they have not.

    An object that people label differently gets their label, and counts as labeled by people. Returns whether there was
    anything to do. What changes is one transaction, so it can be repeated.

    Raises: RemoteUnavailable: a label cannot be read.
    """
    if job.spec.audit_share is None:
        return False
    now = resources.clock.now()
    with resources.db.read() as connection:
        found = audits.of_status(connection, job.id, AuditStatus.RETURNED)
    changed, unchanged = _compared(resources.kind(job), found)
    with resources.db.write() as connection:
        jobs.lock(connection, job.id)
        left = audits.of_status(connection, job.id, AuditStatus.WAITING) if drop else []
        unchanged.update((each.index, AuditStatus.DROPPED) for each in left)
        if not (changed or unchanged):
            return False
        audits.end(connection, job.id, changed, unchanged)
        if changed:
            object_figures.put(
                connection, job.id, figures_of_members(job, changed, resources.objects.read_uri)
            )
            jobs.count_changed_by_audit(connection, job.id, len(changed), now)
            resources.metrics.labeled(connection, job, jobs.get(connection, job.id).counters, now)
        figures = audit_figures(jobs.get(connection, job.id), audits.counts(connection, job.id))
        if figures is not None:
            record_event(connection, KIND, job.id, now, "LabelsAudited", figures.sentence())
        resources.queue.enqueue(connection, KIND, job.id)
    resources.queue.poke()
    return True


def _give(resources: Resources, job: Job) -> bool:
    """Gives people a batch of objects to audit; False if none waits.

    Decision: people check no more objects than MaxHumanLabeledObjectCount still allows to change.
    """
    if job.spec.audit_share is None:
        return False
    now = resources.clock.now()
    with resources.db.write() as connection:
        job = jobs.get(connection, job.id)
        waiting = audits.waiting(connection, job.id)
        size = min(batch_size(job), steps.allowed_people(job))
        if not waiting or size <= 0:
            return False
        begin_chosen(connection, job.id, any_of(waiting, size, f"{job.arn}/{job.iteration}"), now)
        resources.queue.enqueue(connection, KIND, job.id)
    resources.queue.poke()
    return True


def figures_now(resources: Resources, job: Job) -> AuditFigures | None:
    """What the job's audit has found so far; None without one."""
    with resources.db.read() as connection:
        return audit_figures(jobs.get(connection, job.id), audits.counts(connection, job.id))


def _compared(kind: LabelKind, found: Sequence[Audit]) -> tuple[dict[int, str], dict[int, AuditStatus]]:
    """The objects that get the label of people, with its members; and those that keep the machine's, with the reason."""
    changed: dict[int, str] = {}
    unchanged: dict[int, AuditStatus] = {}
    for each in found:
        if each.people is None:
            unchanged[each.index] = AuditStatus.UNANSWERED
        elif is_confirmed(kind, each.machine, each.people):
            unchanged[each.index] = AuditStatus.CONFIRMED
        else:
            changed[each.index] = each.people
    return changed, unchanged
