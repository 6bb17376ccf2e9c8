"""COCO files as other programs write, merge and rewrite them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.labeled_sets import draw, draw_turned, read_lines, trigpoint
from trigpoint.datasets.coco import read_coco
from trigpoint.datasets.coco_ids import read_id
from trigpoint.datasets.model import BadEntry, Complaints
from trigpoint.datasets.turned_boxes import upright
from trigpoint.records.labels.boxes import Box

STRICT = Complaints(skip=False)


def image(id_: Any, name: str, width: Any = 60, height: Any = 40) -> dict[str, Any]:
    return {"id": id_, "file_name": name, "width": width, "height": height}


def annotation(id_: Any, image_id: Any, bbox: Any = (1, 2, 3, 4), **more: Any) -> dict[str, Any]:
    return {"id": id_, "image_id": image_id, "category_id": 1, "bbox": bbox and list(bbox), **more}


def coco(
    folder: Path, images: list[Any], annotations: list[Any], categories: list[Any] | None = None
) -> Path:
    path = folder / "c.json"
    content = {
        "images": images,
        "annotations": annotations,
        "categories": categories or [{"id": 1, "name": "fish"}],
    }
    path.write_text(json.dumps(content))
    return path


def ltwh(labeled: Any) -> list[list[tuple[float, ...]]]:
    return [[box.ltwh for box in image.boxes] for image in labeled.images]


@pytest.mark.parametrize("counts", ["abc", [1, 2, 3]])
def test_an_annotation_that_is_only_a_mask_in_rle_is_refused_or_counted_as_such(
    tmp_path: Path, counts: Any
) -> None:
    mask = annotation(2, 1, None, segmentation={"size": [40, 60], "counts": counts})
    path = coco(tmp_path, [image(1, "a.jpg")], [annotation(1, 1), mask])
    with pytest.raises(BadEntry, match=r"annotations\[1\]: bbox is missing; segmentation is a mask in RLE"):
        read_coco(path, None, STRICT)
    result = trigpoint("convert", "coco", path, "--skip-bad")
    assert result.stderr.endswith("labels: read 2, converted 1, left out 1 (mask without a bbox: 1)\n")


# -- names that occur twice


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"categories"', '"annotations": [], "categories"', "the name 'annotations' occurs twice"),
        (
            '"bbox"',
            '"bbox": [0, 0, 1, 1], "bbox"',
            r"the name 'bbox' occurs twice in an object \(id 7, image_id 1",
        ),
        ('"width"', '"more": {"a": 1, "\\u0061": 2}, "width"', "the name 'a' occurs twice"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--skip-bad",)])
def test_a_name_that_occurs_twice_in_one_object_is_refused(
    tmp_path: Path, old: str, new: str, said: str, more: tuple[str, ...]
) -> None:
    path = coco(tmp_path, [image(1, "a.jpg")], [annotation(7, 1)])
    path.write_text(path.read_text().replace(old, new, 1))
    result = trigpoint("convert", "coco", path, *more, "-o", tmp_path / "m")
    assert (result.exit_code, (tmp_path / "m").exists()) == (2, False)
    assert re.search(rf"c\.json: {said}", result.stderr), result.stderr


# -- ids


@given(st.integers(-(10**9), 10**9))
def test_an_id_is_the_same_as_a_number_a_float_and_a_text(number: int) -> None:
    forms = (number, float(number), str(number), str(float(number)))
    assert {read_id(each, "id", "x") for each in forms} == {number}


@pytest.mark.parametrize("value", [None, True, 1.5, float("nan"), float("inf"), "", " ", [1], {}])
def test_what_is_no_id_is_refused(value: Any) -> None:
    with pytest.raises(BadEntry, match=r"^x: id must be a whole number or a text"):
        read_id(value, "id", "x")


def test_texts_that_only_look_alike_are_different_ids() -> None:
    assert len({read_id(each, "id", "x") for each in ("1", "01", "1e0", "x1", "+1")}) == 5


@pytest.mark.parametrize(("in_images", "in_annotations"), [(1.0, 1), ("1", 1), (1, "1.0"), ("p7", "p7")])
def test_annotations_are_joined_to_images_in_any_form_of_the_id(
    tmp_path: Path, in_images: Any, in_annotations: Any
) -> None:
    path = coco(tmp_path, [image(in_images, "a.jpg", 60.0, 40.0)], [annotation(1, in_annotations)])
    assert ltwh(read_coco(path, None, STRICT)) == [[(1, 2, 3, 4)]]


@pytest.mark.parametrize(
    ("category", "said"),
    [(1.5, "category_id: the class id must be an integer"), ("x", "category_id: the class id must be")],
)
def test_a_category_id_that_is_none_is_refused(tmp_path: Path, category: Any, said: str) -> None:
    path = coco(tmp_path, [image(1, "a.jpg")], [{**annotation(1, 1), "category_id": category}])
    with pytest.raises(BadEntry, match=said):
        read_coco(path, None, STRICT)


def test_images_of_one_id_are_refused_or_left_out_with_their_annotations(tmp_path: Path) -> None:
    images = [image(1, "a.jpg"), image(1.0, "b.jpg"), image(2, "c.jpg")]
    path = coco(tmp_path, images, [annotation(1, 1), annotation(2, 1), annotation(3, 2)])
    with pytest.raises(BadEntry, match=r"images\[0\]: the id 1 occurs twice, also at .*images\[1\]"):
        read_coco(path, None, STRICT)
    result = trigpoint("convert", "coco", path, "--skip-bad", "-o", tmp_path / "m")
    assert [line["source-ref"][-5:] for line in read_lines(tmp_path / "m")] == ["c.jpg"]
    assert result.stderr.splitlines()[-2:] == [
        "images: read 3, converted 1, left out 2 (image id that occurs twice: 2)",
        "labels: read 3, converted 1, left out 2 (image left out: 2)",
    ]


def test_two_ids_of_one_file_are_refused(tmp_path: Path) -> None:
    path = coco(tmp_path, [image(1, "a.jpg"), image(2, r".\a.jpg")], [annotation(1, 1), annotation(2, 2)])
    result = trigpoint("convert", "coco", path, "-o", tmp_path / "m")
    assert (result.exit_code, (tmp_path / "m").exists()) == (2, False)
    assert "images[0]: its image a.jpg is also that of" in result.stderr


def test_a_group_with_the_name_of_a_class_is_left_out_and_reported(tmp_path: Path) -> None:
    names = [{"id": 0, "name": "fish"}, {"id": 1, "name": "fish"}, {"id": 2, "name": "crab"}]
    path = coco(tmp_path, [image(1, "a.jpg")], [annotation(1, 1)], names)
    labeled = read_coco(path, None, STRICT)
    assert labeled.class_names == ["fish", "crab"]
    assert "0 fish" in labeled.notes[0]


def test_an_annotation_that_is_repeated_is_taken_once_and_counted(tmp_path: Path) -> None:
    """As in a file that was merged with itself. Ids that only happen to be equal lose nothing."""
    annotations = [annotation(1, 1), annotation(1, 1), annotation(1, 1, (5, 5, 5, 5)), annotation(None, 1)]
    result = trigpoint("convert", "coco", coco(tmp_path, [image(1, "a.jpg")], annotations))
    line = json.loads(result.stdout)
    assert [each["left"] for each in line["label"]["annotations"]] == [1, 5, 1]
    assert "note: annotations with the id of another one, which were all taken: 1" in result.stderr
    assert result.stderr.endswith("labels: read 4, converted 3, left out 1 (repeated annotation: 1)\n")


# -- what the annotations hold


def test_polygons_without_a_bbox_become_the_box_around_them(tmp_path: Path) -> None:
    polygons = annotation(1, 1, None, segmentation=[[10, 11, 50, 11, 50, 30], [5, 20, 6, 20, 6, 21]])
    labeled = read_coco(coco(tmp_path, [image(1, "a.jpg")], [polygons]), None, STRICT)
    assert ltwh(labeled) == [[(5, 11, 45, 19)]]
    assert labeled.notes[0] == "polygons without a bbox that became the boxes around them: 1"


@pytest.mark.parametrize(
    "mask",
    [
        {"counts": [0, 9], "size": [40, 60]},
        {"counts": "abc", "size": [40, 60]},
        [],
        None,
        [[1, 2, 3]],
        [7],
        "x",
    ],
)
def test_a_mask_of_another_kind_without_a_bbox_is_refused(tmp_path: Path, mask: Any) -> None:
    path = coco(tmp_path, [image(1, "a.jpg")], [annotation(1, 1, None, segmentation=mask)])
    with pytest.raises(BadEntry, match=r"annotations\[0\]: bbox"):
        read_coco(path, None, STRICT)


def test_a_mask_that_gives_no_box_is_not_reported_as_a_box(tmp_path: Path) -> None:
    mask = {"counts": "x", "size": [1, 1]}
    entries = [annotation(1, 1), annotation(1, 1, None, segmentation=mask)]
    labeled = read_coco(coco(tmp_path, [image(1, "a.jpg")], entries), None, Complaints(skip=True))
    assert not [note for note in labeled.notes if note.startswith("masks")]


def test_crowds_keypoints_and_flags_of_cvat_are_kept_or_reported(tmp_path: Path) -> None:
    found = annotation(
        1,
        1,
        iscrowd=1,
        segmentation={"counts": "x", "size": [1, 1]},
        keypoints=[1, 2, 2],
        attributes={"occluded": True, "rotation": 0.0},
    )
    labeled = read_coco(coco(tmp_path, [image(1, "a.jpg")], [found]), None, STRICT)
    assert labeled.images[0].boxes == (Box("fish", 1, 2, 3, 4, flags=frozenset({"iscrowd", "occluded"})),)
    assert labeled.notes[:2] == [
        "keypoints left out; their bounding boxes were taken: 1",
        "masks left out; their bounding boxes were taken: 1",
    ]


def test_a_box_that_cvat_rotated_becomes_the_upright_one_around_it(tmp_path: Path) -> None:
    rotated = annotation(1, 1, (20, 10, 20, 10), attributes={"rotation": 90.0})
    labeled = read_coco(coco(tmp_path, [image(1, "a.jpg")], [rotated]), None, STRICT)
    assert ltwh(labeled) == [[pytest.approx((25, 5, 10, 20))]]
    assert labeled.notes[0] == "rotated boxes that became the upright boxes around them: 1"


@given(st.floats(0, 50), st.floats(0, 50), st.floats(1, 50), st.floats(1, 50), st.integers(-8, 8))
def test_a_quarter_turn_swaps_the_sides_and_keeps_the_centre(
    left: float, top: float, width: float, height: float, quarters: int
) -> None:
    box = Box("x", left, top, width, height)
    turned = upright(box, quarters * 90)
    sides = (width, height) if quarters % 2 == 0 else (height, width)
    assert (turned.width, turned.height) == pytest.approx(sides)
    assert (turned.left + turned.right, turned.top + turned.bottom) == pytest.approx(
        (left + box.right, top + box.bottom)
    )


def test_annotations_of_no_image_are_refused_or_counted(tmp_path: Path) -> None:
    path = coco(tmp_path, [image(1, "a.jpg")], [annotation(1, 1), annotation(2, 9)])
    with pytest.raises(BadEntry, match=r"annotations\[1\]: image_id 9 is not among the images"):
        read_coco(path, None, STRICT)
    result = trigpoint("convert", "coco", path, "--skip-bad")
    assert result.stderr.endswith(
        "labels: read 2, converted 1, left out 1 (its image is not in the file: 1)\n"
    )


def test_an_image_whose_annotations_were_all_left_out_is_left_out_too(tmp_path: Path) -> None:
    path = coco(
        tmp_path,
        [image(1, "a.jpg"), image(2, "b.jpg"), image(3, "c.jpg")],
        [annotation(1, 1, (1, 2)), annotation(2, 2), annotation(3, 2, (1, 2))],
    )
    result = trigpoint("convert", "coco", path, "--skip-bad")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["source-ref"][-5:], len(line["label"]["annotations"])) for line in lines] == [
        ("b.jpg", 1),
        ("c.jpg", 0),
    ]
    assert "images: read 3, converted 2, left out 1 (none of its labels can be converted: 1)" in result.stderr


# -- images


def test_file_names_of_windows_are_found_and_make_uris(tmp_path: Path) -> None:
    draw(tmp_path / "img" / "train" / "a.jpg")
    path = coco(tmp_path, [image(1, r"D:\set\train\a.jpg")], [annotation(1, 1)])
    labeled = read_coco(path, tmp_path / "img", STRICT)
    assert [each.image for each in labeled.images] == ["train/a.jpg"]
    path = coco(tmp_path, [image(1, r"train\a.jpg")], [annotation(1, 1)])
    result = trigpoint("convert", "coco", path, "--images-uri", "s3://b/p")
    assert json.loads(result.stdout)["source-ref"] == "s3://b/p/train/a.jpg"


def test_an_absolute_path_has_no_place_below_a_prefix(tmp_path: Path) -> None:
    path = coco(tmp_path, [image(1, "/photos/a.jpg")], [annotation(1, 1)])
    assert json.loads(trigpoint("convert", "coco", path).stdout)["source-ref"] == "/photos/a.jpg"
    result = trigpoint("convert", "coco", path, "--images-uri", "s3://b/p", "-o", tmp_path / "m")
    assert (result.exit_code, (tmp_path / "m").exists()) == (2, False)
    assert "images[0]: the path /photos/a.jpg has no place below s3://b/p" in result.stderr


def test_a_prefix_on_the_web_stays_a_uri(tmp_path: Path) -> None:
    path = coco(tmp_path, [image(1, "a.jpg")], [annotation(1, 1)])
    result = trigpoint("convert", "coco", path, "--images-uri", "https://host/p/")
    assert json.loads(result.stdout)["source-ref"] == "https://host/p/a.jpg"


@pytest.mark.parametrize("iscrowd", [0, 0.0, "0", False, None, "false"])
def test_a_flag_that_is_off_in_any_form_is_off(tmp_path: Path, iscrowd: Any) -> None:
    path = coco(
        tmp_path, [image(1, "a.jpg")], [annotation(1, 1, iscrowd=iscrowd), annotation(2, 1, iscrowd="1")]
    )
    (found,) = read_coco(path, None, STRICT).images
    assert [sorted(box.flags) for box in found.boxes or ()] == [[], ["iscrowd"]]


@pytest.mark.parametrize("sizes", [(None, None), (0, 0), (60, 0)])
def test_an_unknown_size_is_that_of_the_image(tmp_path: Path, sizes: tuple[Any, Any]) -> None:
    draw(tmp_path / "img" / "a.jpg", (60, 40))
    path = coco(tmp_path, [image(1, "a.jpg", *sizes)], [annotation(1, 1)])
    (found,) = read_coco(path, tmp_path / "img", STRICT).images
    assert found.size is not None
    assert (found.size.width, found.size.height) == (60, 40)


@pytest.mark.parametrize("width", [-60, 60.5, "60", True])
def test_a_size_that_is_none_is_refused(tmp_path: Path, width: Any) -> None:
    path = coco(tmp_path, [image(1, "a.jpg", width)], [annotation(1, 1)])
    with pytest.raises(BadEntry, match=r"images\[0\]: width must be"):
        read_coco(path, None, STRICT)


@pytest.mark.parametrize("option", [(), ("--images",)])
def test_a_photo_labeled_as_it_is_shown_has_its_boxes_turned(tmp_path: Path, option: tuple[str, ...]) -> None:
    draw_turned(tmp_path / "a.jpg", 6, (60, 40))
    path = coco(tmp_path, [image(1, "a.jpg", 40, 60)], [annotation(1, 1)])
    result = trigpoint("convert", "coco", path, *(each for name in option for each in (name, tmp_path)))
    label = json.loads(result.stdout)["label"]
    assert label["image_size"] == [{"width": 60, "height": 40, "depth": 3}]
    assert label["annotations"] == [{"class_id": 0, "left": 2, "top": 36, "width": 4, "height": 3}]


def test_the_option_exif_says_what_the_size_of_an_upside_down_photo_does_not(tmp_path: Path) -> None:
    draw_turned(tmp_path / "a.jpg", 3, (60, 40))
    path = coco(tmp_path, [image(1, "a.jpg")], [annotation(1, 1)])
    refused = trigpoint("convert", "coco", path)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "60 x 40" in refused.stderr
    lefts = {
        choice: json.loads(trigpoint("convert", "coco", path, "--exif", choice).stdout)["label"][
            "annotations"
        ][0]["left"]
        for choice in ("shown", "stored")
    }
    assert lefts == {"shown": 56, "stored": 1}


def test_a_picture_that_was_resized_is_refused_with_both_sizes(tmp_path: Path) -> None:
    draw(tmp_path / "a.jpg", (30, 20))
    result = trigpoint("convert", "coco", coco(tmp_path, [image(1, "a.jpg")], [annotation(1, 1)]))
    assert result.exit_code == 2
    assert "60 x 40" in result.stderr and "30 x 20" in result.stderr


# -- what all conversions end with


def test_strict_writes_nothing_when_something_was_left_out(tmp_path: Path) -> None:
    path = coco(tmp_path, [image(1, "a.jpg")], [annotation(1, 1), annotation(1, 1)])
    result = trigpoint("convert", "coco", path, "--strict", "-o", tmp_path / "m")
    assert (result.exit_code, (tmp_path / "m").exists()) == (2, False)
    assert result.stderr.splitlines()[-2:] == [
        "labels: read 2, converted 1, left out 1 (repeated annotation: 1)",
        "trigpoint: --strict: entries were left out, so nothing was written",
    ]
    path = coco(tmp_path, [image(1, "a.jpg")], [annotation(1, 1)])
    assert trigpoint("convert", "coco", path, "--strict").exit_code == 0


def test_a_source_of_which_nothing_is_recognised_is_an_error(tmp_path: Path) -> None:
    result = trigpoint("convert", "coco", coco(tmp_path, [], []), "--skip-bad")
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        "c.json: no image was converted (images: read 0, converted 0, left out 0; labels: read 0"
        in result.stderr
    )
    assert "check that the source has this format" in result.stderr


def test_a_source_whose_entries_are_all_skipped_on_request_gives_an_empty_manifest(tmp_path: Path) -> None:
    path = coco(tmp_path, [{"id": 1}], [])
    result = trigpoint("convert", "coco", path, "--skip-bad")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 entry skipped" in result.stderr
    assert "images: read 1, converted 0, left out 1 (bad entry: 1)" in result.stderr
    assert trigpoint("convert", "coco", path, "--skip-bad", "--strict").exit_code == 2


def test_a_source_may_be_all_bad_when_bad_entries_are_skipped_but_its_images_must_be_found(
    tmp_path: Path,
) -> None:
    draw(tmp_path / "img" / "a.jpg")
    path = coco(tmp_path, [image(1, "a.jpg")], [annotation(1, 1, ())])
    result = trigpoint("convert", "coco", path, "--skip-bad", "-o", tmp_path / "m")
    assert (result.exit_code, (tmp_path / "m").read_text()) == (0, "")
    assert "labels: read 1, converted 0, left out 1 (bad entry: 1)" in result.stderr
    path = coco(tmp_path, [image(1, "b.jpg"), image(2, "c.jpg")], [])
    result = trigpoint("convert", "coco", path, "--images", tmp_path / "img", "--skip-bad")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "none of the images was found; name their folder with --images (images: read 2, " in result.stderr


def test_a_file_whose_lists_are_all_empty_is_an_empty_set(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"images": [], "annotations": [], "categories": []}')
    result = trigpoint("convert", "coco", tmp_path / "c.json", "-o", tmp_path / "m")
    assert (result.exit_code, (tmp_path / "m").read_text()) == (0, "")
