"""The pictures of a round as arrays: which workers answered, which clusters their boxes form, what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trigpoint.labeling.consolidation.box_clusters import Cluster, clustered
from trigpoint.labeling.consolidation.box_edges import Marks, MarksBuilder
from trigpoint.labeling.consolidation.box_habits import Floats, Ints
from trigpoint.labeling.consolidation.box_known import matched
from trigpoint.labeling.consolidation.box_presence import Places
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize


@dataclass(frozen=True, slots=True)
class AnsweredPicture:
    """The boxes of each worker who answered for a picture, which may be none; by worker id.

    given: boxes that were there before, in a job that adjusts them. truth: the true boxes, where they are known.
    """

    answers: Mapping[str, Sequence[Box]]
    size: ImageSize | None = None
    given: Sequence[Box] = ()
    truth: Sequence[Box] | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Pictures that say something about their workers: those with several answers, or with known boxes.

    workers, class_names: what the positions in arrays mean, in alphabetical order
    places:       all clusters
    agreed:       the clusters that more than half of the workers of their picture drew, of several workers
    place_of:     (C,) int, the position of each agreed cluster in `places`
    marks, classes: the boxes of the agreed clusters, and their classes as (C, M) int
    true_boxes:   the known box of each agreed cluster that shows one, by position
    known:        all clusters that show a known box: the picture, the cluster, and the box
    """

    pictures: Sequence[AnsweredPicture]
    workers: Sequence[str]
    class_names: Sequence[str]
    places: Places
    agreed: Sequence[Cluster]
    place_of: Ints
    marks: Marks
    classes: Ints
    true_boxes: Mapping[int, Box]
    known: Sequence[tuple[int, Cluster, Box]]

    @property
    def true_classes(self) -> Ints:
        """(C,) the known class of each agreed cluster, -1 where none is known or nobody chose it."""
        numbers = {name: number for number, name in enumerate(self.class_names)}
        found = np.full(len(self.agreed), -1)
        for k, box in self.true_boxes.items():
            found[k] = numbers.get(box.class_name, -1)
        return found

    @property
    def true_edges(self) -> Floats:
        """(C, 4) the known edges of each agreed cluster, NaN where none are known."""
        found = np.full((len(self.agreed), 4), np.nan)
        for k, box in self.true_boxes.items():
            found[k] = edges_of(box)
        return found


def edges_of(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def scene_of(pictures: Sequence[AnsweredPicture]) -> Scene:
    """The arrays. There must be a picture."""
    workers = sorted({worker for picture in pictures for worker in picture.answers})
    numbers = {worker: number for number, worker in enumerate(workers)}
    places, marks = _PlacesBuilder(numbers), MarksBuilder()
    agreed: list[Cluster] = []
    place_of: list[int] = []
    true_boxes: dict[int, Box] = {}
    all_known: list[tuple[int, Cluster, Box]] = []
    for number, picture in enumerate(pictures):
        clusters = sorted(clustered(picture.answers))
        known = None if picture.truth is None else matched(clusters, picture.truth)
        first = places.add(picture, clusters, known)
        all_known += [(number, clusters[k], box) for k, box in (known or {}).items()]
        for k, cluster in enumerate(clusters):
            if len(cluster) > 1 and 2 * len(cluster) > len(picture.answers):
                if known is not None and k in known:
                    true_boxes[len(agreed)] = known[k]
                agreed.append(cluster)
                place_of.append(first + k)
                _add_marks(marks, cluster, picture, numbers)
    class_names = sorted({drawn.box.class_name for cluster in agreed for drawn in cluster})
    made = marks.marks()
    class_numbers = {name: number for number, name in enumerate(class_names)}
    classes = np.zeros(made.present.shape, np.int64)
    classes[made.present] = [class_numbers[drawn.box.class_name] for cluster in agreed for drawn in cluster]
    return Scene(
        pictures,
        workers,
        class_names,
        places.places(),
        agreed,
        np.array(place_of, np.int64),
        made,
        classes,
        true_boxes,
        all_known,
    )


def _add_marks(
    marks: MarksBuilder, cluster: Cluster, picture: AnsweredPicture, numbers: Mapping[str, int]
) -> None:
    low, high = -np.inf, [np.inf] * 4
    if picture.size is not None:
        low, high = 0.0, [float(picture.size.width), float(picture.size.height)] * 2
    given = [set(each) for each in zip(*map(edges_of, picture.given), strict=True)] or [set()] * 4
    members = []
    for drawn in cluster:
        edges = edges_of(drawn.box)
        flags = [edge <= low or edge >= high[side] or edge in given[side] for side, edge in enumerate(edges)]
        members.append((numbers[drawn.worker], edges, flags))
    marks.add(members, low, high)


class _PlacesBuilder:
    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers
        self._pictures = 0
        self._picture: list[int] = []
        self._cluster: list[int] = []
        self._worker: list[int] = []
        self._answered_picture: list[int] = []
        self._answered_worker: list[int] = []
        self._known: list[float] = []

    def add(
        self, picture: AnsweredPicture, clusters: Sequence[Cluster], known: Mapping[int, Box] | None
    ) -> int:
        """Adds a picture; returns the position of its first cluster. Known things that nobody drew follow them."""
        first = len(self._picture)
        for k, cluster in enumerate(clusters):
            self._cluster += [first + k] * len(cluster)
            self._worker += [self._numbers[drawn.worker] for drawn in cluster]
            self._known.append(np.nan if known is None else float(k in known))
        overlooked = 0 if known is None or picture.truth is None else len(picture.truth) - len(known)
        self._known += [1.0] * overlooked
        self._picture += [self._pictures] * (len(clusters) + overlooked)
        for worker in sorted(picture.answers):
            self._answered_picture.append(self._pictures)
            self._answered_worker.append(self._numbers[worker])
        self._pictures += 1
        return first

    def places(self) -> Places:
        picture, cluster, worker = map(_ints, (self._picture, self._cluster, self._worker))
        answered = _ints(self._answered_picture), _ints(self._answered_worker)
        return Places(picture, cluster, worker, *answered, np.array(self._known, float))


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int64)
