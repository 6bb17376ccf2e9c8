"""Mask labels: the palette PNG and the map of its class numbers."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import (
    BACKGROUND_COLOR,
    MOST_CLASSES,
    MaskClass,
    class_colors,
    read_color_map,
    read_mask,
    write_color_map,
    write_mask,
)

SIZE = ImageSize(4, 3, 1)
PIXELS = bytes([0, 1, 2, 3, 0, 0, 0, 0, 255, 1, 1, 0])


def test_a_mask_has_one_byte_per_pixel_and_the_colours_of_its_map() -> None:
    png = write_mask(PIXELS, SIZE)
    bit_depth, color_type = struct.unpack_from("BB", png, 24)
    assert (bit_depth, color_type) == (8, 3)
    image = Image.open(io.BytesIO(png))
    assert (image.mode, image.size, image.tobytes()) == ("P", (4, 3), PIXELS)
    colors = [
        entry["hex-color"] for entry in write_color_map(["a", "b", "c"], 0)["internal-color-map"].values()
    ]
    shown = image.convert("RGB")
    for x, number in enumerate(PIXELS[:4]):
        assert "#" + bytes(shown.getpixel((x, 0))).hex() == colors[number]  # type: ignore[arg-type]


def test_a_mask_is_read_as_class_numbers() -> None:
    assert read_mask(write_mask(PIXELS, SIZE)) == (SIZE, PIXELS)


def test_the_same_pixels_give_the_same_bytes() -> None:
    assert write_mask(PIXELS, SIZE) == write_mask(bytearray(PIXELS), SIZE)


def test_a_map_has_the_documented_form() -> None:
    assert write_color_map(["road", "car"], 0.805461234) == {
        "internal-color-map": {
            "0": {"class-name": "BACKGROUND", "hex-color": "#ffffff", "confidence": 0.80546},
            "1": {"class-name": "road", "hex-color": "#2ca02c", "confidence": 0.80546},
            "2": {"class-name": "car", "hex-color": "#1f77b4", "confidence": 0.80546},
        }
    }
    assert write_color_map(["road"], 0)["internal-color-map"]["1"]["confidence"] == 0


def test_all_classes_have_colours_of_their_own() -> None:
    colors = class_colors(MOST_CLASSES)
    assert len({*colors, BACKGROUND_COLOR}) == MOST_CLASSES + 1
    assert colors[:5] == ("#2ca02c", "#1f77b4", "#ff7f0e", "#d62728", "#9467bd")
    assert class_colors(3) == colors[:3]


def test_a_map_is_read_with_its_names_and_colours() -> None:
    metadata = write_color_map(["road"], 0.5)
    assert read_color_map(metadata, "m") == {
        0: MaskClass("BACKGROUND", "#ffffff"),
        1: MaskClass("road", "#2ca02c"),
    }
    upper = {"internal-color-map": {"1": {"class-name": "road", "hex-color": "#2CA02C"}}}
    assert read_color_map(upper, "m") == {1: MaskClass("road", "#2ca02c")}


@pytest.mark.parametrize(
    ("color_map", "complaint"),
    [
        (None, "m: internal-color-map is missing"),
        ({}, "m: internal-color-map is missing"),
        ({"x": {}}, "m: internal-color-map must be a number"),
        ({"256": {}}, "at most 255, not 256"),
        ({"1": {"hex-color": "#2ca02c"}}, r"m: internal-color-map\[1\]: class-name is missing"),
        ({"1": {"class-name": "road"}}, r"\[1\]: hex-color must be a colour like #2ca02c, not null"),
        ({"1": {"class-name": "road", "hex-color": "#2ca02"}}, 'not "#2ca02"'),
        ({str(k): {} for k in range(257)}, "has 257 classes; at most 256"),
    ],
)
def test_a_broken_map_is_refused_with_the_reason(color_map: object, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        read_color_map({"internal-color-map": color_map}, "m")


def png_of(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"\xff\xd8\xff\xe0 JPEG", "is not an image"),
        (write_mask(PIXELS, SIZE)[:-30], "is a broken image"),
        (png_of(Image.new("RGB", (4, 3))), r"its pixels are colours \(RGB\), not class numbers"),
        (png_of(Image.new("I;16", (4, 3))), "16 bits per channel"),
        (
            png_of(
                Image.new("L", (4, 3)), save_all=True, append_images=[Image.new("L", (4, 3), 255)], duration=9
            ),
            "it is an animation",
        ),
    ],
)
def test_a_file_that_is_no_mask_is_refused_with_the_reason(content: bytes, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        read_mask(content)


def test_a_small_file_of_a_huge_image_is_refused_before_it_is_decoded() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 200_000, 200_000, 8, 0, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(Invalid, match="100 million"):
        read_mask(bomb)
