"""What is drawn of labels and answers, also of hostile ones, and the small pictures of images and masks."""

from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image

from trigpoint.records.images.opening import UnreadableImage
from trigpoint.records.images.thumbnail import mask_thumbnail, thumbnail
from trigpoint.records.labels.drawing import drawing_of_answer, drawing_of_label
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import write_color_map, write_mask


def test_answers_of_all_elements_are_drawn() -> None:
    png = base64.b64encode(b"png").decode()
    answer = {
        "one": {"boundingBoxes": [{"label": "cat", "left": 1, "top": 2, "width": 3, "height": 4}]},
        "two": {
            "polygons": [{"label": "dog", "vertices": [{"x": 1, "y": 1}, {"x": 2, "y": 1}, {"x": 2, "y": 2}]}]
        },
        "three": {
            "keypoints": [{"label": "nose", "x": 5, "y": 6}],
            "inputImageProperties": {"width": 9, "height": 8},
        },
        "four": {"label": "bird", "workerComment": "unsure"},
        "five": {"entities": [{"label": "name", "startOffset": 0, "endOffset": 4}]},
        "six": {"labeledImage": {"pngImageData": png}, "labelMappings": {"sky": {"color": "#00ff00"}}},
    }
    found = drawing_of_answer(json.dumps(answer))
    assert [(each.kind, each.class_name) for each in found.shapes] == [
        ("box", "cat"),
        ("polygon", "dog"),
        ("point", "nose"),
    ]
    assert found.shapes[1].svg_points == "1,1 2,1 2,2" and found.size == (9, 8)
    assert [each.name for each in found.classes] == ["bird"] and found.notes == ["unsure"]
    assert (found.spans[0].start, found.spans[0].end) == (0, 4)
    assert found.mask_png == b"png" and found.colours == [("sky", "#00ff00")]
    assert [each.name for each in drawing_of_answer('{"cat": true, "dog": false}').classes] == ["cat"]


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        '{"a": {"boundingBoxes": [{"left": 1e999, "top": null}, 3], "polygons": 7, "keypoints": [{"x": "1", "y": true}]}}',
        '{"a": {"entities": [{"startOffset": 5, "endOffset": 2}], "labeledImage": {"pngImageData": "%%"}, "labels": {}}}',
        '{"a": {"inputImageProperties": {"width": 0, "height": -1}}}',
        "null",
    ],
)
def test_hostile_answers_draw_nothing(content: str) -> None:
    assert drawing_of_answer(content).is_empty


def test_a_malformed_label_says_what_is_wrong() -> None:
    line = {"boxes": {"annotations": 3}, "boxes-metadata": {"type": "groundtruth/object-detection"}}
    assert "annotations must be a list" in drawing_of_label(line, "boxes", {}).problem
    mask = {
        "mask-ref": "s3://b/m.png",
        "mask-ref-metadata": {"type": "groundtruth/semantic-segmentation", **write_color_map(["road"], 1)},
    }
    found = drawing_of_label(mask, "mask-ref", {})
    assert found.mask_uri == "s3://b/m.png" and found.colours == [("road", "#2ca02c")]


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("P", "PNG"), ("RGBA", "PNG"), ("I;16", "PNG"), ("1", "PNG"), ("CMYK", "JPEG"), ("L", "BMP")],
)
def test_thumbnails_of_all_kinds_of_pixels_are_small_jpegs(mode: str, kind: str) -> None:
    file = io.BytesIO()
    Image.new(mode, (900, 300)).save(file, kind)
    with Image.open(io.BytesIO(thumbnail(file.getvalue()))) as small:
        assert (small.format, small.mode, small.size) == ("JPEG", "RGB", (320, 107))


def test_a_broken_image_has_no_thumbnail() -> None:
    file = io.BytesIO()
    Image.effect_noise((200, 200), 90).save(file, "PNG")
    for data in (b"", b"<svg/>", file.getvalue()[:3000]):
        with pytest.raises(UnreadableImage):
            thumbnail(data)


def test_the_background_of_a_mask_is_transparent_in_its_thumbnail() -> None:
    png = write_mask(bytes([0, 1] * 800 * 400), ImageSize(1600, 400, 1))
    with Image.open(io.BytesIO(mask_thumbnail(png, 1600))) as mask:
        assert mask.size == (1600, 400)
        assert mask.getpixel((0, 0))[3] == 0 and mask.getpixel((1, 0)) == (0x2C, 0xA0, 0x2C, 255)
    with Image.open(io.BytesIO(mask_thumbnail(png))) as small:
        assert small.size == (320, 80)
