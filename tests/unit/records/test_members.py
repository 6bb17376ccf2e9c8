"""Lines with added members: all other bytes stay the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigpoint.records.manifest.members import members_of, with_members


def test_members_are_found_at_their_positions() -> None:
    line = ' { "a" :  1.0 , "\\u0062":[ 1, {}], "a":"x,}" } '
    found = [(member.name, line[member.value_start : member.end]) for member in members_of(line)]
    assert found == [("a", "1.0"), ("b", "[ 1, {}]"), ("a", '"x,}"')]
    assert [line[member.start : member.end] for member in members_of(line)][1] == '"\\u0062":[ 1, {}]'
    assert list(members_of(" { } ")) == []


@pytest.mark.parametrize(
    ("line", "added", "written"),
    [
        ('{ "a" : 1.10,\t"z": {"b":1,"a":[ ]} }', '"n":2', '{ "a" : 1.10,\t"z": {"b":1,"a":[ ]},"n":2}'),
        (' {"a":"\\u00e4" ,  "b":1}\r', '"n":2', '{"a":"\\u00e4" ,  "b":1,"n":2}'),
        ("{}", '"n":2', '{"n":2}'),
        ("{ }", '"n":2', '{"n":2}'),
        ('{"n":1}', '"n":2', '{"n":2}'),
        ('{"n":1, "a": 1.0}', '"n":2', '{"a": 1.0,"n":2}'),
        ('{"a": 1.0 , "n":1}', '"n":2', '{"a": 1.0,"n":2}'),
        ('{"a":1 ,"n":1,  "b":2}', '"n":2', '{"a":1 ,"b":2,"n":2}'),
        ('{"\\u006e":1, "a":{"n":1}}', '"n":2', '{"a":{"n":1},"n":2}'),
        ('{"a": "the \\"n\\" of"}', '"n":2', '{"a": "the \\"n\\" of","n":2}'),
        ('{"a":1, "n":1}', "", '{"a":1}'),
    ],
)
def test_members_are_added_and_replaced(line: str, added: str, written: str) -> None:
    assert with_members(line, added, ["n"]) == written


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.text() | st.sampled_from("nm"), _values, max_size=6),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_the_other_members_keep_their_bytes_and_order(
    line: dict[str, object], indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(line, indent=indent, ensure_ascii=ascii_only)
    written = with_members(text, '"n":[2],"m":3', ["n", "m"])
    kept = {name: value for name, value in line.items() if name not in ("n", "m")}
    assert list(json.loads(written).items()) == [*kept.items(), ("n", [2]), ("m", 3)]
    before = [text[member.start : member.end] for member in members_of(text) if member.name not in ("n", "m")]
    after = [written[member.start : member.end] for member in members_of(written)]
    assert after == [*before, '"n":[2]', '"m":3']
