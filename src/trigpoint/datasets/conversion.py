"""A labeled set as a manifest, and a manifest as a labeled set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trigpoint.core.errors import Invalid, NotFound, TrigpointError
from trigpoint.datasets.ground_truth import Attribute, manifest_line
from trigpoint.datasets.image_files import content_type
from trigpoint.datasets.image_header import image_size
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet, class_ids_to, ids_of
from trigpoint.datasets.parsed_lines import parsed_lines
from trigpoint.datasets.places import Places, is_s3, join
from trigpoint.records.labels.attributes import METADATA, label_attributes, label_type
from trigpoint.records.labels.boxes import read_boxes
from trigpoint.records.labels.classes import read_class_map, read_classes

UPLOADS = 16


def manifest_lines(labeled: LabeledSet, attribute: Attribute, images_at: str) -> Iterator[dict[str, Any]]:
    """A line for each image; `images_at` is the folder or prefix with which the source-refs begin.

    Raises: Invalid: a class that is not among the set's classes.
    """
    ids = ids_of(labeled.class_names)
    for image in labeled.images:
        yield manifest_line(image, join(images_at, image.image), ids, attribute, labeled.several_classes)


def upload(
    labeled: LabeledSet, folder: Path, images_at: str, places: Places, done: Callable[[], None]
) -> int:
    """Copies the images of the set below `folder` to `images_at`; calls `done` after each. Returns how many.

    Raises: TrigpointError: the first that cannot be copied.
    """
    if not is_s3(images_at):
        raise Invalid("--upload needs --images-uri s3://bucket/prefix, where the images are copied to")
    names = sorted({image.image for image in labeled.images if not is_s3(image.image)})
    with ThreadPoolExecutor(UPLOADS, "upload") as pool:
        tasks = [
            pool.submit(places.put, join(images_at, name), folder / name, content_type(name))
            for name in names
        ]
        try:
            for task in tasks:
                task.result()
                done()
        finally:
            for task in tasks:
                task.cancel()
    return len(names)


@dataclass(frozen=True, slots=True)
class Reading:
    """The label of a manifest to read, and the prefix to remove from its images' paths."""

    attribute: str | None = None
    prefix: str | None = None
    image_attribute: str = "source-ref"
    names: tuple[str, ...] = ()
    """Names of the class ids that the manifest does not name."""


def read_manifest(manifest: str, reading: Reading, places: Places, complaints: Complaints) -> LabeledSet:
    """The labeled set of a manifest; classes in the order of their ids, gaps filled with `class-<id>`.

    Raises: NotFound. Invalid: several label attributes, and `reading` chooses none. BadEntry: by way of `complaints`.
    """
    lines = [(where, line) for _, where, line in parsed_lines(manifest, places, complaints)]
    attribute = reading.attribute or _only_attribute([line for _, line in lines], manifest)
    names: dict[int, str] = dict(enumerate(reading.names))
    for where, line in lines:
        try:
            names |= read_class_map(line, attribute)
        except Invalid as problem:
            complaints.add(BadEntry(where, problem.message))
    references = [line.get(reading.image_attribute) for _, line in lines]
    prefix = _common_prefix([each for each in references if isinstance(each, str)], reading.prefix)
    labeled = LabeledSet()
    used: set[str] = set()
    for where, line in lines:
        try:
            image = _image(where, line, attribute, reading.image_attribute, names, prefix, places)
        except BadEntry as problem:
            complaints.add(problem)
            continue
        except TrigpointError as problem:
            complaints.add(BadEntry(where, problem.message))
            continue
        if image is None:
            labeled.notes = ["images without this label were left out"]
            continue
        labeled.images.append(image)
        used |= {box.class_name for box in image.boxes or ()} | set(image.classes or ())
    labeled.class_names = _filled(names, used)
    labeled.several_classes = any(len(image.classes or ()) > 1 for image in labeled.images)
    return labeled


def _only_attribute(lines: Sequence[dict[str, Any]], manifest: str) -> str:
    found = list(dict.fromkeys(name for line in lines for name in label_attributes(line)))
    if not found:
        raise NotFound(f"{manifest} has no labels: no attribute with {METADATA}; choose one with --attribute")
    if len(found) > 1:
        raise Invalid(f"{manifest} has several labels: {', '.join(found)}; choose one with --attribute")
    return found[0]


def _common_prefix(references: Sequence[str], chosen: str | None) -> str:
    """The folder or prefix that all images share."""
    if chosen is not None:
        return chosen.rstrip("/") + "/" if chosen else ""
    if not references:
        return ""
    low, high = min(references), max(references)
    same = next(
        (k for k, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high))
    )
    return low[: low.rfind("/", 0, same) + 1]


def _image(
    where: str,
    line: dict[str, Any],
    attribute: str,
    image_attribute: str,
    names: dict[int, str],
    prefix: str,
    places: Places,
) -> LabeledImage | None:
    reference = line.get(image_attribute)
    if not isinstance(reference, str) or not reference:
        raise BadEntry(where, f"attribute {image_attribute!r} must be the URI of an image, not {reference!r}")
    if attribute not in line:
        return None
    name = reference.removeprefix(prefix)
    if is_s3(name) or ".." in Path(name).parts:
        name = name.rpartition("/")[2]
    if label_type(line, attribute).startswith("image-classification"):
        return LabeledImage(where, name.lstrip("/"), classes=read_classes(line, attribute, names))
    size, boxes = read_boxes(line, attribute, names)
    return LabeledImage(where, name.lstrip("/"), size or image_size(places, reference), boxes)


def _filled(names: dict[int, str], used: set[str]) -> list[str]:
    unnamed = [
        int(name.removeprefix("class-")) for name in used if name.startswith("class-") and name[6:].isdigit()
    ]
    last = max([*names, *unnamed], default=-1)
    return [names.get(number, f"class-{number}") for number in class_ids_to(last)]


def write_lines(lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """The lines as bytes, with line ends."""
    for line in lines:
        yield json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
