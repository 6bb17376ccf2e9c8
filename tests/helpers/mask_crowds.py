"""Simulated workers who paint masks, with errors of known kinds.

A scene is a list of things, each with a class and an outline, painted one over the other. A worker paints every thing
of the scene again: their outline is wavy, moved and too large or too small; they miss things, give a thing another
class, and see things that are not there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

import numpy as np
from PIL import Image, ImageDraw

from trigpoint.labeling.consolidation.masks import MaskConsolidation
from trigpoint.labeling.consolidation.packed_masks import ClassNumbers, pack

WAVES = 6
POINTS = 96


@dataclass(frozen=True)
class Thing:
    """A thing of a scene: centre and radii in pixels, and the waves of its outline as amplitude and phase."""

    number: int
    x: float
    y: float
    radius_x: float
    radius_y: float
    waves: tuple[tuple[float, float], ...]

    @property
    def size(self) -> float:
        """The side of a square of about this area, in pixels."""
        return math.sqrt(math.pi * self.radius_x * self.radius_y)


@dataclass(frozen=True)
class Scene:
    """An image: its size, the number of classes, and its things from back to front."""

    width: int
    height: int
    classes: int
    things: tuple[Thing, ...]


@dataclass(frozen=True)
class Painter:
    """How a worker errs.

    wobble: amplitude of the waves that their outlines have too much, as a share of the thing's size
    shift:  how far their outlines are moved, as a share of it
    growth: by which share their outlines are too large
    miss:   share of the things that they do not see
    swap:   share of the things to which they give another class
    invent: things that they see and that are not there, for each thing of the scene
    confuses: a pair of classes; they take the first for the second
    speckle: share of single pixels that get any class
    """

    wobble: float = 0.02
    shift: float = 0.01
    growth: float = 0.0
    miss: float = 0.0
    swap: float = 0.0
    invent: float = 0.0
    confuses: tuple[int, int] | None = None
    speckle: float = 0.0


CAREFUL = Painter()
SLOPPY = Painter(wobble=0.12, shift=0.08, growth=0.1, miss=0.3, swap=0.2, invent=0.3)

CROWDS: Mapping[str, Sequence[Painter]] = {
    "careful": [CAREFUL] * 9,
    "wavy outlines": [Painter(wobble=0.06, shift=0.03)] * 9,
    "too large, too small": [
        Painter(growth=g) for g in (0.12, -0.12, 0.0, 0.12, -0.12, 0.08, -0.08, 0.1, -0.1)
    ],
    "missing things": [Painter(miss=0.35)] * 9,
    "swapped classes": [Painter(swap=0.25)] * 9,
    "inventing things": [Painter(invent=0.3)] * 9,
    "speckled": [Painter(speckle=0.1)] * 9,
    "one takes a class for another": [
        Painter(confuses=(1, 2)),
        CAREFUL,
        Painter(confuses=(1, 2)),
        *[CAREFUL] * 6,
    ],
    "one is sloppy": [CAREFUL, SLOPPY, CAREFUL, SLOPPY, *[CAREFUL] * 5],
    "most are sloppy": [SLOPPY, SLOPPY, CAREFUL, SLOPPY, CAREFUL, SLOPPY, SLOPPY, CAREFUL, SLOPPY],
    "mixed": [
        Painter(wobble=0.04, miss=0.1),
        Painter(growth=0.12, swap=0.1),
        Painter(wobble=0.08, shift=0.05, miss=0.4),
        Painter(growth=-0.1, invent=0.2),
        SLOPPY,
        Painter(miss=0.3),
        Painter(swap=0.3),
        Painter(wobble=0.06, shift=0.03),
        CAREFUL,
    ],
}
"""Kinds of crowds, nine workers each; a smaller crowd has the first ones."""


def scenes(dice: Random, count: int, width: int = 160, height: int = 120, classes: int = 3) -> list[Scene]:
    """Images with 1 to 8 things. In a third of them, one class covers much of the image, such as a road or the sky."""
    return [_scene(dice, width, height, classes) for _ in range(count)]


def paint(scene: Scene, things: Sequence[Thing] | None = None) -> ClassNumbers:
    """The mask of the scene, or of what a worker sees of it."""
    image = Image.new("L", (scene.width, scene.height), 0)
    pen = ImageDraw.Draw(image)
    for thing in scene.things if things is None else things:
        pen.polygon(_outline(thing), fill=thing.number)
    return np.asarray(image)


def painted(scene: Scene, painter: Painter, dice: Random) -> ClassNumbers:
    """What a worker paints."""
    seen = [_seen(thing, scene, painter, dice) for thing in scene.things if dice.random() >= painter.miss]
    seen += [_thing(dice, scene, 0.12) for _ in scene.things if dice.random() < painter.invent]
    mask = paint(scene, seen)
    if not painter.speckle:
        return mask
    random = np.random.default_rng(dice.getrandbits(32))
    return np.where(
        random.random(mask.shape) < painter.speckle,
        random.integers(0, scene.classes + 1, mask.shape, np.uint8),
        mask,
    )


def _scene(dice: Random, width: int, height: int, classes: int) -> Scene:
    empty = Scene(width, height, classes, ())
    things = [_thing(dice, empty, dice.choice((0.06, 0.12, 0.2))) for _ in range(dice.randint(1, 8))]
    if dice.random() < 1 / 3:
        things.insert(0, _thing(dice, empty, 0.6))
    return Scene(width, height, classes, tuple(things))


def _thing(dice: Random, scene: Scene, size: float) -> Thing:
    side = size * min(scene.width, scene.height)
    return Thing(
        dice.randint(1, scene.classes),
        dice.uniform(0, scene.width),
        dice.uniform(0, scene.height),
        side * dice.uniform(0.6, 1.6),
        side * dice.uniform(0.6, 1.6),
        _waves(dice, 0.15),
    )


def _seen(thing: Thing, scene: Scene, painter: Painter, dice: Random) -> Thing:
    number = thing.number
    if painter.confuses is not None and number == painter.confuses[0]:
        number = painter.confuses[1]
    if dice.random() < painter.swap:
        number = 1 + (number + dice.randint(0, max(0, scene.classes - 2))) % scene.classes
    grown = 1 + painter.growth + dice.gauss(0, painter.wobble)
    return Thing(
        number,
        thing.x + dice.gauss(0, painter.shift) * thing.size,
        thing.y + dice.gauss(0, painter.shift) * thing.size,
        max(1.0, thing.radius_x * grown),
        max(1.0, thing.radius_y * grown),
        thing.waves + _waves(dice, painter.wobble),
    )


def _waves(dice: Random, amplitude: float) -> tuple[tuple[float, float], ...]:
    return tuple((dice.gauss(0, amplitude) / (k + 1), dice.uniform(0, 2 * math.pi)) for k in range(WAVES))


def _outline(thing: Thing) -> list[tuple[float, float]]:
    points = []
    for step in range(POINTS):
        angle = 2 * math.pi * step / POINTS
        wave = 1 + sum(
            amplitude * math.sin((k % WAVES + 1) * angle + phase)
            for k, (amplitude, phase) in enumerate(thing.waves)
        )
        points.append(
            (
                thing.x + thing.radius_x * wave * math.cos(angle),
                thing.y + thing.radius_y * wave * math.sin(angle),
            )
        )
    return points


def iou(one: ClassNumbers, other: ClassNumbers, classes: int) -> float:
    """The mean IoU of the classes in either mask, without the background; 1 if both are empty."""
    found = []
    for number in range(1, classes + 1):
        either = np.count_nonzero((one == number) | (other == number))
        if either:
            found.append(np.count_nonzero((one == number) & (other == number)) / either)
    return float(np.mean(found)) if found else 1.0


def plain_vote(masks: Sequence[ClassNumbers], classes: int) -> tuple[ClassNumbers, float]:
    """The class with most votes at each pixel, ties to the background; and the mean share of the winning votes."""
    counts = np.stack([sum((mask == number).astype(int) for mask in masks) for number in range(classes + 1)])
    most = counts.max(axis=0)
    winner = np.where((counts == most).sum(axis=0) > 1, 0, counts.argmax(axis=0))
    return winner.astype(np.uint8), float(most.mean() / len(masks))


@dataclass(frozen=True)
class Comparison:
    """Means over the images of a crowd, of our method and of the plain vote.

    iou: with the truth. error: difference between the confidence and the share of pixels that are right.
    """

    iou: float
    plain_iou: float
    error: float
    plain_error: float


def compare(painters: Sequence[Painter], images: int, seed: int) -> Comparison:
    """Both methods on images that these workers have painted."""
    dice = Random(seed)
    found = scenes(dice, images)
    truths = [paint(scene) for scene in found]
    answers = [[painted(scene, painter, dice) for painter in painters] for scene in found]
    classes = found[0].classes
    packed = {
        index: {f"w{k}": pack(mask) for k, mask in enumerate(given)} for index, given in enumerate(answers)
    }
    ours = list(MaskConsolidation(packed, classes, {}).results())
    plain = [plain_vote(given, classes) for given in answers]
    return Comparison(
        fmean(iou(made.numbers, truth, classes) for made, truth in zip(ours, truths, strict=True)),
        fmean(iou(made, truth, classes) for (made, _), truth in zip(plain, truths, strict=True)),
        fmean(
            abs(made.confidence - np.mean(made.numbers == truth))
            for made, truth in zip(ours, truths, strict=True)
        ),
        fmean(
            abs(share - np.mean(made == truth)) for (made, share), truth in zip(plain, truths, strict=True)
        ),
    )
