"""Which annotation belongs to which image."""

from __future__ import annotations

from trigpoint.algorithms.annotated_images import match


def test_image_and_annotation_of_the_same_path_belong_together() -> None:
    found = match(["b/2.PNG", "a/1.jpg", "a/2.jpeg"], ["a/2.json", "b/2.json", "a/1.json"])
    assert found.pairs == (("a/1.jpg", "a/1.json"), ("a/2.jpeg", "a/2.json"), ("b/2.PNG", "b/2.json"))
    assert found.images_alone == found.annotations_alone == found.no_images == found.no_annotations == ()


def test_names_decide_where_the_folders_differ() -> None:
    found = match(["images/1.jpg", "images/2.jpg"], ["1.json", "json/2.json"])
    assert found.pairs == (("images/1.jpg", "1.json"), ("images/2.jpg", "json/2.json"))


def test_a_name_that_stands_twice_decides_nothing() -> None:
    found = match(["a/1.jpg", "b/1.jpg"], ["1.json"])
    assert (found.pairs, found.images_alone, found.annotations_alone) == (
        (),
        ("a/1.jpg", "b/1.jpg"),
        ("1.json",),
    )
    found = match(["1.jpg"], ["a/1.json", "b/1.json"])
    assert (found.pairs, found.images_alone) == ((), ("1.jpg",))


def test_a_path_goes_before_a_name() -> None:
    found = match(["a/1.jpg", "b/1.jpg"], ["a/1.json", "c/1.json"])
    assert found.pairs == (("a/1.jpg", "a/1.json"), ("b/1.jpg", "c/1.json"))


def test_what_has_no_partner_and_what_is_of_another_kind_is_told() -> None:
    found = match(["1.jpg", "2.jpg", "readme.txt", "x.y.jpg"], ["2.json", "3.json", "4.xml", "x.y.json"])
    assert found.pairs == (("2.jpg", "2.json"), ("x.y.jpg", "x.y.json"))
    assert (found.images_alone, found.annotations_alone) == (("1.jpg",), ("3.json",))
    assert (found.no_images, found.no_annotations) == (("readme.txt",), ("4.xml",))


def test_both_may_lie_in_one_folder() -> None:
    files = ["a/1.jpg", "a/1.json", "a/2.json", "a/2.png"]
    found = match(files, files)
    assert found.pairs == (("a/1.jpg", "a/1.json"), ("a/2.png", "a/2.json"))
    assert (found.no_images, found.no_annotations) == (("a/1.json", "a/2.json"), ("a/1.jpg", "a/2.png"))
