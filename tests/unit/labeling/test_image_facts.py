"""Images of data objects: which ones can be labeled, and how large they are."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from helpers.labeling import encoded
from trigpoint.core.errors import Invalid
from trigpoint.labeling.task_types import image_facts
from trigpoint.labeling.task_types.image_facts import image_size
from trigpoint.records.images.opening import MAX_PIXELS
from trigpoint.records.labels.image_size import ImageSize

URI = "s3://lab/a.png"

pytestmark = pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")


def transparent_palette() -> bytes:
    image = Image.new("P", (5, 4))
    image.info["transparency"] = 0
    return encoded(image, "PNG", transparency=0)


def rotated_by_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown rotated by 90 degrees
    return encoded(Image.new("RGB", (30, 10)), "JPEG", exif=exif)


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (encoded(Image.new("RGB", (30, 20)), "JPEG"), ImageSize(30, 20, 3)),
        (encoded(Image.new("L", (30, 20)), "JPEG"), ImageSize(30, 20, 1)),
        (encoded(Image.new("CMYK", (30, 20)), "JPEG"), ImageSize(30, 20, 4)),
        (encoded(Image.new("RGB", (1, 1)), "PNG"), ImageSize(1, 1, 3)),
        (encoded(Image.new("1", (9, 9)), "PNG"), ImageSize(9, 9, 1)),
        (encoded(Image.new("I;16", (7, 8)), "PNG"), ImageSize(7, 8, 1)),
        (encoded(Image.new("LA", (7, 8)), "PNG"), ImageSize(7, 8, 2)),
        (encoded(Image.new("RGBA", (7, 8)), "PNG"), ImageSize(7, 8, 4)),
        (encoded(Image.new("P", (5, 4)), "PNG"), ImageSize(5, 4, 3)),
        (transparent_palette(), ImageSize(5, 4, 4)),
        (rotated_by_exif(), ImageSize(30, 10, 3)),
    ],
    ids=[
        "rgb",
        "grey",
        "cmyk",
        "1x1",
        "1 bit",
        "16 bit",
        "grey+alpha",
        "rgba",
        "palette",
        "palette+alpha",
        "exif",
    ],
)
def test_size_and_channels_are_those_of_the_stored_pixels(content: bytes, size: ImageSize) -> None:
    assert image_size(content, URI) == size


def noisy(kind: str) -> bytes:
    image = Image.effect_noise((200, 200), 80)
    return encoded(image, kind)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not an image"),
        (b"hello", "not an image"),
        (b"\x89PNG\r\n\x1a\n", "broken image|not an image"),
        (encoded(Image.new("RGB", (9, 9)), "GIF"), "takes JPEG and PNG"),
        (encoded(Image.new("RGB", (9, 9)), "BMP"), "takes JPEG and PNG"),
        (noisy("JPEG")[:4000], "broken image"),
        (noisy("PNG")[:4000], "broken image"),
        (noisy("PNG")[:4000] + b"\x00\x01" + noisy("PNG")[4002:], "broken image"),
    ],
    ids=["empty", "text", "only a signature", "gif", "bmp", "cut jpeg", "cut png", "damaged png"],
)
def test_an_object_that_cannot_be_labeled_is_refused_with_the_reason(content: bytes, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint) as caught:
        image_size(content, URI)
    assert caught.value.message.startswith(URI)


def test_images_with_too_many_pixels_are_refused_without_decoding_them() -> None:
    huge = io.BytesIO()
    Image.new("1", (10_001, 10_000)).save(huge, "PNG")
    with pytest.raises(Invalid, match="10001 x 10000 pixels"):
        image_size(huge.getvalue(), URI)
    just = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(just, "PNG")
    assert image_size(just.getvalue(), URI) == ImageSize(10_000, 10_000, 1)


def test_a_decompression_bomb_is_refused() -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 10_000)).save(bomb, "PNG")
    with pytest.raises(Invalid, match="100 million pixels"):
        image_size(bomb.getvalue(), URI)


def test_the_limits_are_those_of_the_service() -> None:
    assert (image_facts.MAX_IMAGE_BYTES, MAX_PIXELS) == (40 * 1024 * 1024, 100_000_000)
