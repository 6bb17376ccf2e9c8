"""Which boxes of several workers show the same thing: average-linkage clusters.

The two clusters whose boxes are most similar on average are merged, and so on, while that average is at least
`MIN_SIMILARITY` and no cluster has two boxes of one worker. The similarity of two boxes is their IoU, times
`OTHER_CLASS` if their classes differ. So a box joins those of another class only where its own has none nearby.

Decision: pairs that are less similar than `MIN_SIMILARITY` count as 0 in the averages. Otherwise all boxes of a picture
would have to be compared with each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from trigpoint.labeling.consolidation.overlaps import Edges, overlapping_pairs
from trigpoint.records.labels.boxes import Box, BoxLtwh

MIN_SIMILARITY = 0.2

OTHER_CLASS = 0.6
"""Two boxes of different classes need an IoU of a third to be taken for the same thing."""


class Drawn(NamedTuple):
    """A box and the worker who drew it."""

    worker: str
    box: Box


Cluster = list[Drawn]
"""Boxes of different workers that are taken for the same thing, in order of the workers' ids."""


def clustered(answers: Mapping[str, Sequence[Box]]) -> list[Cluster]:
    """The clusters of a picture's boxes, also those of one box. Boxes whose area is 0 are in none.

    Args:    answers: the boxes of each worker, by worker id.
    Returns: in no particular order, which depends neither on the order of workers nor of boxes. Ties of similarity are
             broken by the boxes' coordinates.
    """
    bits = {worker: 1 << k for k, worker in enumerate(sorted(answers))}
    stacks = _stacks(answers, bits)
    everybody = (1 << len(answers)) - 1
    waiting = [stack for stack in stacks if stack.owners != everybody]
    merged = [[stack] for stack in stacks if stack.owners == everybody]
    merged += _merged(waiting)
    return [sorted((drawn for stack in each for drawn in stack.drawn), key=itemgetter(0)) for each in merged]


class _Stack:
    """Identical boxes of different workers. `owners` has one bit for each of the workers."""

    __slots__ = ("drawn", "owners")

    def __init__(self) -> None:
        self.drawn: list[Drawn] = []
        self.owners = 0


def _stacks(answers: Mapping[str, Sequence[Box]], bits: Mapping[str, int]) -> list[_Stack]:
    """The stacks of all boxes, in order of the boxes' coordinates and classes.

    Of several identical boxes of one worker, the first one is in the first stack, and so on.
    """
    drawn = sorted(
        (box.left, box.top, box.width, box.height, box.class_name, worker, box)
        for worker, boxes in answers.items()
        for box in boxes
        if box.width * box.height > 0
    )
    copies: Counter[tuple[BoxLtwh, str, str]] = Counter()
    stacks: dict[tuple[BoxLtwh, str, int], _Stack] = {}
    for left, top, width, height, class_name, worker, box in drawn:
        ltwh = left, top, width, height
        copy = copies[ltwh, class_name, worker]
        copies[ltwh, class_name, worker] = copy + 1
        stack = stacks.get((ltwh, class_name, copy))
        if stack is None:
            stack = stacks[ltwh, class_name, copy] = _Stack()
        stack.drawn.append(Drawn(worker, box))
        stack.owners |= bits[worker]
    return list(stacks.values())


def _merged(stacks: Sequence[_Stack]) -> Iterator[list[_Stack]]:
    near = _similar_pairs(stacks)
    for part in _connected(near):
        owners = [stacks[k].owners for k in part]
        pairs = sum(len(near[k]) for k in part) // 2
        # all similar to each other and of different workers: any order of merging makes one cluster of them
        if pairs == len(part) * (len(part) - 1) // 2 and _disjoint(owners):
            yield [stacks[k] for k in part]
        else:
            yield from _linked(stacks, part, near)


Near = list[dict[int, float]]
"""For each cluster the ones near it, with the sum of the similarities of all pairs of a box of either."""


