"""One line of a manifest becomes a training example: boxes, bad annotations, images of every kind."""

from __future__ import annotations

import io
import json
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from helpers.algorithms.container import annotation, jpeg
from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.images import UndecodableImage, decode_rgb
from trigpoint.algorithms.object_detection.augment import resize_only
from trigpoint.algorithms.object_detection.samples import InvalidSample, Sample, read_sample

PHOTO = jpeg(Image.new("RGB", (200, 100), (200, 30, 40)))


def read(label: bytes, image: bytes = PHOTO, num_classes: int = 3, max_boxes: int = 69) -> Sample:
    return read_sample(image, label, num_classes, max_boxes, image_shape=300)


def box_json(class_id: str, left: str) -> bytes:
    """An annotation with one box; its numbers are JSON text."""
    box = f'{{"class_id": {class_id}, "left": {left}, "top": 1, "width": 2, "height": 2}}'
    return f'{{"annotations": [{box}]}}'.encode()


def boxes_of(*boxes: tuple[int, float, float, float, float]) -> list[list[float]]:
    return np.round(read(annotation((200, 100), boxes)).boxes_xyxy, 4).tolist()


def test_boxes_become_fractions_of_the_image() -> None:
    sample = read(annotation((200, 100), [(2, 20, 10, 40, 50)]))
    assert np.round(sample.boxes_xyxy, 4).tolist() == pytest.approx(np.array([[0.1, 0.1, 0.3, 0.6]]))
    assert sample.classes.tolist() == [2]


def test_a_box_partly_outside_the_image_is_clipped_and_one_outside_is_dropped() -> None:
    assert boxes_of((0, -20, -10, 60, 30)) == pytest.approx(np.array([[0, 0, 0.2, 0.2]]))
    assert boxes_of((0, 150, 50, 500, 500)) == pytest.approx(np.array([[0.75, 0.5, 1, 1]]))
    assert boxes_of((0, 300, 10, 20, 20), (0, 10, 10, 0, 5), (0, 10, 10, 5, 0)) == []


def test_a_label_without_boxes_is_allowed() -> None:
    assert len(read(annotation((200, 100), [])).classes) == 0
    assert read(annotation((200, 100), [])).boxes_xyxy.shape == (0, 4)


def test_class_ids_may_be_numeric_strings() -> None:
    label = json.dumps({"annotations": [{"class_id": "1", "left": 0, "top": 0, "width": 9, "height": 9}]})
    assert read(label.encode()).classes.tolist() == [1]


def test_the_boxes_of_an_image_that_was_resized_after_labeling_are_resized_with_it() -> None:
    assert read(annotation((2000, 1000), [(0, 200, 100, 400, 500)])).boxes_xyxy[0, 0] == pytest.approx(0.1)


def test_an_annotation_of_an_image_of_another_shape_is_skipped() -> None:
    with pytest.raises(InvalidSample, match="image_size is 100 x 200, but the image has 200 x 100 pixels"):
        read(annotation((100, 200), [(0, 20, 10, 40, 50)]))


def test_an_unknown_class_ends_the_training() -> None:
    with pytest.raises(CustomerError, match=r"^Label 3 is out of range, num_classes is 3$"):
        read(annotation((200, 100), [(3, 0, 0, 9, 9)]))


def test_more_boxes_than_label_width_has_room_for_end_the_training() -> None:
    with pytest.raises(CustomerError, match=r"Invalid parameter value 'label_width'.* at least 17:"):
        read(annotation((200, 100), [(0, 0, 0, 9, 9)] * 3), max_boxes=2)


