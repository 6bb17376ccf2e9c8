"""Retries: their number, the errors that are retried, the action before each, and how they end."""

from __future__ import annotations

import threading

import pytest

from trigpoint.remote import RemoteUnavailable
from trigpoint.remote.retry import retrying

UNAVAILABLE = RemoteUnavailable("s3://b/k: the store does not answer")


class Flaky:
    """Fails with each of these errors, one per call, then returns "read"."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "read"


def test_a_call_is_repeated_once_per_delay() -> None:
    flaky = Flaky(UNAVAILABLE, UNAVAILABLE)
    assert retrying((0.0, 0.0), RemoteUnavailable)(flaky) == "read"
    assert flaky.calls == 3


def test_the_last_error_is_raised_after_the_last_delay() -> None:
    last = RemoteUnavailable("the last")
    flaky = Flaky(UNAVAILABLE, UNAVAILABLE, last)
    with pytest.raises(RemoteUnavailable) as caught:
        retrying((0.0, 0.0), RemoteUnavailable)(flaky)
    assert caught.value is last
    assert flaky.calls == 3


def test_other_errors_are_not_retried() -> None:
    flaky = Flaky(ValueError())
    with pytest.raises(ValueError):
        retrying((0.0, 0.0), (OSError, RemoteUnavailable))(flaky)
    assert flaky.calls == 1


def test_the_delays_are_used_in_order() -> None:
    waited: list[float] = []

    class Clock(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout or 0.0)
            return False

    assert retrying((0.5, 1.0, 2.0), OSError, given_up=Clock())(Flaky(OSError(), OSError())) == "read"
    assert waited == [0.5, 1.0]


def test_an_error_of_the_action_before_a_retry_ends_the_retries() -> None:
    prepared: list[str] = []
    retried = retrying((0.0, 0.0), OSError, before_retry=lambda: prepared.append("opened again"))
    assert retried(Flaky(OSError(), OSError())) == "read"
    assert prepared == ["opened again", "opened again"]

    def fail() -> None:
        raise FileNotFoundError("gone")

    flaky = Flaky(OSError(), OSError())
    with pytest.raises(FileNotFoundError, match="gone"):
        retrying((0.0, 0.0), OSError, before_retry=fail)(flaky)
    assert flaky.calls == 1


def test_giving_up_ends_a_delay_in_progress_with_the_error_of_the_call() -> None:
    given_up = threading.Event()

    def fails() -> str:
        given_up.set()
        raise UNAVAILABLE

    with pytest.raises(RemoteUnavailable) as caught:
        retrying((3600.0,), RemoteUnavailable, given_up=given_up)(fails)
    assert caught.value is UNAVAILABLE
