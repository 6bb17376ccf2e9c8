"""Round trips between a manifest and Pascal VOC, COCO and YOLO keep everything that both formats can express."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from helpers.labeled_sets import a_set, draw, read_lines, trigpoint, write_lines
from trigpoint.core.errors import Invalid
from trigpoint.datasets.class_files import read_class_file
from trigpoint.datasets.coco import read_coco, write_coco
from trigpoint.datasets.conversion import (
    manifest_lines,
)
from trigpoint.datasets.conversion import (
    write_lines as lines_as_bytes,
)
from trigpoint.datasets.ground_truth import Attribute, manifest_line
from trigpoint.datasets.manifest_source import Reading, read_manifest
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet
from trigpoint.datasets.places import Places
from trigpoint.datasets.table import read_table
from trigpoint.datasets.table_writing import write_table
from trigpoint.datasets.voc import read_voc, write_voc
from trigpoint.datasets.yolo import read_yolo, write_yolo
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

AT = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
ATTRIBUTE = Attribute("boxes", "Job-1", AT)


def content(images: Sequence[LabeledImage]) -> list[tuple[str, ImageSize | None, tuple[Box, ...] | None]]:
    return [(image.image, image.size, image.boxes) for image in images]


def through_manifest(labeled: LabeledSet, folder: Path) -> LabeledSet:
    path = folder / "set.manifest"
    path.write_bytes(b"".join(lines_as_bytes(manifest_lines(labeled, ATTRIBUTE, "s3://bucket/images"))))
    return read_manifest(str(path), Reading(prefix="s3://bucket/images"), Places(), Complaints(skip=False))


def through_voc(labeled: LabeledSet, folder: Path) -> LabeledSet:
    list(write_voc(labeled.images, folder / "set"))
    return read_voc(folder / "set", folder, Complaints(skip=False))


def through_coco(labeled: LabeledSet, folder: Path) -> LabeledSet:
    write_coco(labeled.images, labeled.class_names, folder / "set.json")
    return read_coco(folder / "set.json", folder, Complaints(skip=False))


def through_table(labeled: LabeledSet, folder: Path) -> LabeledSet:
    # a table reads numbers up to 2 as fractions of the image
    assume(
        not any(box.right <= 2 and box.bottom <= 2 for image in labeled.images for box in image.boxes or ())
    )
    write_table(labeled.images, folder / "set.csv")
    return read_table(folder / "set.csv", folder, Complaints(skip=False))


def through_yolo(labeled: LabeledSet, folder: Path) -> LabeledSet:
    list(write_yolo(labeled.images, labeled.class_names, folder / "set"))
    return read_yolo(folder / "set", folder, Complaints(skip=False))


numbers = st.integers(0, 2000).map(lambda value: value / 8)
names = st.sampled_from(
    ["cat", "dog", "a b", "Straße", "x,y", "it's", '"q"', "'q'", "a\\b", "<&>", "#1", "1: 2"]
)


def flagged(flags: tuple[str, ...]) -> st.SearchStrategy[Box]:
    return st.builds(
        Box,
        names,
        numbers,
        numbers,
        numbers,
        numbers,
        st.just(1.0),
        st.frozensets(st.sampled_from(flags)) if flags else st.just(frozenset()),
    )


def sets_of(flags: tuple[str, ...]) -> st.SearchStrategy[list[list[Box]]]:
    return st.lists(st.lists(flagged(flags), max_size=4), min_size=1, max_size=3)


def labeled_set(boxes: list[list[Box]], folder: Path) -> LabeledSet:
    images = []
    for number, of_image in enumerate(boxes):
        draw(folder / f"{number}.png", (60, 40))
        images.append(LabeledImage(str(number), f"{number}.png", ImageSize(60, 40, 3), tuple(of_image)))
    return LabeledSet(images, sorted({box.class_name for of_image in boxes for box in of_image}))


ROUND_TRIPS: list[tuple[Callable[[LabeledSet, Path], LabeledSet], tuple[str, ...]]] = [
    (through_manifest, ("difficult", "truncated", "occluded", "iscrowd")),
    (through_voc, ("difficult", "truncated", "occluded")),
    (through_coco, ("difficult", "truncated", "occluded", "iscrowd")),
    (through_table, ("difficult", "truncated", "occluded", "iscrowd")),
]


@pytest.mark.parametrize(("convert", "flags"), ROUND_TRIPS)
def test_a_round_trip_keeps_boxes_flags_sizes_and_classes(
    convert: Callable[[LabeledSet, Path], LabeledSet], flags: tuple[str, ...]
) -> None:
    @settings(max_examples=15)
    @given(sets_of(flags))
    def holds(boxes: list[list[Box]]) -> None:
        with tempfile.TemporaryDirectory() as place:
            labeled = labeled_set(boxes, Path(place))
            again = convert(through_manifest(labeled, Path(place)), Path(place))
            assert content(again.images) == content(labeled.images)
            assert again.class_names == labeled.class_names

    holds()


@settings(max_examples=15)
@given(st.lists(st.lists(flagged(()), max_size=4, unique=True), min_size=1, max_size=3))
def test_a_round_trip_through_yolo_keeps_boxes_to_a_hundred_millionth(boxes: list[list[Box]]) -> None:
    small = [
        [
            replace(box, left=box.left / 8, top=box.top / 8, width=box.width / 5, height=box.height / 7)
            for box in each
        ]
        for each in boxes
    ]
    with tempfile.TemporaryDirectory() as place:
        labeled = labeled_set(small, Path(place))
        again = through_yolo(through_manifest(labeled, Path(place)), Path(place))
    assert again.class_names == labeled.class_names
    for image, original in zip(again.images, labeled.images, strict=True):
        assert image.boxes is not None and original.boxes is not None
        assert [box.class_name for box in image.boxes] == [box.class_name for box in original.boxes]
        for box, expected in zip(image.boxes, original.boxes, strict=True):
            assert (box.left, box.top, box.width, box.height) == pytest.approx(
                (expected.left, expected.top, expected.width, expected.height), abs=1e-8
            )


def test_a_line_has_the_members_that_ground_truth_writes() -> None:
    image = LabeledImage(
        "1", "a.jpg", ImageSize(60, 40, 3), (Box("dog", 1, 2.5, 3, 4, flags=frozenset({"difficult"})),)
    )
    assert manifest_line(image, "s3://b/a.jpg", {"cat": 0, "dog": 1}, ATTRIBUTE) == {
        "source-ref": "s3://b/a.jpg",
        "boxes": {
            "image_size": [{"width": 60, "height": 40, "depth": 3}],
            "annotations": [{"class_id": 1, "left": 1, "top": 2.5, "width": 3, "height": 4}],
        },
        "boxes-metadata": {
            "objects": [{"confidence": 1, "difficult": 1}],
            "class-map": {"1": "dog"},
            "type": "groundtruth/object-detection",
            "human-annotated": "yes",
            "creation-date": "2026-02-03T04:05:06.000789",
            "job-name": "labeling-job/job-1",
        },
    }


def test_a_class_is_written_as_ground_truth_writes_it() -> None:
    image = LabeledImage("1", "a.jpg", classes=("dog",))
    line = manifest_line(image, "s3://b/a.jpg", {"cat": 0, "dog": 1}, ATTRIBUTE)
    assert line["boxes"] == 1
    assert line["boxes-metadata"]["class-name"] == "dog"
    assert line["boxes-metadata"]["type"] == "groundtruth/image-classification"
    several = manifest_line(
        replace(image, classes=("dog", "cat")), "s3://b/a.jpg", {"cat": 0, "dog": 1}, ATTRIBUTE, True
    )
    assert several["boxes"] == [1, 0]
    assert several["boxes-metadata"]["class-map"] == {"1": "dog", "0": "cat"}
    assert several["boxes-metadata"]["confidence-map"] == {"1": 1, "0": 1}
    assert several["boxes-metadata"]["type"] == "groundtruth/image-classification-multilabel"


@pytest.mark.parametrize("name", ["", "source", "source-ref", "x-ref", "x-metadata", "$x"])
def test_names_that_are_not_allowed_for_label_attributes_are_refused(name: str) -> None:
    with pytest.raises(Invalid, match="cannot be a label attribute"):
        Attribute(name, "job", AT)


# -- reading a manifest


def test_a_class_id_without_a_name_keeps_its_position(tmp_path: Path) -> None:
    label = {
        "image_size": [{"width": 9, "height": 9}],
        "annotations": [{"class_id": "2", "left": 0, "top": 0, "width": 1, "height": 1}],
    }
    path = write_lines(
        tmp_path / "m",
        [{"source-ref": "s3://b/p/a.jpg", "l": label, "l-metadata": {"class-map": {"1": "x"}}}],
    )
    labeled = read_manifest(str(path), Reading(), Places(), Complaints(skip=False))
    assert labeled.class_names == ["class-0", "x", "class-2"]
    assert labeled.images[0].image == "a.jpg"


def test_a_manifest_with_several_labels_needs_the_attribute_option(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "m", [{"source-ref": "s3://b/a", "x": 1, "x-metadata": {}, "y": 1, "y-metadata": {}}]
    )
    with pytest.raises(Invalid, match="has several labels: x, y; choose one with --attribute"):
        read_manifest(str(path), Reading(), Places(), Complaints(skip=False))


def test_common_folders_are_removed_and_the_rest_is_kept(tmp_path: Path) -> None:
    lines = [
        {"source-ref": f"s3://b/set/{name}", "c": 0, "c-metadata": {"class-name": "x"}}
        for name in ("im/1.jpg", "im2/1.jpg")
    ]
    labeled = read_manifest(
        str(write_lines(tmp_path / "m", lines)), Reading(), Places(), Complaints(skip=False)
    )
    assert [image.image for image in labeled.images] == ["im/1.jpg", "im2/1.jpg"]
    assert [image.classes for image in labeled.images] == [("x",), ("x",)]


def test_bad_lines_are_skipped_only_on_request(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "m",
        [
            b"{",
            {"source-ref": 1, "c": 0, "c-metadata": {}},
            {"source-ref": "s3://b/k", "c": 0, "c-metadata": {"class-name": "x"}},
        ],
    )
    with pytest.raises(BadEntry, match=f"{path}, line 1: not valid JSON"):
        read_manifest(str(path), Reading(), Places(), Complaints(skip=False))
    complaints = Complaints(skip=True)
    assert len(read_manifest(str(path), Reading(), Places(), complaints).images) == 1
    assert [problem.where for problem in complaints.skipped] == [f"{path}, line 1", f"{path}, line 2"]


# -- the names of YOLO's classes


@pytest.mark.parametrize(
    "text",
    [
        "names: [cat, 'dog']\nnc: 2",
        "nc: 2\nnames:\n  - cat\n  - dog\n",
        "names:\n  0: cat  # a comment\n  1: dog\nnc: 2\n",
        'path: x\nnames: {0: cat, 1: "dog"}\n',
        "names:\n- cat\n- dog",
        "names: ['cat',\n  'dog']\n",
    ],
)
def test_class_names_in_data_yaml_are_read_in_every_form(tmp_path: Path, text: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    assert read_class_file(tmp_path / "data.yaml") == ["cat", "dog"]


def test_class_names_are_read_as_they_were_written(tmp_path: Path) -> None:
    strange = ["a: b", "it's", '"q"', "#x", " ä "[1:2], "[x]", "a,b", "\\n"]
    list(write_yolo([LabeledImage("1", "a.jpg", ImageSize(1, 1), ())], strange, tmp_path))
    assert read_class_file(tmp_path / "data.yaml") == strange


# -- the commands


def test_the_convert_command_converts_in_both_directions(tmp_path: Path) -> None:
    labeled = a_set(tmp_path / "images")
    list(write_voc(labeled.images, tmp_path / "set"))
    manifest = tmp_path / "m.manifest"
    result = trigpoint(
        "convert",
        "voc",
        tmp_path / "set",
        "--images",
        tmp_path / "images",
        "--images-uri",
        "s3://b/p",
        "-o",
        manifest,
        "--attribute",
        "pets",
        "--job-name",
        "By-Hand",
    )
    assert result.exit_code == 0, result.stderr
    assert "3 images, 3 boxes, 2 classes" in result.stderr
    first = read_lines(manifest)[0]
    assert first["source-ref"] == "s3://b/p/a.jpg"
    assert first["pets-metadata"]["job-name"] == "labeling-job/by-hand"
    for target in ("voc", "yolo"):
        assert (
            trigpoint("convert", "manifest", manifest, "--to", target, "-o", tmp_path / target).exit_code == 0
        )
    assert (
        trigpoint("convert", "manifest", manifest, "--to", "coco", "-o", tmp_path / "c.json").exit_code == 0
    )
    again = read_voc(tmp_path / "voc", tmp_path / "images", Complaints(skip=False))
    assert content(again.images) == content(labeled.images)
    assert len(json.loads((tmp_path / "c.json").read_text())["annotations"]) == 3
    assert (tmp_path / "yolo" / "labels" / "b.txt").read_text() == ""


def test_the_order_of_classes_can_be_chosen(tmp_path: Path) -> None:
    labeled = a_set(tmp_path / "images")
    list(write_voc(labeled.images, tmp_path / "set"))
    arguments = ("convert", "voc", tmp_path / "set", "--images", tmp_path / "images", "--classes")
    result = trigpoint(*arguments, "dog,bird,cat")
    line = json.loads(result.stdout.splitlines()[0])
    assert line["label-metadata"]["class-map"] == {"0": "dog", "2": "cat"}
    result = trigpoint(*arguments, "dog")
    assert (result.exit_code, result.stderr) == (
        2,
        "trigpoint: --classes lacks 'cat', which the source has\n",
    )


def test_a_classification_cannot_be_converted_to_a_format_of_boxes(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "m", [{"source-ref": "s3://b/k", "c": 0, "c-metadata": {"class-name": "x"}}]
    )
    result = trigpoint("convert", "manifest", path, "--to", "voc", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "the label is a classification; voc can only be written from boxes" in result.stderr
    table = tmp_path / "out.csv"
    assert trigpoint("convert", "manifest", path, "--to", "csv", "-o", table).exit_code == 0
    assert table.read_text() == "filename,class\nk,x\n"
