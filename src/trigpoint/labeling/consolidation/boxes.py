"""Several workers' boxes become one set of boxes with confidences, and what is known about the workers grows.

Boxes of different workers that are most alike are taken for the same thing (`box_clusters`). Those that only a minority
drew are left out. The class is the one with the most votes (`box_votes`), the edges are robust means (`box_edges`), and
the confidence is the probability that the box is right (`box_presence`, `box_confidence`). Coordinates are pixels of
the stored image, origin at the top left, right and bottom edge exclusive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trigpoint.labeling.consolidation.box_clusters import Cluster
from trigpoint.labeling.consolidation.box_confidence import confidence, likeness, likeness_sums
from trigpoint.labeling.consolidation.box_edges import place
from trigpoint.labeling.consolidation.box_habits import CrowdSums, Habits
from trigpoint.labeling.consolidation.box_overlap import ious
from trigpoint.labeling.consolidation.box_presence import presence
from trigpoint.labeling.consolidation.box_scene import AnsweredPicture, Scene, scene_of
from trigpoint.labeling.consolidation.box_shift import without_shift
from trigpoint.labeling.consolidation.box_votes import vote
from trigpoint.labeling.consolidation.box_workers import qualities
from trigpoint.labeling.model import WorkerQuality
from trigpoint.records.labels.boxes import Box


@dataclass(frozen=True, slots=True)
class Agreed:
    """The agreed boxes of each picture, in the pictures' order, and what is now known about workers by their id."""

    boxes: Sequence[Sequence[Box]]
    workers: Mapping[str, WorkerQuality]


def consolidate(answers: Mapping[str, Sequence[Box]]) -> Sequence[Box]:
    """The boxes that the workers agree on in one picture, when nothing else is known about them."""
    return consolidate_all([AnsweredPicture(answers)], {}).boxes[0]


def consolidate_all(pictures: Sequence[AnsweredPicture], known: Mapping[str, WorkerQuality]) -> Agreed:
    """The boxes that the workers agree on in each picture, with the confidence of each, between 0 and 1.

    A box is agreed on if more than half of the workers who answered for its picture drew it. The boxes of a single
    worker are returned unchanged and in their order, with confidence 0, because nobody has checked them.

    Args:    known: what earlier rounds returned about workers.
    Returns: boxes in order of class name, top, left. The order of workers and of boxes does not matter; that of
             pictures changes no more than the last digits.
    """
    boxes = [_of_one_worker(picture) for picture in pictures]
    telling = [k for k, picture in enumerate(pictures) if _is_telling(picture)]
    if not telling:
        return Agreed(boxes, {})
    scene = scene_of([pictures[k] for k in telling])
    agreed, workers = _agreed(scene, known)
    for k, found in zip(telling, agreed, strict=True):
        if len(pictures[k].answers) > 1:
            boxes[k] = sorted(found, key=lambda box: (box.class_name, box.top, box.left, box))
    return Agreed(boxes, workers)


def _of_one_worker(picture: AnsweredPicture) -> list[Box]:
    if len(picture.answers) > 1:
        return []
    return [replace(box, confidence=0) for boxes in picture.answers.values() for box in boxes]


def _is_telling(picture: AnsweredPicture) -> bool:
    """Whether the picture says something about its workers."""
    return len(picture.answers) > 1 or picture.truth is not None


def _agreed(
    scene: Scene, known: Mapping[str, WorkerQuality]
) -> tuple[list[list[Box]], dict[str, WorkerQuality]]:
    """The boxes of each picture of the scene, and what is now known about its workers."""
    before = CrowdSums.known(scene.workers, known)
    things = presence(scene.places, before)
    placed, edge_sums, noise, bias = place(scene.marks, before)
    placed, shift_sums = without_shift(scene.marks, placed, scene.true_edges, before)
    votes = vote(scene.marks, scene.classes, max(1, len(scene.class_names)), scene.true_classes, before)
    overlap = np.where(scene.marks.present, ious(scene.marks.edges, placed.edges[:, None, :]), 0.0)
    alike = likeness(scene.marks, overlap)
    like_sums = likeness_sums(scene.marks, alike, len(scene.workers))
    after = before.plus({**things.sums, **edge_sums, **shift_sums, **votes.sums, **like_sums})
    confidences = confidence(
        things.log_odds[scene.place_of],
        scene.places.drawn_by[scene.place_of],
        scene.places.answered_by[scene.place_of],
        alike,
        votes.probability,
        after,
    )
    found: list[list[Box]] = [[] for _ in scene.pictures]
    boxes = [
        _box(scene.class_names[name], cluster, edges, sure)
        for name, cluster, edges, sure in zip(
            votes.chosen.tolist(), scene.agreed, placed.edges.tolist(), confidences.tolist(), strict=True
        )
    ]
    for k, box in zip(scene.places.picture[scene.place_of].tolist(), boxes, strict=True):
        found[k].append(box)
    habits = Habits(noise, bias, things.detection, things.false, votes.accuracy)
    return found, qualities(scene, boxes, overlap, habits, after, known)


def _box(class_name: str, cluster: Cluster, edges: Sequence[float], sure: float) -> Box:
    left, top, right, bottom = edges
    for _, box in cluster:
        if box.left == left and box.top == top and box.right == right and box.bottom == bottom:
            # a subtraction could change the last digit of a side
            return Box(class_name, *box.ltwh, sure)
    return Box(class_name, left, top, right - left, bottom - top, sure)
