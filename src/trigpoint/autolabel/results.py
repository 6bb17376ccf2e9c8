"""What a round leaves behind: the members of the machine's labels, the files of the round, and the report of the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from trigpoint.autolabel import tree
from trigpoint.autolabel.auditing import AuditFigures
from trigpoint.autolabel.deciding import Decision
from trigpoint.autolabel.kinds import LabelKind
from trigpoint.autolabel.model import RoundResult, State
from trigpoint.autolabel.round_data import RoundData
from trigpoint.labeling.model import Job
from trigpoint.labeling.outputs import result_members
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.contract import LabelFile
from trigpoint.objects import ObjectStore
from trigpoint.records.labels.attributes import METADATA, common_metadata

CERTAINTY = 0.9


def machine_labels(
    objects: ObjectStore, job: Job, kind: LabelKind, number: int, decision: Decision, now: datetime
) -> dict[int, str]:
    """The members that the machine's labels of round `number` add to the output lines, by object index.

    A label that is a file is written. Its name follows from the round and the object, so that a repetition writes it again.
    """
    attribute = job.spec.label_attribute
    common = common_metadata(TASK_TYPES[job.task_type].output_type, job.name, now, human_annotated=False)
    found = {}
    for index, each in decision.labels.items():
        label = kind.label(each)
        value = label.value
        if isinstance(value, LabelFile):
            uri = tree.learning_uri(job, number, "autolabel", "labels", f"{index}{value.suffix}")
            objects.write_uri(uri, value.content, value.content_type)
            value = uri
        metadata = {**label.metadata, **common}
        found[index] = result_members({attribute: value, attribute + METADATA: metadata})
    return found


def write_files(
    objects: ObjectStore,
    job: Job,
    data: RoundData,
    state: State,
    decision: Decision,
    results: Mapping[int, str],
    result: RoundResult,
    kind: LabelKind,
    audit: AuditFigures | None,
) -> None:
    """Writes the files of a round, and the report with it."""
    number = state.number
    _, validation = data.labeled(state)
    held = {each.index: each for each in data.held()}
    labeled, people = ([held[index] for index in each] for each in (results, decision.people))
    files = {
        ("validation", "input.manifest"): [each.stored.line for each in validation],
        ("validation", "output.manifest"): data.output_lines([each.stored for each in validation]),
        ("autolabel", "input.manifest"): [each.line for each in held.values()],
        ("autolabel", "auto_annotator_output.txt"): data.numbered(labeled, results),
        ("selection", "selection.manifest"): [each.line for each in people],
    }
    for parts, lines in files.items():
        tree.write_lines(objects, tree.learning_uri(job, number, *parts), lines)
    shown = {**_promise(kind), **asdict(result)}
    tree.write_json(objects, tree.learning_uri(job, number, "validation", "threshold.json"), shown)
    write_report(objects, job, replace(state, rounds=(*state.rounds, result)), kind, audit)


def write_report(
    objects: ObjectStore, job: Job, state: State, kind: LabelKind, audit: AuditFigures | None
) -> None:
    """Writes what people see of the whole: automated-labeling.json."""
    last = state.rounds[-1] if state.rounds else None
    machine = (last.machine if last else 0) - (audit.changed if audit else 0)
    report = {
        **_promise(kind),
        "bound": last.bound if last and machine else None,
        "objects": job.counters.total,
        "machine": machine,
        "share_saved": round(machine / max(1, job.counters.total), 4),
        "trouble": state.trouble,
        "audit": None if audit is None else audit.report(),
        "rounds": [asdict(each) for each in state.rounds],
    }
    tree.write_json(objects, tree.report_uri(job), report)


def _promise(kind: LabelKind) -> dict[str, Any]:
    return {"measure": kind.measure, "target": kind.target, "certainty": CERTAINTY}


def round_result(job: Job, state: State, decision: Decision) -> RoundResult:
    """The round in figures."""
    counters = job.counters
    return RoundResult(
        number=state.number,
        validation_accuracy=round(decision.validation_quality, 4),
        threshold=decision.threshold,
        accepted=decision.accepted.count,
        right=_plain(decision.accepted.right),
        bound=round(decision.accepted.bound, 4),
        labeled=len(decision.labels),
        people=counters.human_labeled,
        machine=counters.auto_labeled + len(decision.labels),
    )


def _plain(value: float) -> float:
    """A whole number without a decimal point, because it counts things then."""
    return int(value) if value == int(value) else round(value, 3)


def sentence(result: RoundResult, kind: LabelKind) -> str:
    """The round in the job's log."""
    if result.threshold is None:
        return f"round {result.number}: no confidence reaches the target; people label more"
    return (
        f"round {result.number}: {result.labeled} objects labeled by the machine, from a confidence of {result.threshold:.3f}; "
        f"the {kind.measure} of its labels is at least {100 * result.bound:.1f} %, with 90 % certainty"
    )
