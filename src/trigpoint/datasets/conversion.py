"""A labeled set as a manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.datasets.ground_truth import Attribute, manifest_line
from trigpoint.datasets.image_files import content_type
from trigpoint.datasets.model import LabeledSet, ids_of
from trigpoint.datasets.places import Places, is_s3, is_uri, join

UPLOADS = 16


def manifest_lines(labeled: LabeledSet, attribute: Attribute, images_at: str) -> Iterator[dict[str, Any]]:
    """A line for each image; `images_at` is the folder or prefix with which the source-refs begin.

    Raises: Invalid: a class that is not among the set's classes. An absolute path, where `images_at` is a prefix.
    """
    ids = ids_of(labeled.class_names)
    for image in labeled.images:
        if is_uri(images_at) and Path(image.image).is_absolute():
            why = f"the path {image.image} has no place below {images_at}; name the folder of the images with --images"
            raise Invalid(f"{image.where}: {why}")
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


def write_lines(lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """The lines as bytes, with line ends."""
    for line in lines:
        yield json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
