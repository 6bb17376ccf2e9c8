"""Taking attributes out of a line fast: never other values or errors than the careful way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigpoint.records.manifest import BadLine, compile_selection
from trigpoint.streaming.scan import compile_fast_selection, compile_values

ATTRIBUTES = ["source-ref", "class"]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def outcome(select: Any, raw: bytes) -> Any:
    try:
        return select(raw, 4)
    except BadLine as error:
        return str(error)


@settings(max_examples=150, deadline=None)
@given(label=values, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_the_fast_selection_gives_what_the_careful_one_gives(
    label: Any, ascii_only: bool, indent: int | None
) -> None:
    line = {"other": label, "class": label, "source-ref": "s3://bucket/ä.jpg"}
    raw = json.dumps(line, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    assert outcome(compile_fast_selection(ATTRIBUTES), raw) == outcome(compile_selection(ATTRIBUTES), raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"nonsense",
        b'{"source-ref": "s3://b/k", "class": NaN}',
        b'{"source-ref": "s3://b/k", "class": 1} x',
        b'{"source-ref": "s3://b/k", "class": -0}',
        b'{"source-ref": "s3://b/k", "class": 1.50e3}',
        b'{"source-ref": "s3://b/k", "class": "a\\u00e4\\n"}',
        b'{"source-ref": "s3://b/k", "class": "\\ud800"}',
        b'{"source-ref": "s3://b/k", "class": 1, "class": 2}',
        b'{"source-ref": "relative", "class": 1}',
        b'{"source-ref": 5, "class": 1}',
        b'{"source-ref": "s3://b/k"}',
        b'{"source-ref": "s3://b/k", "class": 1, "x": "\xff"}',
        b'{"\\u0073ource-ref": "s3://b/k", "cl\\u0061ss": [1,  2]}',
        b'{"source-ref": "s3://b/k", "class": "tab\there"}',
    ],
)
def test_odd_lines_are_treated_as_the_careful_selection_treats_them(raw: bytes) -> None:
    assert outcome(compile_fast_selection(ATTRIBUTES), raw) == outcome(compile_selection(ATTRIBUTES), raw)


def test_values_are_those_of_json() -> None:
    select = compile_values(["a", "b", 'odd"name'], str)
    line = {"b": {"x": [1, 2.5, None]}, "a": "text", 'odd"name': True}
    assert select(json.dumps(line).encode(), 1) == ["text", {"x": [1, 2.5, None]}, True]
