"""Several workers' marked spans become one set of spans with confidences.

Spans of different workers that overlap are taken for one entity. What each worker misses, marks too much, confuses and
marks inexactly is learned, and decides how much they count.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from trigpoint.labeling.consolidation import classes
from trigpoint.labeling.consolidation.classes import HIGHEST_CONFIDENCE, VOTE_SHARE, Classes
from trigpoint.labeling.consolidation.span_clusters import MIN_JACCARD, Cluster, clusters, jaccard
from trigpoint.labeling.consolidation.span_edges import Edges, Places
from trigpoint.labeling.consolidation.span_presence import Marks, Presence, estimate
from trigpoint.labeling.model import WorkerQuality
from trigpoint.records.labels.spans import Span


@dataclass(frozen=True, slots=True)
class Spans:
    """What the answers say: the spans of each data object with their confidences, in the order of the text.

    A confidence is the probability that there is this entity with this label; it is 0 for an object with one answer.
    `workers`: those who answered, with what was known before added up.
    """

    spans: Mapping[int, Mapping[Span, float]]
    workers: Mapping[str, WorkerQuality]


@dataclass(slots=True)
class _Found:
    """The clusters of all objects. Those of `missed` are known entities that nobody marked."""

    clusters: list[Cluster] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)
    truths: dict[int, Span | None] = field(default_factory=dict)
    missed: set[int] = field(default_factory=set)

    def add(self, index: int, cluster: Cluster) -> int:
        self.clusters.append(cluster)
        self.objects.append(index)
        return len(self.clusters) - 1


def consolidate(
    answers: Mapping[int, Mapping[str, Sequence[Span]]],
    labels: Sequence[str],
    *,
    known: Mapping[str, WorkerQuality],
    gold: Mapping[int, Sequence[Span]],
) -> Spans:
    """The spans of each data object. The order of objects, workers and spans does not matter.

    The label of an object with one answer is this answer.

    Args:   answers: object index -> worker id -> spans; each object has at least one answer, which may have no spans.
            known: what earlier calls of the same job returned about workers.
            gold: the true spans of some of the objects. They teach about the workers; the spans of the result come from
                  the answers nevertheless.
    Source: the specification of Ground Truth, section 4.1 (clusters by Jaccard similarity, boundaries by mode or median,
            the most frequent label).
    """
    found = _found(answers, gold)
    presence = _presence(found, answers, known)
    confidences = {
        number: _confidence(presence.probabilities[number], found.clusters[number], answers[index])
        for number, index in enumerate(found.objects)
        if number not in found.missed
    }
    kept = [number for number, confidence in confidences.items() if confidence > 0.5]
    named = _labels(found, kept, labels, known)
    edges = Edges({worker: _places(quality) for worker, quality in known.items()})
    ends = edges.settle({number: found.clusters[number] for number in kept}, _true_places(found, kept))
    agreed: dict[int, dict[Span, float]] = {index: {} for index in sorted(answers)}
    matched: dict[tuple[int, str], int] = {}
    for number in kept:
        assert named is not None, "there are clusters"
        index, label = found.objects[number], labels[named.choices[number]]
        span = Span(*ends[number], label)
        confidence = 0.0
        if len(answers[index]) > 1:
            right_label = named.posteriors[number][named.choices[number]] / HIGHEST_CONFIDENCE
            confidence = min(HIGHEST_CONFIDENCE, confidences[number]) * min(1.0, right_label)
        agreed[index][span] = max(confidence, agreed[index].get(span, 0.0))
        for worker, own in found.clusters[number].items():
            if own.label == label:
                matched[index, worker] = matched.get((index, worker), 0) + 1
    spans = {index: dict(sorted(own.items())) for index, own in agreed.items()}
    return Spans(spans, _workers(answers, spans, matched, known, presence, named, edges))


# -- what was found


def _found(answers: Mapping[int, Mapping[str, Sequence[Span]]], gold: Mapping[int, Sequence[Span]]) -> _Found:
    found = _Found()
    for index in sorted(answers):
        numbers = [found.add(index, cluster) for cluster in clusters(answers[index])]
        if index in gold:
            _compare(found, index, numbers, gold[index])
    return found


def _compare(found: _Found, index: int, numbers: Sequence[int], gold: Iterable[Span]) -> None:
    """Notes which clusters are known entities and which are not. The most similar ones are compared first."""
    truths = sorted(set(gold))
    pairs = sorted(
        (-similarity, number, k)
        for k, truth in enumerate(truths)
        for number in numbers
        if (similarity := _similarity(found.clusters[number], truth)) >= MIN_JACCARD
    )
    of_truth: dict[int, int] = {}
    for _, number, k in pairs:
        if number not in found.truths and k not in of_truth:
            found.truths[number] = truths[k]
            of_truth[k] = number
    for number in numbers:
        found.truths.setdefault(number, None)
    for k, truth in enumerate(truths):
        if k not in of_truth:
            number = found.add(index, {})
            found.truths[number] = truth
            found.missed.add(number)


def _similarity(cluster: Cluster, truth: Span) -> float:
    return max(jaccard(span, truth) for span in cluster.values())


def _true_places(found: _Found, kept: Sequence[int]) -> dict[int, tuple[int, int]]:
    truths = {number: found.truths.get(number) for number in kept}
    return {number: (truth.start, truth.end) for number, truth in truths.items() if truth is not None}


# -- votes


def _presence(
    found: _Found, answers: Mapping[int, Mapping[str, Sequence[Span]]], known: Mapping[str, WorkerQuality]
) -> Presence:
    """For each cluster whether there is an entity: everybody who answered has marked it, or has not."""
    places = [
        {worker: worker in cluster for worker in answers[index]}
        for cluster, index in zip(found.clusters, found.objects, strict=True)
    ]
    before = {
        worker: Marks(**quality.details["marks"])
        for worker, quality in known.items()
        if "marks" in quality.details
    }
    truths = {number: truth is not None for number, truth in found.truths.items()}
    return estimate(places, before, truths)


def _confidence(probability: float, cluster: Cluster, answers: Mapping[str, Sequence[Span]]) -> float:
    """The estimated probability and the share of workers, because estimated probabilities are too extreme."""
    share = len(cluster) / len(answers)
    return share if len(answers) == 1 else (1 - VOTE_SHARE) * probability + VOTE_SHARE * share


def _labels(
    found: _Found, kept: Sequence[int], labels: Sequence[str], known: Mapping[str, WorkerQuality]
) -> Classes | None:
    """The label of each entity."""
    if not kept:
        return None
    id_of = {label: class_id for class_id, label in enumerate(labels)}
    votes = {
        number: {worker: id_of[span.label] for worker, span in found.clusters[number].items()}
        for number in kept
    }
    gold = {number: id_of[truth.label] for number in kept if (truth := found.truths.get(number)) is not None}
    return classes.consolidate(votes, len(labels), known=_part(known, "labels"), gold=gold, method=None)


# -- workers


def _part(known: Mapping[str, WorkerQuality], name: str) -> dict[str, WorkerQuality]:
    return {
        worker: WorkerQuality(**quality.details[name])
        for worker, quality in known.items()
        if name in quality.details
    }


def _places(quality: WorkerQuality) -> Places:
    return Places(**quality.details.get("edges", {}))


def _workers(
    answers: Mapping[int, Mapping[str, Sequence[Span]]],
    spans: Mapping[int, Mapping[Span, float]],
    matched: Mapping[tuple[int, str], int],
    known: Mapping[str, WorkerQuality],
    presence: Presence,
    named: Classes | None,
    edges: Edges,
) -> dict[str, WorkerQuality]:
    """Those who answered."""
    agreement: dict[str, list[float]] = {}
    for index in sorted(answers):
        for worker, own in answers[index].items():
            both = len(own) + len(spans[index])
            share = 2 * matched.get((index, worker), 0) / both if both else 1.0
            agreement.setdefault(worker, []).append(min(1.0, share))
    made = {}
    for worker in sorted(agreement):
        before = known.get(worker, WorkerQuality())
        details = dict(before.details)
        if worker in presence.marks:
            details["marks"] = asdict(presence.marks[worker])
        if named is not None and worker in named.workers:
            details["labels"] = asdict(named.workers[worker])
        if worker in edges.places:
            details["edges"] = asdict(edges.places[worker])
        made[worker] = WorkerQuality(
            before.answers + len(agreement[worker]),
            before.agreement + math.fsum(agreement[worker]),
            _accuracy(details),
            details,
        )
    return made


def _accuracy(details: Mapping[str, Mapping[str, float]]) -> float | None:
    """The probability that an entity of theirs is one and has the right label; None if they have marked nothing."""
    if "marks" not in details or "labels" not in details:
        return None
    marks = Marks(**details["marks"])
    total = marks.present_marked + marks.absent_marked
    return marks.present_marked / total * details["labels"]["accuracy"] if total else None
