"""Values of attributes, selected from manifest lines: the values and errors are those of the parser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigpoint.records.manifest.lines import BadLine
from trigpoint.records.manifest.selection import (
    Reference,
    compile_selection,
    compile_values,
    select_with_parser,
)


def select(line: str | bytes, *attributes: str) -> list[object]:
    raw = line.encode() if isinstance(line, str) else line
    return list(compile_selection(attributes)(raw, 7))


def test_attributes_are_returned_in_the_listed_order() -> None:
    line = '{"label":"cat","x":1,"source-ref":"s3://b/k"}'
    assert select(line, "source-ref", "label") == [Reference("s3://b/k"), b"cat"]
    assert select(line, "label", "source-ref") == [b"cat", Reference("s3://b/k")]


def test_every_attribute_that_ends_with_ref_is_a_reference() -> None:
    assert select('{"image-ref":"s3://b/k"}', "image-ref") == [Reference("s3://b/k")]
    assert select('{"image-ref":"https://s3.amazonaws.com/b/k"}', "image-ref")


@pytest.mark.parametrize(
    ("value", "emitted"),
    [
        ('"0"', b"0"),
        ('"a\\"b\\u00e9\\n"', 'a"bé\n'.encode()),
        ('""', b""),
        ("1", b"1"),
        ("1.0", b"1.0"),
        ("-1e+05", b"-1e+05"),
        ("true", b"true"),
        ("null", b"null"),
        ("[1, 0,  1]", b"[1, 0,  1]"),
        ('"[1, 0,  1]"', b"[1, 0,  1]"),
        ('{"b": 1, "a":{"é":[]}}', '{"b": 1, "a":{"é":[]}}'.encode()),
    ],
)
def test_a_value_is_emitted_as_specified(value: str, emitted: bytes) -> None:
    assert select(f'{{"first": 0 , "v" :  {value}  , "last": {{}} }}', "v") == [emitted]
    assert select(f'{{"v":{value}}}', "v") == [emitted]


def test_the_last_value_of_a_repeated_attribute_is_used() -> None:
    assert select('{"a":1,"a":2}', "a") == [b"2"]


def test_an_attribute_can_be_listed_twice() -> None:
    assert select('{"a":1}', "a", "a") == [b"1", b"1"]


@pytest.mark.parametrize(
    "value",
    ["0", "-0", "-0.0", "17", "-5", "1e3", "true", "false", "null", '""', '"x"', "123456789012345678901234"],
)
def test_the_scan_and_the_parser_give_the_same_values(value: str) -> None:
    line = f'{{"creation":"2020-08-01", "v": {value}, "s-ref":"s3://b/k"}}'.encode()
    wanted = [Reference("s3://b/k"), value.strip('"').encode()]
    assert compile_selection(["s-ref", "v"])(line, 1) == wanted
    assert select_with_parser(["s-ref", "v"], line, 1) == wanted


def test_the_error_of_a_missing_attribute_lists_those_of_the_line() -> None:
    with pytest.raises(BadLine, match=r"line 7: has no attribute 'label'; it has 'source-ref', 'x'"):
        select('{"source-ref":"s3://b/k","x":1}', "label")


def test_an_attribute_in_the_wrong_case_is_reported() -> None:
    with pytest.raises(BadLine, match=r"has no attribute 'label'; names are case-sensitive, it has 'Label'"):
        select('{"Label":1}', "label")


@pytest.mark.parametrize("value", ['"file.jpg"', "1", "null", '["s3://b/k"]'])
def test_a_reference_that_is_not_a_uri_is_refused(value: str) -> None:
    with pytest.raises(BadLine, match=r"line 7: attribute 'source-ref' must be the URI of an object"):
        select(f'{{"source-ref":{value}}}', "source-ref")


@pytest.mark.parametrize(
    "line", ["", "{", '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{"a":1}x', "{a:1}", '{"a":tru}']
)
def test_broken_json_is_never_accepted(line: str) -> None:
    with pytest.raises(BadLine, match="not valid JSON"):
        select(line, "a")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1), json_values, min_size=1, max_size=5), st.booleans())
def test_an_emitted_value_can_be_parsed(line: dict[str, object], ascii_only: bool) -> None:
    wanted = [name for name in line if not name.endswith("-ref")]
    raw = (
        json.dumps(line, ensure_ascii=False).encode("utf-8", "replace")
        if not ascii_only
        else json.dumps(line).encode()
    )
    parsed = json.loads(raw)
    for name, part in zip(wanted, compile_selection(wanted)(raw, 1), strict=True):
        if name not in parsed:  # a lone surrogate was replaced
            return
        assert isinstance(part, bytes)
        value = parsed[name]
        assert (
            part == value.encode("utf-8", "surrogatepass")
            if isinstance(value, str)
            else json.loads(part) == value
        )


# -- the scan against the parser

ATTRIBUTES = ["source-ref", "class"]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def with_parser(attributes: list[str]) -> Any:
    return lambda raw, number: select_with_parser(attributes, raw, number)


def outcome(select: Any, raw: bytes) -> Any:
    try:
        return select(raw, 4)
    except BadLine as error:
        return str(error)


@settings(max_examples=150)
@given(label=values, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_the_scan_and_the_parser_agree_on_any_value(label: Any, ascii_only: bool, indent: int | None) -> None:
    line = {"other": label, "class": label, "source-ref": "s3://bucket/ä.jpg"}
    raw = json.dumps(line, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    assert outcome(compile_selection(ATTRIBUTES), raw) == outcome(with_parser(ATTRIBUTES), raw)


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
def test_the_scan_and_the_parser_agree_on_unusual_lines(raw: bytes) -> None:
    assert outcome(compile_selection(ATTRIBUTES), raw) == outcome(with_parser(ATTRIBUTES), raw)


def test_compiled_values_are_the_json_values() -> None:
    select = compile_values(["a", "b", 'odd"name'], str)
    line = {"b": {"x": [1, 2.5, None]}, "a": "text", 'odd"name': True}
    assert select(json.dumps(line).encode(), 1) == ["text", {"x": [1, 2.5, None]}, True]


@given(st.lists(st.sampled_from("abcdef"), min_size=1, unique=True), st.permutations("abcdef"), st.booleans())
def test_every_value_is_that_of_its_attribute(wanted: list[str], written: list[str], parser: bool) -> None:
    raw = json.dumps({name: f"the value of {name}" for name in written}).encode()
    select = with_parser(wanted) if parser else compile_selection(wanted)
    assert select(raw, 1) == [f"the value of {name}".encode() for name in wanted]
    assert compile_values(wanted, str)(raw, 1) == [f"the value of {name}" for name in wanted]
