"""CVAT's exports of tasks and projects, with all kinds of shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.labeled_sets import draw, draw_turned, trigpoint
from trigpoint.datasets.cvat import read_cvat
from trigpoint.datasets.model import BadEntry, Complaints

STRICT = Complaints(skip=False)
META = "<meta><task><labels><label><name>dog</name></label></labels></task></meta>"
BOX = '<box label="dog" xtl="1" ytl="2" xbr="4" ybr="6"/>'


def image(name: str, inside: str = BOX, **more: object) -> str:
    attributes = {"width": 60, "height": 40} | more
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<image id="0" name="{name}"{written}>{inside}</image>'


def cvat(folder: Path, *elements: str, meta: str = META) -> Path:
    (folder / "annotations.xml").write_text(f"<annotations>{meta}{''.join(elements)}</annotations>")
    return folder


def ltwh(labeled: Any) -> list[list[tuple[float, ...]]]:
    return [[box.ltwh for box in each.boxes] for each in labeled.images]


def test_a_rotated_box_becomes_the_upright_one_around_it(tmp_path: Path) -> None:
    turned = BOX.replace("/>", ' rotation="90.0"/>')
    labeled = read_cvat(cvat(tmp_path, image("a.jpg", turned + BOX)), None, STRICT)
    assert ltwh(labeled) == [[pytest.approx((0.5, 2.5, 4, 3)), (1, 2, 3, 4)]]
    assert "rotated boxes that became the upright boxes around them: 1" in labeled.notes
    with pytest.raises(BadEntry, match="the attribute rotation must be a number"):
        read_cvat(cvat(tmp_path, image("a.jpg", turned.replace("90.0", "x"))), None, STRICT)


def test_other_shapes_and_tracks_are_counted_and_fail_a_strict_conversion(tmp_path: Path) -> None:
    shapes = '<polygon label="dog"/><polygon label="dog"/><ellipse/><tag label="dog"/>'
    source = cvat(
        tmp_path,
        image("a.jpg", BOX + shapes),
        image("b.jpg", "<mask/>"),
        image("c.jpg", "<tag/>"),
        "<track/>",
    )
    result = trigpoint("convert", "cvat", source)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["source-ref"][-5:], len(line["label"]["annotations"])) for line in lines] == [
        ("a.jpg", 1),
        ("c.jpg", 0),
    ]
    assert result.stderr.splitlines()[-2:] == [
        "images: read 3, converted 2, left out 1 (none of its labels can be converted: 1)",
        "labels: read 8, converted 1, left out 7 (ellipse: 1, mask: 1, polygon: 2, tag: 2, track: 1)",
    ]
    assert trigpoint("convert", "cvat", source, "--strict").exit_code == 2


def test_a_file_of_other_shapes_only_is_an_error(tmp_path: Path) -> None:
    result = trigpoint("convert", "cvat", cvat(tmp_path, image("a.jpg", "<polygon/>")))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no image was converted" in result.stderr and "polygon: 1" in result.stderr


@pytest.mark.parametrize("images", [(), ("--images",)])
def test_two_jobs_with_one_image_name_are_refused(tmp_path: Path, images: tuple[str, ...]) -> None:
    draw(tmp_path / "a.jpg")
    source = cvat(tmp_path, image("a.jpg"), image("a.jpg"))
    result = trigpoint("convert", "cvat", source, *(each for name in images for each in (name, tmp_path)))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "image[0] (a.jpg): its image a.jpg is also that of" in result.stderr


def test_images_of_a_project_are_found_in_the_folders_of_their_subsets(tmp_path: Path) -> None:
    for name in ("Train/1.jpg", "Validation/1.jpg"):
        draw(tmp_path / "images" / name)
    source = cvat(tmp_path, *(image("1.jpg", subset=each) for each in ("Train", "Validation")))
    labeled = read_cvat(source, tmp_path / "images", STRICT)
    assert [each.image for each in labeled.images] == ["Train/1.jpg", "Validation/1.jpg"]
    with pytest.raises(BadEntry, match=r"1\.jpg fits 2 images"):
        read_cvat(cvat(tmp_path, image("1.jpg", subset="Test")), tmp_path / "images", STRICT)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("frame_000001", "frame_000001.jpg"),
        ("day/IMG.7.png", "day/IMG.7.jpg"),
        (r"day\IMG.7.jpg", "day/IMG.7.jpg"),
    ],
)
def test_images_are_found_by_names_with_another_or_no_extension(
    tmp_path: Path, name: str, found: str
) -> None:
    for each in ("frame_000001.jpg", "day/IMG.7.jpg", "IMG.jpg"):
        draw(tmp_path / "images" / each)
    labeled = read_cvat(cvat(tmp_path, image(name)), tmp_path / "images", STRICT)
    assert [each.image for each in labeled.images] == [found]


def test_sizes_are_compared_and_boxes_turned(tmp_path: Path) -> None:
    draw_turned(tmp_path / "images" / "a.jpg", 5, (60, 40))
    source = cvat(tmp_path, image("a.jpg", width=40, height=60))
    assert ltwh(read_cvat(source, tmp_path / "images", STRICT)) == [[(2, 1, 4, 3)]]
    with pytest.raises(BadEntry, match="an image of 30 x 20 pixels, but the image has 60 x 40"):
        read_cvat(cvat(tmp_path, image("a.jpg", width=30, height=20)), tmp_path / "images", STRICT)
    with pytest.raises(BadEntry, match="the attribute width must be a number"):
        read_cvat(cvat(tmp_path, image("a.jpg", width="x")), tmp_path / "images", STRICT)


def test_classes_that_meta_lacks_are_added_and_parts_of_skeletons_are_none(tmp_path: Path) -> None:
    meta = META.replace("</labels>", "<label><name>nose</name><parent>dog</parent></label></labels>")
    source = cvat(tmp_path, image("a.jpg", BOX + BOX.replace("dog", "cat")), meta=meta)
    labeled = read_cvat(source, None, STRICT)
    assert labeled.class_names == ["dog", "cat"]
    assert "classes that meta does not have: cat" in labeled.notes


def test_a_tag_given_twice_counts_once(tmp_path: Path) -> None:
    tags = '<tag label="dog"/><tag label="dog"/>'
    result = trigpoint("convert", "cvat", cvat(tmp_path, image("a.jpg", tags)))
    assert json.loads(result.stdout)["label-metadata"]["class-name"] == "dog"
    assert result.stderr.endswith("labels: read 2, converted 1, left out 1 (repeated tag: 1)\n")


def test_attributes_that_a_manifest_cannot_hold_are_reported(tmp_path: Path) -> None:
    box = BOX.replace(
        "/>", '><attribute name="colour">red</attribute><attribute name="difficult">true</attribute></box>'
    )
    labeled = read_cvat(cvat(tmp_path, image("a.jpg", box)), None, STRICT)
    assert labeled.images[0].boxes is not None
    assert labeled.images[0].boxes[0].flags == {"difficult"}
    assert "attributes of boxes left out: 1 (colour)" in labeled.notes
