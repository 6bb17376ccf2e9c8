"""Annotations in a folder of images: Pascal VOC and COCO."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from trigpoint.core.errors import Invalid
from trigpoint.demo.truth import find_images, find_truth, labels_of
from trigpoint.records.labels.boxes import Box

VOC = """<annotation><filename>{name}</filename><object><name>cat</name>
<bndbox><xmin>10</xmin><ymin>20</ymin><xmax>{xmax}</xmax><ymax>50</ymax></bndbox></object></annotation>"""


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (64, 64)).save(path)
    return path


def test_voc_boxes_are_found_by_file_name(tmp_path: Path) -> None:
    image = picture(tmp_path / "JPEGImages" / "a.jpg")
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations" / "a.xml").write_text(VOC.format(name="a.jpg", xmax=40))
    truth = find_truth(tmp_path, find_images(tmp_path))
    assert truth == {image: (Box("cat", 10, 20, 30, 30),)}
    assert labels_of(truth) == ["cat"]


def test_a_voc_box_without_area_is_dropped(tmp_path: Path) -> None:
    image = picture(tmp_path / "a.jpg")
    (tmp_path / "a.xml").write_text(VOC.format(name="a.jpg", xmax=10))
    assert find_truth(tmp_path, find_images(tmp_path)) == {image: ()}


def test_coco_boxes_are_found_by_image_id(tmp_path: Path) -> None:
    image = picture(tmp_path / "images" / "b.png")
    document = {
        "images": [{"id": 7, "file_name": "b.png"}],
        "categories": [{"id": 3, "name": "dog"}],
        "annotations": [{"image_id": 7, "category_id": 3, "bbox": [1.2, 2, 3, 4]}],
    }
    (tmp_path / "instances.json").write_text(json.dumps(document))
    assert find_truth(tmp_path, find_images(tmp_path)) == {image: (Box("dog", 1, 2, 3, 4),)}


def test_a_damaged_voc_file_is_named_with_its_line(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "a.xml").write_text("<annotation>\n<object>")
    with pytest.raises(Invalid, match=r"a\.xml: not well-formed XML: .*line 2"):
        find_truth(tmp_path, find_images(tmp_path))


def test_a_voc_object_without_numbers_is_named(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "a.xml").write_text(VOC.format(name="a.jpg", xmax="wide"))
    with pytest.raises(Invalid, match=r"a\.xml: object 1: bndbox needs the numbers"):
        find_truth(tmp_path, find_images(tmp_path))


def test_other_xml_and_json_files_are_ignored(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "pom.xml").write_text("<project/>")
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "broken.json").write_text("{")
    assert find_truth(tmp_path, find_images(tmp_path)) == {}


def test_images_with_the_same_name_in_two_folders_have_their_own_boxes(tmp_path: Path) -> None:
    one, two = picture(tmp_path / "one" / "a.jpg"), picture(tmp_path / "two" / "a.jpg")
    (one.parent / "a.xml").write_text(VOC.format(name="a.jpg", xmax=40))
    (two.parent / "a.xml").write_text(VOC.format(name="a.jpg", xmax=60))
    truth = find_truth(tmp_path, find_images(tmp_path))
    assert (truth[one][0].width, truth[two][0].width) == (30, 50)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"holds no \.jpg, \.jpeg or \.png file"):
        find_images(tmp_path)
