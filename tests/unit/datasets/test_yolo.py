"""YOLO sets in all their layouts: label files and class names are found, and what has no counterpart is reported."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageOps

from helpers.labeled_sets import draw, read_lines, trigpoint
from trigpoint.core.errors import NotFound
from trigpoint.datasets.class_files import read_class_file
from trigpoint.datasets.model import BadEntry, Complaints, LabeledSet
from trigpoint.datasets.settling import settle
from trigpoint.datasets.yolo import read_yolo

STRICT = Complaints(skip=False)
LINE = "0 0.5 0.5 0.2 0.4\n"


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def with_lines(folder: Path, images: list[str], labels: list[str]) -> None:
    """A set of one class with these images, and these label files of one line each."""
    for image in images:
        draw(folder / image)
    for label in labels:
        write(folder / label, LINE)
    write(folder / "classes.txt", "road\n")


def found(labeled: LabeledSet) -> dict[str, int]:
    """How many boxes each image has."""
    return {image.image: len(image.boxes or ()) for image in labeled.images}


# -- layouts


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("images/a.png", "labels/a.txt"),
        ("images/a.b.png", "labels/a.b.txt"),
        ("images/train/a.png", "labels/train/a.txt"),
        ("train/images/a.png", "train/labels/a.txt"),
        ("train/images/night/a.png", "train/labels/night/a.txt"),
        ("Images/a.png", "Labels/a.txt"),
        ("images/images/a.png", "images/labels/a.txt"),
        ("images/a.png", "images/a.txt"),
        ("a.png", "a.txt"),
        ("a.png", "labels/a.txt"),
        ("train/a.png", "train/a.txt"),
        ("obj_train_data/a.png", "obj_train_data/a.TXT"),
    ],
)
def test_the_label_file_of_an_image_is_found(tmp_path: Path, image: str, label: str) -> None:
    draw(tmp_path / image)
    write(tmp_path / label, LINE)
    write(tmp_path / "classes.txt", "road\n")
    labeled = read_yolo(tmp_path, None, STRICT)
    assert list(found(labeled).values()) == [1]
    assert labeled.notes == []


@pytest.mark.parametrize(
    ("images", "labels", "counts"),
    [
        (["images/IMG.png"], ["labels/img.txt"], [1]),
        (["images/train/a.png"], ["Labels/Train/A.TXT"], [1]),
        (["images/A.png", "images/a.png"], ["labels/a.txt"], [0, 1]),
        (["images/A.png", "images/a.png"], ["labels/a.txt", "labels/A.txt"], [1, 1]),
    ],
)
def test_case_only_counts_where_both_cases_exist(
    tmp_path: Path, images: list[str], labels: list[str], counts: list[int]
) -> None:
    with_lines(tmp_path, images, labels)
    assert list(found(read_yolo(tmp_path, None, STRICT)).values()) == counts


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (["images/IMG.png"], ["labels/img.txt", "labels/Img.txt"], "IMG.png can mean this label file and"),
        (
            ["images/IMG.png", "images/img.png"],
            ["labels/Img.txt"],
            "both IMG.png and img.png have this label",
        ),
    ],
)
def test_names_that_differ_in_case_and_fit_several_files_are_refused(
    tmp_path: Path, images: list[str], labels: list[str], said: str
) -> None:
    with_lines(tmp_path, images, labels)
    with pytest.raises(BadEntry, match=said):
        read_yolo(tmp_path, None, STRICT)


@pytest.mark.parametrize(("count", "noted"), [("2", True), ("0", True), ("1", False)])
def test_an_nc_that_is_not_the_number_of_names_is_reported(tmp_path: Path, count: str, noted: bool) -> None:
    draw(tmp_path / "images" / "a.png")
    write(tmp_path / "labels" / "a.txt", LINE)
    write(tmp_path / "data.yaml", f"nc: {count}\nnames: [road]\n")
    notes = read_yolo(tmp_path, None, STRICT).notes
    assert notes == (
        [f"{tmp_path / 'data.yaml'}: nc is {count}, but the set has 1 class name; the names count"]
        if noted
        else []
    )


@pytest.mark.parametrize(
    ("source", "images"),
    [("s", "elsewhere"), ("s/labels", "s/images"), ("s/images", None), ("s/train", None)],
)
def test_the_images_may_be_in_another_folder(tmp_path: Path, source: str, images: str | None) -> None:
    for path in ("elsewhere/a.png", "s/images/a.png", "s/train/images/a.png"):
        draw(tmp_path / path)
    for path in ("s/labels/a.txt", "s/train/labels/a.txt"):
        write(tmp_path / path, LINE)
    labeled = read_yolo(tmp_path / source, tmp_path / images if images else None, STRICT, ["road"])
    assert set(found(labeled).values()) == {1}


def test_two_images_with_one_label_file_are_refused(tmp_path: Path) -> None:
    draw(tmp_path / "images/a.png")
    draw(tmp_path / "images/a.jpg")
    write(tmp_path / "labels/a.txt", LINE)
    with pytest.raises(BadEntry, match=r"labels/a\.txt: both a\.jpg and a\.png have this label file"):
        read_yolo(tmp_path, None, STRICT, ["road"])


def test_hidden_files_are_no_part_of_a_set(tmp_path: Path) -> None:
    draw(tmp_path / "images/a.png")
    draw(tmp_path / "images/.ipynb_checkpoints/a-checkpoint.png")
    draw(tmp_path / "__MACOSX/images/._a.png")
    write(tmp_path / "labels/a.txt", LINE)
    for junk in ("labels/.ipynb_checkpoints/a-checkpoint.txt", "labels/._a.txt", "__MACOSX/labels/._a.txt"):
        write(tmp_path / junk, LINE)
    write(tmp_path / "._data.yaml", b"\0\5\x16\7")
    write(tmp_path / "data.yaml", "names: [road]")
    labeled = read_yolo(tmp_path, None, STRICT)
    assert (found(labeled), labeled.notes) == ({"a.png": 1}, [])


# -- splits

SPLITS = {
    "train.txt": "./images/day/1.png\r\nC:\\sets\\images\\night\\1.png\n\n",
    "data.yaml, folder": "names: [road]\npath: /content/set\ntrain: images/day\nval: images/night\n",
    "data.yaml, folder one too high": "names: [road]\ntrain: ../images/day\n",
    "data.yaml, folder elsewhere": "names: [road]\ntrain: /content/set/images/day/\n",
    "data.yaml, several": "names: [road]\ntrain: [images/day, images/night]\n",
    "data.yaml, list": "names: [road]\ntrain: lists/some.txt\n",
    "folder": "",
}


@pytest.mark.parametrize("form", SPLITS)
def test_the_images_of_a_split_can_be_chosen(tmp_path: Path, form: str) -> None:
    for name in ("day/1", "night/1", "train/3"):
        draw(tmp_path / f"images/{name}.png")
        write(tmp_path / f"labels/{name}.txt", LINE)
    write(tmp_path / "lists/some.txt", "/content/set/images/night/1.png\n")
    if form != "folder":
        write(tmp_path / form.partition(",")[0], SPLITS[form])
    labeled = read_yolo(tmp_path, None, STRICT, ["road"], subset="train")
    day, night = "day/1.png", "night/1.png"
    several = form in ("train.txt", "data.yaml, several")
    listed = {"folder": ["train/3.png"], "data.yaml, list": [night]}.get(
        form, [day, night] if several else [day]
    )
    assert (list(found(labeled)), labeled.notes) == (listed, [])


def test_a_split_that_is_not_there_is_an_error_and_listed_images_must_exist(tmp_path: Path) -> None:
    draw(tmp_path / "images/1.png")
    write(tmp_path / "labels/1.txt", LINE)
    write(tmp_path / "train.txt", "images/1.png\nimages/2.png\n")
    with pytest.raises(NotFound, match="has no subset val"):
        read_yolo(tmp_path, None, STRICT, ["road"], subset="val")
    with pytest.raises(BadEntry, match=r"train\.txt, line 2: there is no image images/2\.png"):
        read_yolo(tmp_path, None, STRICT, ["road"], subset="train")
    write(tmp_path / "data.yaml", "names: [road]\nval: images/val\n")
    with pytest.raises(NotFound, match=r"has no images/val, which data\.yaml names for val"):
        read_yolo(tmp_path, None, STRICT, ["road"], subset="val")
    result = trigpoint("convert", "yolo", tmp_path, "--subset", "train", "--skip-bad", "-o", tmp_path / "m")
    assert "images: read 2, converted 1, left out 1 (no such image: 1)" in result.stderr


# -- what has no counterpart


def test_label_files_without_an_image_are_counted_and_fail_a_strict_conversion(tmp_path: Path) -> None:
    draw(tmp_path / "images/1.png")
    for name in ("1", "2", "night/3"):
        write(tmp_path / f"labels/{name}.txt", LINE)
    for name in ("README.txt", "train.txt", "labels/notes.txt", "labels/empty.txt"):
        write(tmp_path / name, "" if "empty" in name else "images/1.png\n")
    write(tmp_path / "classes.txt", "road\n")
    result = trigpoint("convert", "yolo", tmp_path, "-o", tmp_path / "m")
    assert result.exit_code == 0, result.stderr
    assert "2 label files without an image were left out: " in result.stderr
    assert "labels/2.txt" in result.stderr
    assert "images: read 3, converted 1, left out 2 (label file without an image: 2)" in result.stderr
    assert trigpoint("convert", "yolo", tmp_path, "-o", tmp_path / "m", "--strict").exit_code == 2


def test_images_without_a_label_file_have_no_objects_and_are_reported(tmp_path: Path) -> None:
    for name in "1234":
        draw(tmp_path / f"images/{name}.png")
    write(tmp_path / "labels/1.txt", LINE)
    labeled = read_yolo(tmp_path, None, STRICT, ["road"])
    assert found(labeled) == {"1.png": 1, "2.png": 0, "3.png": 0, "4.png": 0}
    assert labeled.notes == ["3 images without a label file have no objects: 2.png, 3.png, 4.png"]


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_set_in_which_no_image_has_a_label_file_is_refused(tmp_path: Path, elsewhere: bool) -> None:
    draw(tmp_path / "images/1.png")
    if elsewhere:
        write(tmp_path / "annotations/1.txt", LINE)
    with pytest.raises(NotFound, match=r"the only image, 1\.png, has no label file") as refusal:
        read_yolo(tmp_path, None, STRICT, ["road"])
    assert ("annotations/1.txt" in refusal.value.message) == elsewhere


def test_bad_lines_are_left_out_on_request_and_counted_by_reason(tmp_path: Path) -> None:
    draw(tmp_path / "images/1.png")
    draw(tmp_path / "images/2.png")
    polygon = "0 .1 .1 .2 .2 .3 .3\n"
    rotated = "0 .1 .1 .2 .1 .2 .2 .1 .2\n"
    write(tmp_path / "labels/1.txt", LINE + polygon + "5 .1 .1 .2 .2\n")
    write(tmp_path / "labels/2.txt", rotated)
    write(tmp_path / "classes.txt", "road\n")
    result = trigpoint("convert", "yolo", tmp_path, "--skip-bad", "-o", tmp_path / "m")
    assert result.exit_code == 0, result.stderr
    assert (
        "labels: read 4, converted 1, left out 3 (bad entry: 1, polygon or rotated box: 2)" in result.stderr
    )
    assert "images: read 2, converted 1, left out 1 (none of its labels can be converted: 1)" in result.stderr


def test_a_repeated_line_is_left_out_and_counted(tmp_path: Path) -> None:
    draw(tmp_path / "images/1.png")
    write(tmp_path / "labels/1.txt", LINE + "0 .50 .5 .2 .4\n")
    labeled = read_yolo(tmp_path, None, STRICT, ["road"])
    assert found(labeled) == {"1.png": 1}
    assert dict(labeled.totals()[1].left_out) == {"repeated label": 1}


def test_pose_labels_give_their_boxes(tmp_path: Path) -> None:
    draw(tmp_path / "images/1.png", (100, 100))
    write(tmp_path / "labels/1.txt", LINE.strip() + " .1 .1 2 .2 .2 2\n")
    write(tmp_path / "data.yaml", "names: [road]\nkpt_shape: [2, 3]\n")
    (image,) = read_yolo(tmp_path, None, STRICT).images
    assert [box.ltwh for box in image.boxes or ()] == [(40, 30, 20, 40)]


# -- photos with an EXIF orientation


@pytest.mark.parametrize("orientation", range(1, 9))
def test_fractions_of_a_turned_photo_need_the_frame_and_give_the_same_pixels(
    tmp_path: Path, orientation: int
) -> None:
    stored = Image.new("L", (80, 60))
    stored.paste(255, (10, 20, 40, 30))
    exif = Image.Exif()
    exif[0x0112] = orientation
    (tmp_path / "images").mkdir()
    stored.save(tmp_path / "images/a.png", exif=exif)
    shown = ImageOps.exif_transpose(stored_with(tmp_path))
    left, top, right, bottom = shown.getbbox() or (0, 0, 0, 0)
    width, height = shown.size
    values = ((left + right) / 2 / width, (top + bottom) / 2 / height)
    sides = ((right - left) / width, (bottom - top) / height)
    write(tmp_path / "labels/a.txt", f"0 {values[0]} {values[1]} {sides[0]} {sides[1]}\n")
    if orientation > 1:
        with pytest.raises(BadEntry, match=f"EXIF orientation {orientation} .*--exif shown or --exif stored"):
            read_yolo(tmp_path, None, STRICT, ["road"])
    (image,) = read_yolo(tmp_path, None, STRICT, ["road"], "shown").images
    assert [box.ltwh for box in image.boxes or ()] == [pytest.approx((10, 20, 30, 10))]


def stored_with(folder: Path) -> Image.Image:
    with Image.open(folder / "images/a.png") as image:
        image.load()
        return image


def test_a_turned_photo_without_objects_needs_no_frame(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in "ab":
        (tmp_path / "images").mkdir(exist_ok=True)
        Image.new("L", (80, 60)).save(tmp_path / f"images/{name}.png", exif=exif)
    write(tmp_path / "labels/a.txt", "\n")
    labeled = read_yolo(tmp_path, None, STRICT, ["road"])
    assert found(labeled) == {"a.png": 0, "b.png": 0}
    settle(labeled, STRICT)
    assert len(labeled.images) == 2


# -- class names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("names: ['it''s', \"a, b\", no, 'x: y']\n", ["it's", "a, b", "no", "x: y"]),
        ("names:\n  0: null\n  1: on\n  2: 2024\n  3: 1e3\n  4: ~\n", ["null", "on", "2024", "1e3", "~"]),
        ("names: [\n  'a',  # first\n  b, # second\n]\nnc: 2\n", ["a", "b"]),
        ("names: {\n 1: b,\n 0: a # last\n}\n", ["a", "b"]),
        ("names:\r\n- a #1\r\n- 'b}c'\r\nroboflow:\r\n  workspace: x\r\n", ["a", "b}c"]),
        ("names:\n  - >-\n    a\n    b\n  - c\n", ["a b", "c"]),
        ("---\ntrain: x\nnames: [a]\n...\n", ["a"]),
        ('names: {"0": a, 1.0: b}\n', ["a", "b"]),
    ],
)
def test_yaml_names_stay_words(tmp_path: Path, text: str, names: list[str]) -> None:
    assert read_class_file(write(tmp_path / "data.yaml", text)) == names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("names:\n  1: a\n  2: b\n", "without a gap; 0 is missing"),
        ("names: {0: a, 0: b}\n", r"line 1, column \d+: class id 0 is named 'b', but .* names it 'a'"),
        ("names: [a, [b]]\n", r"line 1, column 12: names: the name of a class must be a text"),
        ("names: [a, '']\n", r"line 1, column 12: a class needs a name"),
        ("names:\n- a\n-\n", "a class needs a name"),
        ("names: a\n", r"line 1, column 8: names must be a list"),
        ("names: [a\nnc: 1\n", r"data\.yaml, line \d, column \d+: not valid YAML"),
        ("names: [a]\nnames: [b]\n", r"line 2, column 1: names occurs twice"),
        ("names: {road: 0}\n", 'the class id must be a number, not "road"'),
        ("- a\n", "has no names; a mapping"),
        ("", "has no names; a mapping"),
        ("nc: 1\n", "has no names"),
        ("names: [\x07]\n", "not valid YAML: .*special characters"),
        ("[" * 100_000, "not valid YAML"),
        ("names: [a]\nx: *y\n", "not valid YAML: found undefined alias"),
    ],
)
def test_yaml_that_gives_no_list_of_names_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadEntry, match=said):
        read_class_file(write(tmp_path / "data.yaml", text))


def test_an_empty_line_in_a_list_of_names_is_refused_because_it_moves_ids(tmp_path: Path) -> None:
    assert read_class_file(write(tmp_path / "a.txt", "road\ncar \n\n \n")) == ["road", "car"]
    with pytest.raises(BadEntry, match=r"a\.txt, line 2: a class needs a name"):
        read_class_file(write(tmp_path / "a.txt", "road\n\ncar\n"))


def test_two_files_with_different_names_for_an_id_are_refused_with_both_names(tmp_path: Path) -> None:
    draw(tmp_path / "images/a.png")
    write(tmp_path / "labels/a.txt", LINE)
    write(tmp_path / "data.yaml", "names: [road, car]\n")
    write(tmp_path / "labels/classes.txt", "road\n")
    assert read_yolo(tmp_path, None, STRICT).class_names == ["road", "car"]
    write(tmp_path / "labels/classes.txt", "dog\nroad\n")
    both = (
        r"labels/classes\.txt, line 1: class id 0 is named 'dog', but .*data\.yaml, line 1.* names it 'road'"
    )
    for names in (None, ["road", "car"]):
        with pytest.raises(BadEntry, match=both):
            read_yolo(tmp_path, None, STRICT, names)


def test_the_classes_option_gives_the_order_of_ids_and_never_renames_a_class(tmp_path: Path) -> None:
    draw(tmp_path / "images/a.png")
    write(tmp_path / "labels/a.txt", "1 .5 .5 .1 .1\n")
    write(tmp_path / "data.yaml", "names: [road, car]\n")
    command = ("convert", "yolo", tmp_path, "-o", tmp_path / "m", "--classes")
    assert trigpoint(*command, "car,road").exit_code == 0
    (line,) = read_lines(tmp_path / "m")
    assert line["label"]["annotations"][0]["class_id"] == 0
    assert line["label-metadata"]["class-map"] == {"0": "car"}
    assert "--classes lacks 'car'" in trigpoint(*command, "a,b").stderr


def test_ids_that_share_a_name_become_one_class_with_a_note(tmp_path: Path) -> None:
    draw(tmp_path / "images/a.png")
    write(tmp_path / "labels/a.txt", "0 .5 .5 .1 .1\n1 .5 .5 .1 .1\n2.0 .5 .5 .1 .1\n")
    write(tmp_path / "data.yaml", "names: [fish, crab, fish, crab]\n")
    labeled = read_yolo(tmp_path, None, STRICT)
    assert labeled.class_names == ["fish", "crab"]
    assert labeled.notes == [
        "1 unused class id was left out, because another id has the same name: 3 crab",
        "the class ids 0 and 2 have the same name and became one class: fish",
        "class ids were re-numbered: 2 became 0",
    ]


def test_the_classes_option_takes_yaml_and_refuses_a_missing_file(tmp_path: Path) -> None:
    draw(tmp_path / "images/a.png")
    write(tmp_path / "labels/a.txt", "1 .5 .5 .1 .1\n")
    write(tmp_path / "names.yaml", "nc: 2\nnames: [road, no]\n")
    command = ("convert", "yolo", tmp_path, "-o", tmp_path / "m", "--classes")
    result = trigpoint(*command, tmp_path / "names.yaml")
    assert "classes: 0 road, 1 no\n" in result.stderr
    result = trigpoint(*command, "classes.txt")
    assert result.stderr == "trigpoint: --classes classes.txt: no such file\n"
    assert trigpoint(*command, "road,,no").stderr == "trigpoint: --classes: class 1 has an empty name\n"
    write(tmp_path / "other" / "names.txt", "road\nno\nno\n")
    for names in ("road,no,no", tmp_path / "other" / "names.txt"):
        assert "--classes: duplicate class 'no'" in trigpoint(*command, names).stderr


@pytest.mark.parametrize(("image", "label"), [("gr\u00f6n", "gro\u0308n"), ("gro\u0308n", "gr\u00f6n")])
def test_composed_and_decomposed_letters_name_the_same_label_file(
    tmp_path: Path, image: str, label: str
) -> None:
    draw(tmp_path / f"images/{image}.png")
    write(tmp_path / f"labels/{label}.txt", LINE)
    write(tmp_path / "classes.txt", "road\n")
    labeled = read_yolo(tmp_path, tmp_path / "images", STRICT)
    assert found(labeled) == {f"{image}.png": 1}
    assert not labeled.totals()[0].count_left_out
