"""The language of a person is found, and texts are in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from trigpoint.core.errors import Conflict
from trigpoint.language import accepted, gettext, speaking, translatable, translated
from trigpoint.server.web.times import duration, since, until
from trigpoint.server.web.wording import sentence


@pytest.fixture(autouse=True)
def korean() -> Iterator[None]:
    with speaking("ko"):
        yield


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en-GB,en;q=0.9,ko;q=0.8", "en"),
        ("fr-FR, ko;q=0.5, en;q=0.4", "ko"),
        ("ko;q=0, en;q=0.1", "en"),
        ("en;q=0.5, KO", "ko"),
        ("fr", None),
        ("", None),
        ("ko;q=much, de", None),
        ("x" * 100_000, None),
    ],
)
def test_of_the_languages_of_a_browser_the_one_it_likes_best_is_used(
    header: str, language: str | None
) -> None:
    assert accepted(header) == language


def test_times_are_in_words_of_the_language() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert duration(5400) == "1시간 30분"
    assert since(now - timedelta(minutes=4), now) == "4분 전"
    assert until(now + timedelta(days=2), now) == "2일 후"
    with speaking("en"):
        assert until(now + timedelta(days=2), now) == "in 2 days"


def test_an_error_is_english_where_it_is_raised_and_translated_where_it_is_shown() -> None:
    problem = Conflict(
        translatable("the new password is too short: use at least %(count)d characters", count=8)
    )
    assert str(problem) == "the new password is too short: use at least 8 characters"
    assert sentence(problem.message) == "새 비밀번호가 너무 짧습니다. 8자 이상 입력하세요."


def test_a_message_within_a_message_is_translated_too() -> None:
    over = translatable("this task was already submitted")
    assert translated(translatable("%(what)s at %(time)s UTC", what=over, time="12:00")) == (
        "이미 제출한 작업입니다 (12:00 UTC)"
    )


def test_a_message_that_cannot_be_translated_stays_as_it_is() -> None:
    assert translated("the server's disk is full") == "the server's disk is full"


def test_values_are_put_in_as_they_are() -> None:
    assert gettext("Not %(name)s?", name="100% <b>") == "100% <b> 님이 아니신가요?"
