"""Rules of the API as people read them."""

from __future__ import annotations

import pytest

from trigpoint.server.console.constraint_words import plain_rule


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("Value null at 'a.b' failed to satisfy constraint: Member must not be null", "is required"),
        (
            "Value 'it's' at 'a' failed to satisfy constraint: Member must have length less than or equal to 63",
            "must have at most 63 characters",
        ),
        (
            "Value '0' at 'a' failed to satisfy constraint: Member must have value greater than or equal to 1",
            "must be at least 1",
        ),
        (
            "Value 'x' at 'a' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
            "must be one of: A, B",
        ),
        (
            "Value '-\n-' at 'a' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
            "'-\n-' does not have the form that is asked for",
        ),
        ("there is no bucket 'a'", "there is no bucket 'a'"),
    ],
)
def test_a_broken_rule_is_said_in_plain_words(rule: str, expected: str) -> None:
    assert plain_rule(rule) == expected
