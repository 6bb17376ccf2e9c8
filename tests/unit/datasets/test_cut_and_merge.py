"""Split, sample and merge write each line once, without change, to the right file."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.labeled_sets import read_lines, trigpoint, write_lines
from trigpoint.datasets.cut import choose_parts, choose_sample


def manifest(folder: Path, count: int = 100, name: str = "m.manifest") -> Path:
    draw = random.Random(3)
    lines = [
        {
            "source-ref": f"s3://b/{k}.jpg",
            "kind": draw.choice([0, 0, 0, 1]),
            "kind-metadata": {"human-annotated": "yes"},
        }
        for k in range(count)
    ]
    return write_lines(folder / name, lines)


@given(
    st.lists(st.sampled_from("abcd"), max_size=60),
    st.lists(st.floats(0.01, 10), min_size=1, max_size=4),
    st.integers(0, 99),
)
def test_every_line_has_a_part_and_shares_are_met_within_a_few_lines(
    strata: list[str], shares: list[float], seed: int
) -> None:
    parts = choose_parts(strata, shares, seed)
    assert parts == choose_parts(strata, shares, seed)
    assert len(parts) == len(strata)
    for part, share in enumerate(shares):
        wanted = share / sum(shares) * len(strata)
        assert abs(parts.count(part) - wanted) < len(shares) + 1


def test_each_stratum_is_divided_by_the_shares() -> None:
    strata = ["rare"] * 10 + ["often"] * 990
    parts = choose_parts(strata, [0.8, 0.1, 0.1], 0)
    assert Counter(part for part, stratum in zip(parts, strata, strict=True) if stratum == "rare") == {
        0: 8,
        1: 1,
        2: 1,
    }


def test_split_writes_each_line_to_one_part_without_change_and_in_order(tmp_path: Path) -> None:
    source = manifest(tmp_path)
    result = trigpoint(
        "manifest", "split", source, "--parts", "train=8,val=1,test=1", "-o", tmp_path / "parts"
    )
    assert result.stdout.splitlines()[0] == f"{tmp_path / 'parts' / 'train.manifest'}: 80 lines"
    original = source.read_bytes().splitlines()
    parts = [
        (tmp_path / "parts" / f"{name}.manifest").read_bytes().splitlines()
        for name in ("train", "val", "test")
    ]
    assert sorted(line for part in parts for line in part) == sorted(original)
    for part in parts:
        assert part == [line for line in original if line in part]


def test_the_same_seed_gives_the_same_split_and_another_seed_a_different_one(tmp_path: Path) -> None:
    source = manifest(tmp_path)
    found = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        trigpoint("manifest", "split", source, "--seed", str(seed), "-o", tmp_path / name)
        found.append((tmp_path / name / "train.manifest").read_bytes())
    assert found[0] == found[1] != found[2]


def test_a_stratified_split_meets_the_shares_in_every_class(tmp_path: Path) -> None:
    source = manifest(tmp_path, 200)
    trigpoint("manifest", "split", source, "--parts", "a=1,b=1", "--stratify", "kind", "-o", tmp_path)
    counts = [Counter(line["kind"] for line in read_lines(tmp_path / f"{name}.manifest")) for name in "ab"]
    assert all(abs(counts[0][kind] - counts[1][kind]) <= 1 for kind in (0, 1))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--parts", "a"], "--parts: 'a' must be NAME=SHARE, like train=0.8"),
        (["--parts", "a=0"], "--parts: 'a=0' must be"),
        (["--parts", "a=1,a=2"], "--parts: duplicate name 'a'"),
        (["--parts", "../a=1"], "--parts: '../a=1' must be"),
        (["--stratify", "none"], "no line has the attribute 'none'"),
        (["--parts", "m=1"], "would be overwritten"),
    ],
)
def test_invalid_options_of_split_are_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = trigpoint("manifest", "split", manifest(tmp_path), *arguments, "-o", tmp_path)
    assert result.exit_code == 2
    assert said in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.manifest"]


def test_a_broken_line_ends_a_split_with_its_line_number_and_leaves_no_files(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "m", [{"source-ref": "s3://b/1"}, b"", {"source-ref": "s3://b/2"}])
    result = trigpoint("manifest", "split", path, "-o", tmp_path)
    assert (result.exit_code, result.stderr) == (
        2,
        f"trigpoint: {path}, line 2: the line is empty; remove it, or put a JSON object there\n",
    )
    assert sorted(each.name for each in tmp_path.iterdir()) == ["m"]


def test_a_sample_keeps_lines_and_order(tmp_path: Path) -> None:
    source = manifest(tmp_path)
    result = trigpoint("manifest", "sample", source, "-n", "7", "--seed", "5")
    lines, original = result.stdout.splitlines(), source.read_text().splitlines()
    assert len(lines) == 7
    assert lines == [line for line in original if line in lines]
    assert choose_sample(5, 9, 0) == {0, 1, 2, 3, 4}
    assert "has 100 lines only; all were taken" in trigpoint("manifest", "sample", source, "-n", "101").stderr


def test_a_sample_can_replace_its_source(tmp_path: Path) -> None:
    source = manifest(tmp_path)
    assert trigpoint("manifest", "sample", source, "-n", "7", "-o", source).exit_code == 0
    assert len(read_lines(source)) == 7


def test_merge_joins_the_labels_of_each_image(tmp_path: Path) -> None:
    a = write_lines(
        tmp_path / "a",
        [{"source-ref": "s3://b/1", "x": 1, "x-metadata": {"m": 1}}, {"source-ref": "s3://b/2"}],
    )
    b = write_lines(
        tmp_path / "b",
        [
            {"source-ref": "s3://b/2", "y": 2, "x": 3},
            {"source-ref": "s3://b/3"},
            {"source-ref": "s3://b/1", "x": 1},
        ],
    )
    result = trigpoint("manifest", "merge", a, b, "-o", tmp_path / "m")
    assert result.exit_code == 0
    assert read_lines(tmp_path / "m") == [
        {"source-ref": "s3://b/1", "x": 1, "x-metadata": {"m": 1}},
        {"source-ref": "s3://b/2", "y": 2, "x": 3},
        {"source-ref": "s3://b/3"},
    ]
    assert result.stderr == "3 lines, 2 joined with an earlier one, 0 conflicts\n"


def test_all_conflicts_are_reported_and_nothing_is_written(tmp_path: Path) -> None:
    a = write_lines(tmp_path / "a", [{"source-ref": "s3://b/1", "x": 1, "x-metadata": {"of": "a"}, "y": 1}])
    b = write_lines(tmp_path / "b", [{"source-ref": "s3://b/1", "x": 2, "x-metadata": {"of": "b"}, "y": 2}])
    result = trigpoint("manifest", "merge", a, b, "-o", tmp_path / "m")
    assert result.exit_code == 1
    assert f"conflict {b}, line 1: attribute 'x' differs from {a}, line 1" in result.stderr
    assert "3 conflicts; nothing was written" in result.stderr
    assert not (tmp_path / "m").exists()
    for prefer, x in (("first", 1), ("last", 2)):
        trigpoint("manifest", "merge", a, b, "-o", tmp_path / "m", "--prefer", prefer)
        (line,) = read_lines(tmp_path / "m")
        assert (line["x"], line["x-metadata"], line["y"]) == (x, {"of": "ab"[x - 1]}, x)


@pytest.mark.parametrize("command", [("merge",), ("manifest", "--to", "coco")])
def test_a_name_that_occurs_twice_in_a_line_ends_a_merge_and_a_conversion(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    path = tmp_path / "m.manifest"
    boxes = '{"class_id": 0, "left": 1, "top": 1, "width": 2, "height": 2}'
    path.write_text(
        f'{{"source-ref": "a.jpg", "l": {{"image_size": [{{"width": 9, "height": 9}}], '
        f'"annotations": [{boxes}], "annotations": []}}, "l-metadata": {{"type": "groundtruth/object-detection"}}}}\n'
    )
    group = "manifest" if command[0] == "merge" else "convert"
    result = trigpoint(group, command[0], path, *command[1:], "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "m.manifest, line 1: the name 'annotations' occurs twice in an object" in result.stderr


@pytest.mark.parametrize("to", ["voc", "yolo", "coco"])
def test_an_image_whose_name_has_a_nul_is_refused(tmp_path: Path, to: str) -> None:
    line = {
        "source-ref": "\0",
        "l": {"image_size": [{"width": 9, "height": 9}], "annotations": []},
        "l-metadata": {"type": "groundtruth/object-detection"},
    }
    write_lines(tmp_path / "m.manifest", [line])
    result = trigpoint("convert", "manifest", tmp_path / "m.manifest", "--to", to, "-o", tmp_path / "out")
    assert (result.exit_code, "names no file" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"x": 1}, "attribute 'source-ref', by which lines are joined, is missing"),
        ({"source-ref": None}, "attribute 'source-ref', by which lines are joined, must be a text, not null"),
    ],
)
def test_a_merge_says_whether_the_key_is_missing_or_null(
    tmp_path: Path, line: dict[str, object], said: str
) -> None:
    result = trigpoint("manifest", "merge", write_lines(tmp_path / "m", [line]), "-o", tmp_path / "out")
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "attribute 'source-ref' is missing; it must be the URI of an image"),
        ({"source-ref": None}, "attribute 'source-ref' must be the URI of an image, not null"),
        ({"source-ref": "a.jpg", "l": None}, "the annotation is null; it must be a JSON object"),
    ],
)
def test_a_conversion_says_what_is_missing_or_null(
    tmp_path: Path, more: dict[str, object], said: str
) -> None:
    label = {"image_size": [{"width": 9, "height": 9}], "annotations": []}
    line = {"l": label, "l-metadata": {"type": "groundtruth/object-detection"}, **more}
    path = write_lines(tmp_path / "m", [line])
    result = trigpoint("convert", "manifest", path, "--to", "coco", "-o", tmp_path / "out")
    assert (result.exit_code, f"m, line 1: {said}" in result.stderr) == (2, True), result.stderr


def test_a_line_without_the_key_ends_a_merge(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a", [{"source": "text"}])
    result = trigpoint("manifest", "merge", path)
    assert (
        result.stderr
        == f"trigpoint: {path}, line 1: attribute 'source-ref', by which lines are joined, is missing\n"
    )
    assert trigpoint("manifest", "merge", path, "--key", "source").exit_code == 0


def test_head_shows_the_first_lines(tmp_path: Path) -> None:
    source = manifest(tmp_path)
    result = trigpoint("manifest", "head", source, "-n", "2")
    assert result.stdout.splitlines()[:3] == ["line 1", "  source-ref     s3://b/0.jpg", "  kind           0"]
    assert "line 2" in result.stdout and "line 3" not in result.stdout
    raw = trigpoint("manifest", "head", source, "-n", "2", "--json")
    assert raw.stdout.splitlines() == source.read_text().splitlines()[:2]


def test_stats_count_entities_and_verifications_and_claim_nothing_about_custom_labels(tmp_path: Path) -> None:
    entities = [{"startOffset": 0, "endOffset": 3, "label": "person"}] * 2
    line = {
        "source": "Bob",
        "who": {"annotations": {"entities": entities, "labels": []}},
        "who-metadata": {"type": "groundtruth/text-span"},
        "check": 1,
        "check-metadata": {"type": "groundtruth/label-verification", "class-name": "bad"},
        "own": {"x": 1},
        "own-metadata": {"type": "groundtruth/custom"},
    }
    nobody = {
        "source": "!",
        "who": {"annotations": {"entities": [], "labels": []}},
        "who-metadata": {"type": "groundtruth/text-span"},
    }
    said = trigpoint("manifest", "stats", write_lines(tmp_path / "m", [line, nobody])).stdout.splitlines()
    assert "  label who (text-span): 2 entities on 2 lines, 1 without any" in said
    assert "    person          2  100.0%" in said
    assert "  label check (label-verification): 1 label on 1 line, 0 without any" in said
    assert "    bad          1  100.0%  id 1" in said
    assert "  label own (custom): on 1 line" in said


def test_stats_summarize_labels_classes_sizes_and_jobs(tmp_path: Path) -> None:
    label = {
        "image_size": [{"width": 60, "height": 40}],
        "annotations": [{"class_id": 0, "left": 1, "top": 1, "width": 2, "height": 2}] * 3,
    }
    meta = {
        "class-map": {"0": "cat"},
        "type": "groundtruth/object-detection",
        "job-name": "labeling-job/j",
        "human-annotated": "no",
    }
    path = write_lines(
        tmp_path / "m",
        [{"source-ref": "s3://b/1", "boxes": label, "boxes-metadata": meta}, {"source-ref": "s3://b/2"}],
    )
    said = trigpoint("manifest", "stats", path).stdout
    assert f"{path}: 2 lines" in said
    assert "boxes (on 1 line)" in said
    assert "label boxes (object-detection): 3 boxes on 1 line, 0 without any" in said
    assert "made by labeling-job/j; 0 by people, 1 by machine" in said
    assert "cat          3  100.0%  id 0" in said
    assert "image sizes: all 1 are 60 x 40" in said
