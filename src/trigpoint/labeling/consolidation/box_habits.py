"""What is known about workers who draw boxes: sums over all boxes so far, so that rounds can add to them.

Errors are shares of the box's width for left and right edges, and of its height for top and bottom edges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import numpy as np

from trigpoint.core.stored import stored
from trigpoint.labeling.model import WorkerQuality

SIDES: Final = ("left", "top", "right", "bottom")
_SUMS: Final = "sums"

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class BoxSums:
    """Sums over the boxes of one worker.

    boxes:        boxes of agreed clusters of several boxes
    squares:      squared errors of their edges, those far off weighted less
    errors:       signed errors of each side relative to the agreed edge, weighted; to the right and down are positive
    weights:      the weights of `errors`
    likeness:     the log-odds of the IoU with the agreed box
    seen, there:  things that they drew, and things in the pictures that they answered
    false, empty: boxes that show nothing, and places without a thing where somebody drew a box
    right_class:  boxes with the right class, of `voted` boxes of agreed clusters
    shifts:       signed errors of each agreed side relative to known labels, of `shifted` boxes that they took part in
    """

    boxes: float = 0.0
    squares: float = 0.0
    errors: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    weights: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    likeness: float = 0.0
    seen: float = 0.0
    there: float = 0.0
    false: float = 0.0
    empty: float = 0.0
    right_class: float = 0.0
    voted: float = 0.0
    shifts: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    shifted: float = 0.0


_read_sums = stored(BoxSums, strict=False)


class CrowdSums:
    """The sums of several workers as arrays: of shape (workers,), or (workers, 4) for those of each side."""

    __slots__ = ("arrays",)

    def __init__(self, arrays: Mapping[str, Floats]) -> None:
        self.arrays = dict(arrays)

    def __getitem__(self, name: str) -> Floats:
        return self.arrays[name]

    @staticmethod
    def known(workers: Sequence[str], known: Mapping[str, WorkerQuality]) -> CrowdSums:
        """What earlier rounds have found out about these workers."""
        rows = [_sums_of(known.get(worker)) for worker in workers]
        return CrowdSums(
            {
                each.name: np.array([getattr(row, each.name) for row in rows], float)
                for each in fields(BoxSums)
            }
        )

    def plus(self, found: Mapping[str, Floats]) -> CrowdSums:
        """These sums and those of a round."""
        return CrowdSums({name: values + found.get(name, 0.0) for name, values in self.arrays.items()})

    def of_worker(self, k: int) -> BoxSums:
        return BoxSums(**{name: _plain(values[k]) for name, values in self.arrays.items()})


def sums_by(positions: Ints, values: Floats, count: int) -> Floats:
    """(count,) the sum of the values with each position."""
    found: Floats = np.bincount(positions, values, count).astype(float)
    return found


def _plain(value: Any) -> Any:
    return tuple(value.tolist()) if value.ndim else float(value)


def _sums_of(quality: WorkerQuality | None) -> BoxSums:
    sums = quality.details.get(_SUMS) if quality is not None else None
    return BoxSums() if sums is None else _read_sums(sums)


@dataclass(frozen=True, slots=True)
class Habits:
    """How each worker draws: arrays of shape (workers,), or (workers, 4) for `bias`.

    noise: the standard deviation of their edges, a share of the side. bias: their mean error on each side. detection:
    the share of things that they draw. false: the share of empty places with a box of somebody where they draw one.
    class_accuracy: the share of things to which they give the right class.
    """

    noise: Floats
    bias: Floats
    detection: Floats
    false: Floats
    class_accuracy: Floats


def quality(habits: Habits, sums: CrowdSums, k: int, answers: int, agreement: float) -> WorkerQuality:
    """What is to be kept about the worker at this position."""
    of_worker = sums.of_worker(k)
    drawn = of_worker.seen + of_worker.false
    accuracy = float(of_worker.seen / drawn * habits.class_accuracy[k]) if drawn > 0 else None
    details = {
        "edge_noise": float(habits.noise[k]),
        "edge_bias": dict(zip(SIDES, habits.bias[k].tolist(), strict=True)),
        "detection_rate": float(habits.detection[k]),
        "false_rate": float(habits.false[k]),
        "class_accuracy": float(habits.class_accuracy[k]),
        _SUMS: {
            name: list(each) if isinstance(each, tuple) else each for name, each in asdict(of_worker).items()
        },
    }
    return WorkerQuality(answers, agreement, accuracy, details)
