"""The step in which a model learns from all labels that people have given."""

from __future__ import annotations

from dataclasses import replace

from trigpoint.autolabel import store, tree
from trigpoint.autolabel.model import Phase, State
from trigpoint.autolabel.resources import JOBS_LOOK_S, Resources
from trigpoint.autolabel.round_jobs import FINISHED
from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import Job
from trigpoint.labeling.store import jobs


def train_step(resources: Resources, job: Job, state: State) -> float:
    """Trains the round's model, and makes it a model that can be served.

    Raises: TrigpointError: the round comes to nothing.
    """
    round_jobs = resources.round_jobs
    status = round_jobs.training_status(job, state.number)
    if status is None:
        _start(resources, job, state)
        return JOBS_LOOK_S
    if status not in FINISHED:
        return JOBS_LOOK_S
    if status != "Completed":
        raise Invalid(round_jobs.training_failure(job, state.number))
    model = round_jobs.add_model(job, resources.learner(job), state.number)
    with resources.db.write() as connection:
        if store.replace(connection, replace(state, phase=Phase.INFER, model_name=model.name)):
            jobs.set_final_model(connection, job.id, model.arn)
    return 0.0


def _start(resources: Resources, job: Job, state: State) -> None:
    """Writes what is learned from, and starts the training job."""
    data = resources.data(job)
    learner, labeled = resources.learner(job), data.labeled(state)
    train, validation = (data.training_lines(each) for each in labeled)
    validation = learner.validation_part(validation, len(train))
    for name, lines in (("train", train), ("validation", validation)):
        if not lines:
            raise Invalid(f"there is no labeled object for the channel {name!r}")
        uri = tree.training_uri(job, state.number, "data", f"{name}.manifest")
        tree.write_lines(resources.objects, uri, lines)
    given = [each.given for part in labeled for each in part]
    settings = learner.settings_for(len(job.labels), len(train), given)
    resources.round_jobs.start_training(job, learner, state.number, settings)
