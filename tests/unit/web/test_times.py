"""Times as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from trigpoint.server.web.times import duration, since, until

NOW = datetime(2031, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (45, "45 seconds"),
        (60, "1 minute"),
        (300, "5 minutes"),
        (3600, "1 hour"),
        (5400, "1 hour 30 minutes"),
        (28800, "8 hours"),
        (86400 + 60, "1 day"),
        (90000, "1 day 1 hour"),
        (864000, "10 days"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "past", "future"),
    [
        (0, "just now", "now"),
        (59, "just now", "in 1 minute"),
        (60, "1 minute ago", "in 1 minute"),
        (61, "1 minute ago", "in 2 minutes"),
        (7199, "1 hour ago", "in 2 hours"),
        (86400 * 30 - 1, "29 days ago", "in 30 days"),
    ],
)
def test_a_time_is_shown_relative_to_now(seconds: float, past: str, future: str) -> None:
    assert since(NOW - timedelta(seconds=seconds), NOW) == past
    assert until(NOW + timedelta(seconds=seconds), NOW) == future
