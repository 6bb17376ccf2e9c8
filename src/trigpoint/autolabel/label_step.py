"""The step in which the machine labels what it is sure of, and people get their next batch."""

from __future__ import annotations

from dataclasses import replace

from trigpoint.autolabel import store
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
from trigpoint.labeling.store import held_objects, jobs, object_figures


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
    write_files(resources.objects, job, data, state, decision, results, result, kind)
    _finish_round(resources, job, state, decision, results, result, kind)
    return 0.0


def _finish_round(
    resources: Resources,
    job: Job,
    state: State,
    decision: Decision,
    results: dict[int, str],
    result: RoundResult,
    kind: LabelKind,
) -> None:
    """Labels and begins the next batch, in one transaction."""
    now = resources.clock.now()
    figures = figures_of_members(job, results)
    following = replace(
        state,
        phase=Phase.PEOPLE,
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
        if decision.people:
            begin_chosen(connection, job.id, decision.people, now)
        elif len(results) < job.counters.unlabeled:
            held_objects.release(connection, job.id)  # a stopping condition is met
        resources.queue.enqueue(connection, KIND, job.id)
    resources.queue.poke()
