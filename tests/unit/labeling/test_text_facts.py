"""Texts of data objects: which ones can be labeled, and how long they are."""

from __future__ import annotations

import json

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.labeling.task_types.text_facts import text_length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Bob", 3),
        (" . ", 3),
        ("e\u0301", 2),  # a letter and a combining accent
        ("👩\u200d🚀", 3),  # two emoji and a joiner
        ("שלום", 4),
        ("a\u0000b", 3),
        ("x" * 20_000, 20_000),
        (json.loads('"\\ud83d\\ude80"'), 1),  # both halves of a surrogate pair are one character
    ],
)
def test_the_length_of_a_text_counts_code_points(text: str, length: int) -> None:
    assert text_length(text) == length


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        (" \n\t ", "has 4 characters, all of them white space or invisible"),
        ("\u00a0\u2003\u200b\ufeff\u2028", "white space or invisible"),
        (json.loads('"ab\\ud83d"'), "half of a surrogate pair at character 2"),
    ],
)
def test_a_text_without_anything_to_label_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        text_length(text)
