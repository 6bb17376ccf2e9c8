"""What happens when the machine cannot go on: after a failed round, after too many of them, and when the job ends."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace

from trigpoint.autolabel import store
from trigpoint.autolabel.model import MOST_FAILURES, Phase, State
from trigpoint.autolabel.requests import round_name
from trigpoint.autolabel.resources import Resources
from trigpoint.autolabel.sizes import any_of, batch_size
from trigpoint.core.errors import Conflict, NotFound
from trigpoint.db.tables.events import record_event
from trigpoint.labeling import steps
from trigpoint.labeling.batches import begin_chosen
from trigpoint.labeling.model import KIND, Job, ObjectStatus
from trigpoint.labeling.store import held_objects

_MOST_REASON_CHARACTERS = 1_000

log = logging.getLogger(__name__)


def round_failed(resources: Resources, job: Job, state: State, reason: str) -> float | None:
    """After a round that came to nothing: people get a batch at random, or everything."""
    log.warning("automated_labeling_round_failed job=%s round=%s reason=%s", job.name, state.number, reason)
    now = resources.clock.now()
    failed = replace(state, failures=state.failures + 1, trouble=reason[:_MOST_REASON_CHARACTERS])
    with resources.db.write() as connection:
        text = f"round {state.number}: {reason}"
        record_event(connection, KIND, job.id, now, "RoundOfAutomatedLabelingFailed", text)
        held = held_objects.indexes(connection, job.id, ObjectStatus.HELD)
    size = min(batch_size(job), steps.batch_size(job))
    if failed.failures >= MOST_FAILURES or size <= 0 or not held:
        return no_more_rounds(resources, failed)
    with resources.db.write() as connection:
        if store.replace(connection, replace(failed, phase=Phase.PEOPLE)):
            chosen = any_of(held, size, f"{job.id}/{job.iteration}")
            begin_chosen(connection, job.id, chosen, now)
            resources.queue.enqueue(connection, KIND, job.id)
    resources.queue.poke()
    return 0.0


def no_more_rounds(resources: Resources, state: State) -> float:
    """Ends the rounds: what is left to audit is audited, then the rest goes to people."""
    resources.save(state, replace(state, phase=Phase.AUDIT))
    return 0.0


def stop_jobs(resources: Resources, job: Job, state: State) -> None:
    """Stops the jobs of the current round, because the labeling job ends."""
    if state.phase is Phase.DONE or not state.number:
        return
    name = round_name(job, state.number)
    for stop, of in (
        (resources.round_jobs.stop_training, [name]),
        (resources.round_jobs.stop_transform, list(state.transforms.values())),
    ):
        for each in of:
            with suppress(NotFound, Conflict):
                stop(each)
