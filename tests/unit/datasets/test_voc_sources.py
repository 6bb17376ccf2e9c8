"""Sets of Pascal VOC in folders, with lists, and as people copy and rename them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.labeled_sets import draw, draw_turned, read_lines, trigpoint
from trigpoint.datasets.model import BadEntry, Complaints, LabeledSet
from trigpoint.datasets.voc import read_voc

STRICT = Complaints(skip=False)
OBJECT = "<object><name>car</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>4</xmax><ymax>6</ymax></bndbox></object>"


def xml(set_: Path, name: str, filename: str | None = None, inside: str = OBJECT, more: str = "") -> Path:
    path = set_ / "Annotations" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    given = "" if filename is None else f"<filename>{filename}</filename>"
    path.write_text(f"<annotation>{given}{more}{inside}</annotation>")
    return path


def images(set_: Path, *names: str) -> Path:
    for name in names:
        draw(set_ / "JPEGImages" / name)
    return set_


def size(width: object, height: object) -> str:
    return f"<size><width>{width}</width><height>{height}</height></size>"


def pairs(labeled: LabeledSet) -> list[tuple[str, str]]:
    return [(Path(image.where).name, image.image) for image in labeled.images]


# -- which image an XML file describes


@pytest.mark.parametrize(
    ("files", "name", "filename", "found"),
    [
        (["a.jpg"], "a.xml", "a.jpg", "a.jpg"),
        (["a.png"], "a.xml", "a.jpg", "a.png"),
        (["a.jpg"], "x.xml", r"C:\photos\a.jpg", "a.jpg"),
        (["a.JPG"], "A.XML", None, "a.JPG"),
        (["night/2.jpg"], "night/2.xml", "2.jpg", "night/2.jpg"),
        (["2.jpg", "night/2.jpg"], "night/2.xml", "2.jpg", "night/2.jpg"),
        (["2.jpg", "night/2.jpg"], "2.xml", "2.jpg", "2.jpg"),
        (["2.jpg"], "night/2.xml", "2.jpg", "2.jpg"),
        (["day/2.jpg", "night/2.jpg"], "night/2.xml", "old/2.jpg", "night/2.jpg"),
        (["a.jpg", "b.jpg"], "0001.xml", "b.jpg", "b.jpg"),
        (["day/2.jpg"], "night/2.xml", "2.jpg", None),
        (["a.jpg"], "b.xml", "c.jpg", None),
        (["a.jpg", "b.jpg"], "b.xml", "a.jpg", None),  # the filename was copied
        (["a.jpg", "a.png"], "a.xml", None, None),
    ],
)
def test_an_xml_file_describes_the_image_that_it_names_or_is_refused(
    tmp_path: Path, files: list[str], name: str, filename: str | None, found: str | None
) -> None:
    xml(images(tmp_path, *files), name, filename)
    if found is None:
        with pytest.raises(BadEntry, match="filename"):
            read_voc(tmp_path, None, STRICT)
    else:
        assert [image.image for image in read_voc(tmp_path, None, STRICT).images] == [found]


@pytest.mark.parametrize("more", ["<folder>night</folder>", r"<path>D:\set\night\1.jpg</path>"])
def test_folder_and_path_decide_between_images_of_one_name(tmp_path: Path, more: str) -> None:
    images(tmp_path, "day/1.jpg", "night/1.jpg")
    xml(tmp_path, "x.xml", "1.jpg")
    with pytest.raises(BadEntry, match=r"x\.xml: filename: .*1\.jpg fits 2 images"):
        read_voc(tmp_path, None, STRICT)
    xml(tmp_path, "x.xml", "1.jpg", more=more)
    assert pairs(read_voc(tmp_path, None, STRICT)) == [("x.xml", "night/1.jpg")]


def test_a_copied_filename_never_gives_one_image_the_boxes_of_two_files(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg")
    for name in ("a.xml", "b.xml"):
        xml(tmp_path, name, "a.jpg")
    result = trigpoint("convert", "voc", tmp_path, "-o", tmp_path / "m")
    assert (result.exit_code, (tmp_path / "m").exists()) == (2, False)
    assert "a.xml: its image a.jpg is also that of" in result.stderr


def test_files_in_folders_and_with_capital_suffixes_are_read_and_hidden_ones_are_not(tmp_path: Path) -> None:
    images(tmp_path, "1.png", "day/2.png", "3.PNG")
    for name in ("1.xml", "day/2.xml", "3.XML"):
        xml(tmp_path, name)
    for hidden in ("._1.xml", ".ipynb_checkpoints/1.xml", "__MACOSX/Annotations/1.xml"):
        xml(tmp_path, hidden, inside="<")
    result = trigpoint("convert", "voc", tmp_path, "--strict")
    assert result.exit_code == 0, result.stderr
    assert "images: read 3, converted 3, left out 0" in result.stderr


def test_xml_files_next_to_their_images_in_folders_of_splits_are_read(tmp_path: Path) -> None:
    for name in ("train/a", "valid/a"):
        draw(tmp_path / f"{name}.jpg")
        (tmp_path / f"{name}.xml").write_text(f"<annotation><filename>a.jpg</filename>{OBJECT}</annotation>")
    labeled = read_voc(tmp_path, None, STRICT)
    assert [image.image for image in labeled.images] == ["train/a.jpg", "valid/a.jpg"]


def test_images_without_an_annotation_file_are_reported(tmp_path: Path) -> None:
    xml(images(tmp_path, "a.jpg", "b.jpg", "c.jpg"), "a.xml")
    assert read_voc(tmp_path, None, STRICT).notes == [
        "images without an annotation file, which were not converted: 2, such as b.jpg"
    ]


def test_xml_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = xml(images(tmp_path, "a.jpg"), "a.xml")
    path.write_text("<annotations><image/></annotations>")
    with pytest.raises(
        BadEntry, match=r"a\.xml: the root element is <annotations>; Pascal VOC has <annotation>"
    ):
        read_voc(tmp_path, None, STRICT)


# -- sizes


def test_boxes_of_a_photo_labeled_as_it_is_shown_are_turned(tmp_path: Path) -> None:
    draw_turned(tmp_path / "JPEGImages" / "a.jpg", 8, (60, 40))
    xml(tmp_path, "a.xml", more=size(40, 60))
    (image,) = read_voc(tmp_path, None, STRICT).images
    assert image.boxes is not None and image.size is not None
    assert (image.size.width, image.boxes[0].ltwh) == (60, (54, 1, 4, 3))


@pytest.mark.parametrize("declared", [size(120, 80), size(40, 60), size(60, 41)])
def test_another_size_is_refused_with_both_sizes(tmp_path: Path, declared: str) -> None:
    xml(images(tmp_path, "a.jpg"), "a.xml", more=declared)
    with pytest.raises(BadEntry, match=r"a\.xml: a\.jpg: the labels are for an image of .* has 60 x 40"):
        read_voc(tmp_path, None, STRICT)


@pytest.mark.parametrize(
    "declared", ["", "<size/>", size(0, 0), size("", ""), size("60.0", "40.0"), size(60, 0)]
)
def test_a_size_that_is_unknown_or_written_as_floats_is_that_of_the_image(
    tmp_path: Path, declared: str
) -> None:
    xml(images(tmp_path, "a.jpg"), "a.xml", more=declared)
    (image,) = read_voc(tmp_path, None, STRICT).images
    assert image.size is not None
    assert (image.size.width, image.size.height) == (60, 40)


@pytest.mark.parametrize(
    ("width", "said"), [("x", "size.width must be a number"), ("60.5", "whole"), ("-1", "whole")]
)
def test_a_size_that_is_none_is_refused(tmp_path: Path, width: str, said: str) -> None:
    xml(images(tmp_path, "a.jpg"), "a.xml", more=size(width, 40))
    with pytest.raises(BadEntry, match=said):
        read_voc(tmp_path, None, STRICT)


# -- objects


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (
            "<object><name>x</name><robndbox/></object>",
            r"object\[1\]\.bndbox is missing; the object has name, robndbox",
        ),
        ("<object/>", r"object\[1\]\.name is missing; the object has nothing"),
        (
            OBJECT.replace("<bndbox>", "<bndbox/><bndbox>"),
            r"object\[1\] has 2 elements bndbox; an object has one",
        ),
    ],
)
def test_an_object_without_one_box_is_refused(tmp_path: Path, inside: str, said: str) -> None:
    xml(images(tmp_path, "a.jpg"), "a.xml", inside=inside)
    with pytest.raises(BadEntry, match=said):
        read_voc(tmp_path, None, STRICT)


def test_parts_of_objects_are_counted_as_left_out(tmp_path: Path) -> None:
    """As in the person layout of VOC: head, hands and feet have a name and a box of their own."""
    part = OBJECT.replace("object>", "part>")
    xml(images(tmp_path, "a.jpg"), "a.xml", inside=OBJECT.replace("</object>", f"{part}{part}</object>"))
    result = trigpoint("convert", "voc", tmp_path)
    assert len(json.loads(result.stdout)["label"]["annotations"]) == 1
    assert result.stderr.endswith("labels: read 3, converted 1, left out 2 (part of an object: 2)\n")
    assert trigpoint("convert", "voc", tmp_path, "--strict").exit_code == 2


@pytest.mark.parametrize(
    "inside",
    [
        OBJECT.replace("object>", "Object>"),
        OBJECT.replace("bndbox>", "BndBox>").replace("xmin>", "XMin>").replace("name>", "NAME>"),
        OBJECT.replace("<object>", '<v:object xmlns:v="urn:voc">').replace("</object>", "</v:object>"),
        f"<objects>{OBJECT}</objects>",
    ],
)
def test_an_object_is_converted_in_any_letter_case_namespace_and_depth(tmp_path: Path, inside: str) -> None:
    xml(images(tmp_path, "a.jpg"), "a.xml", inside=inside)
    (image,) = read_voc(tmp_path, None, STRICT).images
    assert [(box.class_name, box.ltwh) for box in image.boxes or ()] == [("car", (1, 2, 3, 4))]


@pytest.mark.parametrize(
    "stray",
    [
        OBJECT.replace("object>", "item>"),
        OBJECT.replace("object>", "item>").replace("bndbox>", "box>"),
        "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>4</xmax><ymax>6</ymax></bndbox>",
        '<item name="car" xmin="1" ymin="2" xmax="4" ymax="6"/>',
        "<item><name>car</name><robndbox><cx>1</cx></robndbox></item>",
        "<item><name>car</name><x>1</x><y>2</y><width>3</width><height>4</height></item>",
    ],
)
def test_a_box_outside_of_an_object_is_counted_as_left_out(tmp_path: Path, stray: str) -> None:
    xml(images(tmp_path, "a.jpg"), "a.xml", inside=OBJECT + stray)
    result = trigpoint("convert", "voc", tmp_path)
    assert result.stderr.endswith("labels: read 2, converted 1, left out 1 (box outside of an object: 1)\n")
    assert trigpoint("convert", "voc", tmp_path, "--strict").exit_code == 2


def test_an_image_whose_boxes_are_all_outside_of_objects_is_no_image_without_objects(tmp_path: Path) -> None:
    set_ = images(tmp_path, "a.jpg", "b.jpg")
    xml(set_, "a.xml", inside=OBJECT.replace("object>", "item>"))
    xml(set_, "b.xml")
    result = trigpoint("convert", "voc", set_)
    assert [json.loads(line)["source-ref"][-5:] for line in result.stdout.splitlines()] == ["b.jpg"]
    assert "images: read 2, converted 1, left out 1" in result.stderr


def test_a_box_within_an_object_is_counted_once_and_points_and_sizes_are_no_boxes(tmp_path: Path) -> None:
    more = "<point><x>1</x><y>2</y></point><polygon><x1>1</x1><y1>2</y1></polygon></object>"
    xml(images(tmp_path, "a.jpg"), "a.xml", inside=OBJECT.replace("</object>", more), more=size(60, 40))
    assert trigpoint("convert", "voc", tmp_path, "--strict").exit_code == 0


# -- lists


def a_list(set_: Path, text: str) -> None:
    path = set_ / "ImageSets" / "Main" / "val.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("leaf 1\nleaf\n", ["leaf 1.xml", "leaf.xml"]),
        ("leaf 1  1\nday/2 -1\n", ["leaf 1.xml", "2.xml"]),
        ("2 -1\nleaf  0\n", ["2.xml", "leaf.xml"]),
        ("leaf.jpg\n2.xml\n", ["leaf.xml", "2.xml"]),
        ("\n  LEAF  \r\n\n", ["leaf.xml"]),
        ("leaf\nleaf\n", ["leaf.xml"]),
    ],
)
def test_a_list_selects_annotations_by_name_with_or_without_marks(
    tmp_path: Path, text: str, found: list[str]
) -> None:
    images(tmp_path, "leaf.jpg", "leaf 1.jpg", "day/2.jpg")
    for name in ("leaf.xml", "leaf 1.xml", "day/2.xml"):
        xml(tmp_path, name)
    a_list(tmp_path, text)
    labeled = read_voc(tmp_path, None, STRICT, "val")
    assert [name for name, _ in pairs(labeled)] == found
    assert labeled.totals()[0].left_out == ({"listed twice": 1} if text.startswith("leaf\nleaf") else {})


def test_a_line_that_can_be_a_name_or_a_name_and_a_mark_is_refused_only_if_both_exist(tmp_path: Path) -> None:
    images(tmp_path, "leaf.jpg", "leaf 1.jpg")
    a_list(tmp_path, "leaf 1\n")
    for name in ("leaf.xml", "leaf 1.xml"):
        xml(tmp_path, name)
    with pytest.raises(BadEntry, match=r"val\.txt, line 1: leaf 1 can mean leaf 1\.xml and leaf\.xml"):
        read_voc(tmp_path, None, STRICT, "val")
    (tmp_path / "Annotations" / "leaf.xml").unlink()
    assert pairs(read_voc(tmp_path, None, STRICT, "val")) == [("leaf 1.xml", "leaf 1.jpg")]


def test_a_name_of_a_list_without_an_annotation_is_refused_with_its_line_or_counted(tmp_path: Path) -> None:
    xml(images(tmp_path, "a.jpg"), "a.xml")
    a_list(tmp_path, "a\nb\n")
    with pytest.raises(BadEntry, match=r"val\.txt, line 2: there is no annotation of b"):
        read_voc(tmp_path, None, STRICT, "val")
    result = trigpoint("convert", "voc", tmp_path, "--subset", "val", "--skip-bad", "-o", tmp_path / "m")
    assert len(read_lines(tmp_path / "m")) == 1
    assert "images: read 2, converted 1, left out 1 (no annotation of a listed image: 1)" in result.stderr
