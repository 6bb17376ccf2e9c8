"""Simulated workers who draw boxes, of many kinds, over pictures whose true boxes are known.

Each worker has habits of their own: how far off their edges are, on which side, what they overlook and what they see
that is not there. Things differ too: some are hard to see, and some have no clear edge, so that all workers err alike.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

from trigpoint.records.labels.boxes import Box

SHARED = Path(os.environ.get("TRIGPOINT_SHARED_DATA", "../shared/data"))

Answers = Mapping[str, Sequence[Box]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's size and its true boxes."""

    width: float
    height: float
    truth: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Crowd:
    """A kind of crowd. Lengths ending in `_px` are pixels, other ones shares of the side of the box."""

    name: str
    workers: int = 20
    noise: float = 0.04
    noise_px: float = 1.0
    spread: float = 0.5
    """Workers differ: the logarithm of their noise has this standard deviation."""
    bias: float = 0.0
    bias_px: float = 0.0
    loose_px: float = 0.0
    fuzzy: float = 0.03
    """An error that all workers have in common, at each edge of a thing."""
    tail_rate: float = 0.02
    """Of edges that are several times as far off."""
    miss_rate: float = 0.05
    hard_rate: float = 0.1
    """Of things that only about half of the workers see."""
    unclear_rate: float = 0.15
    """Of places where some workers see a thing and experts see none, for each thing."""
    invented_rate: float = 0.05
    """Of boxes that only one worker draws, for each thing."""
    duplicate_rate: float = 0.0
    confusion_rate: float = 0.03
    careless_share: float = 0.0
    """Of workers who draw at random places half of the time, and four times as badly."""
    joined_rate: float = 0.0
    """Of things that are drawn together with their neighbour, in one box."""
    whole_pixels: bool = True


