"""Augmented manifests and manifest files: what a line gives, and what is said about a bad one."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigpoint.core.errors import Invalid
from trigpoint.records import manifest
from trigpoint.records.manifest import (
    BadLine,
    Reference,
    compile_selection,
    read_lines,
    read_manifest_file,
    split_lines,
)


def lines(text: bytes) -> list[tuple[int, bytes]]:
    return list(split_lines(io.BytesIO(text)))


def select(line: str | bytes, *attributes: str) -> list[object]:
    raw = line.encode() if isinstance(line, str) else line
    return list(compile_selection(attributes)(raw, 7))


# -- lines


def test_lines_are_numbered_from_one_and_lose_their_ends() -> None:
    assert lines(b'{"a":1}\r\n{"b":2}\n{"c":3}') == [(1, b'{"a":1}'), (2, b'{"b":2}'), (3, b'{"c":3}')]


def test_a_byte_order_mark_is_not_part_of_the_first_line() -> None:
    assert lines(b'\xef\xbb\xbf{"a":1}\n') == [(1, b'{"a":1}')]


def test_blank_lines_at_the_end_are_ignored() -> None:
    assert lines(b'{"a":1}\n\n \r\n') == [(1, b'{"a":1}')]


def test_an_empty_file_has_no_lines() -> None:
    assert lines(b"") == []
    assert lines(b"\xef\xbb\xbf") == []


def test_a_blank_line_in_the_middle_is_an_error_that_names_it() -> None:
    with pytest.raises(BadLine, match="line 2: the line is empty"):
        lines(b'{"a":1}\n\n{"b":2}\n')


def test_a_file_without_line_ends_is_not_read_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "MAX_LINE_BYTES", 100)
    with pytest.raises(BadLine, match="line 2: longer than 100 bytes"):
        lines(b"{}\n" + b"x" * 200)


def test_read_lines_gives_parsed_objects_and_the_bytes_they_came_from() -> None:
    (line,) = read_lines(io.BytesIO(b'{"source-ref": "s3://b/k", "n": 1.50}\n'))
    assert (line.number, line.raw, line.value) == (
        1,
        b'{"source-ref": "s3://b/k", "n": 1.50}',
        {"source-ref": "s3://b/k", "n": 1.5},
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"a":1}\n{"a" 1}', "line 2: not valid JSON at column 6: Expecting ':' delimiter"),
        (b'{"a":1}\n{"a":}', "line 2: not valid JSON at column 6: Expecting value"),
        (b'{"a":1}\n{"a":1', "line 2: not valid JSON at column 7"),
        (b'{"a":1}\n[1]', r"line 2: a JSON object is needed, like \{\.\.\.\}, not \[1\]"),
        (b'{"a":1}\nhello', "line 2: not valid JSON at column 1"),
        (b'{"a":1}\n{"a":NaN}', "line 2: not valid JSON: NaN is not JSON"),
        (b'{"a":1}\n{"a":"\xff"}', "line 2: not UTF-8 at byte 7"),
        (b'{"a":1}\n{"a":' + b"[" * 100_000, "line 2: "),
    ],
)
def test_a_bad_line_is_named_with_column_and_cause(text: bytes, said: str) -> None:
    with pytest.raises(BadLine, match=said):
        list(read_lines(io.BytesIO(text)))
    with pytest.raises(BadLine, match=said):
        for number, raw in lines(text):
            compile_selection(["a"])(raw, number)


# -- selection


def test_attributes_come_in_the_listed_order_whatever_the_order_in_the_line() -> None:
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


def test_of_an_attribute_that_stands_twice_the_last_value_counts() -> None:
    assert select('{"a":1,"a":2}', "a") == [b"2"]


def test_an_attribute_may_be_listed_twice() -> None:
    assert select('{"a":1}', "a", "a") == [b"1", b"1"]


def test_a_path_is_a_reference_only_where_it_is_asked_for() -> None:
    assert compile_selection(["a-ref"], plain_paths=True)(b'{"a-ref":"x/y.jpg"}', 1) == [Reference("x/y.jpg")]
    assert compile_selection(["a-ref"], plain_paths=True)(b'{"a-ref":"x","b":[]}', 1) == [Reference("x")]
    for line in (b'{"a-ref":""}', b'{"a-ref":7}'):
        with pytest.raises(BadLine, match="must be the URI"):
            compile_selection(["a-ref"], plain_paths=True)(line, 1)


@pytest.mark.parametrize(
    "value",
    ["0", "-0", "-0.0", "17", "-5", "1e3", "true", "false", "null", '""', '"x"', "123456789012345678901234"],
)
def test_the_quick_way_and_the_way_of_slices_give_the_same(value: str) -> None:
    line = f'{{"creation":"2020-08-01", "v": {value}, "s-ref":"s3://b/k"}}'.encode()
    quick = compile_selection(["s-ref", "v"])
    slow = compile_selection(["s-ref", "v"])
    slow(b'{"v":[],"s-ref":"s3://b/k"}', 1)  # from here on values are cut out
    assert quick(line, 1) == slow(line, 1) == [Reference("s3://b/k"), value.strip('"').encode()]


def test_a_missing_attribute_is_named_with_what_the_line_has() -> None:
    with pytest.raises(BadLine, match=r"line 7: has no attribute 'label'; it has 'source-ref', 'x'"):
        select('{"source-ref":"s3://b/k","x":1}', "label")


def test_a_wrong_case_of_an_attribute_is_pointed_out() -> None:
    with pytest.raises(BadLine, match=r"has no attribute 'label'; names are case-sensitive, it has 'Label'"):
        select('{"Label":1}', "label")


@pytest.mark.parametrize("value", ['"file.jpg"', "1", "null", '["s3://b/k"]'])
def test_a_reference_that_is_no_uri_is_named(value: str) -> None:
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
def test_what_is_emitted_parses_to_the_value(line: dict[str, object], ascii_only: bool) -> None:
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


# -- manifest files


def test_a_manifest_file_puts_its_prefix_before_every_entry() -> None:
    found = read_manifest_file(b'[{"prefix":"s3://bkt/imgs/"},"a/1.jpg","a/2.jpg"]')
    assert found.uris == ["s3://bkt/imgs/a/1.jpg", "s3://bkt/imgs/a/2.jpg"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "must be one JSON array"),
        (b"{}", "must be a JSON array"),
        (b"[]", "must be a JSON array"),
        (b'["a"]', "entry 1 .* must be"),
        (b'[{"prefix":""},"a"]', "entry 1 .* must be"),
        (b'[{"prefix":"s3:///a"},"a"]', "entry 1 .* must be"),
        (b'[{"prefix":"s3://b/"},"a",7]', "entry 3 .* must be a text, not 7"),
    ],
)
def test_a_bad_manifest_file_is_refused_with_the_entry(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_manifest_file(data)
