"""Spans that different workers marked in one text are put together when they are likely to mean the same entity."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from trigpoint.records.labels.spans import Span

MIN_JACCARD = 0.5
"""Spans that share less of their characters are different entities."""

OTHER_LABEL = 0.25
"""By so much less similar are spans of different labels."""

NEAREST = 16
"""Each span is compared with this many of those of about its length that begin next, before and after it.

So time grows in proportion to the number of spans, even if all of them overlap.
"""

Cluster = dict[str, Span]
"""The span of each worker who marked the entity."""


def jaccard(one: Span, other: Span) -> float:
    """The number of characters in both spans, divided by those in at least one of them, 0 to 1."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    if shared <= 0:
        return 0.0
    return shared / (one.end - one.start + other.end - other.start - shared)


def clusters(answers: Mapping[str, Sequence[Span]]) -> list[Cluster]:
    """All spans of the workers, at most one of each worker in a cluster.

    The two most similar spans come together first, and so on. The order of workers and of spans does not matter.

    Returns: in the order of their first spans in the text.
    Source:  the specification of Ground Truth, section 4.1 (clusters by Jaccard similarity).
    """
    marked: dict[Span, list[str]] = {}
    for worker in sorted(answers):
        for span in set(answers[worker]):
            marked.setdefault(span, []).append(worker)
    spans = sorted(marked)
    cluster_of = [dict.fromkeys(marked[span], span) for span in spans]
    parts = {id(cluster): [k] for k, cluster in enumerate(cluster_of)}
    for _, i, j in sorted(similar_pairs(spans)):
        first, second = cluster_of[i], cluster_of[j]
        if first is second or not first.keys().isdisjoint(second):
            continue
        first.update(second)
        for part in parts.pop(id(second)):
            cluster_of[part] = first
            parts[id(first)].append(part)
    return list({id(cluster): cluster for cluster in cluster_of}.values())


def similar_pairs(spans: Sequence[Span]) -> Iterator[tuple[float, int, int]]:
    """Pairs of spans that could be one entity, with the negative of their similarity. The spans are sorted."""
    by_length: dict[int, list[int]] = {}
    for k, span in enumerate(spans):
        by_length.setdefault((span.end - span.start).bit_length(), []).append(k)
    for size, positions in by_length.items():
        longer = by_length.get(size + 1, [])
        for place, k in enumerate(positions):
            near = positions[place + 1 : place + 1 + NEAREST]
            if longer:
                middle = bisect_left(longer, k)
                near = near + longer[max(0, middle - NEAREST) : middle + NEAREST]
            for other in near:
                overlap = jaccard(spans[k], spans[other])
                if overlap >= MIN_JACCARD:
                    differs = spans[k].label != spans[other].label
                    yield OTHER_LABEL * differs - overlap, min(k, other), max(k, other)
