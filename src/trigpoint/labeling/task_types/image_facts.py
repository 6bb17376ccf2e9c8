"""The size of the image of a data object, after a check that the whole image can be read.

Sizes are those of the stored pixels. EXIF orientation is ignored here and in the labeling tool, so that coordinates
mean the same on both sides.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Facts, Job
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.records.images.head import head_of
from trigpoint.records.images.opening import EmptyImage, ForeignData, UnreadableImage, opened
from trigpoint.records.labels.image_size import ImageSize

MAX_IMAGE_BYTES = 40 * 1024 * 1024
FORMATS = ("JPEG", "PNG")


def measure_image(objects: ObjectStore, job: Job, data_object: DataObject) -> Facts:
    """Size and channels of the image of a data object: width, height, depth.

    Raises: Invalid, NotFound: why the object cannot be labeled.
    """
    uri = data_object.content["source-ref"]
    found = objects.open_object(*parse_s3_uri(uri))
    with found.file as file:
        size_bytes = found.info.size_bytes
        if size_bytes > MAX_IMAGE_BYTES:
            raise Invalid(f"{uri} has {size_bytes} bytes; images may have at most {MAX_IMAGE_BYTES} (40 MB)")
        content = file.read()
    return asdict(image_size(content, uri))


def image_size_of(data_object: DataObject) -> ImageSize:
    """The size that was measured."""
    assert data_object.facts is not None, "an object is offered only after it was measured"
    return image_size_of_facts(data_object.facts)


def image_size_of_facts(facts: Facts) -> ImageSize:
    """The size in the facts that `measure_image` has returned."""
    return ImageSize(facts["width"], facts["height"], facts["depth"])


def image_size(content: bytes, uri: str) -> ImageSize:
    """Size and channels of the image, after a check that it is whole.

    `depth` is the number of channels of a pixel as it is shown: 1 for grey, 3 for RGB, 4 for CMYK or RGB with alpha,
    whatever the number of bits per channel. Decision: an image with a palette has the depth of its colours: 3, or 4
    with transparency.

    Raises: Invalid: it is broken, neither JPEG nor PNG, or has more than 100 million pixels.
    """
    try:
        with opened(content, FORMATS) as image:
            size = head_of(image).size
            _check_whole(image)
            return size
    except EmptyImage:
        raise Invalid(f"{uri} is empty, not an image; upload it again") from None
    except ForeignData:
        raise Invalid(
            f"{uri} is not an image that can be labeled; a labeling job takes JPEG and PNG"
        ) from None
    except UnreadableImage as problem:
        raise problem.of(uri) from None


def _check_whole(image: Any) -> None:
    """Raises an error of Pillow's when data are missing or damaged. Takes little memory, however large the image is."""
    # A PNG has checksums. A JPEG is decoded at an eighth of its size, which reads all of its data.
    if image.format == "PNG":
        image.verify()
        return
    image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
    image.load()
