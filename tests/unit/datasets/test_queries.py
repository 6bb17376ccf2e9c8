"""Queries that choose lines of a manifest."""

from __future__ import annotations

from typing import Any

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.datasets.query.parsing import DEEPEST, MOST_TERMS, parse_query
from trigpoint.datasets.query.tokens import LONGEST_QUERY

LINE: dict[str, Any] = {
    "source-ref": "s3://b/cats/10%_a.jpg",
    "n": 5,
    "Camera": "north",
    "done": True,
    "nothing": None,
    "tags": ["a", "b"],
    "my-label": 3,
    "my-label-metadata": {"human-annotated": "yes", "confidence": 0.83},
    "it's": 'a "b"',
}


@pytest.mark.parametrize(
    "query",
    [
        # what AWS's samples use
        """select * from s3object[*] s where s."source-ref" like '%cat%'""",
        """select * from s3object[*] s where s."other-label" is missing limit 500""",
        """select * from s3object[*] s where s."my-label-metadata"."human-annotated" IN ('yes')""",
        "SELECT * FROM S3Object AS x WHERE x.n = 5",
        "select * from s3object x where s3object.n = 5 and x.n = 5",
        "select * from s3object",
        "select * from s3object[*] s limit 3",
        # only the condition
        "\"source-ref\" LIKE '%.jpg'",
        "where n = 5",
        "n = 5 and n <> 6 and n != 6 and n < 6 and n > 4 and n <= 5 and n >= 5.0",
        "5 = n and -1 < n and n < 1e3 and n > .5",
        "n = 6 or n = 5",
        "not n = 6 and not (n = 7 or n = 8)",
        "n = 1 and n = 2 or n = 5",
        "n = 5 or n = 1 and n = 2",
        "n in (1, 5) and n not in (1, 2) and Camera not like 's%'",
        "n between 5 and 6 and n not between 6 and 9",
        '"my-label-metadata".confidence > 0.8 and s."my-label-metadata".CONFIDENCE < 1',
        "tags[1] = 'b' and tags[2] is missing and tags is not null",
        "camera = 'north' and CAMERA = 'north' and \"camera\" is missing",
        "nothing is null and nothing is not missing and gone is null and gone is missing",
        "n is not null and n is not missing",
        "done and done = true and not done = false",
        "\"it's\" = 'a \"b\"' and 'it''s' like 'it_s'",
        "\"source-ref\" like '%10\\%\\_a%' escape '\\'",
        "\"source-ref\" not like '%10\\%a%' escape '\\'",
        "n <> 'text' and tags <> 'a'",
        '"my-label-metadata" is not missing and n.x is missing',
    ],
)
def test_a_line_for_which_the_query_is_true_is_chosen(query: str) -> None:
    assert parse_query(query).takes(LINE)


@pytest.mark.parametrize(
    "query",
    [
        "n = 6",
        "n = '5'",
        "done = 1",
        "gone = 5",
        "gone <> 5",
        "not gone = 5",
        "nothing = null",
        "not (nothing = null)",
        "gone = 1 and n = 5",
        "gone = 1 or n = 6",
        "n not in (6, null)",
        "n like '5'",
        "not n like '5'",
        "n < 'text'",
        "n",
        "Camera like 'nort'",
        "\"source-ref\" like 'S3%'",
        's."s" = 1',
    ],
)
def test_a_line_for_which_the_query_is_false_or_unknown_is_not_chosen(query: str) -> None:
    assert not parse_query(query).takes(LINE)


def test_a_limit_is_read() -> None:
    assert parse_query("n = 5 limit 12").limit == 12
    assert parse_query("n = 5").limit is None
    assert parse_query("select * from s3object limit 0").limit == 0


def test_a_member_named_like_the_alias_is_found() -> None:
    assert parse_query("s = 1").takes({"s": 1})
    assert parse_query('s.s = 1 and "s" = 1').takes({"s": 1})
    assert parse_query('"s".x = 1').takes({"s": {"x": 1}})


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", "position 1: expected a name or a value, found the end"),
        ("n = ", "position 4: expected a name or a value, found the end"),
        ("n == 5", "position 4: expected a name or a value, found '='"),
        ("n = 5 n = 6", "position 7: expected AND, OR, LIMIT or the end, found 'n'"),
        ("(n = 5", "position 7: expected AND, OR or ), found the end"),
        ("n is 5", "position 6: expected MISSING or NULL, found '5'"),
        ("n not = 5", "position 7: expected LIKE, IN or BETWEEN, found '='"),
        ("n in ()", "position 7: expected a name or a value, found ')'"),
        ("n in (1 2)", "position 9: expected , or ), found '2'"),
        ("n like 5", "position 8: expected a pattern in single quotes, found '5'"),
        ("n like 'a' escape 'xy'", "position 19: ESCAPE needs one character"),
        ("n like 'a!b' escape '!'", "position 8: the escape character '!'"),
        ("n between 1", "position 12: expected AND, found the end"),
        ("n = 'open", "position 5: the quote ' is not closed"),
        ("source-ref = 'a'", "position 7: '-' is not expected here; names with such characters need double"),
        ("lower(n) = 'a'", "position 1: functions such as 'lower' are not served"),
        ("select n from s3object", "position 8: expected * (whole lines are chosen), found 'n'"),
        ("select * from table1", "position 15: expected s3object, found 'table1'"),
        ("n = 5 limit x", "position 13: expected a whole number"),
        ("n = 5; drop", "position 6: ';' is not expected here"),
        ("a b", "position 3: expected =, <>, <, >, <=, >=, LIKE, IN, BETWEEN or IS, found 'b'"),
        ("tags[x] = 1", "position 6: expected the index of a list"),
        ("from = 1", "position 1: expected a name or a value, found 'from'"),
    ],
)
def test_a_mistake_is_reported_with_its_position(query: str, problem: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_query(query)
    assert problem in caught.value.message


def test_length_depth_and_size_of_a_query_are_bounded() -> None:
    for query, problem in (
        ("n = 1" + " " * LONGEST_QUERY, "at most 10,000 are allowed"),
        ("(" * (DEEPEST + 1) + "n = 1" + ")" * (DEEPEST + 1), "more than 50 open parentheses"),
        ("n in (" + ",".join(["1"] * MOST_TERMS) + ")", "more than 1,000 names and values"),
    ):
        with pytest.raises(Invalid, match=problem):
            parse_query(query)
    parse_query("not " * 2_000 + "n = 1")
    parse_query("(" * DEEPEST + "n = 1" + ")" * DEEPEST)


def test_patterns_with_many_wildcards_take_linear_time() -> None:
    query = parse_query("t like '" + "%a" * 500 + "%b'")
    assert not query.takes({"t": "a" * 20_000})


def test_long_numbers_are_read() -> None:
    assert parse_query(f"n < {'9' * 400} and n < 1e999").takes({"n": 5})
