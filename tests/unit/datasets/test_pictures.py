"""Names from other computers find the images that they mean, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.labeled_sets import draw, draw_turned
from trigpoint.core.errors import Invalid
from trigpoint.datasets.image_files import ImageFolder
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet
from trigpoint.datasets.pictures import NO_IMAGE, OTHER_SIZE, Pictures
from trigpoint.datasets.settling import require_pixels, settle
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize


def folder_of(root: Path, *names: str) -> ImageFolder:
    for name in names:
        draw(root / name, (4, 3))
    return ImageFolder(root)


@pytest.mark.parametrize(
    ("files", "name", "found"),
    [
        (["a.jpg"], "a.jpg", "a.jpg"),
        (["train/a.jpg"], r"train\a.jpg", "train/a.jpg"),
        (["train/a.jpg"], r"C:\data\train\a.jpg", "train/a.jpg"),
        (["train/a.jpg"], "/home/me/train/a.jpg", "train/a.jpg"),
        (["train/a.jpg"], "./train//a.jpg", "train/a.jpg"),
        (["train/a.jpg"], "../train/a.jpg", "train/a.jpg"),
        (["train/a.jpg"], "a.jpg", "train/a.jpg"),
        (["a.jpg"], "train/a.jpg", "a.jpg"),
        (["a.jpg", "train/a.jpg"], "/x/train/a.jpg", "train/a.jpg"),
        (["a.jpg", "train/a.jpg"], "/x/a.jpg", "a.jpg"),
        (["a.jpg", "train/a.jpg"], "a.jpg", "a.jpg"),
        (["camA/1.jpg"], "camB/1.jpg", None),
        (["camA/1.jpg", "1.jpg"], "camB/1.jpg", "1.jpg"),
        (["a.JPG"], "A.jpg", "a.JPG"),
        (["a.JPG", "a.jpg"], "x/a.jpg", "a.jpg"),
        (["u\N{COMBINING DIAERESIS}.jpg"], "ü.jpg", "u\N{COMBINING DIAERESIS}.jpg"),
        (["a.jpg"], "b.jpg", None),
        (["a.jpg"], "", None),
        (["a.jpg"], "..", None),
        (["a.jpg"], "a\0.jpg", None),
        (["a.jpg"], "\ud800.jpg", None),
        (["a.jpg"], "x" * 5000, None),
        ([".ipynb_checkpoints/a.jpg"], "a.jpg", None),
        ([".ipynb_checkpoints/a.jpg"], ".ipynb_checkpoints/a.jpg", None),
        (["__MACOSX/a.jpg", "b/a.jpg"], "a.jpg", "b/a.jpg"),
    ],
)
def test_the_longest_path_that_fits_is_found(
    tmp_path: Path, files: list[str], name: str, found: str | None
) -> None:
    assert folder_of(tmp_path, *files).find(name) == found


def test_a_name_that_fits_two_images_is_refused_with_both(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "a/1.jpg", "b/1.jpg")
    with pytest.raises(Invalid, match=r"^1\.jpg fits 2 images in .*, such as a/1\.jpg and b/1\.jpg"):
        folder.find("1.jpg")


def test_an_image_is_found_by_its_stem_when_there_is_none_of_its_name(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "night/a.v2.png", "b.jpg")
    assert folder.find("x.jpg", "night/a.v2") == "night/a.v2.png"
    assert folder.find("x.jpg", "a.v2") == "night/a.v2.png"
    assert folder.find("b.jpg", "a.v2") == "b.jpg"
    assert folder.find("x.jpg", "day/a.v2") is None


def test_hidden_files_are_no_images(tmp_path: Path) -> None:
    names = ("a.jpg", "._a.jpg", ".trash/b.jpg", "x/.ipynb_checkpoints/c.jpg", "__MACOSX/x/d.jpg")
    folder = folder_of(tmp_path / ".data", *names)
    (tmp_path / ".data" / "Thumbs.db").write_bytes(b"x")
    assert folder.all() == ["a.jpg"]


def test_linked_folders_are_listed_once_and_circles_end(tmp_path: Path) -> None:
    folder_of(tmp_path / "elsewhere", "c.jpg")
    folder_of(tmp_path / "set", "z/a.jpg", "b.jpg")
    (tmp_path / "set" / "again").symlink_to(tmp_path / "set" / "z")
    (tmp_path / "set" / "circle").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "broken.jpg").symlink_to(tmp_path / "nothing")
    assert ImageFolder(tmp_path / "set").all() == ["b.jpg", "linked/c.jpg", "z/a.jpg"]
    (tmp_path / "whole").symlink_to(tmp_path / "set")
    assert ImageFolder(tmp_path / "whole").all() == ["b.jpg", "linked/c.jpg", "z/a.jpg"]


def test_a_path_out_of_the_folder_finds_no_foreign_image(tmp_path: Path) -> None:
    draw(tmp_path / "secret.jpg")
    folder = folder_of(tmp_path / "images", "a.jpg")
    assert folder.find("../secret.jpg") is None
    assert folder.find(str(tmp_path / "secret.jpg")) is None


def test_without_a_folder_names_get_forward_slashes(tmp_path: Path) -> None:
    pictures = Pictures(None, tmp_path)
    assert pictures.find(r"train\a.jpg", "x") == "train/a.jpg"
    assert pictures.find("./train//a.jpg", "x") == "train/a.jpg"
    assert pictures.find("s3://b/a.jpg", "x") == "s3://b/a.jpg"
    for name in ("../a.jpg", r"..\a.jpg", r"C:\a.jpg", "http://host/a.jpg"):
        with pytest.raises(BadEntry, match="name the folder of the images with --images"):
            pictures.find(name, "x")


def test_images_next_to_the_source_are_compared_without_a_folder_too(tmp_path: Path) -> None:
    draw(tmp_path / "a.jpg", (60, 40))
    pictures = Pictures(None, tmp_path)
    for name in ("b.jpg", "c.jpg"):
        image = LabeledImage("x", name, ImageSize(6, 4), ())
        assert pictures.placed(image) == image
    with pytest.raises(BadEntry) as problem:
        pictures.placed(LabeledImage("x", "a.jpg", ImageSize(6, 4), ()))
    assert problem.value.reason == OTHER_SIZE
    assert pictures.notes() == [
        f"images that are not in {tmp_path}, so that their sizes were not compared with the labels "
        "(--images names their folder): 2"
    ]
    with pytest.raises(BadEntry, match="width and height are missing"):
        pictures.placed(LabeledImage("x", "b.jpg", None, ()))


def test_boxes_are_turned_and_the_size_is_that_of_the_stored_pixels(tmp_path: Path) -> None:
    draw_turned(tmp_path / "a.jpg", 6, (60, 40))
    pictures = Pictures(tmp_path, tmp_path)
    image = pictures.placed(LabeledImage("x", "a.jpg", ImageSize(40, 60, 1), (Box("d", 1, 2, 3, 4),)))
    assert (image.size, image.boxes) == (ImageSize(60, 40, 3), (Box("d", 2, 36, 4, 3),))


def test_an_undecided_photo_is_refused_only_when_it_has_boxes(tmp_path: Path) -> None:
    draw_turned(tmp_path / "a.jpg", 3, (60, 40))
    image = LabeledImage("x", "a.jpg", ImageSize(60, 40), (Box("d", 1, 2, 3, 4),))
    with pytest.raises(BadEntry, match=r"a\.jpg: the photo has EXIF orientation 3 .*--exif shown or --exif"):
        Pictures(tmp_path, tmp_path).placed(image)
    assert Pictures(tmp_path, tmp_path).placed(LabeledImage("x", "a.jpg", None, ())).boxes == ()
    assert Pictures(tmp_path, tmp_path, "stored").placed(image).boxes == image.boxes
    assert Pictures(tmp_path, tmp_path, "shown").placed(image).boxes == (Box("d", 56, 34, 3, 4),)


def test_a_missing_image_is_a_bad_entry_with_a_reason_to_count_it_by(tmp_path: Path) -> None:
    draw(tmp_path / "a.jpg")
    with pytest.raises(BadEntry) as problem:
        Pictures(tmp_path, tmp_path).find("b.jpg", "c.json: images[0]")
    assert (problem.value.where, problem.value.reason) == ("c.json: images[0]", NO_IMAGE)


# -- what all formats have in common after reading


def labeled(*images: LabeledImage) -> LabeledSet:
    found = LabeledSet(list(images))
    found.report.images.read = len(images)
    found.report.labels.read = sum(len(each.boxes or ()) + each.left_out for each in images)
    return found


def an_image(where: str, name: str, *boxes: Box, left_out: int = 0) -> LabeledImage:
    return LabeledImage(where, name, ImageSize(60, 40), boxes, left_out=left_out)


def test_two_entries_of_one_image_are_refused_or_both_left_out() -> None:
    images = an_image("1", "a", Box("d", 1, 2, 3, 4)), an_image("2", "a"), an_image("3", "b")
    with pytest.raises(BadEntry, match=r"^1: its image a is also that of 2; one image needs one entry"):
        settle(labeled(*images), Complaints(skip=False))
    found = labeled(*images)
    settle(found, Complaints(skip=True))
    assert [image.where for image in found.images] == ["3"]
    assert [str(total) for total in found.totals()] == [
        "images: read 3, converted 1, left out 2 (image of several entries: 2)",
        "labels: read 1, converted 0, left out 1 (image left out: 1)",
    ]


def test_an_image_that_lost_all_its_labels_is_not_one_without_objects() -> None:
    found = labeled(
        an_image("1", "a", left_out=2),
        an_image("2", "b", Box("d", 1, 2, 3, 4), left_out=1),
        an_image("3", "c"),
    )
    found.report.labels.leave_out("polygon", 3)
    settle(found, Complaints(skip=False))
    assert [image.where for image in found.images] == ["2", "3"]
    assert [str(total) for total in found.totals()] == [
        "images: read 3, converted 2, left out 1 (none of its labels can be converted: 1)",
        "labels: read 4, converted 1, left out 3 (polygon: 3)",
    ]


@pytest.mark.parametrize(
    ("boxes", "refused"),
    [
        ([Box("d", 0.1, 0.2, 0.3, 0.4), Box("d", 0, 0, 1, 1)], True),
        ([Box("d", 0.1, 0.2, 0.3, 0.4), Box("d", 5, 0, 1, 1)], False),
        ([Box("d", 0, 0, 1, 1)], False),
        ([], False),
    ],
)
def test_a_source_of_fractions_is_not_taken_for_one_of_pixels(boxes: list[Box], refused: bool) -> None:
    found = labeled(an_image("c.json: images[0]", "a", *boxes))
    if not refused:
        require_pixels(found)
        return
    with pytest.raises(Invalid, match=r"c\.json: images\[0\]: all boxes .* fractions of the image"):
        require_pixels(found)
