"""Simulated workers who mark spans, with known errors, and the plain vote that they are compared with."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trigpoint.labeling.consolidation.span_clusters import clusters
from trigpoint.records.labels.spans import Span

LABELS = ("person", "place", "date")


@dataclass(frozen=True)
class Noise:
    """The shares of entities that a worker misses, of other places that they mark, of moved edges, of random labels."""

    miss: float
    false: float
    edge: float
    label: float


def a_crowd(dice: random.Random, worst: Noise, workers: int) -> dict[str, Noise]:
    """Workers from nearly perfect ones to the worst."""
    return {
        f"w{k}": Noise(
            *(dice.uniform(0.02, most) for most in (worst.miss, worst.false, worst.edge, worst.label))
        )
        for k in range(workers)
    }


def marked_texts(
    seed: int, worst: Noise, objects: int, each: int
) -> tuple[dict[int, list[Span]], dict[int, dict[str, list[Span]]], dict[str, Noise]]:
    """True spans, and what `each` workers marked of them and of other places, by object."""
    dice = random.Random(seed)
    crowd = a_crowd(dice, worst, 15)
    truths, answers = {}, {}
    for index in range(objects):
        places, end = [], 0
        for _ in range(12):
            start = end + dice.randrange(3, 15)
            end = start + dice.randrange(3, 25)
            places.append(Span(start, end, dice.choice(LABELS)))
        truths[index], others = places[::2], places[1::2]
        answers[index] = {
            worker: [
                blurred(dice, span, crowd[worker])
                for span in places
                if dice.random() < (crowd[worker].false if span in others else 1 - crowd[worker].miss)
            ]
            for worker in dice.sample(sorted(crowd), each)
        }
    return truths, answers, crowd


def blurred(dice: random.Random, span: Span, noise: Noise) -> Span:
    start = span.start + (dice.choice((-2, -1, 1)) if dice.random() < noise.edge else 0)
    end = span.end + (dice.choice((-1, 1, 2)) if dice.random() < noise.edge else 0)
    return Span(start, end, dice.choice(LABELS) if dice.random() < noise.label else span.label)


def plain_vote(answers: Mapping[int, Mapping[str, Sequence[Span]]]) -> dict[int, dict[Span, float]]:
    """As AWS describes it: clusters of most workers, the mode or else the median, the most frequent label."""
    found: dict[int, dict[Span, float]] = {}
    for index, own in answers.items():
        found[index] = {}
        for cluster in clusters(own):
            if 2 * len(cluster) > len(own):
                label = Counter(sorted(span.label for span in cluster.values())).most_common(1)[0][0]
                start = edge([span.start for span in cluster.values()])
                end = edge([span.end for span in cluster.values()])
                found[index][Span(start, end, label)] = len(cluster) / len(own)
    return found


def edge(places: list[int]) -> int:
    counts = Counter(sorted(places)).most_common()
    if len(counts) == 1 or counts[0][1] > counts[1][1]:
        return counts[0][0]
    return sorted(places)[(len(places) - 1) // 2]


def f1(found: Mapping[int, Mapping[Span, float]], truths: Mapping[int, Sequence[Span]]) -> float:
    """Of exact spans with the right label."""
    right = sum(len(set(found[index]) & set(truth)) for index, truth in truths.items())
    return 2 * right / sum(len(found[index]) + len(truth) for index, truth in truths.items())
