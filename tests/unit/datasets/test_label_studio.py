"""Label Studio exports: every label lands on the right pixels of the right image, and the rest is counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from helpers.labeled_sets import draw, read_lines, trigpoint
from trigpoint.core.errors import Invalid
from trigpoint.datasets.label_studio import read_label_studio
from trigpoint.datasets.model import BadEntry, Complaints, LabeledSet
from trigpoint.datasets.settling import require_labels, settle

STRICT = Complaints(skip=False)
UPLOADED = "/data/upload/1/0a1b2c3d-a.jpg"
SIDES = {"x": 10, "y": 50, "width": 20, "height": 25, "rotation": 0}
IN_PIXELS = ("dog", 6, 20, 12, 10)
SIZE = {"original_width": 60, "original_height": 40, "image_rotation": 0}


def region(kind: str = "rectanglelabels", name: str = "box", **value: Any) -> dict[str, Any]:
    """One result. Without a value it is a rectangle of a dog."""
    return {**SIZE, "type": kind, "from_name": name, "value": value or {**SIDES, "rectanglelabels": ["dog"]}}


def rectangle(*labels: str, **sides: Any) -> dict[str, Any]:
    return region(**{**SIDES, "rectanglelabels": list(labels or ("dog",)), **sides})


def task(*results: dict[str, Any], image: str = UPLOADED, **data: Any) -> dict[str, Any]:
    return {"data": {"image": image, **data}, "annotations": [{"result": list(results)}]}


def export(folder: Path, *tasks: dict[str, Any]) -> Path:
    (folder / "ls.json").write_text(json.dumps(tasks))
    return folder / "ls.json"


def read(folder: Path, *tasks: dict[str, Any], images: str | None = None, **options: Any) -> LabeledSet:
    """The set of the tasks, after the checks of all sets."""
    labeled = read_label_studio(
        export(folder, *tasks), folder / images if images else None, STRICT, **options
    )
    settle(labeled, STRICT)
    require_labels(labeled, STRICT)
    return labeled


def boxes(labeled: LabeledSet) -> list[list[Any]]:
    return [
        [(box.class_name, *map(round_up, box.ltwh)) for box in each.boxes or ()] for each in labeled.images
    ]


def round_up(value: float) -> float:
    return round(value, 6)


def left_out(labeled: LabeledSet) -> tuple[dict[str, int], dict[str, int]]:
    images, labels = labeled.totals()
    return dict(images.left_out), dict(labels.left_out)


def test_a_name_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    path = export(tmp_path, task(rectangle()))
    path.write_text(path.read_text().replace('"annotations"', '"annotations": [], "annotations"'))
    with pytest.raises(Invalid, match=r"ls\.json: the name 'annotations' occurs twice"):
        read_label_studio(path, None, STRICT)


# -- rectangles


@pytest.mark.parametrize("images", [None, "images"])
def test_rectangles_are_converted_to_pixels_and_unannotated_tasks_are_counted(
    tmp_path: Path, images: str | None
) -> None:
    draw(tmp_path / "images" / "a.jpg")
    labeled = read(tmp_path, task(rectangle()), {"data": {"image": "x"}, "annotations": []}, images=images)
    assert [image.image for image in labeled.images] == ["a.jpg"]
    assert boxes(labeled) == [[IN_PIXELS]]
    assert left_out(labeled) == ({"task without an annotation": 1}, {})


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ({"rotation": 90}, ("dog", -4, 20, 10, 12)),
        ({"rotation": 360}, IN_PIXELS),
        ({"rotation": 180}, ("dog", -6, 10, 12, 10)),
        ({"rotation": -270}, ("dog", -4, 20, 10, 12)),
        ({"y": 75, "height": -25}, IN_PIXELS),
        ({"x": 30, "width": -20}, IN_PIXELS),
        ({"x": 30, "y": 75, "width": -20, "height": -25}, IN_PIXELS),
        ({"x": 30, "y": 75, "width": -20, "height": -25, "rotation": 360}, IN_PIXELS),
        ({"x": 30, "y": 75, "rotation": 180}, IN_PIXELS),
        ({"rotation": None}, IN_PIXELS),
    ],
)
def test_a_rectangle_is_the_upright_one_around_what_was_drawn(
    tmp_path: Path, sides: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert boxes(read(tmp_path, task(rectangle(**sides)))) == [[expected]]


def test_rotated_rectangles_are_reported(tmp_path: Path) -> None:
    labeled = read(tmp_path, task(rectangle(rotation=45), rectangle(rotation=0)))
    assert "1 rotated rectangles became the upright boxes around them" in labeled.notes


def test_a_region_of_several_classes_becomes_a_box_for_each(tmp_path: Path) -> None:
    labeled = read(tmp_path, task(rectangle("dog", "wet", "dog")))
    assert boxes(labeled) == [[IN_PIXELS, ("wet", *IN_PIXELS[1:])]]
    assert "1 regions have several classes and became one box for each" in labeled.notes
    assert labeled.totals()[1].read == 2


@pytest.mark.parametrize("order", [1, -1])
def test_the_class_may_be_in_another_result_of_the_region(tmp_path: Path, order: int) -> None:
    shape = {**region("rectangle", "rect", **SIDES), "id": "r1"}
    text = {**region("textarea", "text", **SIDES, text=["hi"]), "id": "r1"}
    for other in (
        region("labels", "label", **SIDES, labels=["dog"]),
        region("labels", "label", labels=["dog"]),
        region("choices", "kind", **SIDES, choices=["dog"]),
    ):
        labeled = read(tmp_path, task(*[shape, {**other, "id": "r1"}, text][::order]))
        assert boxes(labeled) == [[IN_PIXELS]], other
        assert left_out(labeled) == ({}, {"textarea": 1})


def test_the_class_may_be_in_another_column_of_the_minimal_export(tmp_path: Path) -> None:
    row = {"image": UPLOADED, "rect": [{**SIDES, **SIZE}], "label": [{**SIDES, **SIZE, "labels": ["dog"]}]}
    assert boxes(read(tmp_path, row)) == [[IN_PIXELS]]


def test_other_shapes_and_answers_are_left_out_and_counted(tmp_path: Path) -> None:
    others = [
        region("polygonlabels", points=[[1, 1], [5, 1], [5, 5]], polygonlabels=["dog"]),
        region("brushlabels", format="rle", rle=[1, 2], brushlabels=["dog"]),
        region("keypointlabels", x=1, y=2, width=0.5, keypointlabels=["dog"]),
        region("ellipselabels", x=1, y=2, radiusX=3, radiusY=4, ellipselabels=["dog"]),
        region("rectangle", **SIDES | {"x": 5}),
        region("choices", choices=["blurred"]),
        region("textarea", text=["left edge"]),
        region("rating", rating=4),
        {"type": "relation", "from_id": "a", "to_id": "b"},
    ]
    labeled = read(tmp_path, task(rectangle(), *others), task(others[0], image="b.jpg"))
    assert boxes(labeled) == [[IN_PIXELS]]
    images, labels = left_out(labeled)
    assert images == {"none of its labels can be converted": 1}
    assert labels == {
        "polygon": 2,
        "brush": 1,
        "keypoint": 1,
        "ellipse": 1,
        "region without a class": 1,
        "choice for the whole image": 1,
        "textarea": 1,
        "rating": 1,
        "relation": 1,
    }


def test_a_set_of_polygons_only_is_refused_and_strict_refuses_a_single_one(tmp_path: Path) -> None:
    polygon = region("polygonlabels", points=[[1, 1], [5, 1], [5, 5]], polygonlabels=["dog"])
    result = trigpoint("convert", "labelstudio", export(tmp_path, task(polygon)))
    assert result.exit_code == 2
    assert "polygon: 1" in result.stderr
    mixed = export(tmp_path, task(rectangle(), polygon))
    assert trigpoint("convert", "labelstudio", mixed).exit_code == 0
    result = trigpoint("convert", "labelstudio", mixed, "--strict", "-o", tmp_path / "m")
    assert (result.exit_code, (tmp_path / "m").exists()) == (2, False)


def test_an_annotation_without_regions_is_an_image_without_objects(tmp_path: Path) -> None:
    draw(tmp_path / "images" / "a.jpg")
    draw(tmp_path / "images" / "b.jpg")
    labeled = read(tmp_path, task(rectangle()), task(image="b.jpg"), images="images")
    assert boxes(labeled) == [[IN_PIXELS], []]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"data": {}, "annotations": []}, r"task\[0\]: data\.image is missing"),
        (task(rectangle()) | {"data": {"video": "a.mp4"}}, r"data\.image is missing; the task has video"),
        (task(rectangle()) | {"data": {"image": ["1.jpg", "2.jpg"]}}, r"data\.image is a list"),
        (task(rectangle()) | {"data": {"a": "1.jpg", "b": "2.png"}}, r"the task has several images: a, b"),
        (task({**rectangle(), "original_width": None}), r"original_width and original_height are missing"),
        (task({**rectangle(), "original_width": -1}), r"must be positive, not -1 x 40"),
        (task(rectangle(), {**rectangle(x=2), "original_width": 70}), "are 70 x 40, but 60 x 40 before"),
        (task(region(x="1", rectanglelabels=["a"])), r"result\[0\]: value\.x must be a number"),
        (task(rectangle(x=1e308)), r"value\.x must be a number below 1e9, not 1e\+308"),
        (task(rectangle(height=10**400)), r"value\.height must be a number below 1e9"),
        (task(region(**SIDES, rectanglelabels=["a", 5])), r"rectanglelabels must be a list of class names"),
        (task(region(**SIDES, rectanglelabels=[" "])), r"rectanglelabels must be a list of class names"),
        (task(5), r"annotations\[0\]: result\[0\]: a JSON object is needed"),  # type: ignore[arg-type]
        ({"data": {"image": "a"}, "annotations": [5]}, r"annotations\[0\]: a JSON object is needed"),
        (task(rectangle(), image="http://[x"), r"'http://\[x' is not a URL"),
    ],
)
def test_a_bad_task_is_reported(tmp_path: Path, bad: dict[str, Any], said: str) -> None:
    with pytest.raises(BadEntry, match=said):
        read_label_studio(export(tmp_path, bad), None, STRICT)


def test_a_file_that_is_no_list_of_tasks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ls.json").write_text('{"images": []}')
    with pytest.raises(Invalid, match="a list of tasks is needed"):
        read_label_studio(tmp_path / "ls.json", None, STRICT)


# -- several annotations


def test_the_ground_truth_annotation_is_used_or_else_the_last_one(tmp_path: Path) -> None:
    one = task(rectangle("dog"))
    one["annotations"] += [{"result": [rectangle("cat")]}, {"result": [rectangle()], "was_cancelled": True}]
    two = json.loads(json.dumps(one).replace("a.jpg", "b.jpg"))
    two["annotations"][0]["ground_truth"] = True
    two["predictions"] = [{"result": [rectangle("cow")]}]
    labeled = read(tmp_path, one, two)
    assert [each[0][0] for each in boxes(labeled)] == ["cat", "dog"]
    assert left_out(labeled) == ({}, {"another annotation of the task counts": 2})
    assert "2 tasks have several annotations; the ground truth or else the last one counts" in labeled.notes


def test_of_two_rows_of_one_task_in_the_minimal_export_the_last_one_counts(tmp_path: Path) -> None:
    rows = [
        {"id": 7, "image": UPLOADED, "annotator": k, "annotation_id": k, "label": [{**each["value"], **SIZE}]}
        for k, each in enumerate([rectangle("cat"), rectangle("dog")])
    ]
    labeled = read(tmp_path, *rows)
    assert boxes(labeled) == [[IN_PIXELS]]
    assert left_out(labeled) == ({}, {"another annotation of the task counts": 1})


def test_two_tasks_of_one_image_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadEntry, match=r"its image a\.jpg is also that of .*task\[1\]"):
        read(tmp_path, task(rectangle()), task(rectangle("cat")))


# -- classes of whole images


def test_choices_are_classes(tmp_path: Path) -> None:
    def choice(*names: str) -> dict[str, Any]:
        return region("choices", "kind", choices=list(names))

    labeled = read(
        tmp_path,
        task(choice("cat ")),
        task(choice("cat", "dog"), image="b.jpg"),
        task(image="c.jpg"),
        task(region("textarea", text=["?"]), image="d.jpg"),
    )
    assert [image.classes for image in labeled.images] == [("cat",), ("cat", "dog")]
    assert (labeled.class_names, labeled.several_classes) == (["cat", "dog"], True)
    assert left_out(labeled)[0] == {"annotation without a choice": 2}


def test_choices_of_the_minimal_export_are_texts_or_lists(tmp_path: Path) -> None:
    own = {"annotator": 1, "annotation_id": 1, "created_at": "2024", "updated_at": "2024", "lead_time": 1.5}
    rows = [
        {"id": 1, "image": "a.jpg", "animal": "cat", "city": "Paris", **own},
        {"id": 2, "image": "b.jpg", "animal": {"choices": ["cat", "dog"]}, "city": "Rome", **own},
    ]
    labeled = read(tmp_path, *rows)
    assert [image.classes for image in labeled.images] == [("cat",), ("cat", "dog")]
    assert "columns that were not taken as labels: city" in labeled.notes


def test_a_column_of_texts_is_the_class_only_where_no_other_can_be(tmp_path: Path) -> None:
    row = {"id": 1, "image": "a.jpg", "animal": "cat", "notes": ["x"], "agreement": 1.0}
    labeled = read(tmp_path, row)
    assert [image.classes for image in labeled.images] == [("cat",)]
    with pytest.raises(Invalid, match=r"each of the columns animal, city could have the class.*--tag"):
        read(tmp_path, {**row, "city": "Rome"})
    result = trigpoint(
        "convert",
        "labelstudio",
        export(tmp_path, {**row, "city": "Rome"}),
        "--tag",
        "animal",
        "-o",
        tmp_path / "m",
    )
    assert result.exit_code == 0, result.stderr
    assert read_lines(tmp_path / "m")[0]["label-metadata"]["class-name"] == "cat"


def test_texts_next_to_rectangles_in_the_minimal_export_are_no_classes(tmp_path: Path) -> None:
    row = {
        "image": "s3://b/a.jpg",
        "label": [{**rectangle()["value"], **SIZE}],
        "remarks": ["blurred", "left edge"],
        "city": "Rome",
        "empty": [],
    }
    labeled = read(tmp_path, row)
    assert ([image.image for image in labeled.images], boxes(labeled)) == (["s3://b/a.jpg"], [[IN_PIXELS]])


def test_the_answers_of_one_tag_can_be_chosen(tmp_path: Path) -> None:
    results = [
        region("choices", "animal", choices=["cat"]),
        region("choices", "weather", choices=["rain"]),
    ]
    assert read(tmp_path, task(*results)).images[0].classes == ("cat", "rain")
    labeled = read(tmp_path, task(*results), tag="animal")
    assert labeled.images[0].classes == ("cat",)
    assert left_out(labeled) == ({}, {"another tag than --tag": 1})


# -- images


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (UPLOADED, "a.jpg"),
        ("/data/upload/1/a.jpg", "a.jpg"),
        ("http://localhost:8080/data/upload/1/0a1b2c3d-a.jpg?x=1", "a.jpg"),
        ("/data/local-files/?d=day/a.jpg", "day/a.jpg"),
        ("/data/local-files/?d=day%5Ca.jpg", "day/a.jpg"),
        ("http://host/data/local-files/?d=set%20one/a%20b.jpg", "set one/a b.jpg"),
        ("s3://bucket/day/a.jpg", "s3://bucket/day/a.jpg"),
        ("https://host/files/a%20b.jpg", "a b.jpg"),
    ],
)
def test_an_image_is_named_by_its_url(tmp_path: Path, url: str, name: str) -> None:
    assert [image.image for image in read(tmp_path, task(rectangle(), image=url)).images] == [name]


@pytest.mark.parametrize("key", ["photo", "scan"])
def test_the_image_may_be_in_any_member(tmp_path: Path, key: str) -> None:
    for url in ("/data/local-files/?d=day/a.jpg", "https://host/a.PNG?sig=1"):
        full = {"data": {key: url, "text": "no image"}, "annotations": [{"result": [rectangle()]}]}
        assert boxes(read(tmp_path, full)) == [[IN_PIXELS]]
        row = {key: url, "label": [{**rectangle()["value"], **SIZE}]}
        assert boxes(read(tmp_path, row)) == [[IN_PIXELS]]


def test_images_are_found_by_their_longest_path_in_the_folder(tmp_path: Path) -> None:
    for name in ("day/a.jpg", "night/a.jpg", "0a1b2c3d-b.jpg", "b.jpg"):
        draw(tmp_path / "images" / name)
    urls = ("/data/local-files/?d=all%5Cday%5Ca.jpg", "/data/local-files/?d=all/night/a.jpg")
    urls += ("/data/upload/3/0a1b2c3d-b.jpg", "/data/upload/3/ffffffff-b.jpg")
    labeled = read(tmp_path, *(task(rectangle(), image=url) for url in urls), images="images")
    assert [image.image for image in labeled.images] == [
        "day/a.jpg",
        "night/a.jpg",
        "0a1b2c3d-b.jpg",
        "b.jpg",
    ]
    with pytest.raises(BadEntry, match=r"data\.image: there is no image c\.jpg in"):
        read(tmp_path, task(rectangle(), image="/data/upload/1/c.jpg"), images="images")


def test_two_tasks_never_share_an_image(tmp_path: Path) -> None:
    draw(tmp_path / "images" / "a.jpg")
    tasks = [task(rectangle(), image=f"/data/local-files/?d={folder}/a.jpg") for folder in ("day", "night")]
    assert len(read(tmp_path, *tasks).images) == 2
    with pytest.raises(BadEntry, match="one image needs one entry"):
        read(tmp_path, *tasks, images="images")


# -- sizes


def test_an_image_of_another_size_is_refused_with_both_sizes(tmp_path: Path) -> None:
    draw(tmp_path / "images" / "a.jpg", (120, 80))
    with pytest.raises(
        BadEntry, match=r"labels are for an image of 60 x 40 pixels, but the image has 120 x 80"
    ):
        read(tmp_path, task(rectangle()), images="images")


def test_percents_without_a_size_are_of_the_image(tmp_path: Path) -> None:
    draw(tmp_path / "images" / "a.jpg", (120, 80))
    unsized = {key: value for key, value in rectangle().items() if not key.startswith("original")}
    labeled = read(tmp_path, task(unsized), images="images")
    assert boxes(labeled) == [[("dog", 12, 40, 24, 20)]]


@pytest.mark.parametrize("turned_in_the_editor", [0, 90])
def test_boxes_on_a_photo_that_the_browser_turned_land_on_its_stored_pixels(
    tmp_path: Path, turned_in_the_editor: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 60)).save(tmp_path / "a.jpg", exif=exif)
    labeled = read(tmp_path, task({**rectangle(), "image_rotation": turned_in_the_editor}))
    # shown: 6..18 x 20..30 of 60 x 40; stored x is the shown y, stored y is 60 - shown x
    assert boxes(labeled) == [[("dog", 20, 42, 10, 12)]]
    noted = [note for note in labeled.notes if note.startswith("results with an image_rotation: 1;")]
    assert len(noted) == (1 if turned_in_the_editor else 0)


# -- one id for several regions, as some programs write


def test_regions_of_one_id_with_other_coordinates_are_all_converted(tmp_path: Path) -> None:
    first, second = {**rectangle(), "id": "p"}, {**rectangle("cat", x=30), "id": "p"}
    labeled = read(tmp_path, task(first, second))
    assert boxes(labeled) == [[IN_PIXELS, ("cat", 18, 20, 12, 10)]]


def test_a_polygon_with_the_id_of_a_rectangle_is_counted(tmp_path: Path) -> None:
    polygon = region("polygonlabels", points=[[1, 1], [2, 2], [3, 1]], polygonlabels=["dog"])
    labeled = read(tmp_path, task({**rectangle(), "id": "p"}, {**polygon, "id": "p"}))
    assert str(labeled.totals()[1]) == "labels: read 2, converted 1, left out 1 (polygon: 1)"


def test_a_choice_without_coordinates_for_an_id_of_two_regions_is_refused(tmp_path: Path) -> None:
    choice = region("choices", choices=["old"])
    results = [rectangle(), rectangle("cat", x=30), choice]
    with pytest.raises(BadEntry, match=r"result\[2\].*2 regions; give each region an id of its own"):
        read(tmp_path, task(*({**each, "id": "p"} for each in results)))
