"""The labels of a round for task types that choose classes, and known labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from operator import attrgetter
from statistics import fmean
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.agreement.classes import ClassAgreement
from trigpoint.labeling.consolidation import classes
from trigpoint.labeling.model import Job, WorkerQuality
from trigpoint.labeling.task_types.class_answers import Choice
from trigpoint.labeling.task_types.contract import AnsweredObject, Consolidation, Experience, Label
from trigpoint.records.labels.attributes import METADATA
from trigpoint.records.labels.classes import (
    read_class_ids,
    read_class_map,
    write_class_metadata,
    write_classes,
    write_classes_metadata,
    write_feedback,
)

Answered = Sequence[AnsweredObject[Choice]]


def consolidate_one(job: Job, answered: Answered, experience: Experience) -> Consolidation:
    """The label of each object: one class.

    Decision: an answer without a class is no vote. If more than half of the answers have none, the object has no label,
    because a label of one class cannot say that no class fits.
    """
    votes: dict[int, dict[str, int]] = {}
    failures: dict[int, str] = {}
    for each in answered:
        chosen = {worker: choice.class_ids[0] for worker, choice in each.answers.items() if choice.class_ids}
        none = len(each.answers) - len(chosen)
        if 2 * none > len(each.answers):
            failures[each.data_object.index] = (
                f"{none} of {len(each.answers)} workers chose none of the labels"
            )
        else:
            votes[each.data_object.index] = chosen
    if not votes:
        return Consolidation({}, failures=failures)
    gold = {
        each.data_object.index: each.gold.value
        for each in answered
        if each.gold is not None and each.data_object.index in votes
    }
    made = classes.consolidate(
        votes, len(job.labels), known=experience.workers, gold=gold, method=experience.method
    )
    labels = {
        index: write_one(class_id, made.confidences[index], job.labels)
        for index, class_id in made.choices.items()
    }
    return Consolidation(labels, made.workers, failures)


def consolidate_verification(job: Job, answered: Answered, experience: Experience) -> Consolidation:
    """The label of each object: one class, with the workers' comments in the order of submission."""
    made = consolidate_one(job, answered, experience)
    labels = dict(made.labels)
    for each in answered:
        label = labels.get(each.data_object.index)
        if label is not None:
            comments = [choice.comment for choice in each.answers.values() if choice.comment]
            labels[each.data_object.index] = Label(
                label.value, {**label.metadata, **write_feedback(comments)}
            )
    return Consolidation(labels, made.workers, made.failures)


def consolidate_several(job: Job, answered: Answered, experience: Experience) -> Consolidation:
    """The label of each object: all classes that a worker chose, those with the highest confidence first.

    Each class is a vote of its own, with the classes 0 (no) and 1 (yes); its confidence is the probability of yes.
    A class that nobody chose in the round, and that is in no known label, teaches nothing about the workers.
    """
    gold = {
        each.data_object.index: frozenset[int](each.gold.value) for each in answered if each.gold is not None
    }
    chosen = {
        each.data_object.index: {
            worker: frozenset(choice.class_ids) for worker, choice in each.answers.items()
        }
        for each in answered
    }
    used = frozenset[int]().union(
        *(own for given in chosen.values() for own in given.values()), *gold.values()
    )
    made = {
        class_id: classes.consolidate(
            {
                index: {worker: int(class_id in own) for worker, own in given.items()}
                for index, given in chosen.items()
            },
            2,
            known=_known_of_class(experience.workers, class_id),
            gold={index: int(class_id in known) for index, known in gold.items()},
            method=experience.method,
        )
        for class_id in sorted(used)
    }
    labels = {}
    agreement: dict[str, list[float]] = {}
    for index, given in chosen.items():
        union = sorted(frozenset[int]().union(*given.values()))
        confidences = {
            class_id: float(made[class_id].posteriors[index][1]) if len(given) > 1 else 0.0
            for class_id in union
        }
        labels[index] = write_several(confidences, job.labels)
        for worker, own in given.items():
            agreed = [int(class_id in own) == made[class_id].choices[index] for class_id in union]
            agreement.setdefault(worker, []).append(fmean(agreed) if agreed else 1.0)
    workers = {
        worker: _quality(
            experience.workers.get(worker, WorkerQuality()),
            shares,
            {class_id: of_class.workers[worker] for class_id, of_class in made.items()},
        )
        for worker, shares in sorted(agreement.items())
    }
    return Consolidation(labels, workers)


