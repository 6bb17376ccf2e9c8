"""Lists of im2rec: valid rows, invalid rows, and round trips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigpoint.core.errors import Invalid
from trigpoint.records.lst import BadRow, LstRow, is_detection, parse_row, parse_rows, write_row


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("4\t1\ta/b.jpg", LstRow(4, (1.0,), "a/b.jpg")),
        ("4.0\t1.000000\tb.jpg", LstRow(4, (1.0,), "b.jpg")),
        ("0\t1\t0\t1\tb c.jpg", LstRow(0, (1.0, 0.0, 1.0), "b c.jpg")),
        ("7\t2\t5\t1\t0.1000\t.2\t.3\t.4\tx.jpg", LstRow(7, (2, 5, 1, 0.1, 0.2, 0.3, 0.4), "x.jpg")),
    ],
)
def test_a_row_has_an_index_numbers_and_a_path(line: str, row: LstRow) -> None:
    assert parse_row(line, 1) == row


def test_bad_rows_are_returned_at_the_positions_of_their_lines() -> None:
    found = list(
        parse_rows(
            ["0\t1\ta\r\n", "\n", "x\t1\ta\n", "0\t2\tb\n", "1\tnan\ta\n", "2\t1\t\n", "-1\t1\ta", "9 1 a"]
        )
    )
    assert [each.message if isinstance(each, BadRow) else each.index for each in found] == [
        0,
        "line 3: column 1: 'x' is not a number",
        "line 4: duplicate index 0; each image needs its own",
        "line 5: column 2: 'nan' is not a number",
        "line 6: column 3: the path is empty",
        "line 7: column 1: the index must be a whole number from 0, not '-1'",
        "line 8: index, label and path are needed, separated by tabs; this has 1 column(s)",
    ]


names = st.text(st.characters(exclude_characters="\t\r\n", codec="utf-8"), min_size=1).filter(
    lambda each: each == each.strip()
)


@given(st.integers(0, 2**53), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9), names)
def test_a_row_is_read_as_it_was_written(index: int, label: list[float], path: str) -> None:
    row = LstRow(index, tuple(label), path)
    assert list(parse_rows([write_row(row)])) == [row]


def test_decimals_can_be_limited_as_im2rec_does() -> None:
    assert write_row(LstRow(1, (2, 5, 0, 1 / 3), "a.jpg"), 4) == "1\t2\t5\t0\t0.3333\ta.jpg\n"


def test_a_path_with_a_tab_cannot_be_written() -> None:
    with pytest.raises(Invalid, match="has a tab or a line end"):
        write_row(LstRow(1, (1,), "a\tb"))


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ((2, 5, 1, 0, 0, 1, 1), True),
        ((2, 5), True),
        ((4, 6, 9, 9, 1, 0, 0, 1, 1, 0), True),
        ((1,), False),
        ((1, 0, 1), False),
        ((2, 5, 1), False),
        ((2, 4, 0, 0, 0, 0), False),
    ],
)
def test_detection_labels_are_recognized(label: tuple[float, ...], said: bool) -> None:
    assert is_detection(label) is said
