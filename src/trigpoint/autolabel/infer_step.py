"""The step in which the round's model predicts the validation set and the objects without a label."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trigpoint.autolabel import tree
from trigpoint.autolabel.kinds import Judged
from trigpoint.autolabel.model import Phase, State
from trigpoint.autolabel.predicting import INPUT_OF_LINES, read_replies
from trigpoint.autolabel.resources import JOBS_LOOK_S, Resources
from trigpoint.autolabel.round_data import UNLABELED, VALIDATION, Labeled
from trigpoint.autolabel.round_jobs import FINISHED
from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import Job
from trigpoint.labeling.store.held_objects import StoredObject


def infer_step(resources: Resources, job: Job, state: State) -> float:
    """Starts the transform jobs of the round, then waits for them.

    Raises: TrigpointError: the round comes to nothing.
    """
    if not state.transforms:
        names = _start(resources, job, state)
        resources.save(state, replace(state, transforms=names))
        return JOBS_LOOK_S
    statuses = [resources.round_jobs.transform_status(name) for name in state.transforms.values()]
    if not all(status in FINISHED for status in statuses):
        return JOBS_LOOK_S
    resources.save(state, replace(state, phase=Phase.LABEL))
    return 0.0


def predictions_of(
    resources: Resources, job: Job, state: State, validation: list[Labeled], held: list[StoredObject]
) -> Judged:
    """What the transform jobs of the round have predicted, and how good that is.

    Raises: Invalid: nothing, or what cannot be read. RemoteUnavailable.
    """
    data, kind = resources.data(job), resources.kind(job)
    found: dict[int, Any] = {}
    for name, each in ((VALIDATION, [one.stored for one in validation]), (UNLABELED, held)):
        for sent in data.sent(name, each):
            uri = tree.inference_uri(job, state.number, sent.name, "output")
            found.update(read_replies(resources.objects, uri, sent, kind))
    if not found:
        raise Invalid("the model has made no predictions; see the logs of its transform jobs")
    return kind.judge(found, {each.stored.index: each.given for each in validation})


def _start(resources: Resources, job: Job, state: State) -> dict[str, str]:
    """Writes the inputs and starts their transform jobs; the names of these, by the name of the input's folder."""
    assert state.model_name is not None
    learner, data = resources.learner(job), resources.data(job)
    _, validation = data.labeled(state)
    names: dict[str, str] = {}
    for name, found in ((VALIDATION, [each.stored for each in validation]), (UNLABELED, data.held())):
        for sent in data.sent(name, found):
            file = "input.manifest" if learner.manifest else INPUT_OF_LINES
            uri = tree.inference_uri(job, state.number, sent.name, "input", file)
            resources.objects.write_uri(uri, sent.content, tree.JSON)
            names[sent.name] = resources.round_jobs.start_transform(
                job, learner, state.model_name, state.number, sent.name
            )
    if not names:
        raise Invalid("no data object can be read")
    return names
