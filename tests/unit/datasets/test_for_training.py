"""`trigpoint manifest validate`: what a training job would refuse is not valid for training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from helpers.labeled_sets import draw, trigpoint, write_lines
from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.common.sources import InvalidSample
from trigpoint.algorithms.object_detection.samples import read_sample

BOX = {"class_id": 0, "left": 1, "top": 1, "width": 5, "height": 5}
META = {"type": "groundtruth/object-detection", "class-map": {"0": "cat", "1": "dog"}}


def labeled(*boxes: Any, size: tuple[int, int] = (60, 40), **changes: Any) -> dict[str, Any]:
    label = {"image_size": [{"width": size[0], "height": size[1], "depth": 3}], "annotations": list(boxes)}
    line = {"source-ref": "s3://b/1.jpg", "box": label, "box-metadata": META, **changes}
    return {name: value for name, value in line.items() if value is not None}


GOOD = labeled(BOX)
FAILED = labeled(box=None, **{"box-metadata": {"failure-reason": "ClientError: the task expired"}})


def validated(tmp_path: Path, lines: list[Any], *options: object) -> tuple[int, str]:
    path = write_lines(tmp_path / "m.manifest", lines)
    result = trigpoint("manifest", "validate", path, *options)
    return result.exit_code, (result.stdout + result.stderr).replace(f"{path}", "M")


FOR_TRAINING = ("--for-training", "object-detection")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (FAILED, "line 2: attribute 'box': is missing; it has 'source-ref', 'box-metadata'; labeling failed: ClientError: the task expired"),
        (labeled(box=None), "line 2: attribute 'box': is missing"),
        (labeled(box=None, Box=3), "line 2: attribute 'box': is missing; names are case-sensitive, it has 'Box'"),
        (labeled(box=3), "line 2: attribute 'box': the annotation must be a JSON object with image_size and annotations, not 3"),
        (labeled(box=3, **{"box-metadata": None}), "line 2: attribute 'box': the annotation must be a JSON object with image_size and annotations, not 3"),
        (labeled(box={}), "line 2: attribute 'box': annotations must be a list of boxes, not null"),
        (labeled({**BOX, "left": None}), "line 2: attribute 'box': annotations[0].left must be a number, not null"),
        (labeled({**BOX, "class_id": 2}), "line 2: attribute 'box': Label 2 is out of range, num_classes is 2"),
        (labeled(*[BOX] * 70), "line 2: attribute 'box': Invalid parameter value 'label_width'"),
        (labeled(**{"source-ref": 7}), "line 2: attribute 'source-ref': must be the URI of an object"),
        (labeled(**{"source-ref": "http://x/1.jpg"}), "line 2: attribute 'source-ref': 'http://x/1.jpg' begins with http://, which nothing here reads"),
        (labeled(**{"box-metadata": {**META, "class-map": {"0": "dog"}}}), "class id 0 has two names: 0 is 'cat' (line 1), 0 is 'dog' (line 2)"),
        (b"{", "line 2: not valid JSON"),
    ],
)  # fmt: skip
def test_a_line_that_a_training_job_would_refuse_is_an_error(tmp_path: Path, line: Any, said: str) -> None:
    code, shown = validated(tmp_path, [GOOD, line], *FOR_TRAINING, "--num-classes", 2)
    assert code == 1 and said in shown and "NOT valid" in shown
    assert shown.count("error  ") == 1, shown


def test_a_manifest_that_a_training_job_reads_is_valid(tmp_path: Path) -> None:
    wide = labeled(*[BOX] * 70, {**BOX, "left": 900}, {**BOX, "width": 0})
    lines = [GOOD, labeled({**BOX, "class_id": "1"}), labeled(), wide]
    code, shown = validated(tmp_path, lines, *FOR_TRAINING, "--num-classes", 2, "--label-width", 352)
    assert code == 0 and "\nvalid: 0 errors" in shown, shown
    assert validated(tmp_path, lines, *FOR_TRAINING, "--label-width", 351)[0] == 1


def test_local_pictures_are_decoded_and_paths_are_an_error(tmp_path: Path) -> None:
    names = ["good.png", "cut.jpg", "squeezed.png", "small.png", "none.png"]
    draw(tmp_path / "good.png", (60, 40))
    whole = draw(tmp_path / "cut.jpg", (600, 400)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    draw(tmp_path / "squeezed.png", (60, 60))
    draw(tmp_path / "small.png", (30, 20))
    code, shown = validated(tmp_path, [labeled(BOX, **{"source-ref": name}) for name in names], *FOR_TRAINING)
    errors = [line for line in shown.splitlines() if line.startswith("error")]
    assert code == 1 and len(errors) == 4
    assert "5 references are paths, not S3 URIs (lines 1, 2, 3, 4, 5): only" in errors[0]
    assert "line 2: attribute 'source-ref'" in errors[1] and "broken image" in errors[1]
    assert (
        "line 3" in errors[2]
        and "the image is 60 x 60, but the image_size of its label is 60 x 40" in errors[2]
    )
    assert "line 5" in errors[3] and "no file" in errors[3]
    assert (
        "line 4: attribute 'source-ref': the image is 30 x 20" in shown
        and "training resizes the boxes" in shown
    )


@pytest.mark.parametrize(
    ("label", "size", "classes"),
    [
        ({"annotations": [{**BOX, "class_id": 5}]}, (60, 40), 3),
        ({"annotations": [BOX] * 70}, (60, 40), 3),
        ({"annotations": [{**BOX, "top": "x"}]}, (60, 40), 3),
        ({"annotations": [BOX], "image_size": [{"width": 10, "height": 40}]}, (60, 40), 3),
        (labeled(BOX)["box"], (60, 40), 3),
        (labeled({**BOX, "left": -3})["box"], (120, 80), 1),
    ],
)
def test_validate_for_training_agrees_with_the_reader_of_the_training(
    tmp_path: Path, label: dict[str, Any], size: tuple[int, int], classes: int
) -> None:
    Image.new("RGB", size).save(tmp_path / "1.png")
    path = write_lines(tmp_path / "m", [{"source-ref": "1.png", "box": label, "box-metadata": META}])
    arguments = ("manifest", "validate", path, *FOR_TRAINING, "--num-classes", classes, "--json")
    problems = json.loads(trigpoint(*arguments).stdout)["problems"]
    refused = [each["why"] for each in problems if each["severity"] == "error" and each["line"]]
    try:
        read_sample((tmp_path / "1.png").read_bytes(), json.dumps(label).encode(), classes, 69, 300)
    except (CustomerError, InvalidSample):
        assert refused
    else:
        assert not refused


@pytest.mark.parametrize(
    ("lines", "first", "more"),
    [
        (
            [GOOD, FAILED],
            "line 2: attribute 'box': is missing (line 2 failed: ClientError: the task expired)",
            "",
        ),
        ([FAILED, FAILED], "line 1: attribute 'box': is missing (line 1 failed", ", and 1 more"),
        (
            [labeled(box=None), GOOD, FAILED],
            "line 1: attribute 'box': is missing (line 3 failed",
            ", and 1 more",
        ),
        ([GOOD, labeled(box=None, **{"box-metadata": None})], "line 2: attribute 'box': is missing;", ""),
    ],
)
def test_without_the_option_a_warning_names_the_first_line_and_the_option(
    tmp_path: Path, lines: list[Any], first: str, more: str
) -> None:
    code, shown = validated(tmp_path, lines)
    number = first.partition(":")[0]
    assert code == 0 and "valid, but not for training: 0 errors" in shown
    assert first in shown
    assert f"would refuse {number}{more}. Check with --for-training object-detection" in shown


def test_a_manifest_without_labels_is_valid_for_labeling(tmp_path: Path) -> None:
    code, shown = validated(
        tmp_path, [{"source-ref": "s3://b/1.jpg"}, {"source-ref": "s3://b/2.jpg", "n": 1}]
    )
    assert (code, shown.splitlines()[-1]) == (0, "valid: 0 errors, 0 warnings")


def test_class_ids_and_names_that_disagree_are_warnings_with_their_lines(tmp_path: Path) -> None:
    other = labeled(**{"box-metadata": {**META, "class-map": {"0": "dog", "2": "cow"}}})
    code, shown = validated(tmp_path, [GOOD, other])
    assert code == 0
    assert "class id 0 has two names: 0 is 'cat' (line 1), 0 is 'dog' (line 2)" in shown
    assert "class 'dog' has two ids: 1 is 'dog' (line 1), 0 is 'dog' (line 2)" in shown


@pytest.mark.parametrize(
    "lines",
    [[GOOD, labeled(box=3, **{"box-metadata": None})], [labeled(box="x", **{"box-metadata": None}), GOOD]],
)
def test_a_value_that_is_no_object_among_boxes_is_an_error(tmp_path: Path, lines: list[Any]) -> None:
    code, shown = validated(tmp_path, lines)
    assert code == 1 and "attribute 'box': must be an object, as on the lines with boxes, not" in shown


def test_metadata_with_objects_are_those_of_boxes(tmp_path: Path) -> None:
    code, shown = validated(tmp_path, [labeled(box=3, **{"box-metadata": {"objects": []}})])
    assert code == 1 and "the annotation must be a JSON object" in shown


@pytest.mark.parametrize("reference", ["ftp://x/y", "file:///x/y", "S3://b/k", "gs://b/k"])
def test_a_reference_with_another_scheme_is_not_a_path(tmp_path: Path, reference: str) -> None:
    code, shown = validated(tmp_path, [{"source-ref": reference}])
    assert code == 1 and "which nothing here reads; s3:// is needed, or a path" in shown
    assert "references are paths" not in shown


def test_people_machines_and_lines_that_do_not_say_are_counted_apart(tmp_path: Path) -> None:
    def made(by: str | None) -> dict[str, Any]:
        return labeled(BOX, **{"box-metadata": META | ({} if by is None else {"human-annotated": by})})

    lines = [made("yes"), made("yes"), made("no"), made(None), labeled(BOX, **{"box-metadata": None})]
    _, shown = validated(tmp_path, lines)
    assert "made by -; 2 by people, 1 by machine, 2 not stated" in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"NaN": "NaN", "a": NaN}', "not valid JSON at column 21: NaN is not a JSON number"),
        (b'{"a": [1, -Infinity]}', "not valid JSON at column 11: -Infinity is not a JSON number"),
        (b'{"a\\"Infinity": Infinity}', "not valid JSON at column 17: Infinity is not a JSON number"),
    ],
)
def test_numbers_that_json_does_not_have_are_named_with_their_column(
    tmp_path: Path, text: bytes, said: str
) -> None:
    code, shown = validated(tmp_path, [text])
    assert code == 1 and f"line 1: {said}" in shown


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--for-training", "image-guessing"), "--for-training image-guessing: the algorithms that read manifests are object-detection"),
        ((*FOR_TRAINING, "--attributes", "box"), "a training reads two attributes, the image and its label, not box"),
        ((*FOR_TRAINING, "--attributes", "source-ref,x-ref"), "a training reads two attributes"),
        (("--num-classes", 2), "--num-classes, --label-width and --multi-label need --for-training"),
    ],
)  # fmt: skip
def test_options_that_make_no_training_are_refused(
    tmp_path: Path, options: tuple[Any, ...], said: str
) -> None:
    code, shown = validated(tmp_path, [GOOD], *options)
    assert code == 2 and said in shown


def test_of_several_labels_one_must_be_chosen(tmp_path: Path) -> None:
    two = labeled(BOX, c=0, **{"c-metadata": {"class-name": "x"}})
    code, shown = validated(tmp_path, [two], *FOR_TRAINING)
    assert code == 2 and "has 2 labels (box, c); choose with --attributes source-ref,LABEL" in shown
    assert validated(tmp_path, [two], *FOR_TRAINING, "--attributes", "source-ref,box")[0] == 0


CLASSES = ("--for-training", "image-classification")


def of_class(value: Any, kind: str = "image-classification") -> dict[str, Any]:
    meta = {"type": f"groundtruth/{kind}", "class-map": {"0": "cat", "1": "dog", "2": "cow"}}
    return {"source-ref": "s3://b/1.jpg", "class": value, "class-metadata": meta}


@pytest.mark.parametrize(
    ("value", "options", "said"),
    [
        (2, (), ""),
        ("2", (), ""),
        (3, (), "line 2: attribute 'class': Label 3 is out of range, num_classes is 3"),
        ([0, 2], (), "line 2: attribute 'class': the label '[0, 2]' is not a class id; set multi_label to 1"),
        ([0, 2], ("--multi-label", "class-id"), ""),
        ([0, 2], ("--multi-label", "multi-hot"), "line 2: attribute 'class': Mismatch between number of labels in the multi-label data (2) and the num_classes parameter (3)."),
        ([0, 1, 1], ("--multi-label", "multi-hot"), ""),
        ([0, 3], ("--multi-label", "class-id"), "line 2: attribute 'class': Label 3 is out of range, num_classes is 3"),
    ],
)  # fmt: skip
def test_classes_are_checked_as_a_classification_job_reads_them(
    tmp_path: Path, value: Any, options: tuple[str, ...], said: str
) -> None:
    several = isinstance(value, list) and bool(options)
    good = of_class(([1, 0, 0] if "multi-hot" in options else [0]) if several else 0)
    code, shown = validated(tmp_path, [good, of_class(value)], *CLASSES, "--num-classes", 3, *options)
    assert (code, said in shown) == (1 if said else 0, True), shown


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((*CLASSES, "--label-width", 9), "--label-width is for object-detection"),
        ((*CLASSES, "--multi-label", "multi-hot"), "--multi-label multi-hot needs --num-classes"),
        ((*FOR_TRAINING, "--multi-label", "class-id"), "--multi-label is for image-classification"),
    ],
)
def test_limits_of_the_other_algorithm_are_refused(
    tmp_path: Path, options: tuple[Any, ...], said: str
) -> None:
    code, shown = validated(tmp_path, [of_class(0)], *options)
    assert code == 2 and said in shown
