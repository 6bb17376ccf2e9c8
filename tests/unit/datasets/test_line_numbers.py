"""Line numbers in messages."""

from __future__ import annotations

import pytest

from trigpoint.datasets.line_numbers import LineNumbers


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([7], "line 7"),
        ([7, 7], "line 7"),
        ([1, 1, 2], "lines 1, 2"),
        ([1, 2, 3, 4, 5], "lines 1, 2, 3, 4, 5"),
        ([1, 2, 3, 4, 5, 6, 6, 9], "lines 1, 2, 3, 4, 5 and 2 more"),
    ],
)
def test_the_first_lines_are_shown_and_the_others_counted(numbers: list[int], shown: str) -> None:
    lines = LineNumbers()
    for number in numbers:
        lines.add(number)
    assert str(lines) == shown
