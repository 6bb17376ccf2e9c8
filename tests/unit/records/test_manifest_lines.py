"""Lines of manifests: how a file is split into lines, how the lines are parsed, and the errors of bad lines."""

from __future__ import annotations

import io

import pytest

from trigpoint.records.manifest.lines import TRAINING_RULES, BadLine, LineRules, scan_lines, split_lines
from trigpoint.records.manifest.parsing import parse_line
from trigpoint.records.manifest.selection import compile_selection


def lines(text: bytes, rules: LineRules = TRAINING_RULES) -> list[tuple[int, bytes]]:
    return list(split_lines(io.BytesIO(text), rules))


def test_lines_are_numbered_from_one_and_have_no_line_ends() -> None:
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


def test_a_file_without_line_ends_is_not_read_into_memory() -> None:
    with pytest.raises(BadLine, match="line 2: longer than 100 bytes"):
        lines(b"{}\n" + b"x" * 200, LineRules(max_bytes=100))


@pytest.mark.parametrize("length", [99, 100, 101, 200, 201])
def test_a_scan_continues_after_a_line_that_is_too_long(length: int) -> None:
    text = b"x" * (length - 1) + b"\n{}\n"
    numbered = list(scan_lines(io.BytesIO(text), LineRules(max_bytes=100)))
    assert [number for number, _ in numbered] == [1, 2]
    assert isinstance(numbered[0][1], BadLine) == (length > 100)
    assert numbered[1][1] == b"{}"


def test_a_line_is_parsed() -> None:
    assert parse_line(b'{"source-ref": "s3://b/k", "n": 1.50}', 1) == {"source-ref": "s3://b/k", "n": 1.5}


def test_the_limit_of_characters_can_be_set() -> None:
    rules = LineRules(max_characters=8)
    assert parse_line('{"é": 1}'.encode(), 1, rules) == {"é": 1}
    with pytest.raises(BadLine, match="line 1: has more than 8 characters"):
        parse_line('{"é": 12}'.encode(), 1, rules)


@pytest.mark.parametrize(
    ("raw", "lenient", "said"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}, "the name 'a' occurs twice in an object"),
        (b'{"b": [{"a": 1, "\\u0061": 2}]}', {"b": [{"a": 2}]}, "the name 'a' occurs twice in an object"),
        (b'{"a": "\\uD800"}', {"a": "\ud800"}, "half of a surrogate pair"),
    ],
)
def test_strict_rules_refuse_repeated_names_and_lone_surrogates(
    raw: bytes, lenient: dict[str, object], said: str
) -> None:
    assert parse_line(raw, 1) == lenient
    with pytest.raises(BadLine, match=said):
        parse_line(raw, 1, LineRules(strict=True))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"a":1}\n{"a" 1}', "line 2: not valid JSON at column 6: Expecting ':' delimiter"),
        (b'{"a":1}\n{"a":}', "line 2: not valid JSON at column 6: Expecting value"),
        (b'{"a":1}\n{"a":1', "line 2: not valid JSON at column 7"),
        (b'{"a":1}\n[1]', r"line 2: a JSON object is needed, like \{\.\.\.\}, not \[1\]"),
        (b'{"a":1}\nhello', "line 2: not valid JSON at column 1"),
        (b'{"a":1}\n{"a":NaN}', "line 2: not valid JSON at column 6: NaN is not a JSON number"),
        (b'{"a":1}\n{"a":"\xff"}', "line 2: not UTF-8 at byte 7"),
        (b'{"a":1}\n{"a":' + b"[" * 100_000, "line 2: "),
    ],
)
def test_a_bad_line_is_reported_with_column_and_cause(text: bytes, said: str) -> None:
    with pytest.raises(BadLine, match=said):
        for number, raw in lines(text):
            parse_line(raw, number)
    with pytest.raises(BadLine, match=said):
        for number, raw in lines(text):
            compile_selection(["a"])(raw, number)
