"""The commands handle manifests with any content and never print a traceback."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.labeled_sets import draw, trigpoint

SIDES = ("left", "top", "width", "height")
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
scalars |= st.sampled_from(["0", "1.0", "-1", "s3://", "s3://b", "../x", "\udc80"])
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
box = (
    st.fixed_dictionaries(
        {name: st.integers(-5, 50) | anything for name in ("class_id", "left", "top", "width", "height")}
    )
    | anything
)
label = (
    st.fixed_dictionaries(
        {
            "image_size": st.just([{"width": 9, "height": 9}]) | anything,
            "annotations": st.lists(box, max_size=2) | anything,
        }
    )
    | anything
)
metadata = (
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["groundtruth/object-detection", "groundtruth/image-classification", "x"])
            | anything,
            "class-map": st.dictionaries(st.sampled_from(["0", "1", "x"]), anything, max_size=2) | anything,
            "class-name": anything,
            "objects": st.lists(st.fixed_dictionaries({"confidence": anything}) | anything, max_size=2)
            | anything,
            "job-name": anything,
            "human-annotated": anything,
        },
    )
    | anything
)
lines = (
    st.fixed_dictionaries(
        {"source-ref": anything}, optional={"l": label, "l-metadata": metadata, "source": anything}
    )
    | anything
)


def write(path: Path, values: list[Any]) -> None:
    path.write_bytes(b"".join(json.dumps(value).encode() + b"\n" for value in values))


@settings(max_examples=150)
@given(st.lists(lines, min_size=1, max_size=3))
def test_any_json_gives_a_documented_exit_code(values: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "m"
        write(path, values)
        assert trigpoint("manifest", "validate", path, "--json").exit_code in (0, 1)
        assert trigpoint("manifest", "head", path).exit_code in (0, 2)
        assert trigpoint("manifest", "split", path, "--stratify", "l", "-o", place).exit_code in (0, 2)
        assert trigpoint("manifest", "merge", path, path, "-o", Path(place) / "x").exit_code in (0, 1, 2)
        for target in ("voc", "coco", "yolo"):
            arguments = (
                "convert",
                "manifest",
                path,
                "--to",
                target,
                "-o",
                Path(place) / target,
                "--skip-bad",
            )
            assert trigpoint(*arguments, "--attribute", "l").exit_code in (0, 2)
        assert trigpoint(
            "recordio", "pack", path, Path(place) / "m.rec", "--attribute", "l", "--skip-bad"
        ).exit_code in (0, 2)


@settings(max_examples=60)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_documented_exit_code(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "m"
        path.write_bytes(data)
        assert trigpoint("manifest", "validate", path).exit_code in (0, 1)
        assert trigpoint("manifest", "split", path, "-o", place).exit_code in (0, 2)
        assert trigpoint("recordio", "list", path).exit_code in (0, 2)


@pytest.mark.parametrize(
    "label", [10**12, {"annotations": [{"class_id": 10**12, **dict.fromkeys(SIDES, 1)}]}]
)
def test_a_huge_class_id_is_an_error_and_fills_no_memory(tmp_path: Path, label: Any) -> None:
    line = {"source-ref": "s3://b/k.jpg", "l": label}
    if isinstance(label, dict):
        label["image_size"] = [{"width": 9, "height": 9}]
    write(tmp_path / "m", [line])
    result = trigpoint(
        "convert", "manifest", tmp_path / "m", "--to", "coco", "-o", tmp_path / "x", "--attribute", "l"
    )
    assert result.exit_code == 2
    assert (
        "class id 1000000000000 is too high; ids number the classes from 0 to at most 99999" in result.stderr
    )


def test_a_huge_class_in_a_list_is_an_error_and_fills_no_memory(tmp_path: Path) -> None:
    draw(tmp_path / "a.jpg")
    (tmp_path / "l.lst").write_text("0\t1000000000000\ta.jpg\n")
    result = trigpoint("convert", "csv", tmp_path / "l.lst", "-o", tmp_path / "m")
    assert result.exit_code == 2
    assert "class id 1000000000000 is too high" in result.stderr
