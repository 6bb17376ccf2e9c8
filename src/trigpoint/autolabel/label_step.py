"""The step in which the machine labels what it is sure of, and people get their next batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trigpoint.autolabel import store
from trigpoint.autolabel.audit_step import figures_now
from trigpoint.autolabel.auditing import AuditFigures, to_audit, with_audits
from trigpoint.autolabel.deciding import Decision, decide
from trigpoint.autolabel.infer_step import predictions_of
from trigpoint.autolabel.kinds import LabelKind
from trigpoint.autolabel.model import Phase, RoundResult, State
from trigpoint.autolabel.resources import Resources
from trigpoint.autolabel.results import machine_labels, round_result, sentence, write_files
from trigpoint.autolabel.sizes import batch_size
from trigpoint.db.tables.events import record_event
from trigpoint.labeling import steps
from trigpoint.labeling.batches import begin_chosen
from trigpoint.labeling.model import KIND, Job, JobStatus
from trigpoint.labeling.object_figures import figures_of_members
from trigpoint.labeling.store import audits, held_objects, jobs, object_figures


def label_step(resources: Resources, job: Job, state: State) -> float:
    """Decides from the predictions, writes the files of the round, then labels.

    Raises: TrigpointError: the round comes to nothing.
    """
    data, kind = resources.data(job), resources.kind(job)
    _, validation = data.labeled(state)
    held = data.held()
    decision = decide(
        [each.stored.index for each in validation],
        state.retired,
        state.accepted,
        [each.index for each in held],
        predictions_of(resources, job, state, validation, held),
        steps.allowed_labels(job),
        min(batch_size(job), steps.batch_size(job)),
        f"{job.id}/{state.number}",
        kind.target,
    )
    results = machine_labels(resources.objects, job, kind, state.number, decision, resources.clock.now())
    result = round_result(job, state, decision)
    plan = _plan(resources, job, state, decision)
    write_files(resources.objects, job, data, state, plan.decision, results, result, kind, plan.figures)
    _finish_round(resources, job, state, plan, results, result, kind)
    return 0.0


@dataclass(frozen=True, slots=True)
class _Plan:
    """The decision, which of its labels people check, their next batch, and the figures of the audit."""

    decision: Decision
    audited: Sequence[int]
    batch: Sequence[int]
    figures: AuditFigures | None


def _plan(resources: Resources, job: Job, state: State, decision: Decision) -> _Plan:
    """With an audit, some of the places in the next batch are for objects that the machine has labeled."""
    before = figures_now(resources, job)
    if before is None:
        return _Plan(decision, (), decision.people, None)
    audited = to_audit(job, state.number, list(decision.labels), before)
    figures = before.plus(len(decision.labels), len(audited))
    if not decision.people:
        return _Plan(decision, audited, (), figures)
    with resources.db.read() as connection:
        waiting = [*audits.waiting(connection, job.id), *audited]
    size = min(batch_size(job), steps.allowed_people(job))
    batch = with_audits(decision.people, waiting, size, f"{job.arn}/{state.number}")
    people = sorted(set(batch) & set(decision.people))
    return _Plan(replace(decision, people=people), audited, batch, figures)


def _finish_round(
    resources: Resources,
    job: Job,
    state: State,
    plan: _Plan,
    results: dict[int, str],
    result: RoundResult,
    kind: LabelKind,
) -> None:
    """Labels and begins the next batch, in one transaction."""
    decision = plan.decision
    now = resources.clock.now()
    figures = figures_of_members(job, results, resources.objects.read_uri)
    following = replace(
        state,
        phase=Phase.PEOPLE if plan.batch else Phase.AUDIT,
        retired=(*state.retired, *decision.retired),
        accepted=decision.accepted,
        rounds=(*state.rounds, result),
        failures=0,
        trouble=None,
    )
    with resources.db.write() as connection:
        jobs.lock(connection, job.id)
        if jobs.get(connection, job.id).status is not JobStatus.IN_PROGRESS:
            return
        if not store.replace(connection, following):
            return
        held_objects.label(connection, job.id, results)
        object_figures.insert_new(connection, job.id, figures)
        jobs.add_auto_labeled(connection, job.id, len(results), now)
        resources.metrics.labeled(connection, job, jobs.get(connection, job.id).counters, now)
        record_event(connection, KIND, job.id, now, "RoundOfAutomatedLabeling", sentence(result, kind))
        audits.begin(connection, job.id, state.number, {index: results[index] for index in plan.audited})
        if plan.batch:
            begin_chosen(connection, job.id, plan.batch, now)
        resources.queue.enqueue(connection, KIND, job.id)
    resources.queue.poke()
