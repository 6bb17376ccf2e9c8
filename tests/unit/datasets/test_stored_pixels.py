"""Boxes of a photo as it is shown are put on the pixels as they are stored."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps

from helpers.labeled_sets import draw_turned
from trigpoint.core.errors import Invalid
from trigpoint.datasets.image_header import ImageHeader, image_header
from trigpoint.datasets.places import Places
from trigpoint.datasets.stored_pixels import Frame, frame_of, on_stored_pixels
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

WIDE = ImageSize(40, 30)
TALL = ImageSize(30, 40)


@given(st.data(), st.integers(1, 8), st.integers(1, 12), st.integers(1, 12))
def test_a_box_has_the_same_pixels_in_the_shown_and_in_the_stored_photo(
    data: st.DataObject, orientation: int, width: int, height: int
) -> None:
    stored = Image.frombytes("L", (width, height), bytes(range(width * height)))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    stored.save(file, "PNG", exif=exif)
    shown = ImageOps.exif_transpose(Image.open(file))
    left, top = data.draw(st.integers(0, shown.width - 1)), data.draw(st.integers(0, shown.height - 1))
    box = Box(
        "x",
        left,
        top,
        data.draw(st.integers(1, shown.width - left)),
        data.draw(st.integers(1, shown.height - top)),
    )
    header = ImageHeader(ImageSize(width, height), orientation)
    assert (header.shown.width, header.shown.height) == shown.size
    (turned,) = on_stored_pixels([box], header)
    assert sorted(pixels(stored, turned)) == sorted(pixels(shown, box))


def pixels(image: Image.Image, box: Box) -> bytes:
    return image.crop((int(box.left), int(box.top), int(box.right), int(box.bottom))).tobytes()


@pytest.mark.parametrize(
    ("declared", "orientation", "choice", "frame"),
    [
        (TALL, 6, None, "shown"),
        (WIDE, 6, None, "stored"),
        (TALL, 6, "stored", "shown"),  # the size says it, so the choice does not count
        (WIDE, 1, "shown", "stored"),
        (WIDE, 3, None, None),
        (WIDE, 3, "shown", "shown"),
        (WIDE, 3, "stored", "stored"),
        (None, 6, None, None),
        (None, 6, "shown", "shown"),
        (None, 1, None, "stored"),
    ],
)
def test_the_declared_size_says_what_boxes_are_on(
    declared: ImageSize | None, orientation: int, choice: Frame | None, frame: Frame | None
) -> None:
    assert frame_of(declared, ImageHeader(WIDE, orientation), choice) == frame


@pytest.mark.parametrize(
    ("declared", "box", "orientation", "frame"),
    [
        (WIDE, Box("x", 5, 32, 4, 7), 6, None),  # fits only the shown photo
        (TALL, Box("x", 32, 5, 7, 4), 6, None),  # fits only the stored photo
        (WIDE, Box("x", 39, 29, 2, 2), 6, "stored"),
        (WIDE, Box("x", 50, 50, 7, 4), 6, "stored"),  # fits neither
        (WIDE, Box("x", 5, 32, 4, 7), 1, "stored"),
    ],
)
def test_boxes_that_only_fit_the_other_frame_contradict_the_size(
    declared: ImageSize, box: Box, orientation: int, frame: Frame | None
) -> None:
    header = ImageHeader(WIDE, orientation)
    assert frame_of(declared, header, None, [Box("x", 0, 0, 1, 1), box]) == frame
    assert frame_of(declared, header, "shown", [box]) == (frame or "shown")


@pytest.mark.parametrize(("declared", "orientation"), [(TALL, 1), (TALL, 3), (ImageSize(80, 60), 6)])
def test_another_size_is_refused_and_both_are_named(declared: ImageSize, orientation: int) -> None:
    said = f"an image of {declared.width} x {declared.height} pixels, but the image has 40 x 30"
    with pytest.raises(Invalid, match=said):
        frame_of(declared, ImageHeader(WIDE, orientation), None)


@pytest.mark.parametrize("extension", ["jpg", "png", "webp"])
def test_the_orientation_is_read_from_the_header(tmp_path: Path, extension: str) -> None:
    path = draw_turned(tmp_path / f"a.{extension}", 6)
    assert image_header(Places(), str(path)) == ImageHeader(ImageSize(60, 40, 3), 6)


def test_a_tiff_counts_as_stored_in_the_way_that_pillow_turns_it(tmp_path: Path) -> None:
    header = image_header(Places(), str(draw_turned(tmp_path / "a.tif", 6)))
    with Image.open(tmp_path / "a.tif") as image:
        image.load()
        assert (header.size.width, header.size.height, header.orientation) == (*image.size, 1)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*rubbish"])
def test_broken_exif_data_count_as_no_orientation(tmp_path: Path, exif: bytes) -> None:
    Image.new("RGB", (60, 40)).save(tmp_path / "a.jpg", exif=exif)
    assert image_header(Places(), str(tmp_path / "a.jpg")).orientation == 1


@pytest.mark.parametrize("orientation", [0, 9, 300])
def test_an_orientation_that_is_none_counts_as_upright(tmp_path: Path, orientation: int) -> None:
    assert image_header(Places(), str(draw_turned(tmp_path / "a.jpg", orientation))).orientation == 1
