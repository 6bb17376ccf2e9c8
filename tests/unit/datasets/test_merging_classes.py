"""Labels of several jobs: classes are merged by name, and nothing changes where nothing differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.labeled_sets import read_lines, trigpoint, write_lines
from trigpoint.records.labels.numbering import ClassNumbering


def boxes(image: str, class_map: Mapping[str, str] | None, *ids: Any) -> dict[str, Any]:
    side = {"left": 1, "top": 1, "width": 5, "height": 5}
    metadata: dict[str, Any] = {
        "objects": [{"confidence": 1} for _ in ids],
        "type": "groundtruth/object-detection",
    }
    if class_map is not None:
        metadata["class-map"] = class_map
    label = {
        "image_size": [{"width": 20, "height": 20, "depth": 3}],
        "annotations": [{"class_id": each, **side} for each in ids],
    }
    return {"source-ref": f"s3://b/{image}", "box": label, "box-metadata": metadata}


def merged(tmp_path: Path, *manifests: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    paths = [write_lines(tmp_path / f"{'abc'[k]}.manifest", lines) for k, lines in enumerate(manifests)]
    result = trigpoint("manifest", "merge", *paths, "-o", tmp_path / "m")
    assert result.exit_code == 0, result.stderr
    return read_lines(tmp_path / "m"), result.stderr


def names_of(line: dict[str, Any], label: str = "box") -> list[str]:
    class_map = line[f"{label}-metadata"]["class-map"]
    return [class_map[str(each["class_id"])] for each in line[label]["annotations"]]


def test_one_id_with_two_names_becomes_two_ids_and_each_change_is_reported(tmp_path: Path) -> None:
    (a, b), said = merged(tmp_path, [boxes("1", {"0": "cat"}, 0)], [boxes("2", {"0": "dog"}, 0)])
    assert (names_of(a), names_of(b)) == (["cat"], ["dog"])
    assert [each["class_id"] for line in (a, b) for each in line["box"]["annotations"]] == [0, 1]
    assert "class 'dog' of" in said and "has the id 1 now instead of 0, because 0 is 'cat' (lines: 1)" in said


def test_two_jobs_with_the_same_classes_in_another_order_agree_after_a_merge(tmp_path: Path) -> None:
    (a, b), _ = merged(
        tmp_path,
        [boxes("1", {"0": "cat", "1": "dog"}, 0, 1)],
        [boxes("2", {"0": "dog", "1": "cat"}, 0, 1, "0")],
    )
    assert b["box-metadata"]["class-map"] == {"1": "dog", "0": "cat"}
    assert [each["class_id"] for each in b["box"]["annotations"]] == [1, 0, "1"]
    assert names_of(b) == ["dog", "cat", "dog"] and names_of(a) == ["cat", "dog"]


def test_a_name_with_two_ids_gets_the_first_one(tmp_path: Path) -> None:
    lines, said = merged(tmp_path, [boxes("1", {"0": "cat"}, 0)], [boxes("2", {"7": "cat"}, 7)])
    assert [line["box"]["annotations"][0]["class_id"] for line in lines] == [0, 0]
    assert "has the id 0 now instead of 7, which it has elsewhere" in said


def test_lines_of_one_manifest_that_disagree_are_merged_too(tmp_path: Path) -> None:
    lines, _ = merged(tmp_path, [boxes("1", {"0": "cat"}, 0), boxes("2", {"0": "dog"}, 0)])
    assert [names_of(line) for line in lines] == [["cat"], ["dog"]]
    assert lines[1]["box"]["annotations"][0]["class_id"] == 1


def test_a_line_without_a_class_map_has_the_names_of_its_own_manifest(tmp_path: Path) -> None:
    lines, said = merged(
        tmp_path,
        [boxes("1", {"0": "cat"}, 0)],
        [boxes("2", {"0": "dog"}, 0), boxes("3", None, 0)],
        [boxes("4", None, 0)],
    )
    assert [line["box"]["annotations"][0]["class_id"] for line in lines] == [0, 1, 1, 0]
    assert "class id 0 of" in said and "has no name there and was kept; in the result it is 'cat'" in said


def test_classifications_are_renumbered_by_name(tmp_path: Path) -> None:
    def one(image: str, number: Any, name: str) -> dict[str, Any]:
        kind = {"class-name": name, "type": "groundtruth/image-classification"}
        return {"source-ref": image, "c": number, "c-metadata": kind}

    def many(image: str, names: Mapping[str, str], *ids: int) -> dict[str, Any]:
        maps = {"class-map": names, "confidence-map": {number: int(number) / 10 for number in names}}
        kind = {**maps, "type": "groundtruth/image-classification-multilabel"}
        return {"source-ref": image, "m": list(ids), "m-metadata": kind}

    lines, _ = merged(
        tmp_path,
        [one("1", 0, "cat"), many("2", {"3": "x", "4": "y"}, 3, 4)],
        [one("3", "0", "dog"), many("4", {"3": "y", "4": "z"}, 4, 3)],
    )
    assert [line["c"] for line in lines if "c" in line] == [0, "1"]
    second = lines[3]
    assert (second["m"], second["m-metadata"]["class-map"]) == ([0, 4], {"4": "y", "0": "z"})
    assert second["m-metadata"]["confidence-map"] == {"4": 0.3, "0": 0.4}


def test_the_labels_of_one_image_are_compared_after_they_have_common_ids(tmp_path: Path) -> None:
    (line,), said = merged(
        tmp_path, [boxes("1", {"0": "cat", "1": "dog"}, 1)], [boxes("1", {"0": "dog", "1": "cat"}, 0)]
    )
    assert names_of(line) == ["dog"]
    assert "1 line, 1 joined with an earlier one, 0 conflicts" in said


def test_lines_stay_byte_for_byte_where_nothing_differs(tmp_path: Path) -> None:
    first = b'{"source-ref":"s3://b/1", "n":1.50, "t":"\\u00e9"}'
    (tmp_path / "a").write_bytes(first + b"\n")
    second = json.dumps(boxes("2", {"0": "cat"}, 0)).encode().replace(b": ", b":")
    (tmp_path / "b").write_bytes(second + b"\r\n" + first + b"\n")
    result = trigpoint("manifest", "merge", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "m")
    assert (tmp_path / "m").read_bytes() == first + b"\n" + second + b"\n"
    assert result.stderr == "2 lines, 1 joined with an earlier one, 0 conflicts\n"


@pytest.mark.parametrize(
    ("label", "class_map", "said"),
    [
        ({"custom": 1}, {"0": "dog"}, "line 1: attribute 'box': the class ids of this kind of label cannot be changed"),
        (0, {"dog": 0}, "line 1: box-metadata: class-map must be a number, not"),
    ],
)  # fmt: skip
def test_a_label_that_cannot_be_renumbered_ends_a_merge_with_its_line(
    tmp_path: Path, label: Any, class_map: dict[str, Any], said: str
) -> None:
    a = write_lines(tmp_path / "a", [boxes("1", {"0": "cat"}, 0)])
    line = {"source-ref": "s3://b/2", "box": label, "box-metadata": {"class-map": class_map}}
    b = write_lines(tmp_path / "b", [line])
    result = trigpoint("manifest", "merge", a, b, "-o", tmp_path / "m")
    assert result.exit_code == 2 and said in result.stderr and not (tmp_path / "m").exists()


@pytest.mark.parametrize("target", ["coco", "voc", "yolo"])
def test_an_export_has_the_classes_by_name(tmp_path: Path, target: str) -> None:
    lines = [
        boxes("1.png", {"0": "cat"}, 0),
        boxes("2.png", {"0": "dog"}, 0),
        boxes("3.png", {"4": "cat"}, 4),
    ]
    source = write_lines(tmp_path / "m", lines)
    out = tmp_path / ("out.json" if target == "coco" else "out")
    result = trigpoint("convert", "manifest", source, "--to", target, "-o", out)
    assert result.exit_code == 0, result.stderr
    assert (
        f"class id 0 has two names: 0 is 'cat' ({source}, line 1), 0 is 'dog' ({source}, line 2)"
        in result.stderr
    )
    if target == "coco":
        content = json.loads(out.read_text())
        names = {each["id"]: each["name"] for each in content["categories"]}
        assert [names[each["category_id"]] for each in content["annotations"]] == ["cat", "dog", "cat"]
    elif target == "voc":
        found = [(out / "Annotations" / f"{k}.xml").read_text() for k in (1, 2, 3)]
        assert ["<name>cat</name>" in each for each in found] == [True, False, True]
    else:
        found = [(out / "labels" / f"{k}.txt").read_text().split()[0] for k in (1, 2, 3)]
        assert found == ["0", "1", "0"] and '1: "dog"' in (out / "data.yaml").read_text()


def test_an_export_refuses_an_id_that_other_lines_name_differently(tmp_path: Path) -> None:
    lines = [boxes("1", {"0": "cat"}, 0), boxes("2", {"0": "dog"}, 0), boxes("3", None, 0)]
    source = write_lines(tmp_path / "m", lines)
    result = trigpoint("convert", "manifest", source, "--to", "coco", "-o", tmp_path / "c.json")
    assert result.exit_code == 2
    assert (
        "line 3: class_id 0 is not in the line's class-map, and other lines disagree: 0 is 'cat'"
        in result.stderr
    )
    skipped = trigpoint(
        "convert", "manifest", source, "--to", "coco", "-o", tmp_path / "c.json", "--skip-bad"
    )
    assert "images: read 3, converted 2, left out 1 (bad entry: 1)" in skipped.stderr
    assert "labels: read 3, converted 2, left out 1 (image left out: 1)" in skipped.stderr


def test_an_export_counts_failed_and_unlabeled_lines_and_strict_refuses_them(tmp_path: Path) -> None:
    failed = {"source-ref": "s3://b/2", "box-metadata": {"failure-reason": "ClientError: expired"}}
    source = write_lines(tmp_path / "m", [boxes("1", {"0": "cat"}, 0, 0), failed, {"source-ref": "s3://b/3"}])
    arguments = ["convert", "manifest", source, "--to", "coco", "-o", tmp_path / "c.json"]
    refused = trigpoint(*arguments, "--strict")
    assert refused.exit_code == 2 and not (tmp_path / "c.json").exists()
    result = trigpoint(*arguments)
    for said in (refused.stderr, result.stderr):
        assert "images: read 3, converted 1, left out 2 (labeling failed: 1, no label: 1)" in said
        assert "labels: read 2, converted 2, left out 0" in said
    nothing = trigpoint("convert", "manifest", write_lines(tmp_path / "n", [failed]), *arguments[3:])
    assert nothing.exit_code == 2 and "has no images with this label" in nothing.stderr


maps = st.lists(st.dictionaries(st.integers(0, 6), st.sampled_from("abcdef"), max_size=5), max_size=6)


@given(maps, st.sets(st.integers(0, 8)))
def test_every_name_has_one_number_and_no_number_is_given_twice(
    seen: list[dict[int, str]], used: set[int]
) -> None:
    numbering = ClassNumbering()
    for line, names in enumerate(seen):
        numbering.see(names, used, f"line {line}")
    numbers = numbering.numbers()
    assert set(numbers) == {name for names in seen for name in names.values()}
    assert len(set(numbers.values())) == len(numbers)
    unnamed = used - {number for names in seen for number in names}
    assert unnamed.isdisjoint(numbers.values())
    pairs = {pair for names in seen for pair in names.items()}
    is_consistent = len(pairs) == len({number for number, _ in pairs}) == len(numbers)
    if is_consistent:
        assert all(numbers[name] == number for number, name in pairs)
    assert is_consistent == (not list(numbering.conflicts()))


def mask(image: str, named: Mapping[str, str]) -> dict[str, Any]:
    metadata = {"internal-color-map": {key: {"class-name": name} for key, name in named.items()}}
    return {"source-ref": f"s3://b/{image}", "m-ref": f"s3://b/{image}.png", "m-ref-metadata": metadata}


def test_masks_whose_numbers_mean_other_classes_are_not_merged(tmp_path: Path) -> None:
    paths = [
        write_lines(tmp_path / "a.manifest", [mask("1", {"1": "cat"})]),
        write_lines(tmp_path / "b.manifest", [mask("2", {"1": "dog"})]),
    ]
    for more in ((), ("--prefer", "first")):
        result = trigpoint("manifest", "merge", *paths, *more, "-o", tmp_path / "m")
        assert (result.exit_code, (tmp_path / "m").exists()) == (2, False)
        assert "a.manifest, line 1)" in result.stderr and "b.manifest, line 1)" in result.stderr
        assert "1 is 'cat'" in result.stderr and "1 is 'dog'" in result.stderr


def test_masks_with_the_same_classes_are_merged(tmp_path: Path) -> None:
    lines, _ = merged(tmp_path, [mask("1", {"1": "cat"})], [mask("2", {"1": "cat", "2": "dog"})])
    assert lines == [mask("1", {"1": "cat"}), mask("2", {"1": "cat", "2": "dog"})]
