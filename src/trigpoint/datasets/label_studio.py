"""Label Studio: its JSON export, full or JSON-MIN, with rectangles in percent of the image, or choices.

Decision: of several annotations of one task the one marked as ground truth counts, else the last that was not
cancelled: a review is written after the annotation that it reviews.
Decision: a rotated rectangle becomes the upright one around it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from trigpoint.core.errors import Invalid
from trigpoint.datasets.image_files import ImageFolder
from trigpoint.datasets.json_source import items, load, members, number, shown
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet, names_in
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

_UPLOAD_PREFIX = re.compile(r"^[0-9a-f]{8}-")


def read_label_studio(source: Path, images: Path | None, complaints: Complaints) -> LabeledSet:
    """The set of an export; tasks without annotations are left out, with a note.

    Raises: NotFound, Invalid: no such file. BadEntry: by way of `complaints`.
    """
    tasks = load(source)
    if not isinstance(tasks, list):
        raise Invalid(f"{source} is not an export in JSON or JSON-MIN: a list of tasks is needed")
    folder = ImageFolder(images) if images is not None else None
    found: list[LabeledImage] = []
    unlabeled = 0
    for k, task in enumerate(tasks):
        where = f"{source}: task[{k}]"
        try:
            image = _image(members(task, where), where, folder)
        except Invalid as problem:
            complaints.add(problem if isinstance(problem, BadEntry) else BadEntry(where, problem.message))
            continue
        if image is None:
            unlabeled += 1
        else:
            found.append(image)
    several = any(len(image.classes or ()) > 1 for image in found)
    notes = [f"{unlabeled} tasks without an annotation were left out"] if unlabeled else []
    return LabeledSet(found, names_in(found), several, notes)


def _image(task: Mapping[str, Any], where: str, folder: ImageFolder | None) -> LabeledImage | None:
    inner = task.get("data")
    data: Mapping[str, Any] = inner if isinstance(inner, Mapping) else task
    url = next(
        (data[key] for key in ("image", "img", "image_url", "url") if isinstance(data.get(key), str)), None
    )
    if url is None:
        raise BadEntry(where, "data.image is missing")
    results = _results(task, where)
    if results is None:
        return None
    name = _name(url, folder, where)
    choices = [choice for value in results for choice in _strings(value.get("choices"))]
    rectangles = [(k, value) for k, value in enumerate(results) if "rectanglelabels" in value]
    if choices and not rectangles:
        return LabeledImage(where, name, classes=tuple(dict.fromkeys(choices)))
    size = _size(results, name, folder, where)
    boxes = tuple(_box(value, size, f"{where}: result[{k}]") for k, value in rectangles)
    return LabeledImage(where, name, size, boxes)


def _results(task: Mapping[str, Any], where: str) -> list[Mapping[str, Any]] | None:
    """The drawn regions and choices with their image sizes, flat; None when the task has no annotation."""
    if "annotations" in task or "completions" in task:
        annotations = [
            members(each, f"{where}: annotations[{k}]")
            for k, each in enumerate(
                items(task, "annotations" if "annotations" in task else "completions", where)
            )
        ]
        kept = [each for each in annotations if not each.get("was_cancelled")]
        if not kept:
            return None
        chosen = next((each for each in kept if each.get("ground_truth")), kept[-1])
        regions = [members(each, where) for each in items(chosen, "result", where)]
        return [{**each, **members(each.get("value", {}), where)} for each in regions]
    flat = [value for value in task.values() if isinstance(value, list)]
    if flat:
        return [members(each, where) for value in flat for each in value]
    chosen_one = task.get("choice")
    return [{"choices": [chosen_one] if isinstance(chosen_one, str) else chosen_one}] if chosen_one else None


def _strings(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _name(url: str, folder: ImageFolder | None, where: str) -> str:
    """The image of a URL: an S3 URI as it is, of other URLs the path, without the prefix of uploads."""
    if url.startswith("s3://"):
        return url
    parts = urlsplit(url)
    path = parse_qs(parts.query).get("d", [unquote(parts.path)])[0].lstrip("/")
    last = path.rpartition("/")[2]
    if folder is None:
        return _UPLOAD_PREFIX.sub("", last)
    for name in (path, last, _UPLOAD_PREFIX.sub("", last)):
        if found := folder.find(name):
            return found
    raise BadEntry(where, f"data.image: there is no image {last} in {folder.root}")


def _size(results: list[Mapping[str, Any]], name: str, folder: ImageFolder | None, where: str) -> ImageSize:
    if folder is not None and not name.startswith("s3://"):
        return folder.size(name)
    for value in results:
        if value.get("original_width") and value.get("original_height"):
            sides = [int(number(value[side], side, where)) for side in ("original_width", "original_height")]
            return ImageSize(*sides)
    raise BadEntry(
        where, "original_width and original_height are missing; name the folder of the images with --images"
    )


def _box(value: Mapping[str, Any], size: ImageSize, where: str) -> Box:
    labels = _strings(value.get("rectanglelabels"))
    if not labels:
        raise BadEntry(where, f"rectanglelabels must hold a class, not {shown(value.get('rectanglelabels'))}")
    x, y, width, height = (
        number(value.get(side), f"value.{side}", where) for side in ("x", "y", "width", "height")
    )
    left, top, width, height = (
        x * size.width / 100,
        y * size.height / 100,
        width * size.width / 100,
        height * size.height / 100,
    )
    if rotation := number(value.get("rotation", 0), "value.rotation", where):
        left, top, width, height = _upright(left, top, width, height, math.radians(rotation))
    return Box(labels[0], left, top, width, height)


def _upright(
    left: float, top: float, width: float, height: float, angle: float
) -> tuple[float, float, float, float]:
    """The upright rectangle around one that is rotated clockwise about its upper left corner."""
    cos, sin = math.cos(angle), math.sin(angle)
    xs = [left + dx * cos - dy * sin for dx in (0, width) for dy in (0, height)]
    ys = [top + dx * sin + dy * cos for dx in (0, width) for dy in (0, height)]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