@pytest.mark.parametrize(
    ("label", "why"),
    [
        (b"not json", "the annotation is not JSON"),
        (b"\xff\xfe", "the annotation is not JSON"),
        (b"[1]", r"the annotation must be a JSON object with image_size and annotations, not \[1\]"),
        (b"{}", "annotations must be a list of boxes, not null"),
        (b'{"annotations": 3}', "annotations must be a list of boxes, not 3"),
        (b'{"annotations": [], "image_size": 7}', "image_size must be a list of one object with width and height"),
        (b'{"annotations": [{"class_id": 0, "left": 1}]}', r"annotations\[0\]\.top must be a number, not null"),
        (b'{"annotations": [7]}', r"annotations\[0\] must be an object with class_id, left, top, width and height"),
        (box_json("0.5", "1"), r"annotations\[0\]\.class_id must be an integer from 0, not 0\.5"),
        (box_json("-1", "1"), r"annotations\[0\]\.class_id must be an integer from 0, not -1"),
        (box_json("0", "NaN"), r"annotations\[0\]\.left must be a number, not NaN"),
    ],
)  # fmt: skip
def test_an_annotation_that_cannot_be_read_is_skipped_with_its_reason(label: bytes, why: str) -> None:
    with pytest.raises(InvalidSample, match=why):
        read(label)


@pytest.mark.parametrize(
    ("numbers", "objects"),
    [
        ((2, 5, 1, 0.1, 0.2, 0.5, 0.9), [(1, 0.1, 0.2, 0.5, 0.9)]),
        ((2, 6, 1, 0.1, 0.2, 0.5, 0.9, 1), [(1, 0.1, 0.2, 0.5, 0.9)]),  # VOC's "difficult" comes last
        ((4, 5, 200, 100, 2, 0, 0, 1, 1), [(2, 0, 0, 1, 1)]),  # a header with two more numbers
        ((2, 5, 0, -0.1, 0.2, 0.5, 1.9, 1, 0.4, 0.4, 0.4, 0.9), [(0, 0, 0.2, 0.5, 1)]),  # clipped; empty
        ((2, 5, 0, 1.2, 0.2, 1.5, 0.9), []),  # outside
        ((2, 5, -1, -1, -1, -1, -1), []),  # padding for "no object"
        ((2, 5, 1, 0.1, 0.2, 0.5, 0.9, *[-1] * 8), [(1, 0.1, 0.2, 0.5, 0.9)]),  # padded to a fixed width
    ],
)
def test_the_numbers_of_an_image_record_become_boxes(numbers: tuple[float, ...], objects: list[Any]) -> None:
    sample = read_sample(PHOTO, tuple(map(float, numbers)), 3, 69, 300)
    found = [(int(k), *map(float, box)) for k, box in zip(sample.classes, sample.boxes_xyxy, strict=True)]
    assert found == [pytest.approx(each, abs=1e-6) for each in objects]


def test_the_sixth_number_says_whether_an_object_is_difficult() -> None:
    two = (2.0, 6.0, 0.0, 0.1, 0.1, 0.5, 0.5, 1.0, 1.0, 0.2, 0.2, 0.9, 0.9, 0.0)
    sample = read_sample(PHOTO, two, 3, 69, 300)
    assert sample.difficult is not None and sample.difficult.tolist() == [True, False]
    assert resize_only(sample, 300).difficult is sample.difficult
    assert read_sample(PHOTO, (*two[:7], 0.0), 3, 69, 300).difficult is None
    assert read(annotation((200, 100), [(0, 1, 1, 9, 9)])).difficult is None


@pytest.mark.parametrize(
    ("label", "why"),
    [
        (3.0, "The label is the single number 3"),
        ((1.0, 0.0, 1.0), r"not \[1\.0, 0\.0\]"),
        ((2.0, 5.0), "a detection label of 2 numbers"),
        ((2.0, 5.0, 1.0, 0.1, 0.2, 0.5), "a detection label of 6 numbers"),
        ((2.0, 4.0, 1.0, 0.1, 0.2, 0.5), "header width"),
    ],
)
def test_a_record_without_boxes_ends_the_training(label: float | tuple[float, ...], why: str) -> None:
    with pytest.raises(CustomerError, match=rf"^Not enough annotation packed in the list file.*{why}"):
        read_sample(PHOTO, label, 3, 69, 300)


