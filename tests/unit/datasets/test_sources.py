"""Files of other tools are read, and their errors are reported with file and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.labeled_sets import draw, read_lines, trigpoint
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.datasets.coco import read_coco
from trigpoint.datasets.cvat import read_cvat
from trigpoint.datasets.folder import read_folder
from trigpoint.datasets.model import BadEntry, Complaints
from trigpoint.datasets.table import read_table
from trigpoint.datasets.voc import read_voc
from trigpoint.datasets.yolo import read_yolo
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

STRICT = Complaints(skip=False)


def boxes(image: Any) -> list[tuple[str, float, float, float, float]]:
    return [(box.class_name, box.left, box.top, box.width, box.height) for box in image.boxes]


# -- Pascal VOC

VOC = """<annotation><filename>a.jpg</filename>{size}
<object><name>{name}</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>{xmax}</xmax><ymax>4</ymax>
</bndbox></object></annotation>"""
SIZE = "<size><width>60</width><height>40</height><depth>3</depth></size>"


def voc(folder: Path, text: str, name: str = "a") -> Path:
    draw(folder / "JPEGImages" / "a.jpg")
    (folder / "Annotations").mkdir(exist_ok=True)
    (folder / "Annotations" / f"{name}.xml").write_text(text)
    return folder


def test_a_voc_set_is_read(tmp_path: Path) -> None:
    labeled = read_voc(voc(tmp_path, VOC.format(size=SIZE, name="dog", xmax=9)), None, STRICT)
    (image,) = labeled.images
    assert image.boxes == (Box("dog", 1, 2, 8, 2, flags=frozenset({"difficult"})),)
    assert labeled.class_names == ["dog"]


@pytest.mark.parametrize("size", ["", "<size><width>0</width><height>0</height></size>"])
def test_a_voc_file_without_a_size_gets_the_size_of_the_image(tmp_path: Path, size: str) -> None:
    labeled = read_voc(voc(tmp_path, VOC.format(size=size, name="dog", xmax=9)), None, STRICT)
    assert labeled.images[0].size == ImageSize(60, 40, 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (VOC.format(size=SIZE, name="", xmax=9), r"a\.xml: object\[1\]\.name is missing"),
        (
            VOC.format(size=SIZE, name="x", xmax="?"),
            r"a\.xml: object\[1\]\.bndbox\.xmax must be a number, not '\?'",
        ),
        (
            VOC.format(size=SIZE, name="x", xmax=0),
            r"a\.xml: object\[1\]\.bndbox: xmax and ymax must not be below",
        ),
        ("<annotation>", r"a\.xml: not valid XML: no element found"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", r"a\.xml: declares entities"),
        ("<annotation><filename>b.jpg</filename></annotation>", None),
    ],
)
def test_a_bad_voc_file_is_reported_with_its_field(tmp_path: Path, text: str, said: str | None) -> None:
    source = voc(tmp_path, text)
    if said is None:  # the image is found by the name of the XML file
        assert read_voc(source, None, STRICT).images[0].image == "a.jpg"
        return
    with pytest.raises(BadEntry, match=said):
        read_voc(source, None, STRICT)


def test_a_missing_image_is_reported(tmp_path: Path) -> None:
    source = voc(tmp_path, "<annotation><filename>z.jpg</filename></annotation>", "z")
    with pytest.raises(BadEntry, match=r"z\.xml: filename: there is no image z\.jpg in .*JPEGImages"):
        read_voc(source, None, STRICT)


def test_an_image_outside_the_folder_is_not_found(tmp_path: Path) -> None:
    draw(tmp_path / "secret.jpg")
    path = tmp_path / "c.json"
    path.write_text(
        json.dumps(COCO | {"images": [{"id": 1, "file_name": "../secret.jpg"}], "annotations": []})
    )
    (tmp_path / "images").mkdir()
    with pytest.raises(BadEntry, match="there is no image"):
        read_coco(path, tmp_path / "images", STRICT)


def test_bad_files_are_skipped_and_counted_on_request(tmp_path: Path) -> None:
    source = voc(tmp_path, VOC.format(size=SIZE, name="dog", xmax=9))
    (source / "Annotations" / "b.xml").write_text("<")
    result = trigpoint("convert", "voc", source)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    result = trigpoint("convert", "voc", source, "--skip-bad")
    assert result.exit_code == 0
    assert "b.xml: not valid XML" in result.stderr
    assert "1 entry skipped" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_a_list_in_imagesets_selects_images_and_their_order(tmp_path: Path) -> None:
    source = voc(tmp_path, VOC.format(size=SIZE, name="dog", xmax=9))
    voc(tmp_path, VOC.format(size=SIZE, name="cat", xmax=9), "b")
    lists = source / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "val.txt").write_text("b 1\na 1\n")
    labeled = read_voc(source, None, STRICT, "val")
    assert [image.boxes[0].class_name for image in labeled.images if image.boxes] == ["cat", "dog"]
    with pytest.raises(NotFound, match=r"there is no list .*none\.txt"):
        read_voc(source, None, STRICT, "none")


# -- COCO

COCO: dict[str, Any] = {
    "images": [
        {"id": 7, "file_name": "a.jpg", "width": 60, "height": 40},
        {"id": 8, "file_name": "b.jpg", "width": 60, "height": 40},
    ],
    "annotations": [
        {
            "id": 1,
            "image_id": 7,
            "category_id": 90,
            "bbox": [1, 2, 3, 4],
            "iscrowd": 1,
            "segmentation": [[1, 2]],
        }
    ],
    "categories": [{"id": 90, "name": "dog"}, {"id": 3, "name": "cat"}],
}


def test_a_coco_file_is_read_with_classes_in_the_order_of_their_ids(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps(COCO))
    labeled = read_coco(tmp_path / "c.json", None, STRICT)
    assert labeled.class_names == ["cat", "dog"]
    assert labeled.images[0].boxes == (Box("dog", 1, 2, 3, 4, flags=frozenset({"iscrowd"})),)
    assert labeled.images[1].boxes == ()
    assert labeled.notes[0] == "masks left out; their bounding boxes were taken: 1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"images": 5}, "images must be a list, not 5"),
        ({"images": [{"id": 7}]}, r"images\[0\]: file_name must be a text, not nothing"),
        ({"images": [{"id": 7, "file_name": "a.jpg"}]}, r"images\[0\]: width and height are missing"),
        (
            {"annotations": [{"image_id": 7, "category_id": 90, "bbox": [1, 2]}]},
            r"annotations\[0\]: bbox must be",
        ),
        (
            {"annotations": [{"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]}]},
            r"annotations\[0\]: category_id: class 1 is not among the 2",
        ),
        (
            {"annotations": [{"image_id": 7, "category_id": 90, "bbox": [1, 2, -3, 4]}]},
            r"annotations\[0\]: bbox: width",
        ),
        (
            {"annotations": [{"image_id": 7, "category_id": 90, "bbox": [1, 2, "3", 4]}]},
            r"annotations\[0\]: bbox\[2\] must",
        ),
        (
            {"annotations": [{"image_id": 99, "category_id": 90, "bbox": [1, 2, 3, 4]}]},
            r"annotations\[0\]: image_id 99 is not among the images",
        ),
        ({"categories": [{"id": 1}]}, r"categories\[0\]: a class needs a name"),
    ],
)
def test_a_bad_coco_file_is_reported_with_its_field(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    (tmp_path / "c.json").write_text(json.dumps(COCO | change))
    with pytest.raises(BadEntry, match=said):
        read_coco(tmp_path / "c.json", None, STRICT)


def test_a_file_that_is_not_coco_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"images": [}')
    with pytest.raises(Invalid, match=r"c\.json: not valid JSON at line 1, column 13"):
        read_coco(tmp_path / "c.json", None, STRICT)
    (tmp_path / "c.json").write_text("[]")
    with pytest.raises(Invalid, match="holds a list"):
        read_coco(tmp_path / "c.json", None, STRICT)


# -- YOLO


def yolo(folder: Path, text: str) -> Path:
    draw(folder / "images" / "train" / "a.jpg", (60, 40))
    draw(folder / "images" / "train" / "b.jpg", (60, 40))
    (folder / "labels" / "train").mkdir(parents=True)
    (folder / "labels" / "train" / "a.txt").write_text(text)
    (folder / "classes.txt").write_text("cat\ndog\n")
    return folder


def test_a_yolo_set_is_read(tmp_path: Path) -> None:
    labeled = read_yolo(yolo(tmp_path, "1 0.5 0.5 0.5 0.25\n"), None, STRICT)
    assert [image.image for image in labeled.images] == ["train/a.jpg", "train/b.jpg"]
    assert boxes(labeled.images[0]) == [("dog", 15, 15, 30, 10)]
    assert labeled.images[1].boxes == ()
    assert labeled.class_names == ["cat", "dog"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 0.5 0.5 0.5\n", r"a\.txt, line 1: class, x, y, width and height are needed; 4 numbers are wrong"),
        ("\n0 0 0 1 1\n1 .1 .1 .2 .2 .3 .3\n", r"a\.txt, line 3: .*7 numbers are a polygon; only boxes"),
        ("2 0.5 0.5 0.5 0.5\n", r"a\.txt, line 1: class 2 is not among the 2 classes"),
        (
            "0 30 20 5 5\n",
            r"a\.txt, line 1: x, y, width and height must be fractions of the image, not 30 20 5 5",
        ),
        ("0 x 0 1 1\n", r'a\.txt, line 1: x must be a number, not "x"'),
        ("0 nan 0 1 1\n", r"a\.txt, line 1: x must be a number, not NaN"),
        ("nan 0 0 1 1\n", r"a\.txt, line 1: the class id must be a number, not NaN"),
        ("1.5 0 0 1 1\n", r"a\.txt, line 1: the class id must be an integer from 0"),
        ("0 0 0 1 1 7\n", r"a\.txt, line 1: the sixth number is a confidence from 0 to 1, not 7"),
    ],
)
def test_a_bad_yolo_line_is_reported(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadEntry, match=said):
        read_yolo(yolo(tmp_path, text), None, STRICT)


def test_the_error_for_a_yolo_set_without_class_names_mentions_the_option(tmp_path: Path) -> None:
    draw(tmp_path / "images" / "a.jpg")
    with pytest.raises(NotFound, match=r"has no data\.yaml, classes\.txt or obj\.names .*--classes"):
        read_yolo(tmp_path, None, STRICT)


# -- tables


def table(folder: Path, text: str, name: str = "t.csv") -> Path:
    draw(folder / "a.jpg", (60, 40))
    draw(folder / "b.jpg", (60, 40))
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize(
    "text",
    [
        "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,60,40,dog,1,2,4,6\nb.jpg,60,40,,,,,\n",
        "image;label;left;top;width;height\na.jpg;dog;1;2;3;4\nb.jpg;;;;;\n",
        "a.jpg,1,2,4,6,dog\nb.jpg,,,,,\n",
        "\ufefffile_name\tcategory\tx\ty\tw\th\r\na.jpg\tdog\t1\t2\t3\t4\r\nb.jpg\t\t\t\t\t\r\n",
    ],
)
def test_a_table_of_boxes_is_read_with_any_common_column_names(tmp_path: Path, text: str) -> None:
    labeled = read_table(table(tmp_path, text), None, STRICT)
    assert [(image.image, image.size, boxes(image)) for image in labeled.images] == [
        ("a.jpg", ImageSize(60, 40, 3), [("dog", 1, 2, 3, 4)]),
        ("b.jpg", ImageSize(60, 40, 3), []),
    ]


def test_a_table_of_classes_is_read(tmp_path: Path) -> None:
    labeled = read_table(table(tmp_path, "image,label\na.jpg,dog\nb.jpg,cat|dog\n"), None, STRICT)
    assert [image.classes for image in labeled.images] == [("dog",), ("cat", "dog")]
    assert (labeled.class_names, labeled.several_classes) == (["cat", "dog"], True)


def test_columns_can_be_mapped_with_options(tmp_path: Path) -> None:
    path = table(tmp_path, "foto,art\na.jpg,dog\n")
    result = trigpoint(
        "convert", "csv", path, "--column", "image=foto", "--column", "class=art", "-o", tmp_path / "m"
    )
    assert result.exit_code == 0, result.stderr
    assert read_lines(tmp_path / "m")[0]["label-metadata"]["class-name"] == "dog"
    result = trigpoint("convert", "csv", path, "--column", "image=photo")
    assert result.stderr == f"trigpoint: {path}, line 1: there is no column 'photo'; it has foto, art\n"
    assert trigpoint("convert", "csv", path, "--column", "image").exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,label\nz.jpg,dog\n", "t.csv, line 2: column image: there is no image z.jpg in"),
        ("image,label\n,dog\n", "t.csv, line 2: column image: there is no name of an image"),
        ("a.jpg,1,2,x,6,dog\n", "t.csv, line 1: column x2: a number is needed, not 'x'"),
        ("a.jpg,1,2,0,6,dog\n", "t.csv, line 1: the box has a negative width or height"),
        ("a.jpg,1,2,4,6,\n", "t.csv, line 1: column class: there is no class"),
        ("a,b,c\n1,2,3\n", "t.csv, line 1: columns for image and class are needed"),
        ("image,label,xmin\na.jpg,dog,1\n", "t.csv, line 1: a box needs xmin, ymin, xmax, ymax, or"),
        ("", "t.csv is empty"),
    ],
)
def test_a_bad_table_is_reported_with_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said.replace("|", r"\|")):
        read_table(table(tmp_path, text), None, STRICT)


def test_an_im2rec_list_is_read(tmp_path: Path) -> None:
    path = table(tmp_path, "0\t2\t5\t1\t0.25\t0.5\t0.75\t1\ta.jpg\n1\t2\t5\t0\t0\t0\t1\t1\tb.jpg\n", "t.lst")
    labeled = read_table(path, None, STRICT, names=["cat", "dog"])
    assert boxes(labeled.images[0]) == [("dog", 15, 20, 30, 20)]
    assert labeled.class_names == ["cat", "dog"]
    labeled = read_table(table(tmp_path, "0\t2\ta.jpg\n1\t0\tb.jpg\n", "t.lst"), None, STRICT)
    assert ([image.classes for image in labeled.images], labeled.class_names) == (
        [("2",), ("0",)],
        ["0", "1", "2"],
    )
    labeled = read_table(table(tmp_path, "0\t1\t0\t1\ta.jpg\n1\t0\t1\t0\tb.jpg\n", "t.lst"), None, STRICT)
    assert ([image.classes for image in labeled.images], labeled.several_classes) == (
        [("0", "2"), ("1",)],
        True,
    )


# -- one folder per class


def test_folders_with_composed_and_decomposed_letters_are_one_class(tmp_path: Path) -> None:
    draw(tmp_path / "gr\u00f6n" / "1.jpg")
    draw(tmp_path / "gro\u0308n" / "2.jpg")
    draw(tmp_path / "r\u00f6d" / "3.jpg")
    labeled = read_folder(tmp_path)
    assert labeled.class_names == ["gr\u00f6n", "r\u00f6d"]
    assert sorted(image.classes or () for image in labeled.images) == [("gr\u00f6n",)] * 2 + [("r\u00f6d",)]
    (note,) = labeled.notes
    assert note.startswith("2 folders look the same") and note.endswith("one class: gr\u00f6n")


def test_folders_are_classes(tmp_path: Path) -> None:
    for name in ("dog/1.jpg", "cat/deep/2.png", "loose.jpg", "cat/readme.txt"):
        draw(tmp_path / name) if not name.endswith("txt") else (tmp_path / name).write_text("x")
    labeled = read_folder(tmp_path)
    assert [(image.image, image.classes) for image in labeled.images] == [
        ("cat/deep/2.png", ("cat",)),
        ("dog/1.jpg", ("dog",)),
    ]
    assert str(labeled.totals()[0]) == (
        "images: read 4, converted 2, left out 2 (extension .txt: 1, not in the folder of a class: 1)"
    )
    with pytest.raises(NotFound, match="one folder per class is needed"):
        read_folder(tmp_path / "cat" / "deep")


def test_files_in_the_folder_of_a_class_that_are_no_known_images_are_counted(tmp_path: Path) -> None:
    draw(tmp_path / "cat/1.jpg")
    (tmp_path / "dog").mkdir()
    for name in ("dog/1.heic", "dog/2.HEIC", "dog/3", "dog/Thumbs.db", "licence.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert str(read_folder(tmp_path).totals()[0]) == (
        "images: read 4, converted 1, left out 3 (extension .heic: 2, extension missing: 1)"
    )


# -- CVAT

CVAT = """<?xml version="1.0"?><annotations><version>1.1</version><meta><task><labels><label><name>dog</name></label>
<label><name>cat</name></label></labels></task></meta><image id="0" name="a.jpg" width="60" height="40">{inside}</image>
</annotations>"""
CVAT_BOX = '<box label="cat" occluded="1" xtl="1.5" ytl="2" xbr="4" ybr="6"><attribute name="truncated">true</attribute></box>'


def cvat(folder: Path, inside: str) -> Path:
    (folder / "annotations.xml").write_text(CVAT.format(inside=inside))
    return folder


def test_a_cvat_file_is_read(tmp_path: Path) -> None:
    labeled = read_cvat(cvat(tmp_path, CVAT_BOX + "<polygon/>"), None, STRICT)
    assert labeled.images[0].boxes == (
        Box("cat", 1.5, 2, 2.5, 4, flags=frozenset({"occluded", "truncated"})),
    )
    assert labeled.class_names == ["dog", "cat"]
    assert [str(total) for total in labeled.totals()] == [
        "images: read 1, converted 1, left out 0",
        "labels: read 2, converted 1, left out 1 (polygon: 1)",
    ]


def test_cvat_tags_are_classes(tmp_path: Path) -> None:
    labeled = read_cvat(cvat(tmp_path, '<tag label="cat"/><tag label="dog"/>'), None, STRICT)
    assert labeled.images[0].classes == ("cat", "dog")
    assert labeled.several_classes


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (
            CVAT_BOX.replace('"1.5"', '"x"'),
            r"image\[0\] \(a\.jpg\): box\[0\]: the attribute xtl must be a number, not 'x'",
        ),
        (CVAT_BOX.replace('xbr="4"', 'xbr="0"'), r"box\[0\]: xbr and ybr must not be below"),
        (CVAT_BOX.replace('label="cat"', ""), r"box\[0\]: the attribute label is missing"),
    ],
)
def test_a_bad_cvat_box_is_reported(tmp_path: Path, inside: str, said: str) -> None:
    with pytest.raises(BadEntry, match=said):
        read_cvat(cvat(tmp_path, inside), None, STRICT)


def test_an_xml_file_that_is_not_cvat_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text("<annotation/>")
    with pytest.raises(Invalid, match="the root element is <annotation>"):
        read_cvat(tmp_path / "x.xml", None, STRICT)