def _similar_pairs(stacks: Sequence[_Stack]) -> Near:
    near: Near = [{} for _ in stacks]
    names = [stack.drawn[0].box.class_name for stack in stacks]
    for similarity, i, j in overlapping_pairs([_edges(stack) for stack in stacks], MIN_SIMILARITY):
        if names[i] != names[j]:
            similarity *= OTHER_CLASS
            if similarity < MIN_SIMILARITY:
                continue
        near[i][j] = near[j][i] = similarity * len(stacks[i].drawn) * len(stacks[j].drawn)
    return near


def _edges(stack: _Stack) -> Edges:
    box = stack.drawn[0].box
    return Edges(box.left, box.top, box.right, box.bottom, box.width * box.height, stack.owners)


def _connected(near: Near) -> Iterator[list[int]]:
    """The positions in parts: within a part, each can be reached from each."""
    seen = [False] * len(near)
    for start in range(len(near)):
        if seen[start]:
            continue
        seen[start] = True
        part = [start]
        for position in part:
            for other in near[position]:
                if not seen[other]:
                    seen[other] = True
                    part.append(other)
        yield part


def _disjoint(owners: Sequence[int]) -> bool:
    together = 0
    for each in owners:
        if together & each:
            return False
        together |= each
    return True


def _linked(stacks: Sequence[_Stack], part: Sequence[int], near: Near) -> Iterator[list[_Stack]]:
    """The clusters of one part.

    Two clusters are merged when each is the most similar one of the other. That gives the same clusters as merging the
    two most similar ones of all, because a merged cluster is never more similar to a third one than its parts were.
    """
    clusters = _Clusters(stacks, sorted(part), near)
    for start in clusters.numbers():
        chain = [start] if clusters.is_whole(start) else []
        while chain:
            last = chain[-1]
            before = chain[-2] if len(chain) > 1 else None
            other = clusters.most_similar(last, before)
            if other is None:
                break
            if other != before:
                chain.append(other)
                continue
            del chain[-2:]
            clusters.merge(other, last)
    yield from clusters.whole()


class _Clusters:
    """Clusters by number: first the stacks, then the merged ones as they are made."""

    def __init__(self, stacks: Sequence[_Stack], order: Sequence[int], near: Near) -> None:
        number = {position: k for k, position in enumerate(order)}
        self._members = [[stacks[position]] for position in order]
        self._owners = [stacks[position].owners for position in order]
        self._sizes = [len(stacks[position].drawn) for position in order]
        self._near: list[dict[int, float] | None] = [
            {number[other]: similarity for other, similarity in near[position].items()} for position in order
        ]

    def numbers(self) -> Iterator[int]:
        """All numbers, also those of clusters that are made meanwhile."""
        number = 0
        while number < len(self._members):
            yield number
            number += 1

    def is_whole(self, number: int) -> bool:
        """Whether the cluster has not become a part of another one."""
        return self._near[number] is not None

    def whole(self) -> Iterator[list[_Stack]]:
        for number, members in enumerate(self._members):
            if self.is_whole(number):
                yield members

    def most_similar(self, number: int, preferred: int | None) -> int | None:
        """The cluster that is most similar to this one; of several, the preferred one, else that of the lowest number."""
        near, sizes = self._near[number] or {}, self._sizes
        found, best = None, MIN_SIMILARITY * sizes[number]
        for other, similarity in near.items():
            average = similarity / sizes[other]
            if average > best or (average == best and _comes_before(other, found, preferred)):
                found, best = other, average
        return found

    def merge(self, first: int, second: int) -> None:
        """Makes a cluster of two. Those that share a worker with it are no longer near it."""
        new, owners = len(self._members), self._owners[first] | self._owners[second]
        self._members.append(self._members[first] + self._members[second])
        self._owners.append(owners)
        self._sizes.append(self._sizes[first] + self._sizes[second])
        around: dict[int, float] = {}
        for part in (first, second):
            for other in self._near[part] or ():
                near = self._near[other]
                if near is None or other in (first, second):
                    continue
                similarity = near.pop(part)
                if not owners & self._owners[other]:
                    around[other] = around.get(other, 0.0) + similarity
        for other, similarity in around.items():
            near = self._near[other]
            if near is not None:
                near[new] = similarity
        self._near[first] = self._near[second] = None
        self._near.append(around)


def _comes_before(number: int, found: int | None, preferred: int | None) -> bool:
    return found is None or number == preferred or (found != preferred and number < found)