@pytest.mark.parametrize("place", [0, 2, 4])
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_record_with_numbers_that_are_not_finite_is_skipped(place: int, number: float) -> None:
    label = [2.0, 5.0, 0.0, 0.1, 0.1, 0.5, 0.5]
    label[place] = number
    with pytest.raises(InvalidSample, match=f"^number {place} of its label is {number}$"):
        read_sample(PHOTO, tuple(label), 3, 69, 300)


def test_a_record_with_an_unknown_class_or_infinite_numbers_is_refused() -> None:
    with pytest.raises(CustomerError, match=r"^Label 3 is out of range, num_classes is 3$"):
        read_sample(PHOTO, (2.0, 5.0, 3.0, 0.1, 0.1, 0.5, 0.5), 3, 69, 300)
    with pytest.raises(InvalidSample, match="object 0 of the label has numbers without a meaning"):
        read_sample(PHOTO, (2.0, 5.0, 0.5, 0.1, 0.1, 0.5, 0.5), 3, 69, 300)


def test_an_image_that_cannot_be_decoded_is_skipped_with_its_reason() -> None:
    whole = jpeg(Image.effect_noise((200, 100), 40).convert("RGB"))
    for broken in (b"", b"no image", whole[: len(whole) // 2], b"\x89PNG\r\n\x1a\n" + b"\0" * 40):
        with pytest.raises(InvalidSample, match="the image cannot be decoded"):
            read(annotation((200, 100), []), image=broken)


def _encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def test_images_of_every_mode_become_rgb_of_the_same_colour() -> None:
    red = Image.new("RGB", (6, 4), (200, 40, 40))
    sixteen = Image.fromarray(np.full((4, 6), 0x8040, dtype=np.uint16))
    kinds = {
        "one pixel": (_encoded(Image.new("RGB", (1, 1), (200, 40, 40)), "PNG"), (200, 40, 40)),
        "grey": (_encoded(Image.new("L", (6, 4), 99), "PNG"), (99, 99, 99)),
        "grey with alpha": (_encoded(Image.new("LA", (6, 4), (99, 0)), "PNG"), (99, 99, 99)),
        "black and white": (_encoded(Image.new("1", (6, 4), 1), "PNG"), (255, 255, 255)),
        "palette": (_encoded(red.quantize(4), "PNG"), (200, 40, 40)),
        "alpha": (_encoded(Image.new("RGBA", (6, 4), (200, 40, 40, 7)), "PNG"), (200, 40, 40)),
        "16 bit": (_encoded(sixteen, "PNG"), (128, 128, 128)),
        "CMYK": (_encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG"), (255, 0, 0)),
        "gif": (_encoded(red, "GIF"), (200, 40, 40)),
        "webp": (_encoded(red, "WEBP"), (200, 40, 40)),
    }
    for name, (encoded, colour) in kinds.items():
        image, size = decode_rgb(encoded)
        assert image.mode == "RGB" and image.size == size, name
        assert np.abs(np.array(image.getpixel((0, 0))) - colour).max() <= 6, name


def test_the_orientation_in_exif_is_ignored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.new("RGB", (20, 10)).save(buffer, "JPEG", exif=exif)
    image, size = decode_rgb(buffer.getvalue())
    assert image.size == size == (20, 10)


def test_a_large_photo_is_decoded_at_a_reduced_size_but_keeps_its_stored_size() -> None:
    image, size = decode_rgb(jpeg(Image.new("RGB", (2400, 1600))), at_least_px=600)
    assert size == (2400, 1600)
    assert image.size == (1200, 800)


def test_an_absurdly_large_image_is_refused_before_it_is_decoded() -> None:
    huge = bytearray(_encoded(Image.new("L", (1, 1)), "PNG"))
    huge[16:24] = (11_000).to_bytes(4, "big") * 2
    huge[29:33] = zlib.crc32(huge[12:29]).to_bytes(4, "big")
    with pytest.raises(UndecodableImage, match="11000 x 11000 pixels are more than 100 million"):
        decode_rgb(bytes(huge))
