"""The state of a job's automated labeling, as it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from trigpoint.autolabel.threshold import Accepted

MOST_FAILURES = 2
"""Decision: after so many failed rounds in a row, people label the rest. One failure may be a machine that is full."""

FIRST_SAMPLE_FAILURES = 0.10
"""A larger share of failed objects in the first sample ends the job. Source: ground-truth.md 5.2."""


class Phase(StrEnum):
    """What automated labeling does now.

    People -> Train -> Infer -> Label -> People -> ... -> Audit -> Done
    """

    PEOPLE = "People"
    TRAIN = "Train"
    INFER = "Infer"
    LABEL = "Label"
    AUDIT = "Audit"
    DONE = "Done"


@dataclass(frozen=True, slots=True)
class RoundResult:
    """One round, for the report.

    validation_accuracy: of this round's model on the whole validation set; for boxes and masks, its mean IoU
    threshold:  the lowest confidence that was accepted; None if none was
    accepted, right: validation objects accepted in all rounds so far, and how many are right; for boxes and masks, the sum of
                their IoUs
    bound:      the accuracy or the mean IoU of all machine labels so far, with 90 % certainty; 0 before any
    people, machine: how many objects had a label of either when the round ended
    """

    number: int
    validation_accuracy: float
    threshold: float | None
    accepted: int
    right: float
    bound: float
    labeled: int
    people: int
    machine: int


@dataclass(frozen=True, slots=True)
class State:
    """The state. `revision` is that of the stored row.

    number:  the round, from 1; 0 while the first samples are labeled
    first:   how many objects the first sample has, planned
    validation_iterations: the batches of people that make the validation set; all others are for training
    retired: validation objects that a round has accepted
    failures: failed rounds in a row; `trouble` says why the last one failed
    """

    job_id: str
    revision: int = 1
    phase: Phase = Phase.PEOPLE
    number: int = 0
    first: int = 0
    validation_iterations: tuple[int, ...] = ()
    retired: tuple[int, ...] = ()
    accepted: Accepted = field(default_factory=Accepted)
    model_name: str | None = None
    transforms: Mapping[str, str] = field(default_factory=dict)
    """The transform jobs of the round: their names, by the name of the folder of their input."""
    rounds: tuple[RoundResult, ...] = ()
    failures: int = 0
    trouble: str | None = None