def write_one(class_id: int, confidence: float, labels: Sequence[str]) -> Label:
    """The label of one class. Confidences have two decimals, as those of the service."""
    return Label(class_id, write_class_metadata(labels[class_id], round(float(confidence), 2)))


def write_several(confidences: Mapping[int, float], labels: Sequence[str]) -> Label:
    """The label of several classes, given the confidence of each by its id.

    They are in the order of their confidences with two decimals, those of equal confidence in the order of the job's
    labels.
    """
    rounded = {class_id: round(confidence, 2) for class_id, confidence in confidences.items()}
    ordered = sorted(rounded, key=lambda class_id: (-rounded[class_id], class_id))
    ids = {labels[class_id]: class_id for class_id in ordered}
    named = {labels[class_id]: rounded[class_id] for class_id in ordered}
    return Label(write_classes(named, ids), write_classes_metadata(named, ids))


def agreement(job: Job) -> ClassAgreement[Choice]:
    """New sums of how well workers agree."""
    return ClassAgreement(job.labels, attrgetter("class_ids"))


def known_one(job: Job, line: Mapping[str, Any], attribute: str) -> Label:
    """The label of one class in the attribute. See TaskType.known_label."""
    class_ids = _read_known(line, attribute, job.labels)
    if len(class_ids) != 1:
        raise Invalid(f"{attribute} has {len(class_ids)} classes; a label of one class must have exactly one")
    return write_one(class_ids[0], 1, job.labels)


def known_several(job: Job, line: Mapping[str, Any], attribute: str) -> Label:
    """The label of several classes in the attribute. See TaskType.known_label."""
    return write_several(dict.fromkeys(_read_known(line, attribute, job.labels), 1.0), job.labels)


def _read_known(line: Mapping[str, Any], attribute: str, labels: Sequence[str]) -> list[int]:
    """The ids of the classes of a label that is already there, by the job's labels.

    The names in its metadata count more than its ids, because another job may have numbered its labels differently.
    Raises: Invalid: it is malformed, or has a class that the job does not have.
    """
    names = read_class_map(line, attribute)
    return [
        _known_id(class_id, attribute, names, labels)
        for class_id in read_class_ids(line[attribute], attribute)
    ]


def _known_id(class_id: int, attribute: str, names: Mapping[int, str], labels: Sequence[str]) -> int:
    name = names.get(class_id)
    if name is not None and name not in labels:
        raise Invalid(f"{attribute}{METADATA}: the job has no label {name[:80]!r}")
    if name is None and class_id >= len(labels):
        raise Invalid(f"{attribute}: the job has {len(labels)} labels, and none with the id {class_id}")
    return class_id if name is None else labels.index(name)


# -- what is known about workers who choose several classes: one WorkerQuality per class, in the details


def _known_of_class(workers: Mapping[str, WorkerQuality], class_id: int) -> dict[str, WorkerQuality]:
    kept = {worker: _kept(quality).get(str(class_id)) for worker, quality in workers.items()}
    return {worker: WorkerQuality(**each) for worker, each in kept.items() if each is not None}


def _kept(quality: WorkerQuality) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = quality.details.get("classes", {})
    return found


def _quality(
    before: WorkerQuality, shares: Sequence[float], by_class: Mapping[int, WorkerQuality]
) -> WorkerQuality:
    kept = {**_kept(before), **{str(class_id): asdict(quality) for class_id, quality in by_class.items()}}
    known = [each["accuracy"] for each in kept.values() if each["accuracy"] is not None]
    return WorkerQuality(
        before.answers + len(shares),
        before.agreement + sum(shares),
        fmean(known) if known else None,
        {"classes": kept},
    )
