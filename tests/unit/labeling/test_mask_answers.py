"""Reading the masks that workers submit."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from helpers.labeling_records import a_data_object, a_job
from trigpoint.core.errors import Invalid
from trigpoint.labeling.task_types import mask_pixels
from trigpoint.labeling.task_types.mask_answers import (
    MaskAnswer,
    read_adjusted_answer,
    read_answer,
    write_answer,
)
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import class_colors, write_mask

SIZE = ImageSize(5, 4, 3)
LABELS = ("cat", "dog")
JOB = a_job(task_type="SemanticSegmentation", labels=LABELS)
OBJECT = a_data_object(facts={"width": 5, "height": 4, "depth": 3})
PIXELS = bytes([0, 0, 1, 1, 0, 0, 2, 2, 1, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0])
MAPPINGS = {"cat": {"color": "#ff0000"}, "dog": {"color": "#00FF00"}}
RED, GREEN, WHITE, NOTHING = (255, 0, 0, 255), (0, 255, 0, 255), (255, 255, 255, 255), (9, 9, 9, 0)


def colored(*pixels: tuple[int, ...], mode: str = "RGBA", **options: Any) -> dict[str, str]:
    """A PNG of the image's size with these first pixels; the others are transparent."""
    image = Image.new("RGBA", SIZE.sides, NOTHING)
    for k, pixel in enumerate(pixels):
        image.putpixel((k % SIZE.width, k // SIZE.width), pixel)
    return png(image.convert(mode), **options)


def png(image: Image.Image, **options: Any) -> dict[str, str]:
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return {"pngImageData": base64.b64encode(file.getvalue()).decode()}


def answer(image: object, mappings: object = MAPPINGS, **more: object) -> dict[str, Any]:
    return {"seg": {"labeledImage": image, "labelMappings": mappings, **more}}


def numbers(given: dict[str, Any]) -> list[int]:
    return read_answer(JOB, OBJECT, given).mask.whole().ravel().tolist()


def test_an_answer_that_was_written_is_read_again() -> None:
    read = read_answer(JOB, OBJECT, write_answer(PIXELS, SIZE, LABELS))
    assert read.mask.whole().tobytes() == PIXELS and not read.is_modified


def test_colours_become_the_numbers_of_labels_in_the_order_of_the_job() -> None:
    assert numbers(answer(colored(RED, GREEN, WHITE, RED)))[:5] == [1, 2, 0, 1, 0]


def test_white_and_transparent_pixels_are_background() -> None:
    assert set(numbers(answer(colored(WHITE, NOTHING, (255, 0, 0, 0))))) == {0}


def test_a_mask_may_have_a_palette_or_no_alpha_channel() -> None:
    indexed = Image.frombytes("P", SIZE.sides, PIXELS)
    indexed.putpalette([255, 255, 255, 255, 0, 0, 0, 255, 0])
    assert bytes(numbers(answer(png(indexed)))) == PIXELS
    assert bytes(numbers(answer(png(indexed.convert("RGB"))))) == PIXELS


def test_labels_without_pixels_need_no_colour() -> None:
    assert numbers(answer(colored(RED), {"cat": {"color": "#ff0000"}}))[:2] == [1, 0]
    assert set(numbers(answer(colored(), {}))) == {0}


def test_the_background_may_be_among_the_colours() -> None:
    mappings = {"BACKGROUND": {"color": "#ffffff"}, **MAPPINGS}
    job = a_job(labels=("BACKGROUND", *LABELS))
    assert read_answer(job, OBJECT, answer(colored(RED, WHITE), mappings)).mask.whole()[0, :2].tolist() == [
        2,
        0,
    ]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"boxes": {"boundingBoxes": []}}, "no element with a labeledImage"),
        (answer(colored(), None), "seg.labelMappings must be an object"),
        (answer(colored(), {"cat": "#ff0000"}), "seg.labelMappings.cat.color must be a colour like #2ca02c"),
        (answer(colored(), {"cow": {"color": "#ff0000"}}), "labelMappings: the job has no label 'cow'"),
        (answer(colored(), {"cat": {"color": "#ffffff"}}), "must not be #ffffff, which is the background's"),
        (
            answer(colored(), {"cat": {"color": "#ff0000"}, "dog": {"color": "#FF0000"}}),
            "dog.color: cat has the colour #ff0000 as well",
        ),
        (answer({}), "seg.labeledImage.pngImageData is missing"),
        (answer({"pngImageData": 7}), "pngImageData is missing"),
        (answer({"pngImageData": "not base64"}), "pngImageData is not base64"),
        (answer({"pngImageData": "AAAA"}), "pngImageData is not an image"),
        (
            answer({"pngImageData": colored(RED)["pngImageData"][:-40]}),
            "pngImageData is (not base64|a broken image)",
        ),
        (answer(png(Image.new("RGBA", (4, 5)))), "has 4 x 5 pixels, but the image has 5 x 4"),
        (answer(png(Image.new("I;16", SIZE.sides))), "16 bits per channel"),
        (
            answer(colored(RED, RED, (1, 2, 3, 255))),
            "pixel at x 2, y 0 has the colour #010203: no label has this colour",
        ),
        (
            answer(colored(*[NOTHING] * 7, (255, 0, 0, 128))),
            "pixel at x 2, y 1 has the colour #ff0000 with the opacity 128 of 255",
        ),
        (answer(colored(), initialValueModified="yes"), "seg.initialValueModified must be true or false"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused_with_the_reason(
    given: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(Invalid, match=complaint):
        read_answer(JOB, OBJECT, given)


def test_an_adjusted_mask_may_name_a_label_that_the_job_does_not_have_if_no_pixel_has_it() -> None:
    mappings = {**MAPPINGS, "cow": {"color": "#0000ff"}}
    given = answer(colored(RED), mappings, initialValueModified=True)
    read = read_adjusted_answer(JOB, OBJECT, given)
    assert isinstance(read, MaskAnswer) and read.is_modified
    left = answer(colored(RED, (0, 0, 255, 255)), mappings, initialValueModified=False)
    with pytest.raises(Invalid, match="x 1, y 0 has the colour #0000ff: the job has no label 'cow'"):
        read_adjusted_answer(JOB, OBJECT, left)


def test_all_255_labels_can_be_told_apart() -> None:
    labels = tuple(f"label {k}" for k in range(255))
    pixels = bytes(range(256))
    size = ImageSize(16, 16, 3)
    data_object = a_data_object(facts={"width": 16, "height": 16, "depth": 3})
    read = read_answer(a_job(labels=labels), data_object, write_answer(pixels, size, labels))
    assert read.mask.whole().tobytes() == pixels


def test_an_image_of_several_strips_is_read_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    width, height = 700, 900
    pixels = np.random.default_rng(1).integers(0, 3, (height, width), np.uint8)
    data_object = a_data_object(facts={"width": width, "height": height, "depth": 3})
    given = write_answer(pixels.tobytes(), ImageSize(width, height), LABELS)
    mask = read_answer(JOB, data_object, given).mask
    assert len(mask.strips) > 1 and (mask.whole() == pixels).all()
    broken = Image.open(
        io.BytesIO(base64.b64decode(given["crowd-semantic-segmentation"]["labeledImage"]["pngImageData"]))
    )
    broken.putpixel((699, 899), (1, 2, 3, 255))
    given["crowd-semantic-segmentation"]["labeledImage"] = png(broken)
    with pytest.raises(Invalid, match="x 699, y 899 has the colour #010203"):
        read_answer(JOB, data_object, given)
    monkeypatch.setattr(mask_pixels, "MOST_PACKED_BYTES", 1000)
    with pytest.raises(Invalid, match="too much detail: more than 1000 bytes after compression"):
        read_answer(JOB, data_object, write_answer(pixels.tobytes(), ImageSize(width, height), LABELS))


def test_the_colours_of_other_jobs_are_accepted_as_they_are() -> None:
    """A mask of an earlier job, with its palette, reads as the same classes."""
    colors = class_colors(2)
    mappings = {"dog": {"color": colors[0]}, "cat": {"color": colors[1]}}
    image = {"pngImageData": base64.b64encode(write_mask(PIXELS, SIZE)).decode()}
    swapped = PIXELS.translate(bytes([0, 2, 1, *range(3, 256)]))
    assert bytes(numbers(answer(image, mappings))) == swapped
