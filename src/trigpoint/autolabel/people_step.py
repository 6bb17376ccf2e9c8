"""The step in which people label: waits for their batch, then gives them another one, or begins a round."""

from __future__ import annotations

from dataclasses import replace

from trigpoint.autolabel import store
from trigpoint.autolabel.audit_step import settle
from trigpoint.autolabel.giving_up import no_more_rounds
from trigpoint.autolabel.model import FIRST_SAMPLE_FAILURES, Phase, State
from trigpoint.autolabel.resources import PEOPLE_LOOK_S, Resources
from trigpoint.autolabel.samples import first_batch, initial_model, outside_validation
from trigpoint.autolabel.sizes import any_of
from trigpoint.labeling import steps
from trigpoint.labeling.batches import begin_chosen
from trigpoint.labeling.model import KIND, Job, ObjectStatus
from trigpoint.labeling.store import held_objects


def people_step(resources: Resources, job: Job, state: State) -> float | None:
    """Takes the step. Returns the seconds until the job is due again, None when there is nothing left to do."""
    if resources.people_work(job):
        return PEOPLE_LOOK_S
    with resources.db.read() as connection:
        held = held_objects.indexes(connection, job.id, ObjectStatus.HELD)
    settle(resources, job)
    if not held:
        return no_more_rounds(resources, state)
    if state.number == 0:
        return _before_the_first_round(resources, job, state, held)
    return _begin_round(resources, job, state)


def _before_the_first_round(resources: Resources, job: Job, state: State, held: list[int]) -> float | None:
    """The first sample and the validation set; ends the job if too much of the sample fails."""
    with resources.db.read() as connection:
        labeled = held_objects.count_by_iteration(connection, job.id, ObjectStatus.LABELED)
        failed = held_objects.count_by_iteration(connection, job.id, ObjectStatus.FAILED)
    sampled_failed = outside_validation(failed, state)
    if sampled_failed > FIRST_SAMPLE_FAILURES * state.first:
        resources.progress.fail(
            job,
            f"{sampled_failed} of the first {state.first} data objects could not be labeled; automated labeling "
            "goes on only if at most 10 % fail. See the job's log for the reasons",
        )
        return None
    wanted, is_validation = first_batch(job, state, labeled, failed)
    if not wanted:
        return _begin_round(resources, job, state)
    allowed = min(wanted, steps.batch_size(job))
    if allowed <= 0:
        return no_more_rounds(resources, state)
    chosen = any_of(held, allowed, f"{job.id}/{job.iteration}")
    return _give(resources, job, state, chosen, is_validation=is_validation)


def _begin_round(resources: Resources, job: Job, state: State) -> float:
    following = replace(state, phase=Phase.TRAIN, number=state.number + 1, transforms={})
    if state.number == 0 and initial_model(job) is not None:
        following = replace(following, phase=Phase.INFER, model_name=initial_model(job))
    resources.save(state, following)
    return 0.0


def _give(resources: Resources, job: Job, state: State, chosen: list[int], *, is_validation: bool) -> float:
    """Gives people a batch before the first round."""
    now = resources.clock.now()
    following = state
    if is_validation:
        following = replace(state, validation_iterations=(*state.validation_iterations, job.iteration + 1))
    with resources.db.write() as connection:
        if begin_chosen(connection, job.id, chosen, now) == job.iteration + 1:
            if not store.replace(connection, following):
                raise RuntimeError(f"another process has begun a batch of {job.name}")
            resources.queue.enqueue(connection, KIND, job.id)
    resources.queue.poke()
    return PEOPLE_LOOK_S
