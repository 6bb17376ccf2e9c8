"""A training job refuses a manifest in which one class id means two classes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.training.class_maps import check_class_maps


def lines(*class_maps: Any, label: str = "box") -> list[tuple[int, bytes]]:
    made = [
        {"source-ref": "s3://b/1", label: {}, f"{label}-metadata": {"class-map": each}} for each in class_maps
    ]
    return [(number, json.dumps(line).encode()) for number, line in enumerate(made, 1)]


def test_two_names_of_one_id_are_refused_with_their_lines() -> None:
    both = r"attribute 'box': class id 0 has two names: 0 is 'cat' \(line 1\), 0 is 'dog' \(line 3\)"
    with pytest.raises(Invalid, match=both):
        check_class_maps(lines({"0": "cat"}, {"0": "cat"}, {"0": "dog"}), ["source-ref", "box"])


@pytest.mark.parametrize(
    "names",
    [("a}b", "a}c"), ('a"}b', 'a"}c'), ('"}"}', '"}"'), ("é", "è"), ("a\\}", "a\\}b"), ("}", "}}")],
)
def test_names_with_the_signs_of_json_are_compared_whole(names: tuple[str, str]) -> None:
    with pytest.raises(Invalid, match="class id 3 has two names"):
        check_class_maps(lines({"3": names[0]}, {"3": names[1]}), ["source-ref", "box"])
    check_class_maps(lines({"3": names[0]}, {"4": names[1]}, {"3": names[0]}), ["source-ref", "box"])


def test_other_labels_and_streamed_metadata_are_not_compared() -> None:
    other = lines({"0": "cat"}, {"0": "dog"}, label="other")
    check_class_maps(other, ["source-ref", "box"])
    check_class_maps(lines({"0": "cat"}, {"0": "dog"}), ["source-ref", "box", "box-metadata"])
    with pytest.raises(Invalid, match="attribute 'other'"):
        check_class_maps(other, ["source-ref", "other"])


def test_labels_of_two_jobs_on_the_same_lines_are_kept_apart() -> None:
    def line(number: int, box: dict[str, str], tag: dict[str, str]) -> tuple[int, bytes]:
        return number, json.dumps(
            {"box-metadata": {"class-map": box}, "tag-metadata": {"class-map": tag}}
        ).encode()

    swapped = [line(1, {"0": "cat"}, {"0": "red"}), line(2, {"0": "red"}, {"0": "cat"})]
    check_class_maps([swapped[0], line(2, {"0": "cat"}, {"0": "blue"})], ["source-ref", "box"])
    with pytest.raises(Invalid, match="attribute 'box'"):
        check_class_maps(swapped, ["source-ref", "box"])


@pytest.mark.parametrize(
    "raw", [b"not json", b'{"box-metadata": 3, "x": {"class-map": 1}}', b'{"box-metadata": {"class-map": [1]}}', b'{"box-metadata": {"class-map": {"a": "b"}}}', b"\xff"]
)  # fmt: skip
def test_what_is_no_class_map_is_left_to_the_reader_of_lines(raw: bytes) -> None:
    check_class_maps([(1, raw), (2, raw)], ["source-ref", "box"])
