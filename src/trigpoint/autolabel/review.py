"""Reading the automated labeling of a job, for the console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trigpoint.autolabel import store
from trigpoint.autolabel.auditing import AuditFigures, audit_figures
from trigpoint.autolabel.kinds import LabelKind
from trigpoint.autolabel.label_kinds import kind_of
from trigpoint.autolabel.model import Phase, RoundResult, State
from trigpoint.autolabel.requests import round_name
from trigpoint.autolabel.samples import initial_model
from trigpoint.autolabel.sizes import validation_size
from trigpoint.db import Database
from trigpoint.labeling.model import Job
from trigpoint.labeling.store import audits, jobs
from trigpoint.objects import ObjectStore


@dataclass(frozen=True, slots=True)
class ReviewedRound:
    """A round that has ended.

    job_name: of its training job, and the beginning of the names of its transform jobs; trained: whether it has one
    people, machine: how many of all objects had a label of either, as shares from 0 to 1
    """

    result: RoundResult
    job_name: str
    trained: bool
    people: float
    machine: float


@dataclass(frozen=True, slots=True)
class Automation:
    """The automated labeling of a job, so far.

    number: the round that runs now or has ended last; 0 before the first
    running: the beginning of the names of the jobs of the round that runs now; None if none runs; trains: whether it has a training job
    wanted_validation: how many objects the validation set is to have
    target: what is promised of them; measure: accuracy, or mean IoU
    bound: the accuracy of all labels of the machine, with 90 % certainty; None without any
    """

    phase: Phase
    number: int
    running: str | None
    trains: bool
    rounds: Sequence[ReviewedRound]
    machine: int
    total: int
    wanted_validation: int
    target: float
    measure: str
    bound: float | None
    trouble: str | None
    audit: AuditFigures | None

    @property
    def share_saved(self) -> float:
        """The share of all objects that the machine labeled, from 0 to 1."""
        return self.machine / max(1, self.total)


class AutomationReview:
    """Reads without changing anything."""

    def __init__(self, db: Database, objects: ObjectStore) -> None:
        self._db = db
        self._objects = objects

    def of(self, job_name: str) -> Automation | None:
        """The automated labeling of a job; None if it has none, or has not begun."""
        with self._db.read() as connection:
            job = jobs.find_by_name(connection, job_name)
            state = None if job is None else store.get(connection, job.id)
            if job is None or state is None:
                return None
            figures = audit_figures(job, audits.counts(connection, job.id))
        return _automation(job, state, figures, kind_of(job, self._objects))

    def version(self, job_name: str) -> str:
        """A text that changes with everything that `of` returns and the counters of the job do not show."""
        with self._db.read() as connection:
            job = jobs.find_by_name(connection, job_name)
            state = None if job is None else store.get(connection, job.id)
            if job is None or state is None:
                return ""
            counts = audits.counts(connection, job.id) if job.spec.audit_share else {}
        return f"{state.revision} {sorted(counts.items())}"


def _automation(job: Job, state: State, figures: AuditFigures | None, kind: LabelKind) -> Automation:
    total = max(1, job.counters.total)
    rounds = [
        ReviewedRound(
            each,
            round_name(job, each.number),
            each.number > 1 or initial_model(job) is None,
            each.people / total,
            each.machine / total,
        )
        for each in state.rounds
    ]
    works = state.phase in (Phase.TRAIN, Phase.INFER, Phase.LABEL) and not job.status.is_terminal
    machine = job.counters.auto_labeled
    return Automation(
        phase=state.phase,
        number=state.number,
        running=round_name(job, state.number) if works else None,
        trains=state.number > 1 or initial_model(job) is None,
        rounds=rounds,
        machine=machine,
        total=job.counters.total,
        wanted_validation=validation_size(job.counters.total),
        target=kind.target,
        measure=kind.measure,
        bound=state.rounds[-1].bound if state.rounds and machine else None,
        trouble=state.trouble,
        audit=figures,
    )
