"""The rounds of automated labeling of boxes and masks without a server: the same learners, threshold and choice of objects.

uv run python benchmarks/autolabel_shapes.py [bccd] [raccoon] [shapes] [--objects 1250] [--batch 60] [--seeds 3]

bccd:    quarters of the photos of blood cells, so that there are 1,456 images with boxes
raccoon: 200 photos with boxes
shapes:  discs, squares and triangles drawn onto parts of the raccoons' photos, with their masks

Each round trains in a child process, as a training job does, and takes minutes. Workers are simulated, and right.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean, median
from types import SimpleNamespace
from typing import Any, cast

sys.path.append(str(Path(__file__).parents[1] / "tests"))

import numpy as np
import training_child
from PIL import Image, ImageDraw
from pretrained_detection import CLASSES, annotation, split

from helpers.algorithms.container import Platform, make_container
from trigpoint.autolabel.box_kind import BoxKind
from trigpoint.autolabel.deciding import decide
from trigpoint.autolabel.kinds import LabelKind
from trigpoint.autolabel.learners import learner_of
from trigpoint.autolabel.mask_kind import MaskKind, mask_iou
from trigpoint.autolabel.sizes import validation_size
from trigpoint.autolabel.threshold import Accepted
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import read_mask, write_color_map, write_mask

SHAPES = ("disc", "square", "triangle")
SIDE_PX = 256
LEAST_LEFT = 0.25
"""A box that is cut at the edge of a quarter stays if so much of it is inside."""


@dataclass(frozen=True)
class Set:
    """Images with the label that people give: the bytes of a box annotation, or of a mask."""

    task_type: str
    labels: tuple[str, ...]
    images: list[bytes]
    given: list[bytes]


class Files(dict[str, bytes]):
    """The part of an object store that kinds of labels need."""

    def read_uri(self, uri: str) -> bytes:
        return self[uri]


def boxes_of(name: str, most: int) -> Set:
    images, given = [], []
    for photo, xml in sorted({pair for part in split(name) for pair in part}):
        image = Image.open(photo).convert("RGB")
        entries: Any = annotation(xml, CLASSES[name])["annotations"]
        parts = 1 if name == "raccoon" else 2
        width, height = image.width // parts, image.height // parts
        for k in range(parts * parts):
            x, y = k % parts * width, k // parts * height
            inside = [cut for each in entries if (cut := _cut(each, x, y, width, height))]
            images.append(_jpeg(image.crop((x, y, x + width, y + height))))
            size = [{"width": width, "height": height, "depth": 3}]
            given.append(json.dumps({"image_size": size, "annotations": inside}).encode())
    chosen = Random(5).sample(range(len(images)), min(most, len(images)))
    return Set("BoundingBox", CLASSES[name], [images[k] for k in chosen], [given[k] for k in chosen])


def _cut(box: dict[str, float], x: int, y: int, width: int, height: int) -> dict[str, float] | None:
    """The part of a box inside a quarter; None where that is little."""
    left, top = max(box["left"], x), max(box["top"], y)
    right, bottom = (
        min(box["left"] + box["width"], x + width),
        min(box["top"] + box["height"], y + height),
    )
    seen = max(0, right - left) * max(0, bottom - top)
    if seen < LEAST_LEFT * box["width"] * box["height"]:
        return None
    return {
        "class_id": box["class_id"],
        "left": left - x,
        "top": top - y,
        "width": right - left,
        "height": bottom - top,
    }


def shapes(most: int) -> Set:
    photos = [photo for photo, _ in sorted({pair for part in split("raccoon") for pair in part})]
    images, given = [], []
    for number in range(most):
        dice = Random(number)
        photo = Image.open(dice.choice(photos)).convert("RGB")
        side = dice.randrange(min(photo.size) // 2, min(photo.size))
        x, y = dice.randrange(photo.width - side + 1), dice.randrange(photo.height - side + 1)
        image = photo.crop((x, y, x + side, y + side)).resize((SIDE_PX, SIDE_PX))
        mask = Image.new("L", image.size)
        for _ in range(dice.randrange(4)):
            _draw(image, mask, dice)
        images.append(_jpeg(image))
        given.append(write_mask(mask.tobytes(), ImageSize(SIDE_PX, SIDE_PX, 1)))
    return Set("SemanticSegmentation", SHAPES, images, given)


def _draw(image: Image.Image, mask: Image.Image, dice: Random) -> None:
    """Draws a shape of any colour and transparency."""
    kind, size = dice.randrange(3), dice.randrange(30, 110)
    x, y = (dice.randrange(SIDE_PX - size) for _ in range(2))
    drawn = Image.new("L", image.size)
    draw, box = ImageDraw.Draw(drawn), (x, y, x + size, y + size)
    if kind == 0:
        draw.ellipse(box, fill=255)
    elif kind == 1:
        draw.rectangle(box, fill=255)
    else:
        draw.polygon([(x, y + size), (x + size, y + size), (x + size // 2, y)], fill=255)
    share = dice.uniform(0.35, 1.0)
    colour = tuple(dice.randrange(256) for _ in range(3))
    image.paste(colour, mask=drawn.point([int(share * value) for value in range(256)]))
    mask.paste(kind + 1, mask=drawn)


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def learned(
    found: Set, train: Sequence[int], validation: Sequence[int], seed: int
) -> Callable[[bytes], bytes]:
    """The replies of a model that was trained as a job of automated labeling trains it."""
    learner = learner_of(found.task_type, None)
    given: list[Any] = []
    if found.task_type == "BoundingBox":
        kind = kind_of(found, Files())
        given = [kind.given({"x": json.loads(found.given[k])}) for k in (*train, *validation)]
    settings = learner.settings_for(len(found.labels), len(train), given)
    looked_at = [int(k) for k in learner.validation_part([str(k) for k in validation], len(train))]
    with tempfile.TemporaryDirectory() as folder:
        root = make_container(Path(folder), settings)
        pairs = {
            name: [(found.images[k], found.given[k]) for k in those]
            for name, those in (("train", train), ("validation", looked_at))
        }
        with Platform(root, pairs):
            command = training_child.command(learner.algorithm, root, seed)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        if found.task_type == "BoundingBox":
            from trigpoint.algorithms.object_detection.entry import load_handler
        else:
            from trigpoint.algorithms.light_segmentation.entry import load_handler
        handler = load_handler(root / "model")
    return lambda image: handler(image, "image/jpeg", learner.accept).body


def kind_of(found: Set, files: Files) -> LabelKind:
    job = cast(Any, SimpleNamespace(labels=found.labels, spec=SimpleNamespace(label_attribute="x")))
    return (BoxKind if found.task_type == "BoundingBox" else MaskKind)(job, cast(Any, files))


@dataclass(frozen=True)
class Outcome:
    quality: float
    people: float
    bound: float
    rounds: int
    longest_s: float


def run(found: Set, batch: int, seed: int) -> Outcome:
    """One job."""
    files = Files({f"given{k}": each for k, each in enumerate(found.given)})
    kind = kind_of(found, files)
    total = len(found.images)
    if found.task_type == "BoundingBox":
        truth = [kind.given({"x": json.loads(each)}) for each in found.given]
    else:
        truth = [
            kind.given({"x": f"given{k}", "x-metadata": write_color_map(found.labels, 1)})
            for k in range(total)
        ]
    order, size = np.random.default_rng(seed).permutation(total).tolist(), validation_size(total)
    train, validation, held = order[:batch], order[batch : batch + size], sorted(order[batch + size :])
    retired: tuple[int, ...] = ()
    accepted, qualities, longest_s, rounds = Accepted(), [], 0.0, 0
    while held:
        begun_s, rounds = time.monotonic(), rounds + 1
        predict = learned(found, train, validation, seed)
        replies = {}
        for k in (*validation, *held):
            files[f"reply{k}"] = predict(found.images[k])
            replies[k] = kind.read(files[f"reply{k}"], f"reply{k}")
        judged = kind.judge(replies, {k: truth[k] for k in validation})
        made = decide(
            validation, retired, accepted, held, judged, len(held), batch, f"{seed}/{rounds}", kind.target
        )
        qualities += [true_quality(found, kind, k, each) for k, each in made.labels.items()]
        retired, accepted = (*retired, *made.retired), made.accepted
        gone = {*made.labels, *made.people}
        train, held = [*train, *made.people], [k for k in held if k not in gone]
        longest_s = max(longest_s, time.monotonic() - begun_s)
        machine = f"{len(made.labels)} by the machine, bound {accepted.bound:.3f}"
        print(
            f"  round {rounds}: validation {made.validation_quality:.3f}, {machine}, {longest_s:.0f} s",
            flush=True,
        )
    return Outcome(
        fmean(qualities) if qualities else 1.0,
        1 - len(qualities) / total,
        accepted.bound,
        rounds,
        longest_s,
    )


def true_quality(found: Set, kind: LabelKind, index: int, prediction: Any) -> float:
    """Of a label of the machine."""
    label = kind.label(prediction)
    if found.task_type == "BoundingBox":
        given = kind.given({"x": json.loads(found.given[index])})
        assert given is not None
        return kind.quality(kind.given({"x": label.value, "x-metadata": label.metadata}), given)
    one, other = (
        np.frombuffer(read_mask(png)[1], np.uint8).reshape(SIDE_PX, SIDE_PX)
        for png in (label.value.content, found.given[index])
    )
    return mask_iou(one, other, len(found.labels))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="*", default=["bccd", "raccoon", "shapes"])
    parser.add_argument("--objects", type=int, default=1_250)
    parser.add_argument("--batch", type=int, default=60, help="MaxConcurrentTaskCount")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    os.environ["SAGEMAKER_BATCH"] = "true"
    for name in options.sets:
        found = shapes(options.objects) if name == "shapes" else boxes_of(name, options.objects)
        print(f"{name}: {len(found.images)} objects, {len(found.labels)} classes, batches of {options.batch}")
        outcomes = [run(found, options.batch, seed) for seed in range(options.seeds)]
        quality, people = ([getattr(each, part) for each in outcomes] for part in ("quality", "people"))
        target = kind_of(found, Files()).target
        print(
            f"  mean IoU of the machine's labels: mean {fmean(quality):.3f}, worst {min(quality):.3f}; target {target}"
        )
        print(f"  share labeled by people: median {median(people):.1%}, worst {max(people):.1%}")
        print(
            f"  bound at the end: {min(each.bound for each in outcomes):.3f}; rounds: "
            f"{median(each.rounds for each in outcomes):g}; the longest took {max(each.longest_s for each in outcomes):.0f} s"
        )


if __name__ == "__main__":
    main()
