"""Batch transform's subset of JSONPath: what a path selects, and which paths are refused."""

from __future__ import annotations

from typing import Any

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.hosting.transform.json_path import NotThere, parse_json_path

DOCUMENT = {"a": 1, "b": {"c": [10, 20, 30]}, "d e": [{"x": 1}, {"x": 2}]}


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("$", DOCUMENT),
        ("$.a", 1),
        ("$['d e'][0].x", 1),
        ('$["b"].c[-1]', 30),
        ("$.b.c[0,-1]", [10, 30]),
        ("$.b.c[1:]", [20, 30]),
        ("$.b.c[:-1]", [10, 20]),
        ("$.b.c[5:9]", []),
        ("$.b.c[*]", [10, 20, 30]),
        ("$['d e'].*.x", [1, 2]),
        ("$['a','b']", {"a": 1, "b": {"c": [10, 20, 30]}}),
        ("$.b.*", [[10, 20, 30]]),
    ],
)
def test_a_path_selects_one_thing_an_array_or_an_object(path: str, selected: Any) -> None:
    assert parse_json_path(path).select(DOCUMENT) == selected


@pytest.mark.parametrize("path", ["$.z", "$.b.c[3]", "$.b.c[-4]", "$.a.b", "$.a[0]", "$['a','z']"])
def test_a_path_to_a_missing_value_is_an_error(path: str) -> None:
    with pytest.raises(NotThere, match="JSONPath"):
        parse_json_path(path).select(DOCUMENT)


@pytest.mark.parametrize("path", ["a", "", "$a", "$.", "$..a", "$[", "$[?(@.x)]", "$['a',1]", "$[1:2:3]"])
def test_a_path_outside_the_subset_is_refused(path: str) -> None:
    with pytest.raises(Invalid, match="JSONPath"):
        parse_json_path(path)