CROWDS = (
    Crowd("careful", noise=0.02, spread=0.3, miss_rate=0.02, hard_rate=0.03, unclear_rate=0.05),
    Crowd("ordinary"),
    Crowd("uneven", noise=0.05, spread=1.0, careless_share=0.1),
    Crowd("loose", loose_px=4.0, bias_px=2.0),
    Crowd("one-sided", bias=0.08),
    Crowd("sloppy", noise=0.08, tail_rate=0.12, spread=0.7),
    Crowd("overlooking", miss_rate=0.2, hard_rate=0.25),
    Crowd("inventive", unclear_rate=0.5, invented_rate=0.4, duplicate_rate=0.05),
    Crowd("confused", confusion_rate=0.2),
    Crowd("joining", joined_rate=0.1, duplicate_rate=0.03, noise=0.06),
    Crowd(
        "mixed", noise=0.07, noise_px=1.5, spread=0.7, bias=0.05, bias_px=1.0, loose_px=1.0, fuzzy=0.06, tail_rate=0.06,
        miss_rate=0.1, hard_rate=0.15, unclear_rate=0.2, invented_rate=0.1, duplicate_rate=0.01,
        confusion_rate=0.03, careless_share=0.05, joined_rate=0.02,
    ),
    Crowd("few people", workers=7, noise=0.07, spread=0.8, bias=0.05, loose_px=2.0, fuzzy=0.05, miss_rate=0.1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    noise: float
    noise_px: float
    bias: tuple[float, float, float, float]
    bias_px: tuple[float, float, float, float]
    miss_logit: float
    invented: float
    careless: bool


def answered_pictures(
    pictures: Sequence[Picture], crowd: Crowd, per_picture: int, seed: int
) -> Iterator[tuple[Picture, Answers]]:
    """Each picture with the answers of `per_picture` workers of the crowd."""
    dice = random.Random(f"{crowd.name} {per_picture} {seed}")
    people = [_person(crowd, k, dice) for k in range(max(crowd.workers, per_picture))]
    for picture in pictures:
        things = [_Thing.made(box, crowd, dice) for box in picture.truth]
        unclear = [
            _random_box(picture, dice)
            for _ in range(_poisson(crowd.unclear_rate * max(1, len(things)), dice))
        ]
        vague = [
            (replace(_Thing.made(box, crowd, dice), vagueness=1.6), dice.betavariate(0.7, 1.5))
            for box in unclear
        ]
        yield (
            picture,
            {
                person.name: _answer(person, picture, things, vague, crowd, dice)
                for person in dice.sample(people, per_picture)
            },
        )


@dataclass(frozen=True, slots=True)
class _Thing:
    box: Box
    fuzz: tuple[float, ...]
    hard: float
    """Added to the logarithm of the odds that a worker overlooks it."""
    vagueness: float = 1.0
    """A factor of the workers' noise."""

    @staticmethod
    def made(box: Box, crowd: Crowd, dice: random.Random) -> _Thing:
        is_hard = dice.random() < crowd.hard_rate
        hard = dice.gauss(3, 1.5) if is_hard else dice.gauss(0, 0.7)
        fuzz = tuple(dice.gauss(0, crowd.fuzzy) for _ in range(4))
        return _Thing(box, fuzz, hard, 1.4 if is_hard else 1.0)


def _person(crowd: Crowd, k: int, dice: random.Random) -> _Person:
    careless = dice.random() < crowd.careless_share
    factor = math.exp(dice.gauss(0, crowd.spread)) * (4 if careless else 1)
    loose = abs(dice.gauss(0, crowd.loose_px)) if crowd.loose_px else 0.0
    outwards = (-loose, -loose, loose, loose)
    miss = min(0.6, crowd.miss_rate * math.exp(dice.gauss(0, 0.5)))
    return _Person(
        f"w{k:02}",
        crowd.noise * factor,
        crowd.noise_px * factor,
        tuple(dice.gauss(0, crowd.bias) for _ in range(4)),  # type: ignore[arg-type]
        tuple(dice.gauss(0, crowd.bias_px) + out for out in outwards),  # type: ignore[arg-type]
        math.log(miss / (1 - miss)),
        crowd.invented_rate * math.exp(dice.gauss(0, 1)) * (5 if careless else 1),
        careless,
    )


def _answer(
    person: _Person,
    picture: Picture,
    things: Sequence[_Thing],
    vague: Sequence[tuple[_Thing, float]],
    crowd: Crowd,
    dice: random.Random,
) -> list[Box]:
    names = sorted({thing.box.class_name for thing in things}) or ["thing"]
    seen = [
        thing
        for thing in things
        if dice.random() >= 1 / (1 + math.exp(-person.miss_logit - thing.hard))
        and not (person.careless and dice.random() < 0.3)
    ]
    seen += [thing for thing, share in vague if dice.random() < share]
    invented = [
        _random_box(picture, dice, names)
        for _ in range(_poisson(person.invented * max(1, len(things)), dice))
    ]
    seen += [_Thing(box, (0.0,) * 4, 0.0) for box in invented]
    if crowd.joined_rate:
        seen = _joined(seen, crowd, dice)
    drawn = []
    for thing in seen:
        for _ in range(2 if dice.random() < crowd.duplicate_rate else 1):
            box = _drawn(person, picture, thing, names, crowd, dice)
            if box is not None:
                drawn.append(box)
    return drawn


def _joined(seen: Sequence[_Thing], crowd: Crowd, dice: random.Random) -> list[_Thing]:
    left, result = list(seen), []
    while left:
        thing = left.pop()
        if left and dice.random() < crowd.joined_rate:
            near = min(left, key=lambda other: _distance(other.box, thing.box))
            if _distance(near.box, thing.box) < max(thing.box.width, thing.box.height) * 1.2:
                left.remove(near)
                a, b = thing.box, near.box
                x, y = min(a.left, b.left), min(a.top, b.top)
                both = Box(a.class_name, x, y, max(a.right, b.right) - x, max(a.bottom, b.bottom) - y)
                thing = _Thing(both, thing.fuzz, thing.hard)
        result.append(thing)
    return result


def _distance(a: Box, b: Box) -> float:
    return math.hypot(
        a.left + a.width / 2 - b.left - b.width / 2, a.top + a.height / 2 - b.top - b.height / 2
    )


def _drawn(
    person: _Person,
    picture: Picture,
    thing: _Thing,
    names: Sequence[str],
    crowd: Crowd,
    dice: random.Random,
) -> Box | None:
    box = thing.box
    edges = []
    for k, (edge, side) in enumerate(
        zip((box.left, box.top, box.right, box.bottom), (box.width, box.height) * 2, strict=True)
    ):
        deviation = thing.vagueness * math.hypot(person.noise * side, person.noise_px)
        error = dice.gauss(0, deviation)
        if dice.random() < crowd.tail_rate:
            error *= 5
        error += person.bias[k] * side + person.bias_px[k] + thing.fuzz[k] * side
        limit = picture.height if k % 2 else picture.width
        edge = min(max(edge + error, 0.0), limit)
        edges.append(round(edge) if crowd.whole_pixels else edge)
    left, top, right, bottom = edges
    if right <= left or bottom <= top:
        return None
    name = box.class_name
    if dice.random() < crowd.confusion_rate:
        name = dice.choice(names)
    return Box(name, left, top, right - left, bottom - top)


def _random_box(picture: Picture, dice: random.Random, names: Sequence[str] = ()) -> Box:
    if picture.truth and dice.random() < 0.8:
        like = dice.choice(picture.truth)
        width, height, name = like.width, like.height, like.class_name
    else:
        width, height = picture.width * dice.uniform(0.05, 0.4), picture.height * dice.uniform(0.05, 0.4)
        name = dice.choice(names or [box.class_name for box in picture.truth] or ["thing"])
    width, height = min(width, picture.width), min(height, picture.height)
    return Box(
        name, dice.uniform(0, picture.width - width), dice.uniform(0, picture.height - height), width, height
    )


def _poisson(mean: float, dice: random.Random) -> int:
    count, product, limit = 0, dice.random(), math.exp(-mean)
    while product > limit:
        product *= dice.random()
        count += 1
    return count


def crowded_pictures(count: int, seed: int) -> list[Picture]:
    """Pictures of two kinds of things that stand close and hide each other."""
    dice = random.Random(seed)
    pictures = []
    for _ in range(count):
        boxes: list[Box] = []
        for _ in range(dice.randint(10, 40)):
            width, height = 30 * math.exp(dice.gauss(0, 0.5)), 30 * math.exp(dice.gauss(0, 0.5))
            if boxes and dice.random() < 0.7:
                near = dice.choice(boxes)
                x, y = near.left + dice.gauss(0, 1) * near.width, near.top + dice.gauss(0, 1) * near.height
            else:
                x, y = dice.uniform(0, 800 - width), dice.uniform(0, 600 - height)
            x, y = min(max(x, 0), 800 - width), min(max(y, 0), 600 - height)
            boxes.append(Box(dice.choice(("car", "person")), x, y, width, height))
        pictures.append(Picture(800, 600, tuple(boxes)))
    return pictures


def annotated_pictures(folder: Path) -> list[Picture]:
    """The pictures of a folder of Pascal VOC files."""
    pictures = []
    for path in sorted(folder.glob("*.xml")):
        root = ElementTree.parse(path).getroot()
        boxes = []
        for each in root.iter("object"):
            x1, y1, x2, y2 = (
                float(each.findtext(f"bndbox/{name}") or 0) for name in ("xmin", "ymin", "xmax", "ymax")
            )
            if x2 > x1 and y2 > y1:
                boxes.append(Box(each.findtext("name") or "thing", x1, y1, x2 - x1, y2 - y1))
        width, height = (float(root.findtext(f"size/{name}") or 0) for name in ("width", "height"))
        pictures.append(Picture(width, height, tuple(boxes)))
    return pictures


def all_pictures() -> dict[str, list[Picture]]:
    """By name of the set; real ones only where the folder with them exists."""
    found = {"crowded": crowded_pictures(60, 1)}
    for name, folder in (("bccd", "bccd/Annotations"), ("raccoon", "raccoon/annotations")):
        if (SHARED / folder).is_dir():
            found[name] = annotated_pictures(SHARED / folder)
    return found
