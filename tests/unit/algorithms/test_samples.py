"""One line of a manifest becomes a training example: boxes, bad annotations, images of every kind."""

from __future__ import annotations

import io
import json
import zlib

import numpy as np
import pytest
from PIL import Image

from helpers.algorithms.container import annotation, jpeg
from trigpoint.algorithms.harness import CustomerError
from trigpoint.algorithms.images import UndecodableImage, decode_rgb
from trigpoint.algorithms.object_detection.samples import InvalidSample, Sample, read_sample

PHOTO = jpeg(Image.new("RGB", (200, 100), (200, 30, 40)))


def read(label: bytes, image: bytes = PHOTO, num_classes: int = 3, max_boxes: int = 69) -> Sample:
    return read_sample(image, label, num_classes, max_boxes, image_shape=300)


def boxes_of(*boxes: tuple[int, float, float, float, float]) -> list[list[float]]:
    return np.round(read(annotation((200, 100), boxes)).boxes_xyxy, 4).tolist()


def test_boxes_become_fractions_of_the_image() -> None:
    sample = read(annotation((200, 100), [(2, 20, 10, 40, 50)]))
    assert np.round(sample.boxes_xyxy, 4).tolist() == pytest.approx(np.array([[0.1, 0.1, 0.3, 0.6]]))
    assert sample.classes.tolist() == [2]


def test_a_box_that_reaches_out_of_the_image_is_clipped_and_one_outside_is_dropped() -> None:
    assert boxes_of((0, -20, -10, 60, 30)) == pytest.approx(np.array([[0, 0, 0.2, 0.2]]))
    assert boxes_of((0, 150, 50, 500, 500)) == pytest.approx(np.array([[0.75, 0.5, 1, 1]]))
    assert boxes_of((0, 300, 10, 20, 20), (0, 10, 10, 0, 5), (0, 10, 10, 5, 0)) == []


def test_no_box_is_a_legal_label() -> None:
    assert len(read(annotation((200, 100), [])).classes) == 0
    assert read(annotation((200, 100), [])).boxes_xyxy.shape == (0, 4)
    assert len(read(b"{}").classes) == 0


def test_class_ids_may_be_numeric_strings() -> None:
    label = json.dumps({"annotations": [{"class_id": "1", "left": 0, "top": 0, "width": 9, "height": 9}]})
    assert read(label.encode()).classes.tolist() == [1]


def test_image_size_that_contradicts_the_image_is_not_believed() -> None:
    assert read(annotation((2000, 1000), [(0, 20, 10, 40, 50)])).boxes_xyxy[0, 0] == pytest.approx(0.1)


def test_an_unknown_class_ends_the_training() -> None:
    with pytest.raises(CustomerError, match=r"^Label 3 is out of range, num_classes is 3$"):
        read(annotation((200, 100), [(3, 0, 0, 9, 9)]))
    with pytest.raises(CustomerError, match=r"^Label -1 is out of range"):
        read(annotation((200, 100), [(-1, 0, 0, 9, 9)]))


def test_more_boxes_than_label_width_has_room_for_end_the_training() -> None:
    with pytest.raises(CustomerError, match=r"Invalid parameter value 'label_width'.* at least 17:"):
        read(annotation((200, 100), [(0, 0, 0, 9, 9)] * 3), max_boxes=2)


@pytest.mark.parametrize(
    ("label", "why"),
    [
        (b"not json", "the annotation is not JSON"),
        (b"\xff\xfe", "the annotation is not JSON"),
        (b"[1]", "the annotation is not a JSON object but a list"),
        (b'{"annotations": 3}', 'the annotation has no list "annotations"'),
        (b'{"annotations": [{"class_id": 0, "left": 1}]}', "object 0 needs numbers for class_id, left, top"),
        (b'{"annotations": [7]}', "object 0 needs numbers"),
        (
            b'{"annotations": [{"class_id": 0.5, "left": 1, "top": 1, "width": 2, "height": 2}]}',
            "object 0 has numbers that mean nothing",
        ),
        (
            b'{"annotations": [{"class_id": 0, "left": NaN, "top": 1, "width": 2, "height": 2}]}',
            "object 0 has numbers that mean nothing",
        ),
    ],
)
def test_an_annotation_that_cannot_be_read_is_skipped_with_its_reason(label: bytes, why: str) -> None:
    with pytest.raises(InvalidSample, match=why):
        read(label)


def test_an_image_that_cannot_be_decoded_is_skipped_with_its_reason() -> None:
    whole = jpeg(Image.effect_noise((200, 100), 40).convert("RGB"))
    for broken in (b"", b"no image", whole[: len(whole) // 2], b"\x89PNG\r\n\x1a\n" + b"\0" * 40):
        with pytest.raises(InvalidSample, match="the image cannot be decoded"):
            read(b"{}", image=broken)


def _encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def test_images_of_every_kind_become_rgb_of_the_same_colour() -> None:
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


def test_a_large_photo_is_decoded_at_a_reduced_size_but_keeps_its_measures() -> None:
    image, size = decode_rgb(jpeg(Image.new("RGB", (2400, 1600))), at_least_px=600)
    assert size == (2400, 1600)
    assert image.size == (1200, 800)


def test_an_absurdly_large_image_is_refused_before_it_is_decoded() -> None:
    huge = bytearray(_encoded(Image.new("L", (1, 1)), "PNG"))
    huge[16:24] = (11_000).to_bytes(4, "big") * 2
    huge[29:33] = zlib.crc32(huge[12:29]).to_bytes(4, "big")
    with pytest.raises(UndecodableImage, match="11000 x 11000 pixels are more than"):
        decode_rgb(bytes(huge))
