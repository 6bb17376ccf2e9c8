"""Pairs of image files and their label files."""

from __future__ import annotations

from trigpoint.algorithms.common.file_pairs import match


def test_image_and_annotation_of_the_same_path_belong_together() -> None:
    found = match(["b/2.PNG", "a/1.jpg", "a/2.jpeg"], ["a/2.json", "b/2.json", "a/1.json"])
    assert found.pairs == (("a/1.jpg", "a/1.json"), ("a/2.jpeg", "a/2.json"), ("b/2.PNG", "b/2.json"))
    assert (
        found.images_without_label
        == found.labels_without_image
        == found.other_than_images
        == found.other_than_labels
        == ()
    )


def test_files_in_different_folders_are_paired_by_name() -> None:
    found = match(["images/1.jpg", "images/2.jpg"], ["1.json", "json/2.json"])
    assert found.pairs == (("images/1.jpg", "1.json"), ("images/2.jpg", "json/2.json"))


def test_a_name_that_occurs_twice_pairs_no_files() -> None:
    found = match(["a/1.jpg", "b/1.jpg"], ["1.json"])
    assert (found.pairs, found.images_without_label, found.labels_without_image) == (
        (),
        ("a/1.jpg", "b/1.jpg"),
        ("1.json",),
    )
    found = match(["1.jpg"], ["a/1.json", "b/1.json"])
    assert (found.pairs, found.images_without_label) == ((), ("1.jpg",))


def test_an_equal_path_is_preferred_to_an_equal_name() -> None:
    found = match(["a/1.jpg", "b/1.jpg"], ["a/1.json", "c/1.json"])
    assert found.pairs == (("a/1.jpg", "a/1.json"), ("b/1.jpg", "c/1.json"))


def test_files_without_a_partner_and_files_of_other_kinds_are_listed() -> None:
    found = match(["1.jpg", "2.jpg", "readme.txt", "x.y.jpg"], ["2.json", "3.json", "4.xml", "x.y.json"])
    assert found.pairs == (("2.jpg", "2.json"), ("x.y.jpg", "x.y.json"))
    assert (found.images_without_label, found.labels_without_image) == (("1.jpg",), ("3.json",))
    assert (found.other_than_images, found.other_than_labels) == (("readme.txt",), ("4.xml",))


def test_images_and_annotations_can_be_in_one_folder() -> None:
    files = ["a/1.jpg", "a/1.json", "a/2.json", "a/2.png"]
    found = match(files, files)
    assert found.pairs == (("a/1.jpg", "a/1.json"), ("a/2.png", "a/2.json"))
    assert (found.other_than_images, found.other_than_labels) == (
        ("a/1.json", "a/2.json"),
        ("a/1.jpg", "a/2.png"),
    )
