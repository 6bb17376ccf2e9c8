"""What a round says about its workers, for the record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from trigpoint.labeling.consolidation.box_habits import CrowdSums, Floats, Habits, quality
from trigpoint.labeling.consolidation.box_overlap import iou
from trigpoint.labeling.consolidation.box_scene import Scene
from trigpoint.labeling.model import WorkerQuality
from trigpoint.records.labels.boxes import Box


def qualities(
    scene: Scene,
    boxes: Sequence[Box],
    overlap: Floats,
    habits: Habits,
    total: CrowdSums,
    known: Mapping[str, WorkerQuality],
) -> dict[str, WorkerQuality]:
    """What is now known about each worker of the scene.

    Args: boxes: the agreed box of each agreed cluster. overlap: (C, M), the IoU of each member with it. total: the sums
          of all rounds with this one.
    """
    agreement = _agreements(scene, boxes, overlap)
    found = {}
    for k, worker in enumerate(scene.workers):
        before = known.get(worker, WorkerQuality())
        answers = before.answers + len(agreement[worker])
        found[worker] = quality(habits, total, k, answers, before.agreement + sum(agreement[worker]))
    return found


def _agreements(scene: Scene, boxes: Sequence[Box], overlap: Floats) -> Mapping[str, list[float]]:
    """For each worker how well each answer agrees with the label, from 0 to 1: the known label, where there is one.

    It is the sum of the IoU of their boxes with those of the label, divided by the number of boxes of both together. A
    box of another class counts as none.
    """
    alike: list[defaultdict[str, float]] = [defaultdict(float) for _ in scene.pictures]
    common: list[Counter[str]] = [Counter() for _ in scene.pictures]
    counts = [len(picture.truth or ()) for picture in scene.pictures]
    pictures = scene.places.picture[scene.place_of].tolist()
    for picture, cluster, box, ious in zip(pictures, scene.agreed, boxes, overlap.tolist(), strict=True):
        if scene.pictures[picture].truth is None:
            counts[picture] += 1
            for (worker, drawn), similarity in zip(cluster, ious, strict=False):  # short clusters are padded
                if drawn.class_name == box.class_name:
                    alike[picture][worker] += similarity
                    common[picture][worker] += 1
    for picture, cluster, true_box in scene.known:
        for worker, drawn in cluster:
            if drawn.class_name == true_box.class_name:
                alike[picture][worker] += iou(drawn, true_box)
                common[picture][worker] += 1
    found = defaultdict(list)
    for picture, answered in enumerate(scene.pictures):
        for worker, all_drawn in answered.answers.items():
            together = len(all_drawn) + counts[picture] - common[picture][worker]
            found[worker].append(min(1.0, alike[picture][worker] / together) if together else 1.0)
    return found
