"""Output lines: the members that are added to an input line, and the bytes that stay the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.labeling_records import a_spec
from trigpoint.labeling.outputs import output_line, output_manifest_uri, result_members, root_uri

RESULT = result_members({"boxes": {"annotations": []}, "boxes-metadata": {"class-map": {}}})

SPEC = a_spec(name="Job-1", output_path="s3://b/out/")


@pytest.mark.parametrize(
    ("output_path", "root"),
    [
        ("s3://b/out/", "s3://b/out/Job-1"),
        ("s3://b/out", "s3://b/out/Job-1"),
        ("s3://b", "s3://b/Job-1"),
        ("s3://b/", "s3://b/Job-1"),
        ("https://s3.us-east-1.amazonaws.com/b/x/y/", "s3://b/x/y/Job-1"),
    ],
)
def test_outputs_are_in_a_folder_with_the_jobs_name_below_the_output_path(
    output_path: str, root: str
) -> None:
    spec = replace(SPEC, output_path=output_path)
    assert root_uri(spec) == root
    assert output_manifest_uri(spec) == f"{root}/manifests/output/output.manifest"


def test_the_result_is_added_and_the_rest_of_the_line_keeps_its_bytes() -> None:
    line = '{ "source-ref" : "s3://b/\\u00e4.png",\t"n": 1.10, "big": 12345678901234567890, "z": {"b":1,"a":[ ]} }'
    expected = (
        '{ "source-ref" : "s3://b/\\u00e4.png",\t"n": 1.10, "big": 12345678901234567890, "z": {"b":1,"a":[ ]}'
    )
    written = output_line(line, RESULT, "boxes")
    # because of the \u escape the members are processed one by one; their characters stay
    for member in ('"source-ref" : "s3://b/\\u00e4.png"', '"n": 1.10', '"z": {"b":1,"a":[ ]}'):
        assert member in written and member in expected
    assert list(json.loads(written)) == ["source-ref", "n", "big", "z", "boxes", "boxes-metadata"]


def test_a_line_without_a_result_is_written_without_change() -> None:
    line = '{ "source-ref":"s3://b/a.png" , "n": 1.10 }'
    assert output_line(line, None, "boxes") == line


def test_metadata_of_an_earlier_failure_is_replaced() -> None:
    line = '{"source-ref":"s3://b/a.png", "boxes-metadata": {"failure-reason": "x"}, "k": 1.0}'
    written = output_line(line, RESULT, "boxes")
    assert written == (
        '{"source-ref":"s3://b/a.png", "k": 1.0,"boxes":{"annotations":[]},"boxes-metadata":{"class-map":{}}}'
    )


def test_a_name_written_with_escapes_is_also_replaced() -> None:
    line = '{"source-ref":"s3://b/a.png", "\\u0062oxes-metadata": {"failure-reason": "x"}}'
    assert json.loads(output_line(line, RESULT, "boxes"))["boxes-metadata"] == {"class-map": {}}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text() | st.sampled_from(["boxes", "boxes-metadata"]), values, max_size=5),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_any_line_keeps_its_keys_in_order_and_its_values(
    data_object: dict[str, Any], indent: int | None, ascii_only: bool
) -> None:
    line = json.dumps(data_object, indent=indent, ensure_ascii=ascii_only)
    written = json.loads(output_line(line, RESULT, "boxes"))
    kept = {k: v for k, v in data_object.items() if k not in ("boxes", "boxes-metadata")}
    assert list(written) == [*kept, "boxes", "boxes-metadata"]
    assert written == {**kept, "boxes": {"annotations": []}, "boxes-metadata": {"class-map": {}}}
