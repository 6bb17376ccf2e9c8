"""The audit: which labels of the machine people check, and what that says about all of them.

The tag `trigpoint:audit-share` of a job sets the share. Every round, some of the labels that it adds are chosen at random,
so that every label of the machine is as likely to be checked as any other. Workers do not see what the machine said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from trigpoint.autolabel.exact_interval import CERTAINTY, clopper_pearson
from trigpoint.autolabel.kinds import LabelKind
from trigpoint.autolabel.sizes import any_of
from trigpoint.labeling.model import Job
from trigpoint.labeling.store.audits import Audit, AuditStatus

METHOD = "Clopper-Pearson"


@dataclass(frozen=True, slots=True)
class AuditFigures:
    """What an audit has found so far.

    machine:    labels of the machine in all rounds, with those that people changed since
    chosen:     how many of them people are to check
    answered:   how many people have checked; confirmed: of these, how many they labeled like the machine
    unanswered: how many nobody could label, and those of a job that ended first
    """

    share: float
    machine: int
    chosen: int
    confirmed: int
    changed: int
    unanswered: int

    def plus(self, machine: int, chosen: int) -> AuditFigures:
        """With more labels of the machine, of which some are chosen."""
        return replace(self, machine=self.machine + machine, chosen=self.chosen + chosen)

    @property
    def answered(self) -> int:
        return self.confirmed + self.changed

    @property
    def accuracy(self) -> float | None:
        """The share of the checked labels that people gave, too; None before any was checked."""
        return self.confirmed / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the accuracy of all labels of the machine is, with 95 % certainty."""
        return clopper_pearson(self.confirmed, self.answered)

    def sentence(self) -> str:
        """The figures in the job's log."""
        low, high = (100 * each for each in self.interval)
        return (
            f"people checked {self.answered} of {self.machine} labels of the machine and confirmed {self.confirmed}; with 95 % "
            f"certainty, {low:.1f} to {high:.1f} % are right"
        )

    def report(self) -> dict[str, Any]:
        """As JSON, for people to read."""
        accuracy = self.accuracy
        return {
            "share": self.share,
            "machine": self.machine,
            "chosen": self.chosen,
            "answered": self.answered,
            "confirmed": self.confirmed,
            "changed": self.changed,
            "unanswered": self.unanswered,
            "accuracy": None if accuracy is None else round(accuracy, 4),
            "interval": [round(each, 4) for each in self.interval] if self.answered else None,
            "certainty": CERTAINTY,
            "method": METHOD,
        }


def audit_figures(job: Job, counts: Mapping[AuditStatus, int]) -> AuditFigures | None:
    """The figures of the job's audit; None without one. `counts`: how many audits have each status."""
    if job.spec.audit_share is None:
        return None
    changed = counts.get(AuditStatus.CHANGED, 0)
    return AuditFigures(
        share=job.spec.audit_share,
        machine=job.counters.auto_labeled + changed,
        chosen=sum(counts.values()),
        confirmed=counts.get(AuditStatus.CONFIRMED, 0),
        changed=changed,
        unanswered=counts.get(AuditStatus.UNANSWERED, 0) + counts.get(AuditStatus.DROPPED, 0),
    )


def to_audit(job: Job, number: int, labeled: Sequence[int], before: AuditFigures) -> list[int]:
    """Which of the objects that round `number` labels people check; `labeled` in manifest order.

    As many as make the share of all labels so far, rounded up. The seed is the job's ARN, the round and "audit", so that
    the choice can be repeated, and nobody had a say in it.
    """
    wanted = ceil(before.share * (before.machine + len(labeled)) - 1e-9) - before.chosen
    return any_of(labeled, max(0, wanted), f"{job.arn}/{number}/audit") if labeled else []


def with_audits(people: Sequence[int], audited: Sequence[int], size: int, seed: str) -> list[int]:
    """A batch of at most `size` objects: those to audit take up to half of the places, and what others leave free."""
    room = max(ceil(size / 2), size - len(people))
    checked = any_of(audited, min(room, size), f"{seed}/audits") if audited else []
    rest = size - len(checked)
    others = any_of(people, rest, f"{seed}/people") if people and rest > 0 else []
    return sorted([*checked, *others])


def is_confirmed(kind: LabelKind, machine: str, people: str) -> bool:
    """Whether people gave the label of the machine. Both are members of an output line.

    Decision: boxes and masks are confirmed if their quality is at least the target, which no two people would exceed by much.
    """
    one, other = (kind.given(json.loads(f"{{{members}}}")) for members in (machine, people))
    return one is not None and other is not None and kind.quality(one, other) >= kind.target


def audit_line(job: Job, audit: Audit) -> str:
    """A line of the file of audits: the object, what the machine and people said, and the result."""
    attribute = job.spec.label_attribute
    machine, people = (
        None if each is None else json.loads(f"{{{each}}}")[attribute]
        for each in (audit.machine, audit.people)
    )
    shown = {
        "object": audit.index,
        "round": audit.round,
        "result": audit.status.value.lower(),
        "machine": machine,
        "people": people,
    }
    return json.dumps(shown, ensure_ascii=False)
