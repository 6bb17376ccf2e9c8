"""The samples that people label before the first round. Source: ground-truth.md 5.2, 5.3."""

from __future__ import annotations

from collections.abc import Mapping

from trigpoint.autolabel.model import State
from trigpoint.autolabel.sizes import PROBE, batch_size, validation_size
from trigpoint.labeling.model import Job


def first_batch(
    job: Job, state: State, labeled: Mapping[int, int], failed: Mapping[int, int]
) -> tuple[int, bool]:
    """How many objects people label before the first round's training, and whether they are for the validation set.

    Args: labeled, failed: how many objects of each batch are so.
    """
    size = batch_size(job)
    needed = max(0, state.first - job.counters.carried_human)
    if initial_model(job) is not None:
        needed = 0
    given = outside_validation(labeled, state) + outside_validation(failed, state)
    if given < needed:
        return (min(PROBE, needed) if not job.iteration else needed - given), False
    missing = validation_size(job.counters.total) - sum(
        labeled.get(each, 0) for each in state.validation_iterations
    )
    return max(0, min(size, missing)), True


def initial_model(job: Job) -> str | None:
    """The name of the model from which the first round predicts."""
    arn = job.spec.initial_model_arn
    return None if arn is None else arn.rpartition("/")[2]


def outside_validation(counts: Mapping[int, int], state: State) -> int:
    """The sum over the batches that are not for the validation set."""
    return sum(count for batch, count in counts.items() if batch not in state.validation_iterations)
